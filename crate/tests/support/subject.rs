//! A net and a workspace for tests of memory.

use recurra::error::{Cause, Error};
use recurra::model::{Activation, Feedback, Loss, Network, Options, Outputs, Recurrence, Slot, Workspace};
use recurra::simd::F32x4;

use super::systems::{Kind, System, Teaching};
use super::{Batch, Draws, Sizes, bits, kernel};

pub const LARGE: Sizes = Sizes { input: 40, hidden: 50, output: 60 };

pub struct Subject {
    pub net: Network,
    pub ws: Workspace,
}

/// Parameters, gradients and the results of the batch before.
pub fn state(subject: &Subject) -> Vec<Vec<u32>> {
    let mut all: Vec<Vec<u32>> = kernel::parameters(&subject.net).iter().map(|tensor| bits(tensor)).collect();
    all.extend(kernel::gradients(&subject.net).iter().map(|tensor| bits(tensor)));
    let slots = [Slot::FinalState, Slot::StepLosses, Slot::States, Slot::Outputs, Slot::GradStates];
    for slot in slots.into_iter().chain([Slot::FinalFed, Slot::FedBack]) {
        if let Ok(values) = subject.ws.f32(slot) {
            all.push(bits(values));
        }
    }
    all
}

/// The canonical net, and three that between them have all that it has not.
pub fn subjects() -> [System; 4] {
    let canonical =
        System { options: Options::default(), kind: Kind::Vectors, ragged: true, teaching: Teaching::Scored };
    let both = Options { recurrence: Recurrence::Both, feedback: Feedback::Sample, ..Options::default() };
    let output = Options { recurrence: Recurrence::Output, ..Options::default() };
    let last = Options {
        outputs: Outputs::Last,
        activation: Activation::Relu,
        loss: Loss::Bernoulli,
        feedback: Feedback::Probabilities,
        ..both
    };
    [
        canonical,
        System { options: both, teaching: Teaching::Forced(0.5), ..canonical },
        System { options: output, kind: Kind::Indices, teaching: Teaching::Forced(1.0), ..canonical },
        System { options: last, ..canonical },
    ]
}

/// A net that has worked on a small batch, and a large batch to come.
pub fn subject(system: &System) -> (Subject, Batch) {
    let draws = &mut Draws::new(11);
    let mut net = system.network(LARGE, 1);
    let mut ws = Workspace::new();
    let small = system.batch(draws, LARGE, &[2, 1]);
    kernel::forward_backward::<F32x4>(&mut net, &mut ws, &small, 1.0).expect("kernel");
    (Subject { net, ws }, system.batch(draws, LARGE, &[9, 12, 1, 3, 3, 7, 2, 20, 4]))
}

/// The least budget under which this batch passes: states must then be computed again.
pub fn least_budget(net: &mut Network, batch: &Batch) -> usize {
    let mut ws = Workspace::new();
    ws.set_budget(1).expect("budget");
    let result = kernel::forward_backward::<F32x4>(net, &mut ws, batch, 1.0);
    match result.err().map(Error::cause) {
        Some(Cause::OutOfMemory { requested, .. }) => requested,
        other => panic!("a budget of one byte: {other:?}"),
    }
}
