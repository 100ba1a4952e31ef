//! Recurrence from the output only, under teacher forcing: the steps do not depend on each other, and the kernel runs
//! them all at once. The bits are those of one step after the other, the memory is that of a block of rows.

mod support;

use recurra::arena;
use recurra::model::{Network, Options, Outputs, Recurrence, Workspace};
use recurra::simd::F32x4;
use support::chunks::{forward_in_chunks, target};
use support::systems::{Kind, Problem, System, Teaching, systems};
use support::{Batch, Draws, Forcing, Outcome, Sizes, kernel};

const SHARD: usize = 8;

/// The lines of the table that are run so.
fn parallel() -> Vec<System> {
    let runs_at_once = |system: &System| {
        let Options { recurrence, outputs, .. } = system.options;
        (recurrence, outputs, system.teaching) == (Recurrence::Output, Outputs::Every, Teaching::Forced(1.0))
    };
    systems().into_iter().filter(runs_at_once).collect()
}

/// A problem with as many rows as fill several blocks, lengths all different.
fn problem(system: &System, line: u64, count: usize) -> Problem {
    let mut problem = system.problem(line);
    let Problem { draws, batch, .. } = &mut problem;
    let longest = draws.between(20, 120);
    let lengths: Vec<usize> = draws.order(count).into_iter().map(|i| 1 + i * longest / count + i).collect();
    *batch = system.batch(draws, batch.sizes, &lengths);
    problem.name = format!("line {line}, {system:?}, {:?}, lengths {lengths:?}", problem.batch.sizes);
    problem
}

#[test]
fn all_steps_at_once_give_the_bits_of_one_after_the_other() {
    for (line, system) in parallel().iter().enumerate() {
        let Problem { name, mut net, batch, mut draws, .. } = problem(system, line as u64, 3);
        let batch = batch.without_injected();
        let evaluated = kernel::evaluate::<F32x4>(&mut net, &mut Workspace::new(), &batch).expect(&name);
        let kept = kernel::forward::<F32x4>(&mut net, &mut Workspace::new(), &batch).expect(&name);
        evaluated.assert_same(&name, &kept);
        let parts = forward_in_chunks::<F32x4>(&mut net, &mut Workspace::new(), &batch, &mut draws, 1);
        for (b, part) in parts.iter().enumerate() {
            part.assert_same_rows(&format!("{name}, sequence {b}"), &evaluated.of_sequence(&batch, b));
        }
    }
}

/// Every row as a sequence of its own, one step long, with the true target before it as its initial feedback.
fn rows_alone(batch: &Batch) -> Vec<Batch> {
    let mut alone = vec![];
    for b in 0..batch.count() {
        for t in 0..batch.lengths[b] {
            let mut row = batch.cut(&[b], |_| (t, t + 1));
            if t > 0 {
                row.initial_fed = Some(target(batch, batch.first_row(b) + t - 1));
            }
            // Only the last step of a sequence sees the gradient of its final state.
            if t + 1 < batch.lengths[b] {
                row.d_final = None;
            }
            alone.push(row);
        }
    }
    alone
}

/// Gradients are sums of what each row gives alone, in the documented order: within a shard from the last step to the
/// first, within a step from the shortest living sequence to the longest, and shards in ascending order.
#[test]
fn gradients_are_the_sums_over_rows_in_the_documented_order() {
    for (line, system) in parallel().iter().enumerate() {
        let count = if line % 3 == 0 { 11 } else { 4 };
        let Problem { name, mut net, batch, .. } = problem(system, line as u64, count);
        let ws = &mut Workspace::new();
        let whole = kernel::forward_backward::<F32x4>(&mut net, ws, &batch, 0.5).expect(&name);
        let trained = batch.clone().without_injected();
        let train = kernel::train::<F32x4>(&mut net, ws, &trained).expect(&name);
        let scale = if train.count > 0.0 { (1.0 / train.count) as f32 } else { 1.0 };
        whole.assert_same_gradients(&name, &sum_of_rows(&mut net, &batch, 0.5));
        train.assert_same_gradients(&format!("{name}, train"), &sum_of_rows(&mut net, &trained, scale));
    }
}

fn sum_of_rows(net: &mut Network, batch: &Batch, scale: f32) -> Vec<Vec<f32>> {
    let ws = &mut Workspace::new();
    let alone: Vec<Outcome<f32>> = rows_alone(batch)
        .iter()
        .map(|row| kernel::forward_backward::<F32x4>(net, ws, row, scale).expect("a row alone"))
        .collect();
    let mut total: Option<Vec<Vec<f32>>> = None;
    let add = |sum: &mut Vec<Vec<f32>>, part: &[Vec<f32>]| {
        sum.iter_mut().flatten().zip(part.iter().flatten()).for_each(|(sum, part)| *sum += part);
    };
    let numbers: Vec<usize> = (0..batch.count()).collect();
    for shard in numbers.chunks(SHARD) {
        let mut longest_first = shard.to_vec();
        longest_first.sort_by_key(|&b| std::cmp::Reverse(batch.lengths[b]));
        let mut sum: Vec<Vec<f32>> = alone[0].gradients.iter().map(|part| vec![0.0; part.len()]).collect();
        for t in (0..batch.lengths[longest_first[0]]).rev() {
            for &b in longest_first.iter().rev().filter(|&&b| t < batch.lengths[b]) {
                add(&mut sum, &alone[batch.first_row(b) + t].gradients);
            }
        }
        match &mut total {
            None => total = Some(sum),
            Some(total) => add(total, &sum),
        }
    }
    total.expect("a shard")
}

/// Training: the tape has the same size for any number of steps, and beyond inputs, targets and losses a step costs less
/// memory than one state.
#[test]
fn memory_does_not_grow_with_the_number_of_steps() {
    const HIDDEN: usize = 64;
    for system in parallel().iter().filter(|system| system.kind != Kind::Vectors) {
        let draws = &mut Draws::new(1);
        let sizes =
            Sizes { input: if system.kind == Kind::Nothing { 0 } else { 3 }, hidden: HIDDEN, output: 2 };
        let mut net = system.network(sizes, 1);
        let mut measure = |steps: usize| {
            let mut batch = system.batch(draws, sizes, &[steps, steps / 2, steps]).without_injected();
            batch.forcing = Some(Forcing { teacher: 1.0, seed: 0, update: 0 });
            let ws = &mut Workspace::new();
            let before = arena::used();
            kernel::train::<F32x4>(&mut net, ws, &batch).expect("train");
            (ws.results()[3], (arena::used() - before) as f64, batch.rows() as f64)
        };
        // The first run packs the network's weights.
        measure(1000);
        let ((tape, used, rows), (longer_tape, longer_used, longer_rows)) = (measure(1000), measure(8000));
        assert!(tape > 0.0 && tape == longer_tape, "{system:?}: tape of {tape} and {longer_tape} bytes");
        let per_row = (longer_used - used) / (longer_rows - rows);
        assert!(per_row < 4.0 * HIDDEN as f64, "{system:?}: {per_row} bytes for each step");
    }
}
