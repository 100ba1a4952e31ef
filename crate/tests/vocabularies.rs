//! Many outputs: more than a block of them in one row, and more than are kept with the tape.

mod support;

use recurra::arena;
use recurra::error::Cause;
use recurra::model::{self, Initializer, Slot, Workspace, flags};
use recurra::simd::F32x4;
use support::{Batch, Draws, Sizes, assert_same_bits, bits, kernel};

/// A ragged batch of two shards over index inputs, with targets.
fn batch(sizes: Sizes, longest: usize) -> Batch {
    let draws = &mut Draws::new(5);
    let lengths = Batch::lengths(draws, 10, longest);
    Batch::full(draws, sizes, &lengths, false).without_injected()
}

/// One row alone may be longer than the block in which outputs are computed (16,384 floats).
#[test]
fn rows_longer_than_a_block_train_and_give_the_same_bits_with_a_tape() {
    for output in [1000, 16_384, 16_385, 50_000] {
        let sizes = Sizes { input: 5, hidden: 3, output };
        let batch = batch(sizes, 3);
        let mut net = kernel::network(sizes, Initializer::Uniform, 1);
        let ws = &mut Workspace::new();
        let trained = kernel::train::<F32x4>(&mut net, ws, &batch).expect("train");
        let scale = (1.0 / batch.weight_sum()) as f32;
        let kept = kernel::forward_backward::<F32x4>(&mut net, ws, &batch, scale).expect("forward, backward");
        assert_eq!(trained.loss.to_bits(), kept.loss.to_bits(), "O {output}: loss");
        for (a, b) in trained.gradients.iter().zip(&kept.gradients) {
            assert_same_bits(&format!("O {output}: gradients"), a, b);
        }
        // Computed again from the tape, they are what a pass that keeps nothing writes on its way.
        kernel::fill(&net, ws, &batch, 0).expect("fill");
        ws.open::<F32x4>(&mut net, Slot::Outputs).expect("open");
        model::evaluate::<F32x4>(&mut net, ws).expect("evaluate");
        assert_same_bits(
            &format!("O {output}: outputs"),
            ws.f32(Slot::Outputs).expect("slot"),
            &kept.outputs,
        );
        let mean: f64 =
            kept.outputs.iter().map(|&o| f64::from(o).abs()).sum::<f64>() / kept.outputs.len() as f64;
        assert!(mean > 0.01, "O {output}: outputs of {mean} on average");
    }
}

/// What a kept tape takes does not grow with τ · B · O where O is large beside H, and outputs can still be read.
#[test]
fn memory_of_a_large_vocabulary_does_not_grow_with_the_steps() {
    let used = |steps: usize, output: usize| {
        let sizes = Sizes { input: 5, hidden: 16, output };
        let batch = Batch::full(&mut Draws::new(7), sizes, &[steps], false).without_injected();
        let mut net = kernel::network(sizes, Initializer::Uniform, 1);
        let ws = &mut Workspace::new();
        kernel::fill(&net, ws, &batch, flags::KEEP).expect("fill");
        // The weights are packed by the first pass, and stay so.
        model::forward::<F32x4>(&mut net, ws).expect("forward");
        let before = arena::used();
        drop(core::mem::take(ws));
        let freed = before - arena::used();
        assert!(freed > 0, "a workspace that held nothing");
        freed
    };
    // More than a block of outputs either way: 2^14 floats hold 512 rows of 32.
    let growth = |output: usize| used(800, output) - used(600, output);
    assert_eq!(growth(1000), growth(2000), "bytes for 200 steps more, of 1000 and of 2000 outputs");
    let (few, more) = (growth(32), growth(64));
    assert_eq!(more - few, 200 * 32 * 4, "up to four for each hidden unit they are kept");
}

/// Outputs that are not kept need the parameters of the pass.
#[test]
fn outputs_that_are_computed_again_are_refused_once_the_parameters_changed() {
    for (output, kept) in [(16, true), (17, false)] {
        let sizes = Sizes { input: 5, hidden: 4, output };
        let batch = batch(sizes, 4);
        let mut net = kernel::network(sizes, Initializer::Uniform, 1);
        let ws = &mut Workspace::new();
        let before = kernel::forward::<F32x4>(&mut net, ws, &batch).expect("forward").outputs;
        ws.close(Slot::Outputs).expect("close");
        net.initialize(Initializer::Uniform, 2).expect("initialize");
        let opened = ws.open::<F32x4>(&mut net, Slot::Outputs);
        if kept {
            opened.expect("open");
            assert_eq!(bits(ws.f32(Slot::Outputs).expect("slot")), bits(&before));
        } else {
            assert_eq!(opened.expect_err("other parameters").cause(), Cause::OutOfOrder);
        }
    }
}

/// A shard that is told the sum of weights of its batch leaves the gradients that it adds to the batch's.
#[test]
fn shards_apart_add_up_to_the_batch() {
    let sizes = Sizes { input: 6, hidden: 9, output: 7 };
    let batch = batch(sizes, 12);
    let (net, ws) = (&mut kernel::network(sizes, Initializer::Uniform, 1), &mut Workspace::new());
    let whole = kernel::train::<F32x4>(net, ws, &batch).expect("train");
    let mut sum: Vec<Vec<f32>> = Vec::new();
    for members in [0..8, 8..10] {
        let part = batch.select(&members.collect::<Vec<_>>());
        kernel::fill(net, ws, &part, 0).expect("fill");
        ws.set_count(batch.weight_sum()).expect("count");
        model::train::<F32x4>(net, ws).expect("train");
        assert_eq!(ws.results()[1], part.weight_sum(), "the shard's own sum of weights");
        let gradients = kernel::gradients(net);
        if sum.is_empty() {
            sum = gradients;
        } else {
            for (sum, part) in sum.iter_mut().zip(gradients) {
                sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
        }
    }
    for (sum, whole) in sum.iter().zip(&whole.gradients) {
        assert_same_bits("sum of the shards", sum, whole);
    }
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(ws.set_count(wrong).is_err(), "a count of {wrong}");
    }
}
