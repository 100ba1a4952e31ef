//! Running out of memory. Every allocation of every operation is refused once, first by the limit, then by the
//! machine itself: each time the answer is `OutOfMemory`, nothing has changed, nothing is lost, and the operation
//! succeeds once there is room. And an update that was done before allocates nothing.

mod support;

#[path = "support/failing.rs"]
mod failing;

#[path = "support/fail_each.rs"]
mod fail_each;

use fail_each::{By, fail_each};
use recurra::arena;
use recurra::model::{self, Initializer, Kind, Network, Optimizer, Slot, Step, Workspace, flags};
use recurra::simd::F32x4;
use support::subject::{LARGE, Subject, least_budget, state, subject, subjects};
use support::systems::System;
use support::{Batch, Inputs, Sizes, assert_same_bits, bits, kernel};

const SMALL: Sizes = Sizes { input: 5, hidden: 6, output: 7 };
const STEP: Step = Step { learning_rate: 0.1, clip_norm: 5.0, frozen: 0, a: 0.9, b: 0.999, c: 1e-8, d: 0.0 };

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
    for system in subjects() {
        passes_of(by, &system, false);
        passes_of(by, &system, true);
    }
}

fn passes_of(by: By, system: &System, tight: bool) {
    let (mut subject, batch) = subject(system);
    let (rows, count) = (batch.rows(), batch.count());
    let flags = kernel::flags_of(&batch) | flags::KEEP;
    let ((), failures) =
        fail_each(by, "shape", &mut subject, |s| s.ws.shape(&s.net, count, rows, flags), state);
    assert!(failures >= 1, "{by:?}: a larger batch needs memory");

    if tight {
        let least = least_budget(&mut subject.net, &batch);
        subject.ws.set_budget(least).expect("budget");
    }
    kernel::fill(&subject.net, &mut subject.ws, &batch, flags::KEEP).expect("fill");
    fail_each(by, "forward", &mut subject, |s| model::forward::<F32x4>(&mut s.net, &mut s.ws), state);
    let with_r = |slots: &mut Vec<Slot>, slot| {
        if system.feeds_back() {
            slots.push(slot)
        }
    };
    let mut slots = vec![Slot::States, Slot::Outputs];
    with_r(&mut slots, Slot::FedBack);
    open(by, &mut subject, &slots);
    fail_each(by, "backward", &mut subject, |s| model::backward::<F32x4>(&mut s.net, &mut s.ws, 1.0), state);
    let mut slots = vec![Slot::GradStates, Slot::GradInitialState];
    with_r(&mut slots, Slot::GradInitialFeedback);
    if let Inputs::Vectors(_) = batch.inputs {
        slots.push(Slot::GradInputs);
    }
    open(by, &mut subject, &slots);

    // What came of it is what a run without any trouble gives.
    let plain = batch.clone().without_injected();
    let expected = kernel::forward_backward::<F32x4>(&mut subject.net, &mut Workspace::new(), &plain, 1.0)
        .expect("kernel");
    for (slot, expected) in [
        (Slot::States, &expected.states),
        (Slot::Outputs, &expected.outputs),
        (Slot::FedBack, &expected.fed_back),
        (Slot::GradStates, &expected.d_states),
        (Slot::GradInputs, &expected.d_inputs),
        (Slot::GradInitialFeedback, &expected.d_initial_fed),
    ] {
        let got = subject.ws.f32(slot).unwrap_or(&[]);
        assert_same_bits(&format!("{by:?}, {system:?}, tight {tight}, {slot:?}"), got, expected);
    }
}

fn training(by: By) {
    for system in subjects() {
        let (mut subject, batch) = subject(&system);
        let batch = batch.without_injected();
        kernel::fill(&subject.net, &mut subject.ws, &batch, 0).expect("fill");
        fail_each(by, "train", &mut subject, |s| model::train::<F32x4>(&mut s.net, &mut s.ws), state);
        let got = kernel::gradients(&subject.net);
        let expected =
            kernel::train::<F32x4>(&mut subject.net, &mut Workspace::new(), &batch).expect("train");
        assert_eq!(got, expected.gradients, "{by:?}, {system:?}");

        kernel::fill(&subject.net, &mut subject.ws, &batch, 0).expect("fill");
        fail_each(by, "evaluate", &mut subject, |s| model::evaluate::<F32x4>(&mut s.net, &mut s.ws), state);
    }
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
    for (system, tight) in subjects().into_iter().flat_map(|system| [(system, false), (system, true)]) {
        let (Subject { mut net, mut ws }, batch) = subject(&system);
        let batch = batch.without_injected();
        let small = batch.select(&[0, 2]);
        if tight {
            let least = least_budget(&mut net, &batch).max(least_budget(&mut net, &small));
            ws.set_budget(least).expect("budget");
        }
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
        assert_eq!(failing::allocations() - allocations, 0, "{system:?}: allocations in 6 updates");
        assert_eq!(arena::used(), used);
    }
}

#[test]
fn what_is_dropped_is_given_back() {
    for system in subjects() {
        let used = arena::used();
        for _ in 0..3 {
            let (Subject { mut net, mut ws }, batch) = subject(&system);
            let optimizer = Optimizer::new(&net, Kind::Adam).expect("optimizer");
            kernel::train::<F32x4>(&mut net, &mut ws, &batch.without_injected()).expect("train");
            assert!(arena::used() > used);
            drop((net, ws, optimizer));
            assert_eq!(arena::used(), used, "{system:?}");
        }
    }
}
