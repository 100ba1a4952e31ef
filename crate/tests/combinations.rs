//! Which combinations of options exist: every one that does is in the table that drives the other tests, every other is
//! refused by name.

mod support;

use std::collections::BTreeMap;

use recurra::error::{Cause, Error};
use recurra::model::{Feedback, Initializer, Network, Options, Outputs, Recurrence, Workspace};
use recurra::simd::F32x4;
use support::kernel;
use support::systems::{KINDS, Problem, System, all_options, systems};

/// Recurrence × outputs × loss × feedback × activation × kind of input, ragged and not.
#[test]
fn the_table_covers_every_accepted_combination() {
    let mut covered = BTreeMap::new();
    for system in systems() {
        let combination = (format!("{:?}", system.options), format!("{:?}", system.kind), system.ragged);
        *covered.entry(combination).or_insert(0) += 1;
    }
    let mut accepted = 0;
    for (options, refused) in all_options() {
        if !refused.is_empty() {
            continue;
        }
        for kind in KINDS {
            for ragged in [false, true] {
                let combination = (format!("{options:?}"), format!("{kind:?}"), ragged);
                assert!(covered.contains_key(&combination), "{combination:?} is not in the table");
                accepted += 1;
            }
        }
    }
    let (lines, refused) = (systems().len(), all_options().iter().filter(|(_, at)| !at.is_empty()).count());
    println!(
        "{accepted} combinations of recurrence, outputs, loss, feedback, activation, input, ragged are accepted; {} \
         covered, in {lines} lines of the table; {refused} combinations of options are refused",
        covered.len()
    );
    // Hidden with 3 kinds of outputs, output and both with 2; 10 pairs of loss and feedback; 3 activations; 3 × 2.
    assert_eq!((accepted, covered.len(), refused), (7 * 10 * 3 * 6, 7 * 10 * 3 * 6, 324 - 7 * 10 * 3));
}

#[test]
fn every_other_combination_is_refused() {
    for (options, refused) in all_options() {
        for input_size in [0, 3] {
            let output_size = if options.outputs == Outputs::None { 0 } else { 2 };
            let options = Options { input_size, hidden_size: 4, output_size, ..options };
            match (Network::new(options).err().map(Error::cause), &refused[..]) {
                (None, []) => {}
                (Some(Cause::Unsupported { argument }), refused) if refused.contains(&argument) => {}
                (got, refused) => {
                    panic!("{options:?}: expected Unsupported at one of {refused:?}, got {got:?}")
                }
            }
        }
    }
}

/// Recurrence "hidden" has nothing to feed back: the rule changes no bit.
#[test]
fn without_r_the_feedback_rule_changes_nothing() {
    for system in systems().iter().filter(|system| system.options.recurrence == Recurrence::Hidden) {
        let plain = System { options: Options { feedback: Feedback::Outputs, ..system.options }, ..*system };
        let (mut problem, mut reference) = (system.problem(3), plain.problem(3));
        let run = |problem: &mut Problem| {
            kernel::forward_backward::<F32x4>(&mut problem.net, &mut Workspace::new(), &problem.batch, 1.0)
                .expect(&problem.name)
        };
        let expected = run(&mut reference);
        run(&mut problem).assert_same(&problem.name, &expected);
    }
}

/// Every initialiser draws what a network has; one for W is refused where there is no W, or has nothing to do.
#[test]
fn every_network_can_be_initialised() {
    for (options, _) in all_options().iter().filter(|(_, refused)| refused.is_empty()) {
        for input_size in [0, 3] {
            let output_size = if options.outputs == Outputs::None { 0 } else { 2 };
            let options = Options { input_size, hidden_size: 4, output_size, ..*options };
            for initializer in [Initializer::Uniform, Initializer::Orthogonal, Initializer::Identity] {
                let mut net = Network::new(options).expect("network");
                let what = format!("{options:?}, {initializer:?}");
                match net.initialize(initializer, 3).map_err(Error::cause) {
                    Ok(()) => {
                        let all = kernel::parameters(&net).concat();
                        assert!(
                            all.iter().any(|&value| value != 0.0) || all.len() == 4 + output_size,
                            "{what}"
                        );
                        assert!(all.iter().all(|value| value.abs() <= 1.0), "{what}: {all:?}");
                    }
                    Err(Cause::Unsupported { argument: 1 }) => {
                        assert!(options.recurrence == Recurrence::Output, "{what}");
                        assert!(initializer != Initializer::Uniform, "{what}");
                        assert!(
                            kernel::parameters(&net).concat().iter().all(|&value| value == 0.0),
                            "{what}"
                        );
                    }
                    Err(error) => panic!("{what}: {error:?}"),
                }
            }
        }
    }
}
