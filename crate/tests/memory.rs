//! Running out of memory. Every allocation of every operation is refused once, first by the limit, then by the
//! machine itself: each time the answer is `OutOfMemory`, nothing has changed, nothing is lost, and the operation
//! succeeds once there is room. And an update that was done before allocates nothing.

mod support;

#[path = "support/failing.rs"]
mod failing;

use recurra::arena;
use recurra::error::{Cause, Error};
use recurra::model::{self, Initializer, Kind, Network, Optimizer, Slot, Step, Workspace, flags};
use recurra::simd::F32x4;
use support::{Batch, Draws, Sizes, bits, kernel};

const SMALL: Sizes = Sizes { input: 5, hidden: 6, output: 7 };
const LARGE: Sizes = Sizes { input: 40, hidden: 50, output: 60 };
const STEP: Step = Step { learning_rate: 0.1, clip_norm: 5.0, frozen: 0, a: 0.9, b: 0.999, c: 1e-8, d: 0.0 };

/// How an allocation is made to fail.
#[derive(Clone, Copy, Debug)]
enum By {
    Limit,
    Machine,
}

/// Calls `operation` until it succeeds, each time with room for one allocation more than the time before. Whatever
/// `state` shows must be the same after each failure. What a failed call got before it failed may be kept for the next
/// one, but never more than success needs. Returns the number of failures.
fn fail_each<S, T>(
    by: By,
    name: &str,
    subject: &mut S,
    operation: impl Fn(&mut S) -> Result<T, Error>,
    state: impl Fn(&S) -> Vec<Vec<u32>>,
) -> (T, usize) {
    let before = state(subject);
    let mut limit = arena::used();
    let mut held = 0;
    for failures in 0.. {
        let what = format!("{by:?}, {name}, failure {failures}");
        assert!(failures < 200, "still failing after {failures} allocations");
        match by {
            By::Limit => arena::set_limit(limit),
            By::Machine => failing::grant(failures),
        }
        let result = operation(subject);
        arena::set_limit(arena::MAX_LIMIT);
        failing::grant_all();
        let error = match result {
            Ok(value) => {
                assert!(held <= arena::used(), "{what}: kept {held} bytes, success needs {}", arena::used());
                return (value, failures);
            }
            Err(error) => error.cause(),
        };
        let Cause::OutOfMemory { requested, limit: told, used } = error else { panic!("{what}: {error:?}") };
        assert!(requested > 0, "{what}: requested nothing");
        if let By::Limit = by {
            assert_eq!(told, limit, "{what}: limit");
            // Blocks are whole cache lines.
            let next = used + requested.next_multiple_of(64);
            assert!(next > limit, "{what}: {used} + {requested} would have fitted into {limit}");
            limit = next;
        }
        held = arena::used();
        assert!(state(subject) == before, "{what}: changed something");
    }
    unreachable!()
}

struct Subject {
    net: Network,
    ws: Workspace,
}

/// Parameters, gradients and the results of the batch before.
fn state(subject: &Subject) -> Vec<Vec<u32>> {
    let mut all: Vec<Vec<u32>> = kernel::parameters(&subject.net).iter().map(|tensor| bits(tensor)).collect();
    all.extend(kernel::gradients(&subject.net).iter().map(|tensor| bits(tensor)));
    for slot in [Slot::FinalState, Slot::StepLosses, Slot::States, Slot::Outputs, Slot::GradStates] {
        if let Ok(values) = subject.ws.f32(slot) {
            all.push(bits(values));
        }
    }
    all
}

/// A net that has worked on a small batch, and a large batch to come.
fn subject() -> (Subject, Batch) {
    let draws = &mut Draws::new(11);
    let mut net = kernel::network(LARGE, Initializer::Uniform, 1);
    let mut ws = Workspace::new();
    let small = Batch::full(draws, LARGE, &[2, 1], true);
    kernel::forward_backward::<F32x4>(&mut net, &mut ws, &small, 1.0).expect("kernel");
    (Subject { net, ws }, Batch::full(draws, LARGE, &[9, 12, 1, 3, 3, 7, 2, 20, 4], true))
}

fn creating(by: By) {
    let ((), failures) =
        fail_each(by, "network", &mut (), |()| Network::new(kernel::options(LARGE)).map(|_| ()), |()| vec![]);
    assert!(failures >= 1, "{by:?}: a network needs memory");

    for initializer in [Initializer::Uniform, Initializer::Orthogonal, Initializer::Identity] {
        let mut net = kernel::network(SMALL, Initializer::Uniform, 1);
        let parameters =
            |net: &Network| kernel::parameters(net).iter().map(|tensor| bits(tensor)).collect::<Vec<_>>();
        fail_each(
            by,
            &format!("{initializer:?}"),
            &mut net,
            |net| net.initialize(initializer, 2),
            parameters,
        );
        let fresh = kernel::network(SMALL, initializer, 2);
        assert_eq!(parameters(&net), parameters(&fresh), "{by:?}, {initializer:?}");
    }

    let mut net = kernel::network(SMALL, Initializer::Uniform, 1);
    let (_, failures) =
        fail_each(by, "optimizer", &mut net, |net| Optimizer::new(net, Kind::Adam), |_| vec![]);
    assert!(failures >= 1, "{by:?}: an optimizer needs memory");
}

fn open(by: By, subject: &mut Subject, slots: &[Slot]) {
    let mut failures = 0;
    for &slot in slots {
        let name = format!("open {slot:?}");
        failures += fail_each(by, &name, subject, |s| s.ws.open::<F32x4>(&mut s.net, slot), state).1;
    }
    assert!(failures >= 1, "{by:?}: slots {slots:?} need memory");
}

fn passes(by: By) {
    let (mut subject, batch) = subject();
    let (rows, count) = (batch.rows(), batch.count());
    let flags = kernel::flags_of(&batch) | flags::KEEP;
    let ((), failures) =
        fail_each(by, "shape", &mut subject, |s| s.ws.shape(&s.net, count, rows, flags), state);
    assert!(failures >= 1, "{by:?}: a larger batch needs memory");

    kernel::fill(&subject.net, &mut subject.ws, &batch, flags::KEEP).expect("fill");
    fail_each(by, "forward", &mut subject, |s| model::forward::<F32x4>(&mut s.net, &mut s.ws), state);
    open(by, &mut subject, &[Slot::States, Slot::Outputs]);
    fail_each(by, "backward", &mut subject, |s| model::backward::<F32x4>(&mut s.net, &mut s.ws, 1.0), state);
    open(by, &mut subject, &[Slot::GradStates, Slot::GradInputs, Slot::GradInitialState]);

    // What came of it is what a run without any trouble gives.
    let plain = batch.clone().without_injected();
    let expected = kernel::forward_backward::<F32x4>(&mut subject.net, &mut Workspace::new(), &plain, 1.0)
        .expect("kernel");
    for (slot, expected) in [
        (Slot::States, &expected.states),
        (Slot::Outputs, &expected.outputs),
        (Slot::GradStates, &expected.d_states),
        (Slot::GradInputs, &expected.d_inputs),
    ] {
        support::assert_same_bits(
            &format!("{by:?}, {slot:?}"),
            subject.ws.f32(slot).expect("slot"),
            expected,
        );
    }
}

fn training(by: By) {
    let (mut subject, batch) = subject();
    let batch = batch.without_injected();
    kernel::fill(&subject.net, &mut subject.ws, &batch, 0).expect("fill");
    fail_each(by, "train", &mut subject, |s| model::train::<F32x4>(&mut s.net, &mut s.ws), state);
    let got = kernel::gradients(&subject.net);
    let expected = kernel::train::<F32x4>(&mut subject.net, &mut Workspace::new(), &batch).expect("train");
    assert_eq!(got, expected.gradients, "{by:?}");

    kernel::fill(&subject.net, &mut subject.ws, &batch, 0).expect("fill");
    fail_each(by, "evaluate", &mut subject, |s| model::evaluate::<F32x4>(&mut s.net, &mut s.ws), state);
}

#[test]
fn creating_at_the_limit() {
    creating(By::Limit);
}

#[test]
fn creating_when_the_machine_refuses() {
    creating(By::Machine);
}

#[test]
fn passes_at_the_limit() {
    passes(By::Limit);
}

#[test]
fn passes_when_the_machine_refuses() {
    passes(By::Machine);
}

#[test]
fn training_at_the_limit() {
    training(By::Limit);
}

#[test]
fn training_when_the_machine_refuses() {
    training(By::Machine);
}

#[test]
fn an_update_done_before_allocates_nothing() {
    let (Subject { mut net, mut ws }, batch) = subject();
    let small = batch.select(&[0, 2]);
    let mut optimizer = Optimizer::new(&net, Kind::Adam).expect("optimizer");
    let mut update = |batch: &Batch| {
        kernel::fill(&net, &mut ws, batch, 0).expect("fill");
        model::train::<F32x4>(&mut net, &mut ws).expect("train");
        optimizer.step::<F32x4>(&mut net, STEP).expect("step");
    };
    update(&batch);
    update(&small);
    let (allocations, used) = (failing::allocations(), arena::used());
    for _ in 0..3 {
        update(&small);
        update(&batch);
    }
    assert_eq!(failing::allocations() - allocations, 0, "allocations in 6 updates");
    assert_eq!(arena::used(), used);
}

#[test]
fn what_is_dropped_is_given_back() {
    let used = arena::used();
    for _ in 0..3 {
        let (Subject { mut net, mut ws }, batch) = subject();
        let optimizer = Optimizer::new(&net, Kind::Adam).expect("optimizer");
        kernel::train::<F32x4>(&mut net, &mut ws, &batch.without_injected()).expect("train");
        assert!(arena::used() > used);
        drop((net, ws, optimizer));
        assert_eq!(arena::used(), used);
    }
}
