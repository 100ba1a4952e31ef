//! The four passes over a batch, shard by shard.

use core::ops::Range;

use super::buffers::Pass;
use super::slots::Slot;
use super::workspace::{Stage, Workspace};
use super::{Network, flags, head, shard};
use crate::error::{Error, within};
use crate::sequence::Shard;
use crate::simd::Vector;

/// Forward only, nothing kept: losses, final states, and STATES, OUTPUTS and PREDICTIONS if they are open.
pub fn evaluate<V: Vector>(network: &mut Network, workspace: &mut Workspace) -> Result<(), Error> {
    run::<V>(network, workspace, Pass::Evaluate, 0.0)
}

/// Forward, keeping the tape and the outputs of all sequences.
pub fn forward<V: Vector>(network: &mut Network, workspace: &mut Workspace) -> Result<(), Error> {
    run::<V>(network, workspace, Pass::Forward, 0.0)
}

/// Forward and backward, the tape reused from shard to shard; the network's gradients become those of loss / count.
pub fn train<V: Vector>(network: &mut Network, workspace: &mut Workspace) -> Result<(), Error> {
    run::<V>(network, workspace, Pass::Train, 0.0)
}

/// Gradients of scale · loss and of what the open D_ slots hand in, from the tape of `forward`. Overwrites the network's.
pub fn backward<V: Vector>(
    network: &mut Network,
    workspace: &mut Workspace,
    scale: f32,
) -> Result<(), Error> {
    within(1, scale as f64, f32::MIN as f64, f32::MAX as f64)?;
    run::<V>(network, workspace, Pass::Backward, scale)
}

/// A pass at one of its shards.
pub(super) struct Work<'a> {
    pub network: &'a mut Network,
    pub workspace: &'a mut Workspace,
    pub pass: Pass,
    /// Of the loss, in the gradients.
    pub scale: f32,
    pub shard: Shard,
    /// Where its rows stand on the tape, in floats: initial states and steps.
    pub tape: Range<usize>,
    /// Sum of the weights of rows whose largest output is the target.
    pub correct: f64,
}

#[inline(never)]
fn run<V: Vector>(
    network: &mut Network,
    workspace: &mut Workspace,
    pass: Pass,
    scale: f32,
) -> Result<(), Error> {
    workspace.begin(network, pass)?;
    let count = count(workspace);
    let scale = match pass {
        Pass::Train if count > 0.0 => (1.0 / count) as f32,
        _ => scale,
    };
    if pass.goes_back() {
        network.parameters.gradients.fill(0.0);
        // What was read of an earlier backward pass is out of date.
        for slot in [Slot::GradInputs, Slot::GradStates, Slot::GradInitialState] {
            workspace.slots.close(slot);
        }
    }
    let shard = workspace.batch.plan.shard(0);
    let mut work = Work { network, workspace, pass, scale, shard, tape: 0..0, correct: 0.0 };
    for index in 0..work.workspace.batch.plan.len() {
        work.shard = work.workspace.batch.plan.shard(index);
        work.tape = work.workspace.tape_range(&work.shard);
        if pass != Pass::Backward {
            shard::forward::<V>(&mut work);
        }
        if pass.goes_back() {
            shard::start_gradients(&mut work);
        }
        if work.network.output.is_some() {
            head::pass::<V>(&mut work);
        }
        if pass.goes_back() {
            shard::backward::<V>(&mut work);
        }
    }
    let correct = work.correct;
    if pass != Pass::Backward {
        finish(workspace, count, correct);
    }
    match pass {
        Pass::Forward => workspace.stage = Stage::Forward,
        Pass::Backward => workspace.stage = Stage::Backward,
        _ => {}
    }
    workspace.version = network.version;
    Ok(())
}

/// Sum of weights over the scored rows, in the caller's order.
fn count(workspace: &Workspace) -> f64 {
    let rows = 0..workspace.shape.scored(&workspace.options);
    rows.fold(0.0, |sum, row| sum + workspace.slots.weight(&workspace.shape, row) as f64)
}

/// Results, summed in the caller's order in f64 so that they do not depend on shards. Without targets the loss is NaN.
fn finish(workspace: &mut Workspace, count: f64, correct: f64) {
    let mut loss = f64::NAN;
    if workspace.shape.has(flags::TARGETS) {
        loss = 0.0;
        for (row, &step_loss) in workspace.slots.f32(Slot::StepLosses).iter().enumerate() {
            let weight = workspace.slots.weight(&workspace.shape, row) as f64;
            if weight != 0.0 {
                loss += step_loss as f64 * weight;
            }
        }
    }
    workspace.slots.f64_mut(Slot::Results).copy_from_slice(&[loss, count, correct]);
}
