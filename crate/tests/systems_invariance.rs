//! What must not change any bit, of any system: how a sequence is batched with others, how it is cut into chunks or fed step
//! by step, how many lanes the vectors have, which function runs it, how the batch is cut into shards.

mod support;

use recurra::model::{Network, Outputs, Workspace};
use recurra::simd::{F32x4, Vector};
use support::chunks::{forward_in_chunks, step_by_step};
use support::systems::{Problem, systems};
use support::{Batch, Forcing, Outcome, assert_same_bits, kernel};

/// Sequences whose parameter gradients are summed before they are added to those of the others.
const SHARD: usize = 8;

/// The lines with ragged batches, each with its problem; every optional part is there.
fn problems(counts: (usize, usize)) -> impl Iterator<Item = Problem> {
    let ragged = systems().into_iter().enumerate().filter(|(_, system)| system.ragged);
    ragged.map(move |(line, system)| {
        let mut problem = system.problem(line as u64);
        let Problem { draws, batch, .. } = &mut problem;
        let count = draws.between(counts.0, counts.1);
        let lengths = system.lengths(draws, count, 9);
        *batch = system.batch(draws, batch.sizes, &lengths);
        problem.name = format!("line {line}, {system:?}, {:?}, lengths {lengths:?}", problem.batch.sizes);
        problem
    })
}

fn run<V: Vector>(net: &mut Network, batch: &Batch) -> Outcome<f32> {
    kernel::forward_backward::<V>(net, &mut Workspace::new(), batch, 0.5).expect("kernel")
}

#[test]
fn a_sequence_has_the_same_bits_alone_and_in_any_company() {
    for Problem { name, mut net, batch, mut draws, .. } in problems((2, 6)) {
        let together = run::<F32x4>(&mut net, &batch);
        for b in 0..batch.count() {
            let alone = run::<F32x4>(&mut net, &batch.select(&[b]));
            let expected = together.of_sequence(&batch, b);
            alone.assert_same_rows(&format!("{name}, sequence {b} alone"), &expected);
        }
        let mut order = draws.order(batch.count());
        order.truncate(draws.between(2, order.len()));
        let chosen = batch.select(&order);
        let outcome = run::<F32x4>(&mut net, &chosen);
        for (i, &b) in order.iter().enumerate() {
            let what = format!("{name}, order {order:?}, sequence {b}");
            outcome.of_sequence(&chosen, i).assert_same_rows(&what, &together.of_sequence(&batch, b));
        }
    }
}

#[test]
fn one_lane_and_four_lanes_give_the_same_bits() {
    for Problem { name, mut net, batch, .. } in problems((1, 9)) {
        let one = run::<f32>(&mut net, &batch);
        run::<F32x4>(&mut net, &batch).assert_same(&name, &one);
        if batch.targets.is_some() {
            let one = kernel::train::<f32>(&mut net, &mut Workspace::new(), &batch).expect(&name);
            let four = kernel::train::<F32x4>(&mut net, &mut Workspace::new(), &batch).expect(&name);
            four.assert_same(&format!("{name}, train"), &one);
        }
    }
}

#[test]
fn train_and_evaluate_give_the_same_bits_as_forward_and_backward() {
    for Problem { name, mut net, batch, .. } in problems((1, 11)) {
        let batch = batch.without_injected();
        let mut scale = 1.0;
        if batch.targets.is_some() {
            let trained = kernel::train::<F32x4>(&mut net, &mut Workspace::new(), &batch).expect(&name);
            scale = if trained.count > 0.0 { (1.0 / trained.count) as f32 } else { 1.0 };
            let long = kernel::forward_backward::<F32x4>(&mut net, &mut Workspace::new(), &batch, scale);
            trained.assert_same_given(&format!("{name}, train"), &long.expect(&name));
        }
        let long = kernel::forward_backward::<F32x4>(&mut net, &mut Workspace::new(), &batch, scale);
        let evaluated = kernel::evaluate::<F32x4>(&mut net, &mut Workspace::new(), &batch).expect(&name);
        evaluated.assert_same_given(&format!("{name}, evaluate"), &long.expect(&name));
    }
}

#[test]
fn parameter_gradients_are_sums_over_shards() {
    for Problem { name, mut net, batch, .. } in problems((9, 17)) {
        let whole = run::<F32x4>(&mut net, &batch);
        let numbers: Vec<usize> = (0..batch.count()).collect();
        let mut sums: Vec<Vec<f32>> = vec![];
        for shard in numbers.chunks(SHARD) {
            let part = run::<F32x4>(&mut net, &batch.select(shard)).gradients;
            if sums.is_empty() {
                sums = part;
            } else {
                for (sum, part) in sums.iter_mut().flatten().zip(part.into_iter().flatten()) {
                    *sum += part;
                }
            }
        }
        whole.assert_same_gradients(&name, &sums);
    }
}

#[test]
fn chunks_give_the_same_bits_as_the_whole() {
    for Problem { name, mut net, batch, mut draws, .. } in problems((1, 5)) {
        let batch = batch.without_injected();
        let whole = kernel::forward::<F32x4>(&mut net, &mut Workspace::new(), &batch).expect(&name);
        for longest in [1, 4] {
            let ws = &mut Workspace::new();
            let parts = forward_in_chunks::<F32x4>(&mut net, ws, &batch, &mut draws, longest);
            for (b, part) in parts.iter().enumerate() {
                let what = format!("{name}, chunks of up to {longest}, sequence {b}");
                part.assert_same_rows(&what, &whole.of_sequence(&batch, b));
            }
        }
    }
}

/// A stream numbers its lanes' draws on from one, and starts all at one step.
fn as_lanes(batch: &Batch) -> Batch {
    let mut batch = batch.clone().without_injected();
    batch.ids = (0..batch.count() as i32).map(|lane| 40 + lane).collect();
    batch.first_steps = vec![6; batch.count()];
    batch.forcing = batch.forcing.map(|forcing| Forcing { update: 0, ..forcing });
    batch
}

#[test]
fn streams_give_the_same_bits_as_sequences() {
    for Problem { name, mut net, batch, .. } in problems((1, 5)) {
        let batch = as_lanes(&batch);
        let whole = kernel::forward::<F32x4>(&mut net, &mut Workspace::new(), &batch).expect(&name);
        let one_lane = step_by_step::<f32>(&mut net, &batch);
        for (b, part) in step_by_step::<F32x4>(&mut net, &batch).iter().enumerate() {
            let what = format!("{name}, sequence {b}");
            part.assert_same_rows(&format!("{what}, 1 lane"), &one_lane[b]);
            if batch.lengths[b] > 0 {
                check_stream(&what, part, &whole.of_sequence(&batch, b));
            }
        }
    }
}

/// A stream has outputs at every step; those of a net with outputs "last" end with the one that is scored.
fn check_stream(what: &str, part: &Outcome<f32>, whole: &Outcome<f32>) {
    let unscored = part.outputs.len() - whole.outputs.len();
    let streamed = Outcome { outputs: part.outputs[unscored..].to_vec(), ..part.clone() };
    streamed.assert_same_rows(what, &Outcome { step_losses: vec![], ..whole.clone() });
}

/// Length 0: state and feedback end where they begin, the gradient passes through, and the others notice nothing.
#[test]
fn a_sequence_of_no_steps_ends_where_it_begins() {
    for Problem { name, system, mut net, batch, mut draws, .. } in problems((2, 2)) {
        if system.options.outputs == Outputs::Last {
            continue;
        }
        let batch = system.batch(&mut draws, batch.sizes, &[0, 4, 0, 7]);
        let outcome = run::<F32x4>(&mut net, &batch);
        let others = run::<F32x4>(&mut net, &batch.select(&[1, 3]));
        for b in [0, 2] {
            let own = outcome.of_sequence(&batch, b);
            let alone = batch.select(&[b]);
            let what = format!("{name}, sequence {b}");
            let given = |part: &Option<Vec<f32>>| part.clone().expect("full");
            assert_same_bits(&what, &own.final_state, &given(&alone.initial));
            assert_same_bits(&what, &own.d_initial, &given(&alone.d_final));
            if system.feeds_back() {
                assert_same_bits(&what, &own.final_fed, &given(&alone.initial_fed));
                assert!(own.d_initial_fed.iter().all(|&gradient| gradient == 0.0), "{what}: d_initial_fed");
            }
            let nothing = run::<F32x4>(&mut net, &alone);
            assert!(nothing.gradients.iter().flatten().all(|&gradient| gradient == 0.0), "{what}: gradients");
        }
        assert_same_bits(&name, &outcome.states, &others.states);
        assert_same_bits(&name, &outcome.fed_back, &others.fed_back);
        outcome.assert_same_gradients(&name, &others.gradients);
    }
}
