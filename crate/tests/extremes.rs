//! NaN and infinities stay in their own sequence, and denormal numbers give finite results.

mod support;

use recurra::model::{Activation, Initializer, Loss, Network, Options, Tensor, Workspace};
use recurra::simd::F32x4;
use support::fixture::SIZES;
use support::{Batch, Draws, Inputs, Sizes, Targets, kernel};

#[test]
fn nan_stays_in_its_own_sequence() {
    for count in [2, 3, 9, 33] {
        let draws = &mut Draws::new(count as u64);
        let net = &mut kernel::network(SIZES, Initializer::Uniform, 3);
        let lengths = Batch::lengths(draws, count, 9);
        let clean = Batch::full(draws, SIZES, &lengths, true);
        let expected =
            kernel::forward_backward::<F32x4>(net, &mut Workspace::new(), &clean, 1.0).expect("kernel");
        for spoiled in [0, count / 2, count - 1] {
            for nan in [f32::NAN, -f32::NAN, f32::INFINITY] {
                let mut batch = clean.clone();
                let row = batch.first_row(spoiled);
                if let Inputs::Vectors(values) = &mut batch.inputs {
                    values[row * SIZES.input + 1] = nan;
                }
                for part in [&mut batch.initial, &mut batch.d_final] {
                    part.as_mut().expect("full")[spoiled * SIZES.hidden] = nan;
                }
                batch.d_outputs.as_mut().expect("full")[row * SIZES.output] = nan;
                let got = kernel::forward_backward::<F32x4>(net, &mut Workspace::new(), &batch, 1.0)
                    .expect("kernel");
                let own = got.of_sequence(&batch, spoiled);
                if nan.is_nan() {
                    assert!(
                        own.states.iter().all(|h| h.is_nan()),
                        "NaN hidden in sequence {spoiled} of {count}"
                    );
                    assert!(own.step_losses.iter().all(|loss| loss.is_nan()), "losses {:?}", own.step_losses);
                }
                for b in (0..count).filter(|&b| b != spoiled) {
                    let what = format!("{count} sequences, {nan} in {spoiled}, sequence {b}");
                    got.of_sequence(&batch, b).assert_same_rows(&what, &expected.of_sequence(&clean, b));
                }
            }
        }
    }
}

#[test]
fn denormal_numbers_give_finite_results() {
    let tiny = [f32::from_bits(1), -f32::from_bits(1), 1e-40, -1e-39, f32::MIN_POSITIVE, -0.0];
    for scale in [1.0, 1e-38] {
        let draws = &mut Draws::new(9);
        let mut net = kernel::network(SIZES, Initializer::Uniform, 3);
        for tensor in [Tensor::WeightHh, Tensor::BiasH] {
            for (i, value) in net.parameter_mut(tensor).iter_mut().enumerate() {
                *value = tiny[i % tiny.len()];
            }
        }
        let mut batch = Batch::full(draws, SIZES, &[30, 3, 17, 1], true);
        let fill = |values: &mut [f32]| {
            values.iter_mut().enumerate().for_each(|(i, value)| *value = tiny[i % tiny.len()]);
        };
        if let Inputs::Vectors(values) = &mut batch.inputs {
            fill(values);
        }
        for part in [&mut batch.initial, &mut batch.d_outputs, &mut batch.d_states, &mut batch.d_final] {
            fill(part.as_mut().expect("full"));
        }
        let outcome = kernel::forward_backward::<F32x4>(&mut net, &mut Workspace::new(), &batch, scale)
            .expect("kernel");
        let groups =
            [&outcome.states, &outcome.outputs, &outcome.step_losses, &outcome.d_states, &outcome.d_inputs];
        for values in groups.into_iter().chain(&outcome.gradients) {
            assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
        }
        // The documented threshold: what the kernel makes itself is 0 or above it.
        for h in &outcome.states {
            assert!(*h == 0.0 || h.abs() > 1e-30, "state {h:e}");
        }
    }
}

/// A weight of 0 leaves a step out: whatever its outputs and its loss are, sums and gradients do not see them.
#[test]
fn a_step_left_out_leaves_no_trace() {
    let sizes = Sizes { input: 1, hidden: 1, output: 2 };
    for loss in [Loss::CrossEntropy, Loss::SquaredError, Loss::Bernoulli] {
        let options = Options { activation: Activation::Identity, loss, ..kernel::options(sizes) };
        let mut net = Network::new(options).expect("network");
        net.parameter_mut(Tensor::WeightIh)[0] = 1.0;
        net.parameter_mut(Tensor::WeightHo).copy_from_slice(&[1e10, -1e10]);
        let targets = match loss {
            Loss::CrossEntropy => Targets::Classes(vec![0, 1, 1]),
            _ => Targets::Values(vec![0.5, 0.25, 1.0, 0.0, 0.0, 0.75]),
        };
        // The outputs of the second sequence are infinite, and its loss is no number to count with.
        let batch = Batch {
            targets: Some(targets),
            weights: Some(vec![1.0, 0.0, 0.5]),
            ..Batch::bare(sizes, &[1, 1, 1], Inputs::Vectors(vec![1e-10, 1e30, 2e-10]))
        };
        let without = Batch {
            targets: Some(match batch.targets.clone().expect("targets") {
                Targets::Classes(y) => Targets::Classes(vec![y[0], y[2]]),
                Targets::Values(y) => Targets::Values([&y[..2], &y[4..]].concat()),
            }),
            weights: Some(vec![1.0, 0.5]),
            ..Batch::bare(sizes, &[1, 1], Inputs::Vectors(vec![1e-10, 2e-10]))
        };
        let run = |net: &mut Network, batch: &Batch| {
            kernel::forward_backward::<F32x4>(net, &mut Workspace::new(), batch, 1.0).expect("kernel")
        };
        let (got, expected) = (run(&mut net, &batch), run(&mut net, &without));
        assert!(!got.step_losses[1].is_finite(), "{loss:?}: {:?}", got.step_losses);
        assert!(got.loss.is_finite(), "{loss:?}: loss {}", got.loss);
        got.assert_same_sums(&format!("{loss:?}"), &expected);
        got.assert_same_gradients(&format!("{loss:?}"), &expected.gradients);
    }
}
