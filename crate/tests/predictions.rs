//! What the outputs say: PREDICTIONS, and how many of the targets were the largest output.

mod support;

use recurra::model::{self, Loss, Slot, Workspace};
use recurra::reference::softmax;
use recurra::simd::F32x4;
use support::systems::{Problem, Teaching, systems};
use support::{Targets, assert_same_bits, kernel};

/// PREDICTIONS are softmax(o), σ(o) or o: terms exact to a few ulp.
#[test]
fn predictions_follow_the_loss() {
    for (line, system) in systems().iter().enumerate().filter(|(_, system)| system.has_outputs()) {
        let Problem { name, mut net, batch, .. } = system.problem(line as u64);
        let ws = &mut Workspace::new();
        let outputs = kernel::forward::<F32x4>(&mut net, ws, &batch).expect(&name).outputs;
        ws.open::<F32x4>(&mut net, Slot::Predictions).expect(&name);
        let kept = ws.f32(Slot::Predictions).expect(&name).to_vec();
        for (o, predictions) in outputs.chunks(batch.sizes.output).zip(kept.chunks(batch.sizes.output)) {
            let o: Vec<f64> = o.iter().map(|&o| f64::from(o)).collect();
            let expected = match system.options.loss {
                Loss::CrossEntropy => softmax(&o),
                Loss::SquaredError => o,
                Loss::Bernoulli => o.iter().map(|o| 1.0 / (1.0 + (-o).exp())).collect(),
            };
            for (got, expected) in predictions.iter().zip(expected) {
                assert!((f64::from(*got) - expected).abs() < 1e-6, "{name}: {got} for {expected}");
            }
        }
        kernel::fill(&net, ws, &batch, 0).expect(&name);
        ws.open::<F32x4>(&mut net, Slot::Predictions).expect(&name);
        model::evaluate::<F32x4>(&mut net, ws).expect(&name);
        assert_same_bits(&name, ws.f32(Slot::Predictions).expect(&name), &kept);
    }
}

/// The third of the results: with cross-entropy the weights of rows whose largest output is the target, otherwise 0.
#[test]
fn accuracy_is_counted_for_symbols_only() {
    for (line, system) in systems().iter().enumerate() {
        if !matches!(system.teaching, Teaching::Scored | Teaching::Forced(_)) {
            continue;
        }
        let Problem { name, mut net, batch, .. } = system.problem(line as u64);
        let ws = &mut Workspace::new();
        let outputs = kernel::evaluate::<F32x4>(&mut net, ws, &batch).expect(&name).outputs;
        let got = ws.results()[2];
        let expected: f64 = match &batch.targets {
            Some(Targets::Classes(targets)) => (targets.iter().zip(outputs.chunks(batch.sizes.output)))
                .enumerate()
                .filter(|(_, (target, o))| {
                    let target = **target as usize;
                    o.iter()
                        .enumerate()
                        .all(|(i, o_i)| o_i < &o[target] || i > target && o_i == &o[target] || i == target)
                })
                .map(|(q, _)| batch.weights.as_ref().map_or(1.0, |weights| f64::from(weights[q])))
                .sum(),
            _ => 0.0,
        };
        assert!((got - expected).abs() < 1e-9 * expected.max(1.0), "{name}: expected {expected}, got {got}");
    }
}
