//! What the memory of a pass is as a function of the number of steps: the tape, the least budget, and what is really in use.

mod support;

use recurra::arena;
use recurra::error::{Cause, Error};
use recurra::model::{self, Activation, Loss, Options, Recurrence, Workspace, flags};
use recurra::simd::F32x4;
use support::systems::{Kind, System, Teaching, systems};
use support::{Draws, Sizes, kernel};

/// Place of the tape's bytes in the results.
const TAPE: usize = 3;

/// Bytes of a row in memory: rows are padded to whole vectors.
fn row(columns: usize) -> usize {
    4 * columns.next_multiple_of(4)
}

/// The tape of this many steps of one sequence, initial values in front: states and their gradients, with KEEP also
/// dL/dh apart from dL/da; where the net feeds itself what it feeds, and where the loss flows back through that, dL/do.
fn tape_bytes(system: &System, sizes: Sizes, steps: usize, keep: bool) -> usize {
    let own = system.feeds_back() && system.teaching != Teaching::Forced(1.0);
    let flows = own && !system.feeds_symbols();
    let columns = row(sizes.hidden) * (2 + usize::from(keep));
    (steps + 1) * (columns + row(sizes.output) * (usize::from(own) + usize::from(flows)))
}

/// What a run over one sequence takes in bytes.
struct Cost {
    tape: usize,
    least: usize,
    /// Everything, without a budget and with the least one.
    used: usize,
    used_under_least: usize,
}

fn cost(system: &System, sizes: Sizes, steps: usize) -> Cost {
    let draws = &mut Draws::new(3);
    let mut net = system.network(sizes, 1);
    let batch = system.batch(draws, sizes, &[steps]).without_injected();
    let mut run = |budget: usize| {
        let before = arena::used();
        let ws = &mut Workspace::new();
        ws.set_budget(budget)?;
        kernel::fill(&net, ws, &batch, flags::KEEP)?;
        model::forward::<F32x4>(&mut net, ws)?;
        model::backward::<F32x4>(&mut net, ws, 1.0)?;
        Ok((ws.results()[TAPE] as usize, arena::used() - before))
    };
    // Once for the weights, which are packed and stay so.
    run(0).expect("plain");
    let (tape, used) = run(0).expect("plain");
    let error: Error = run(1).expect_err("a budget of one byte");
    let Cause::OutOfMemory { requested: least, .. } = error.cause() else { panic!("{error}") };
    let (told, used_under_least) = run(least).expect("the least budget");
    assert_eq!(told, least, "{system:?}: bytes of the tape under the least budget");
    Cost { tape, least, used, used_under_least }
}

/// One line for each combination that has a tape of its own kind.
fn lines() -> Vec<System> {
    let one_of_each = |system: &System| {
        let Options { activation, loss, .. } = system.options;
        let plain = (activation, loss, system.kind) == (Activation::Tanh, Loss::CrossEntropy, Kind::Nothing);
        plain && system.ragged
    };
    systems().into_iter().filter(one_of_each).collect()
}

fn sizes(system: &System) -> Sizes {
    Sizes { input: 0, hidden: 17, output: if system.has_outputs() { 9 } else { 0 } }
}

/// Claim C4: without a budget the tape is a straight line over the steps; with the least budget it grows like their
/// square root, or not at all where steps do not need each other; and what it saves is really not in use.
#[test]
fn the_tape_grows_linearly_and_the_least_budget_like_the_root() {
    let (mut best, mut worst) = (f64::MAX, 0.0f64);
    for system in &lines() {
        let sizes = sizes(system);
        for steps in [1, 100, 777] {
            let expected = tape_bytes(system, sizes, steps, true);
            assert_eq!(cost(system, sizes, steps).tape, expected, "{system:?}: {steps} steps");
        }
        let Cost { tape, least, used, used_under_least } = cost(system, sizes, 2000);
        let growth = least as f64 / cost(system, sizes, 125).least as f64;
        (best, worst) = (best.min(growth), worst.max(growth));
        assert!(growth < 5.0, "{system:?}: 16 times the steps take {growth} times the least budget");
        // Each of some ten blocks is rounded up to 64 bytes.
        let (saved, said) = (used - used_under_least, tape - least);
        assert!(saved + 1024 >= said, "{system:?}: saved {saved} bytes, said {said}");
    }
    println!("16 times the steps: {best:.2} to {worst:.2} times the least budget");
}

/// Training keeps the tape of one shard, and not even that where steps do not need each other.
#[test]
fn training_keeps_the_tape_of_one_shard() {
    for system in lines().iter().filter(|system| system.teaching != Teaching::NoTargets) {
        let sizes = sizes(system);
        let mut net = system.network(sizes, 1);
        let mut train = |lengths: &[usize]| {
            let batch = system.batch(&mut Draws::new(3), sizes, lengths).without_injected();
            let ws = &mut Workspace::new();
            kernel::train::<F32x4>(&mut net, ws, &batch).expect("train");
            ws.results()[TAPE] as usize
        };
        let independent =
            system.options.recurrence == Recurrence::Output && system.teaching == Teaching::Forced(1.0);
        let one = train(&[50]);
        assert_eq!(one, tape_bytes(system, sizes, 50, false), "{system:?}: one sequence");
        assert_eq!(train(&[50; 8]), 8 * one, "{system:?}: a shard");
        assert_eq!(train(&[50; 24]), 8 * one, "{system:?}: three shards");
        let (long, longer) = (train(&[200; 8]), train(&[400; 8]));
        assert_eq!(long == longer, independent, "{system:?}: {long} and {longer} bytes");
    }
}
