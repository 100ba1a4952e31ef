//! What a caller can do wrong: each gives its error, and parameters, gradients and earlier results keep their bits.
//! Optimizer steps: `steps.rs`. Memory: `memory.rs`.

mod support;

use recurra::error::{Cause, Error};
use recurra::model::{self, Initializer, Network, Options, Slot, Workspace, flags};
use recurra::simd::F32x4;
use support::fixture::{Fixture, LENGTHS, SIZES};
use support::{Batch, Draws, Sizes, kernel};

/// LENGTHS add up to 11 rows. Each case names the sequence that is negative or no longer fits, or -1 for too small a sum.
#[test]
fn wrong_lengths() {
    let cases = [
        ([4, -1, 6], 1),
        ([-1, -1, 13], 0),
        ([4, 1, i32::MIN], 2),
        ([5, 1, 6], 2),
        ([4, 7, 1], 2),
        ([i32::MAX, i32::MAX, i32::MAX], 0),
        ([1, i32::MAX, 1], 1),
        ([4, 0, 6], -1),
        ([4, 1, 5], -1),
        ([0, 0, 0], -1),
    ];
    for keep in [true, false] {
        for (lengths, culprit) in cases {
            let mut fixture = Fixture::new(false, keep);
            fixture.ws.i32_mut(Slot::Lengths).expect("lengths").copy_from_slice(&lengths);
            let error = fixture.refused(&format!("lengths {lengths:?}"));
            assert!(
                matches!(error, Cause::BadShape { sequence, .. } if sequence == culprit),
                "lengths {lengths:?}: {error:?}"
            );
            fixture.works_again("lengths mended");
        }
    }
}

#[test]
fn wrong_indices() {
    for (slot, bound) in [(Slot::Inputs, SIZES.input), (Slot::Target, SIZES.output)] {
        for (position, keep) in [(0, true), (4, true), (10, true), (0, false), (10, false)] {
            for index in [bound as i32, -1, i32::MAX, i32::MIN, 1 << 20] {
                let mut fixture = Fixture::new(false, keep);
                fixture.ws.i32_mut(slot).expect("slot")[position] = index;
                let error = fixture.refused(&format!("{slot:?}[{position}] = {index}"));
                assert_eq!(error, Cause::BadIndex { slot: slot as i32, position, got: index, bound });
                fixture.works_again("index mended");
            }
        }
    }
}

#[test]
fn wrong_shapes() {
    let huge = 1_usize << 31;
    let cases: [(usize, usize, u32); 10] = [
        (0, 0, 0),
        (0, 5, 0),
        (1, huge, 0),
        (huge, huge, 0),
        (1, usize::MAX, 0),
        (usize::MAX, usize::MAX, flags::KEEP),
        (1, huge - 1, flags::KEEP | flags::VECTORS | flags::TARGETS),
        (1, 1, 64),
        (1, 1, u32::MAX),
        (1, 1, 1 << 30),
    ];
    for (sequences, rows, flags) in cases {
        let mut fixture = Fixture::new(true, true);
        let before = fixture.results();
        let what = format!("{sequences} sequences, {rows} rows, flags {flags}");
        fixture.ws.shape(&fixture.net, sequences, rows, flags).expect_err(&what);
        assert_eq!(fixture.results(), before, "{what}: changed something");
        fixture.works_again(&what);
    }
}

#[test]
fn targets_need_outputs_and_weights_need_targets() {
    let net = kernel::network(Sizes { output: 0, ..SIZES }, Initializer::Uniform, 1);
    Workspace::new().shape(&net, 1, 1, flags::TARGETS).expect_err("targets without outputs");
    let mut ws = Workspace::new();
    ws.shape(&net, 1, 1, flags::KEEP).expect("no targets");
    assert!(ws.f32_mut(Slot::Weights).is_err());
    assert!(ws.i32_mut(Slot::Target).is_err());
    assert!(ws.f32_mut(Slot::InitialState).is_err());
}

#[test]
fn wrong_networks() {
    let good = kernel::options(SIZES);
    let wrong = [
        ("no hidden units", Options { hidden_size: 0, ..good }),
        ("no outputs at every step", Options { output_size: 0, ..good }),
        ("too many weights", Options { hidden_size: 1 << 20, ..good }),
        ("huge", Options { input_size: 1 << 31, hidden_size: usize::MAX, output_size: 1 << 31, ..good }),
    ];
    for (what, options) in wrong {
        assert!(Network::new(options).is_err(), "{what}");
    }
}

#[test]
fn wrong_order() {
    let batch = Batch::full(&mut Draws::new(2), SIZES, &LENGTHS, true);
    let net = &mut kernel::network(SIZES, Initializer::Uniform, 1);

    let ws = &mut Workspace::new();
    assert!(model::forward::<F32x4>(net, ws).is_err(), "forward before shape");
    assert!(model::evaluate::<F32x4>(net, ws).is_err(), "evaluate before shape");
    assert!(model::train::<F32x4>(net, ws).is_err(), "train before shape");
    assert!(model::backward::<F32x4>(net, ws, 1.0).is_err(), "backward before shape");

    kernel::fill(net, ws, &batch, flags::KEEP).expect("fill");
    assert_eq!(
        model::backward::<F32x4>(net, ws, 1.0).err().map(Error::cause),
        Some(Cause::OutOfOrder),
        "backward before forward"
    );
    model::forward::<F32x4>(net, ws).expect("forward");
    model::backward::<F32x4>(net, ws, 1.0).expect("backward");

    kernel::fill(net, ws, &batch, flags::KEEP).expect("fill");
    assert_eq!(
        model::backward::<F32x4>(net, ws, 1.0).err().map(Error::cause),
        Some(Cause::OutOfOrder),
        "backward after another shape"
    );

    kernel::fill(net, ws, &batch, 0).expect("fill");
    assert!(model::forward::<F32x4>(net, ws).is_err(), "forward without a tape");
    assert!(model::backward::<F32x4>(net, ws, 1.0).is_err(), "backward without a tape");

    let mut without = batch.clone();
    (without.targets, without.weights) = (None, None);
    kernel::fill(net, ws, &without, flags::KEEP).expect("fill");
    assert!(model::train::<F32x4>(net, ws).is_err(), "train without targets");
}

#[test]
fn slots_that_do_not_exist() {
    let mut fixture = Fixture::new(false, true);
    let before = fixture.results();
    let Fixture { net, ws, .. } = &mut fixture;
    // No gradient with respect to an index, nothing fed back in a net with hidden recurrence.
    for slot in [Slot::GradInputs, Slot::FedBack, Slot::GradInitialFeedback] {
        assert!(ws.open::<F32x4>(net, slot).is_err(), "{slot:?}");
    }
    assert!(ws.f32(Slot::InitialFeedback).is_err());
    assert_eq!(fixture.results(), before);
}
