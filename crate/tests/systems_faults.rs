//! What a caller can do wrong with any of the systems: each gives its error, and parameters, gradients and earlier results
//! keep their bits. And what the slots of each system hold.

mod support;

use recurra::error::{Cause, Error};
use recurra::model::{self, Input, Loss, Outputs, Slot, Stream, StreamSlot, Workspace, flags};
use recurra::simd::F32x4;
use support::fixture::Fixture;
use support::systems::{Kind, Problem, System, Teaching, systems};
use support::{Batch, Sizes, bits, kernel};

const LENGTHS: [usize; 3] = [4, 1, 6];

/// Each ragged line with 3 sequences of 11 rows and everything that its batches can have, with and without a tape.
fn fixtures() -> impl Iterator<Item = (String, System, Fixture)> {
    let ragged = systems().into_iter().filter(|system| system.ragged);
    ragged.enumerate().flat_map(|(line, system)| {
        let keeps: &[bool] = if system.teaching == Teaching::NoTargets { &[true] } else { &[true, false] };
        keeps.iter().map(move |&keep| {
            let Problem { net, batch, mut draws, .. } = system.problem(line as u64);
            let batch = system.batch(&mut draws, batch.sizes, &LENGTHS);
            let batch = if keep { batch } else { batch.without_injected() };
            (format!("{system:?}, keep {keep}"), system, Fixture::of(net, batch, keep))
        })
    })
}

/// With outputs "last" each sequence needs a last step; otherwise it may have none.
#[test]
fn sequences_of_no_steps() {
    for (name, system, mut fixture) in fixtures() {
        let lengths = [5, 0, 6];
        if system.options.outputs == Outputs::Last {
            fixture.ws.i32_mut(Slot::Lengths).expect(&name).copy_from_slice(&lengths);
            let error = fixture.refused(&name);
            assert!(matches!(error, Cause::BadShape { sequence: 1, got: 0, .. }), "{name}: {error:?}");
            fixture.works_again(&name);
        } else if fixture.keep {
            fixture.batch.lengths = lengths.map(|length| length as usize).to_vec();
            fixture.works_again(&name);
        }
    }
}

/// The first wrong index of the batch is named, and the last is found.
#[test]
fn indices_out_of_range() {
    for (name, system, mut fixture) in fixtures() {
        let Sizes { input, output, .. } = fixture.batch.sizes;
        let mut slots = vec![];
        if system.kind == Kind::Indices {
            slots.push((Slot::Inputs, fixture.batch.rows(), input));
        }
        if system.options.loss == Loss::CrossEntropy && fixture.batch.targets.is_some() {
            slots.push((Slot::Target, fixture.batch.scored(), output));
        }
        for (slot, length, bound) in slots {
            for position in [0, length - 1] {
                for index in [bound as i32, -1, i32::MAX, i32::MIN] {
                    fixture.ws.i32_mut(slot).expect(&name)[position] = index;
                    let error = fixture.refused(&name);
                    assert_eq!(
                        error,
                        Cause::BadIndex { slot: slot as i32, position, got: index, bound },
                        "{name}"
                    );
                    // As it was: filling the slots anew would need another shape.
                    fixture.ws.i32_mut(slot).expect(&name)[position] = 0;
                }
            }
        }
        fixture.works_again(&name);
    }
}

/// The length of each slot, in the header's letters.
#[test]
fn slots_have_the_documented_lengths() {
    for (name, system, fixture) in fixtures().filter(|(_, _, fixture)| fixture.keep) {
        let Fixture { mut net, mut ws, batch, .. } = fixture;
        let Sizes { input: i, hidden: h, output: o } = batch.sizes;
        let (b, n, q) = (batch.count(), batch.rows(), if system.has_outputs() { batch.scored() } else { 0 });
        let r = usize::from(system.feeds_back());
        let (targets, vectors) =
            (usize::from(batch.targets.is_some()), usize::from(system.kind == Kind::Vectors));
        let target = targets * if system.options.loss == Loss::CrossEntropy { q } else { q * o };
        let fixed = [
            (Slot::Lengths, b),
            (Slot::Inputs, if system.kind == Kind::Indices { n } else { vectors * n * i }),
            (Slot::Target, target),
            (Slot::Weights, targets * q),
            (Slot::InitialState, b * h),
            (Slot::InitialFeedback, r * b * o),
            (Slot::Ids, b),
            (Slot::FirstSteps, b),
            (Slot::FinalState, b * h),
            (Slot::StepLosses, targets * q),
            (Slot::FinalFed, r * b * o),
        ];
        let optional = [
            (Slot::DOutputs, q * o),
            (Slot::DStates, n * h),
            (Slot::DFinalState, b * h),
            (Slot::States, n * h),
            (Slot::Outputs, q * o),
            (Slot::Predictions, q * o),
            (Slot::FedBack, r * n * o),
            (Slot::GradInputs, vectors * n * i),
            (Slot::GradStates, n * h),
            (Slot::GradInitialState, b * h),
            (Slot::GradInitialFeedback, r * b * o),
        ];
        for (slot, length) in fixed {
            assert_eq!(ws.i32(slot).map_or(0, <[i32]>::len), length, "{name}: {slot:?}");
        }
        for (slot, length) in optional {
            let opened = ws.open::<F32x4>(&mut net, slot).is_ok();
            assert_eq!(opened, length > 0, "{name}: {slot:?} opened");
            assert_eq!(ws.f32(slot).map_or(0, <[f32]>::len), length, "{name}: {slot:?}");
        }
    }
}

/// What is asked for without being there: the initial feedback of a net without R, targets without outputs.
#[test]
fn shapes_that_a_system_cannot_have() {
    for (name, system, mut fixture) in fixtures() {
        let keep = if fixture.keep { flags::KEEP } else { 0 };
        let mut wrong = vec![];
        if !system.feeds_back() {
            wrong.push(flags::INITIAL_FED);
        }
        if !system.has_outputs() {
            wrong.extend([flags::TARGETS, flags::STEP_WEIGHTS | flags::TARGETS]);
        }
        if system.kind == Kind::Nothing {
            wrong.push(flags::VECTORS);
        }
        let before = fixture.results();
        for flag in wrong {
            let error = fixture.ws.shape(&fixture.net, 3, 11, flag | keep).expect_err(&name).cause();
            assert_eq!(error, Cause::Unsupported { argument: 3 }, "{name}: flags {flag}");
            assert_eq!(fixture.results(), before, "{name}: flags {flag} changed something");
        }
        fixture.works_again(&name);
    }
}

/// A stream refuses the wrong kind of input and an index out of range, and stays where it was.
#[test]
fn streams_refuse_wrong_steps() {
    for system in systems().into_iter().filter(|system| system.ragged) {
        let Problem { name, mut net, batch, .. } = system.problem(4);
        let mut stream = Stream::new(&net, 2).expect(&name);
        let right = match system.kind {
            Kind::Nothing => Input::Nothing,
            Kind::Indices => Input::Indices,
            Kind::Vectors => Input::Vectors,
        };
        let slots = [StreamSlot::State, StreamSlot::Outputs, StreamSlot::Feedback];
        let lengths = [
            2 * batch.sizes.hidden,
            2 * batch.sizes.output,
            if system.feeds_back() { 2 * batch.sizes.output } else { 0 },
        ];
        for (slot, length) in slots.into_iter().zip(lengths) {
            assert_eq!(stream.place(slot as i32).map_or(0, |(_, length)| length), length, "{name}: {slot:?}");
        }
        stream.step::<F32x4>(&mut net, right).expect(&name);
        let look = |stream: &Stream| slots.map(|slot| bits(stream.f32(slot)));
        let before = look(&stream);
        let mut wrong = vec![];
        if system.kind == Kind::Nothing {
            wrong.extend([Input::Indices, Input::Vectors]);
        } else {
            wrong.push(Input::Nothing);
        }
        for input in wrong {
            let error = stream.step::<F32x4>(&mut net, input).expect_err(&name).cause();
            assert_eq!(error, Cause::Unsupported { argument: 1 }, "{name}: {input:?}");
        }
        if system.kind == Kind::Indices {
            stream.i32_mut(StreamSlot::Indices)[1] = batch.sizes.input as i32;
            let error = stream.step::<F32x4>(&mut net, right).expect_err(&name).cause();
            assert!(matches!(error, Cause::BadIndex { position: 1, .. }), "{name}: {error:?}");
        }
        assert_eq!(look(&stream), before, "{name}: a refused step changed something");
    }
}

/// Train without targets, backward without forward, with a tape or without: by order, not by chance.
#[test]
fn calls_out_of_order() {
    for system in systems().into_iter().filter(|system| system.ragged) {
        let Problem { name, mut net, batch, .. } = system.problem(5);
        let bare = Batch { targets: None, weights: None, ..batch.clone().without_injected() };
        let ws = &mut Workspace::new();
        let refused = |what: &str, result: Result<(), Error>| {
            assert_eq!(result.map_err(Error::cause), Err(Cause::OutOfOrder), "{name}: {what}");
        };
        ws.set_budget(1 << 20).expect(&name);
        let _ = ws.set_forcing(1.0, 0, 0);
        refused("evaluate before shape", model::evaluate::<F32x4>(&mut net, ws));
        refused("forward before shape", model::forward::<F32x4>(&mut net, ws));
        kernel::fill(&net, ws, &bare, 0).expect(&name);
        refused("train without targets", model::train::<F32x4>(&mut net, ws));
        refused("forward without a tape", model::forward::<F32x4>(&mut net, ws));
        kernel::fill(&net, ws, &bare, flags::KEEP).expect(&name);
        refused("evaluate with a tape", model::evaluate::<F32x4>(&mut net, ws));
        refused("backward before forward", model::backward::<F32x4>(&mut net, ws, 1.0));
    }
}
