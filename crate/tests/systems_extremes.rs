//! NaN stays in its own sequence, and numbers next to nothing give finite results: in every system.

mod support;

use recurra::model::{Network, Outputs, Recurrence, Tensor, Workspace};
use recurra::simd::F32x4;
use support::systems::{Problem, System, systems};
use support::{Batch, Inputs, Outcome, kernel};

const LENGTHS: [usize; 4] = [4, 2, 6, 1];

/// Each ragged line with 4 sequences and everything that its batches can have.
fn problems() -> impl Iterator<Item = (String, System, Network, Batch)> {
    let ragged = systems().into_iter().filter(|system| system.ragged);
    ragged.enumerate().map(|(line, system)| {
        let Problem { net, batch, mut draws, .. } = system.problem(line as u64);
        let batch = system.batch(&mut draws, batch.sizes, &LENGTHS);
        (format!("line {line}, {system:?}"), system, net, batch)
    })
}

fn run(net: &mut Network, batch: &Batch, scale: f32) -> Outcome<f32> {
    kernel::forward_backward::<F32x4>(net, &mut Workspace::new(), batch, scale).expect("kernel")
}

/// A sequence that begins with NaN is NaN from its first state on, as far as it feeds itself; the others keep their bits.
#[test]
fn nan_stays_in_its_own_sequence() {
    for (name, system, mut net, clean) in problems() {
        let expected = run(&mut net, &clean, 1.0);
        for spoiled in 0..LENGTHS.len() {
            let mut batch = clean.clone();
            let sizes = batch.sizes;
            let parts = [(&mut batch.initial, sizes.hidden), (&mut batch.initial_fed, sizes.output)];
            for (values, width) in parts.into_iter().filter_map(|(part, width)| Some((part.as_mut()?, width)))
            {
                values[spoiled * width..(spoiled + 1) * width].fill(f32::NAN);
            }
            let got = run(&mut net, &batch, 1.0);
            for b in (0..LENGTHS.len()).filter(|&b| b != spoiled) {
                let what = format!("{name}, NaN in {spoiled}, sequence {b}");
                got.of_sequence(&batch, b).assert_same_rows(&what, &expected.of_sequence(&clean, b));
            }
            let own = got.of_sequence(&batch, spoiled);
            // Through W every state, through R the first one, and as long as the net feeds itself all after it.
            let own_feedback = (0..LENGTHS[spoiled]).all(|t| !support::twin::is_taught(&batch, spoiled, t));
            let all = system.options.recurrence != Recurrence::Output || own_feedback;
            let spoilt = if all { &own.states[..] } else { &own.states[..sizes.hidden] };
            assert!(spoilt.iter().all(|h| h.is_nan()), "{name}: NaN hidden in {:?}", own.states);
            let first_loss =
                own.step_losses.first().filter(|_| all || system.options.outputs == Outputs::Every);
            assert!(first_loss.is_none_or(|loss| loss.is_nan()), "{name}: {first_loss:?}");
            if system.options.outputs != Outputs::None && all {
                assert!(own.outputs.iter().all(|o| o.is_nan()), "{name}: NaN hidden in {:?}", own.outputs);
                assert!(
                    !system.feeds_back() || !own_feedback || own.final_fed.iter().all(|f| f.is_nan()),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn denormal_numbers_give_finite_results() {
    let tiny = [f32::from_bits(1), -f32::from_bits(1), 1e-40, -1e-39, f32::MIN_POSITIVE, -0.0];
    let fill = |values: &mut [f32]| {
        values.iter_mut().enumerate().for_each(|(i, value)| *value = tiny[i % tiny.len()]);
    };
    for (name, _, mut net, mut batch) in problems() {
        for tensor in [Tensor::WeightHh, Tensor::WeightOh, Tensor::BiasH] {
            fill(net.parameter_mut(tensor));
        }
        if let Inputs::Vectors(values) = &mut batch.inputs {
            fill(values);
        }
        let parts = [
            &mut batch.initial,
            &mut batch.initial_fed,
            &mut batch.d_outputs,
            &mut batch.d_states,
            &mut batch.d_final,
        ];
        parts.into_iter().filter_map(Option::as_mut).for_each(|values| fill(values));
        for scale in [1.0, 1e-38] {
            let outcome = run(&mut net, &batch, scale);
            for (part, values) in outcome.parts() {
                assert!(values.iter().all(|value| value.is_finite()), "{name}: {part} {values:?}");
            }
            assert!(outcome.gradients.iter().flatten().all(|value| value.is_finite()), "{name}: gradients");
            // The documented threshold: what the kernel makes itself is 0 or above it.
            for h in &outcome.states {
                assert!(*h == 0.0 || h.abs() > 1e-30, "{name}: state {h:e}");
            }
        }
    }
}
