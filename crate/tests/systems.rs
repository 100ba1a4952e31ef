//! Every system against the textbook's f64 net: the table of `support/systems.rs` is gone through line by line, each with a
//! drawn net and batch: forward, losses, predictions, and the gradients of all parameters, inputs, states, initial
//! states and initial feedback, with gradients injected and weights of 0.
//!
//! Bounds as in `agreement.rs`: states, outputs and what is fed back within 2e-6·max(1, max|value|), every gradient
//! tensor within 1e-5 of its norm (+ 1e-6). A net without tanh is held by nothing, hence its states' size in the bound.
//! Two things no bound can cover, because f32 and f64 then rightly differ: relu at a pre-activation so near 0 that its
//! sign is a matter of rounding (such problems are drawn anew), and symbols taken from outputs that are nearly equal
//! (the twin takes the kernel's symbols as given; that they are the right ones is shown here with the twin's outputs,
//! but for near ties). `cargo test --test systems -- --nocapture` prints the coverage and the maxima.

mod support;

use std::collections::BTreeMap;

use recurra::model::{Activation, Workspace};
use recurra::reference::Net;
use recurra::simd::{F32x4, Vector};
use support::errors::Errors;
use support::symbols::Symbols;
use support::systems::{Problem, System, systems};
use support::twin::{self, Run};
use support::{Outcome, kernel};

/// Pre-activations nearer to 0 than this, some hundred times the error allowed to a state, may have the other sign in f32.
const KINK: f64 = 2e-4;

/// The problem of this line of the table, drawn anew as long as relu stands at its kink; and the kernel's run of it
/// beside the twin's in f64 and the plain loop's in f32.
fn run<V: Vector>(system: &System, line: u64) -> (Problem, Outcome<f32>, Run<f64>, Run<f32>) {
    for attempt in 0..100 {
        let mut problem = system.problem(line * 100 + attempt);
        let Problem { name, net, batch, scale, .. } = &mut problem;
        let outcome = kernel::forward_backward::<V>(net, &mut Workspace::new(), batch, *scale);
        let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        let own = system.feeds_back().then_some((system.options.feedback, &outcome));
        let exact: Net<f64> = twin::net(net);
        let expected = twin::forward_backward(&exact, batch, *scale, own);
        if system.options.activation != Activation::Relu || expected.least_activation > KINK {
            let plain = twin::forward_backward(&exact.cast::<f32>(), batch, *scale, own);
            return (problem, outcome, expected, plain);
        }
    }
    panic!("line {line}, {system:?}: relu at its kink in 100 problems");
}

#[test]
fn every_system_agrees_with_the_twin() {
    let mut kernel_errors: BTreeMap<String, Errors> = BTreeMap::new();
    let mut plain_errors: BTreeMap<String, Errors> = BTreeMap::new();
    let mut symbols = Symbols::default();
    for (line, system) in systems().iter().enumerate() {
        let seed = line as u64;
        let lanes = seed % 2;
        let (problem, outcome, expected, plain) =
            if lanes == 0 { run::<F32x4>(system, seed) } else { run::<f32>(system, seed) };
        let group = format!("{:?}, {:?}", system.options.recurrence, system.options.activation);
        kernel_errors.entry(group.clone()).or_default().compare(seed, &outcome, &expected);
        plain_errors.entry(group).or_default().compare(seed, &plain.outcome, &expected);
        check_sums(&problem.name, &outcome, &expected);
        if system.feeds_symbols() {
            symbols.check(&problem, &outcome, &expected);
        }
    }
    println!("{} symbols fed back, {} of them near a tie", symbols.count, symbols.near);
    assert!(symbols.near * 200 < symbols.count, "{} of {} symbols near a tie", symbols.near, symbols.count);
    judge(&kernel_errors, &plain_errors);
}

/// The sums over the batch are f64 sums of the f32 losses.
fn check_sums(name: &str, got: &Outcome<f32>, expected: &Run<f64>) {
    let rows = expected.outcome.step_losses.len() as f64;
    let size = expected.outcome.step_losses.iter().fold(1.0, |size: f64, loss| size.max(loss.abs()));
    let errors = [(got.loss - expected.outcome.loss).abs(), (got.count - expected.outcome.count).abs()];
    // Weights are below 2; a loss of size 1 may be off by 1e-5.
    assert!(errors[0] <= 2e-5 * rows * size, "{name}: loss {}, expected {}", got.loss, expected.outcome.loss);
    assert!(errors[1] <= 1e-6 * rows, "{name}: count {}, expected {}", got.count, expected.outcome.count);
}

/// Prints the maxima as shares of the bounds, the kernel's beside those of the plain f32 loop, and holds them to 1.
fn judge(kernel: &BTreeMap<String, Errors>, plain: &BTreeMap<String, Errors>) {
    let mut failures = vec![];
    for (group, errors) in kernel {
        println!("{group}: largest share of the bound (line of the table), kernel | sequential f32 loop");
        for (got, yardstick) in errors.0.iter().zip(&plain[group].0) {
            let ((line, share), (plain_line, loop_share)) = (got.worst(), yardstick.worst());
            println!("  {:<15} {share:8.4} ({line:>4}) | {loop_share:8.4} ({plain_line:>4})", got.name);
            if share > 1.0 {
                let system = systems()[line as usize];
                failures
                    .push(format!("{group}, {}: {share} of the bound, line {line}, {system:?}", got.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
