//! Different ways to the same numbers give the same bits: with and without a tape, in a fresh and in a used workspace,
//! shard by shard, with slots opened early or late.

mod support;

use recurra::model::{self, Initializer, Slot, Workspace, flags};
use recurra::simd::F32x4;
use support::cases::{SIZES, cases, run};
use support::{Batch, Draws, assert_same_bits, kernel};

/// Sequences whose parameter gradients are summed before they are added to those of the others.
const SHARD: usize = 8;

/// Training keeps no tape beyond a shard, scales by 1 / count itself, and gives the bits of the long way.
#[test]
fn train_gives_the_same_bits_as_forward_and_backward() {
    for mut case in cases(&[1, 2, 7, 8, 9, 16, 17, 33]) {
        if case.batch.targets.is_none() {
            continue;
        }
        for weighted in [true, false] {
            let mut batch = case.batch.clone().without_injected();
            if !weighted {
                batch.weights = None;
            }
            let trained =
                kernel::train::<F32x4>(&mut case.net, &mut Workspace::new(), &batch).expect("train");
            let long = run::<F32x4>(&mut case.net, &batch, (1.0 / trained.count) as f32);
            trained.assert_same_given(&format!("{}, weighted {weighted}", case.name), &long);
        }
    }
}

#[test]
fn evaluate_gives_the_same_bits_as_forward_with_a_tape() {
    for mut case in cases(&[1, 2, 7, 8, 9, 16, 17, 33]) {
        let batch = case.batch.clone().without_injected();
        let kept = kernel::forward::<F32x4>(&mut case.net, &mut Workspace::new(), &batch).expect("forward");
        let evaluated =
            kernel::evaluate::<F32x4>(&mut case.net, &mut Workspace::new(), &batch).expect("evaluate");
        evaluated.assert_same(&case.name, &kept);
    }
}

/// Gradients of a batch are the sums of its shards' gradients, added one after the other in the caller's order.
#[test]
fn parameter_gradients_are_sums_over_shards() {
    for mut case in cases(&[33, 9, 16, 20]) {
        let whole = run::<F32x4>(&mut case.net, &case.batch, 0.25);
        let numbers: Vec<usize> = (0..case.batch.count()).collect();
        let mut sums: Vec<Vec<f32>> = whole.gradients.iter().map(|tensor| vec![0.0; tensor.len()]).collect();
        for (s, shard) in numbers.chunks(SHARD).enumerate() {
            let part = run::<F32x4>(&mut case.net, &case.batch.select(shard), 0.25);
            for (sum, part) in sums.iter_mut().zip(&part.gradients) {
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum = if s == 0 { *part } else { *sum + part };
                }
            }
        }
        whole.assert_same_gradients(&case.name, &sums);
    }
}

/// Large → small → large again in one workspace, with the optional slots of one batch left open for the next.
#[test]
fn what_a_workspace_held_before_does_not_matter() {
    for sizes in [SIZES[3], SIZES[8], SIZES[11]] {
        let mut net = kernel::network(sizes, Initializer::Uniform, 5);
        let mut draws = Draws::new(77);
        let mut batches = vec![];
        for (count, longest) in [(33, 12), (1, 1), (9, 7), (2, 30), (33, 12)] {
            let lengths = Batch::lengths(&mut draws, count, longest);
            let vectors = draws.coin();
            batches.push(Batch::some(&mut draws, sizes, &lengths, vectors));
        }
        batches.push(batches[0].clone());
        let mut reused = Workspace::new();
        for (i, batch) in batches.iter().enumerate() {
            // Everything the batch before left in the slots becomes NaN: nothing may be read before it is written.
            poison(&mut reused);
            let again = kernel::forward_backward::<F32x4>(&mut net, &mut reused, batch, 1.0).expect("kernel");
            let fresh = run::<F32x4>(&mut net, batch, 1.0);
            again.assert_same(&format!("{sizes:?}, batch {i}"), &fresh);
            if batch.targets.is_some() {
                poison(&mut reused);
                let again = kernel::train::<F32x4>(&mut net, &mut reused, batch).expect("train");
                let fresh = kernel::train::<F32x4>(&mut net, &mut Workspace::new(), batch).expect("train");
                again.assert_same(&format!("{sizes:?}, batch {i}, train"), &fresh);
            }
        }
    }
}

fn poison(ws: &mut Workspace) {
    let slots = [
        Slot::Inputs,
        Slot::Weights,
        Slot::InitialState,
        Slot::FinalState,
        Slot::StepLosses,
        Slot::DOutputs,
        Slot::DStates,
        Slot::DFinalState,
        Slot::States,
        Slot::Outputs,
        Slot::GradInputs,
        Slot::GradStates,
        Slot::GradInitialState,
    ];
    for slot in slots {
        if let Ok(values) = ws.f32_mut(slot) {
            values.fill(f32::NAN);
        }
    }
}

/// STATES and OUTPUTS may be opened before the forward pass, which then fills them, or after it; downstream gradients
/// may be handed in before it as well.
#[test]
fn slots_opened_early_and_late_hold_the_same_bits() {
    for mut case in cases(&[3, 10]) {
        let late = run::<F32x4>(&mut case.net, &case.batch, 1.0);
        let ws = &mut Workspace::new();
        kernel::fill(&case.net, ws, &case.batch, flags::KEEP).expect("fill");
        kernel::inject::<F32x4>(&mut case.net, ws, &case.batch).expect("inject");
        let mut expected = vec![(Slot::States, &late.states)];
        if case.batch.sizes.output > 0 {
            expected.push((Slot::Outputs, &late.outputs));
        }
        for (slot, _) in &expected {
            ws.open::<F32x4>(&mut case.net, *slot).expect("open");
        }
        model::forward::<F32x4>(&mut case.net, ws).expect("forward");
        for (slot, expected) in &expected {
            assert_same_bits(&format!("{}, {slot:?}", case.name), ws.f32(*slot).expect("slot"), expected);
        }
        model::backward::<F32x4>(&mut case.net, ws, 1.0).expect("backward");
        late.assert_same_gradients(&case.name, &kernel::gradients(&case.net));
    }
}

/// After another backward pass an open slot shows that pass, or is closed; never the pass before. Half of everything
/// is exact.
#[test]
fn open_gradients_follow_the_next_backward_pass() {
    for mut case in cases(&[3, 10]) {
        let batch = case.batch.clone().without_injected();
        if batch.targets.is_none() {
            continue;
        }
        let half = run::<F32x4>(&mut case.net, &batch, 0.5);
        let ws = &mut Workspace::new();
        kernel::forward_backward::<F32x4>(&mut case.net, ws, &batch, 1.0).expect("kernel");
        model::backward::<F32x4>(&mut case.net, ws, 0.5).expect("backward");
        half.assert_same_gradients(&case.name, &kernel::gradients(&case.net));
        for (slot, expected) in
            [(Slot::GradStates, &half.d_states), (Slot::GradInitialState, &half.d_initial)]
        {
            if let Ok(values) = ws.f32(slot) {
                assert_same_bits(&format!("{}, {slot:?}", case.name), values, expected);
            }
            ws.open::<F32x4>(&mut case.net, slot).expect("open");
            assert_same_bits(&format!("{}, {slot:?}", case.name), ws.f32(slot).expect("slot"), expected);
        }
    }
}

/// Twice backward over one tape gives the same bits, and the tape outlives other passes of the same net.
#[test]
fn a_tape_stays_good() {
    for mut case in cases(&[4, 9]) {
        let ws = &mut Workspace::new();
        let first = kernel::forward_backward::<F32x4>(&mut case.net, ws, &case.batch, 1.0).expect("kernel");
        run::<F32x4>(&mut case.net, &case.batch.select(&[0]), 1.0);
        model::backward::<F32x4>(&mut case.net, ws, 1.0).expect("backward");
        assert_eq!(kernel::gradients(&case.net), first.gradients, "{}", case.name);
        ws.open::<F32x4>(&mut case.net, Slot::GradStates).expect("open");
        assert_same_bits(&case.name, ws.f32(Slot::GradStates).expect("slot"), &first.d_states);
    }
}
