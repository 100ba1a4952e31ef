//! The dial of teacher forcing and the draws of what a net feeds back to itself.

mod support;

use recurra::error::Cause;
use recurra::model::{self, Feedback, Loss, Network, Options, Recurrence, Slot, Tensor, Workspace, flags};
use recurra::reference::softmax;
use recurra::simd::F32x4;
use support::systems::{Problem, Teaching, systems};
use support::{Batch, Forcing, Inputs, Outcome, Sizes, assert_same_bits, kernel};

fn forward(net: &mut Network, batch: &Batch) -> Outcome<f32> {
    kernel::forward::<F32x4>(net, &mut Workspace::new(), batch).expect("forward")
}

/// A fresh shape has the dial at 1, with seed 0 and update 0, whatever it was before.
#[test]
fn a_shape_sets_the_dial_back() {
    for (line, system) in systems().iter().enumerate() {
        if !matches!(system.teaching, Teaching::Forced(teacher) if teacher < 1.0) && !system.feeds_symbols() {
            continue;
        }
        let Problem { name, mut net, batch, .. } = system.problem(line as u64);
        let ws = &mut Workspace::new();
        kernel::forward::<F32x4>(&mut net, ws, &batch).expect(&name);
        let untouched = Batch { forcing: None, ..batch.clone() };
        let got = kernel::forward::<F32x4>(&mut net, ws, &untouched).expect(&name);
        let said = Batch { forcing: Some(Forcing { teacher: 1.0, seed: 0, update: 0 }), ..batch };
        got.assert_same(&name, &forward(&mut net, &said));
    }
}

#[test]
fn a_dial_outside_its_range_is_refused() {
    for system in systems().iter().filter(|system| matches!(system.teaching, Teaching::Forced(_))).step_by(5)
    {
        let Problem { name, mut net, batch, .. } = system.problem(2);
        let expected = forward(&mut net, &batch);
        for wrong in [-0.1, 1.0 + 1e-9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -f64::MIN_POSITIVE] {
            let ws = &mut Workspace::new();
            kernel::fill(&net, ws, &batch, flags::KEEP).expect(&name);
            let error = ws.set_forcing(wrong, 1, 1).expect_err(&name).cause();
            assert!(
                matches!(error, Cause::BadOption { argument: 1, min: 0.0, max: 1.0, .. }),
                "{wrong}: {error:?}"
            );
            model::forward::<F32x4>(&mut net, ws).expect(&name);
            let kept = ws.f32(Slot::FinalFed).expect(&name);
            assert_same_bits(&format!("{name}, {wrong}"), kept, &expected.final_fed);
        }
    }
}

/// A net whose outputs are the same at every step: all weights 0, this bias.
fn constant(loss: Loss, feedback: Feedback, bias: &[f32]) -> (Network, Sizes) {
    let sizes = Sizes { input: 0, hidden: 2, output: bias.len() };
    let options = Options {
        hidden_size: sizes.hidden,
        output_size: sizes.output,
        recurrence: Recurrence::Output,
        loss,
        feedback,
        ..Options::default()
    };
    let mut net = Network::new(options).expect("network");
    net.parameter_mut(Tensor::BiasO).copy_from_slice(bias);
    (net, sizes)
}

/// 40 sequences of 500 steps fed back by that net.
fn fed_back(loss: Loss, bias: &[f32], forcing: Forcing) -> Vec<Vec<f32>> {
    let (mut net, sizes) = constant(loss, Feedback::Sample, bias);
    let batch = Batch {
        forcing: Some(forcing),
        initial_fed: Some(vec![0.0; 40 * sizes.output]),
        ..Batch::bare(sizes, &[500; 40], Inputs::Nothing)
    };
    let outcome = forward(&mut net, &batch);
    let rows = outcome.fed_back.chunks(sizes.output).enumerate().filter(|(row, _)| row % 500 > 0);
    rows.map(|(_, f)| f.to_vec()).collect()
}

const FORCING: Forcing = Forcing { teacher: 0.5, seed: 9, update: 4 };

#[test]
fn symbols_are_drawn_as_often_as_softmax_says() {
    let bias = [0.3, -1.2, 0.9, 0.0, -4.0];
    let rows = fed_back(Loss::CrossEntropy, &bias, FORCING);
    let probabilities = softmax(&bias.map(f64::from));
    let n = rows.len() as f64;
    for (symbol, p) in probabilities.iter().enumerate() {
        let share = rows.iter().filter(|f| f[symbol] == 1.0).count() as f64 / n;
        // 5 standard deviations
        assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / n).sqrt(), "symbol {symbol}: {share} for {p}");
    }
    assert!(rows.iter().all(|f| f.iter().sum::<f32>() == 1.0));
}

/// Each key by itself: its own frequency, and two keys together as often as the product says, also from step to step.
#[test]
fn keys_are_drawn_independently_as_often_as_sigmoid_says() {
    let bias = [0.3, -1.2, 0.9, 0.0, -2.0, 0.3];
    let rows = fed_back(Loss::Bernoulli, &bias, FORCING);
    let p = bias.map(|o| 1.0 / (1.0 + (-f64::from(o)).exp()));
    let n = rows.len() as f64;
    for i in 0..bias.len() {
        let share = rows.iter().filter(|f| f[i] == 1.0).count() as f64 / n;
        assert!(
            (share - p[i]).abs() < 5.0 * (p[i] * (1.0 - p[i]) / n).sqrt(),
            "key {i}: {share} for {}",
            p[i]
        );
        for j in 0..bias.len() {
            let q = p[i] * p[j];
            let tolerance = 5.0 * (q * (1.0 - q) / n).sqrt();
            let together = rows.iter().filter(|f| f[i] == 1.0 && f[j] == 1.0).count() as f64 / n;
            assert!(i == j || (together - q).abs() < tolerance, "keys {i} and {j}: {together} for {q}");
            // Half of all pairs are counted; the other half overlaps with them.
            let after =
                rows.chunks(2).filter(|f| f.len() == 2 && f[0][i] == 1.0 && f[1][j] == 1.0).count() as f64;
            let after = after / (n / 2.0).floor();
            assert!((after - q).abs() < 2.0 * tolerance, "key {i}, then {j}: {after} for {q}");
        }
    }
}

/// Seed, update, id and absolute step key the draws, nothing else does.
#[test]
fn draws_depend_on_their_key_only() {
    for (loss, bias) in [(Loss::CrossEntropy, [0.0; 4]), (Loss::Bernoulli, [0.0; 4])] {
        let (mut net, sizes) = constant(loss, Feedback::Sample, &bias);
        let mut run = |ids: [i32; 2], first: [i32; 2], forcing: Forcing| {
            let batch = Batch {
                ids: ids.to_vec(),
                first_steps: first.to_vec(),
                forcing: Some(forcing),
                ..Batch::bare(sizes, &[50, 30], Inputs::Nothing)
            };
            let outcome = forward(&mut net, &batch);
            [outcome.of_sequence(&batch, 0).fed_back, outcome.of_sequence(&batch, 1).fed_back]
        };
        let base = run([5, 6], [0, 0], FORCING);
        assert_eq!(run([5, 6], [0, 0], Forcing { teacher: 0.0, ..FORCING }), base, "the dial is no key");
        assert_eq!(run([6, 5], [0, 0], FORCING)[1], base[0][..30 * 4], "not the place in the batch");
        let later = run([5, 6], [10, 10], FORCING);
        assert_eq!(later[0][4..40 * 4], base[0][11 * 4..], "absolute steps");
        let others = [
            run([7, 8], [0, 0], FORCING),
            later,
            run([5, 6], [0, 0], Forcing { seed: 10, ..FORCING }),
            run([5, 6], [0, 0], Forcing { seed: FORCING.seed | 1 << 40, ..FORCING }),
            run([5, 6], [0, 0], Forcing { update: 5, ..FORCING }),
        ];
        for other in others {
            assert_ne!(other[0], base[0], "{loss:?}");
        }
        assert_ne!(base[0][..30 * 4], base[1], "{loss:?}: sequences differ");
    }
}

/// Of equal outputs the first is the largest, and ½ is not above ½.
#[test]
fn equal_outputs_have_one_answer() {
    let cases = [
        (Loss::CrossEntropy, [0.5, 2.0, 2.0, -1.0, 2.0], [0.0, 1.0, 0.0, 0.0, 0.0]),
        (Loss::CrossEntropy, [0.0; 5], [1.0, 0.0, 0.0, 0.0, 0.0]),
        (Loss::Bernoulli, [0.0, -0.0, 1e-20, -1e-20, 3.0], [0.0, 0.0, 1.0, 0.0, 1.0]),
    ];
    for (loss, bias, expected) in cases {
        let (mut net, sizes) = constant(loss, Feedback::Argmax, &bias);
        let batch = Batch::bare(sizes, &[2, 1], Inputs::Nothing);
        let outcome = forward(&mut net, &batch);
        assert_same_bits("what is fed back", &outcome.fed_back, &[[0.0; 5], expected, [0.0; 5]].concat());
        assert_same_bits("what comes last", &outcome.final_fed, &[expected, expected].concat());
    }
}
