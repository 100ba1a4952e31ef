//! Optimizer steps that are refused leave no trace: wrong options, and losses or gradients that are not finite.

mod support;

use recurra::error::Cause;
use recurra::model::{Kind, Network, Optimizer, Step, Workspace};
use recurra::simd::F32x4;
use support::fixture::Fixture;
use support::{Inputs, kernel};

const ADAM: Step = Step { learning_rate: 0.1, clip_norm: 5.0, frozen: 0, a: 0.9, b: 0.999, c: 1e-8, d: 0.0 };

/// `spoil` gives the wrong options, or ruins the gradients and gives nothing. After the step that is then refused, the
/// next good one must end where it would have ended anyway.
fn refuses_step(what: &str, kind: Kind, spoil: impl Fn(&mut Network) -> Option<Step>, good: Step) {
    let run = |spoiled: bool| {
        let Fixture { mut net, mut ws, batch, .. } = Fixture::new(true, false);
        let mut optimizer = Optimizer::new(&net, kind).expect("optimizer");
        for update in 0..3 {
            if spoiled && update > 0 {
                let before = kernel::parameters(&net);
                let wrong = spoil(&mut net);
                let error = optimizer.step::<F32x4>(&mut net, wrong.unwrap_or(good)).expect_err(what);
                let right_error = match error.cause() {
                    Cause::NonFinite => wrong.is_none(),
                    Cause::BadOption { .. } => wrong.is_some(),
                    _ => false,
                };
                assert!(right_error, "{what}: {error:?}");
                assert_eq!(kernel::parameters(&net), before, "{what}: changed parameters");
            }
            kernel::train::<F32x4>(&mut net, &mut ws, &batch.clone().without_injected()).expect("train");
            optimizer.step::<F32x4>(&mut net, good).expect("good step");
        }
        kernel::parameters(&net)
    };
    assert_eq!(run(true), run(false), "{what}: left a trace in the optimizer");
}

#[test]
fn steps_with_wrong_options() {
    let not_numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    for wrong in not_numbers.into_iter().chain([-1.0]) {
        for kind in [Kind::Sgd, Kind::Adam, Kind::RmsProp] {
            let good = match kind {
                Kind::Adam => ADAM,
                Kind::Sgd => Step { b: 0.0, c: 0.0, ..ADAM },
                _ => Step { b: 1e-8, c: 0.0, ..ADAM },
            };
            refuses_step(
                &format!("{kind:?}, learning rate {wrong}"),
                kind,
                |_| Some(Step { learning_rate: wrong, ..good }),
                good,
            );
            refuses_step(
                &format!("{kind:?}, clip norm {wrong}"),
                kind,
                |_| Some(Step { clip_norm: wrong, ..good }),
                good,
            );
            refuses_step(&format!("{kind:?}, a {wrong}"), kind, |_| Some(Step { a: wrong, ..good }), good);
            if kind != Kind::Sgd {
                refuses_step(
                    &format!("{kind:?}, b {wrong}"),
                    kind,
                    |_| Some(Step { b: wrong, ..good }),
                    good,
                );
            }
        }
        refuses_step(&format!("epsilon {wrong}"), Kind::Adam, |_| Some(Step { c: wrong, ..ADAM }), ADAM);
        refuses_step(&format!("weight decay {wrong}"), Kind::Adam, |_| Some(Step { d: wrong, ..ADAM }), ADAM);
    }
    refuses_step("beta 1 of 1", Kind::Adam, |_| Some(Step { a: 1.0, ..ADAM }), ADAM);
    refuses_step("beta 2 of 1", Kind::Adam, |_| Some(Step { b: 1.0, ..ADAM }), ADAM);
}

/// A NaN among the inputs makes loss and gradients NaN; the update is refused and nothing has changed.
#[test]
fn a_step_after_a_loss_that_is_not_finite() {
    for wrong in [f32::NAN, f32::INFINITY] {
        for kind in [Kind::Sgd, Kind::Adam, Kind::RmsProp] {
            let good = if kind == Kind::RmsProp { Step { b: 1e-8, c: 0.0, ..ADAM } } else { ADAM };
            let good = if kind == Kind::Sgd { Step { b: 0.0, c: 0.0, ..good } } else { good };
            let spoil = |net: &mut Network| {
                let mut batch = Fixture::new(true, false).batch.without_injected();
                // An infinite input alone only saturates tanh; an infinite weight of the loss does more.
                match &mut batch.inputs {
                    Inputs::Vectors(values) if wrong.is_nan() => values[7] = wrong,
                    _ => batch.weights.as_mut().expect("weights")[3] = wrong,
                }
                let mut ws = Workspace::new();
                match kernel::train::<F32x4>(net, &mut ws, &batch) {
                    Ok(outcome) => {
                        assert!(!(outcome.loss / outcome.count).is_finite(), "loss {}", outcome.loss)
                    }
                    Err(error) => assert_eq!(error.cause(), Cause::NonFinite),
                }
                None
            };
            refuses_step(&format!("{kind:?}, {wrong}"), kind, spoil, good);
        }
    }
}
