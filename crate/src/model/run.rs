//! The four passes over a batch, shard by shard, each in one segment or several.

use core::ops::Range;

use super::buffers::Pass;
use super::slots::Slot;
use super::workspace::{Stage, Workspace};
use super::{Network, flags, fronts, head, open, shard};
use crate::cells::stride;
use crate::error::{Error, within};
use crate::sequence::{Segment, Shard};
use crate::simd::Vector;

/// Forward only, nothing kept: losses, final states, and STATES, OUTPUTS and PREDICTIONS if they are open.
pub fn evaluate<V: Vector>(network: &mut Network, workspace: &mut Workspace) -> Result<(), Error> {
    run::<V>(network, workspace, Pass::Evaluate, 0.0)
}

/// Forward, keeping the tape and the outputs of all sequences, unless the budget is smaller.
pub fn forward<V: Vector>(network: &mut Network, workspace: &mut Workspace) -> Result<(), Error> {
    run::<V>(network, workspace, Pass::Forward, 0.0)
}

/// Forward and backward, the tape reused from shard to shard; the network's gradients become those of loss / count, the
/// batch's own or the one that was set.
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

/// A pass at one of its segments.
pub(super) struct Work<'a> {
    pub network: &'a mut Network,
    pub workspace: &'a mut Workspace,
    pub pass: Pass,
    /// Of the loss, in the gradients.
    pub scale: f32,
    /// Repeats a backward pass for what was not kept of it; the network's gradients stay as they are.
    pub again: bool,
    pub segment: Segment,
    /// Row at which the shard's tape begins.
    pub base: usize,
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
        Pass::Train if workspace.count > 0.0 => (1.0 / workspace.count) as f32,
        Pass::Train if count > 0.0 => (1.0 / count) as f32,
        _ => scale,
    };
    if pass.goes_back() {
        network.parameters.gradients.fill(0.0);
        // What was read of an earlier backward pass is out of date.
        for slot in open::GRADIENTS {
            workspace.slots.close(slot);
        }
    }
    let correct = all::<V>(network, workspace, pass, scale, false);
    if pass != Pass::Backward {
        finish(workspace, count, correct);
    }
    workspace.slots.f64_mut(Slot::Results)[3] = workspace.segments.bytes as f64;
    match pass {
        Pass::Forward => workspace.stage = Stage::Forward,
        Pass::Backward => workspace.stage = Stage::Backward,
        _ => {}
    }
    workspace.version = network.version;
    (workspace.scale, workspace.handed_in) = (scale, workspace.slots.handed_in());
    Ok(())
}

/// A pass over all shards; returns the sum of the weights of rows whose largest output is the target.
#[inline(never)]
pub(super) fn all<V: Vector>(
    network: &mut Network,
    workspace: &mut Workspace,
    pass: Pass,
    scale: f32,
    again: bool,
) -> f64 {
    let plan = &workspace.batch.plan;
    let segment = plan.segment(&plan.shard(0), 0, 0);
    let mut work = Work { network, workspace, pass, scale, again, segment, base: 0, correct: 0.0 };
    for index in 0..work.workspace.batch.plan.len() {
        let shard = work.workspace.batch.plan.shard(index);
        if pass.goes_back() {
            work.back::<V>(&shard);
        } else {
            work.ahead::<V>(&shard);
        }
    }
    work.correct
}

impl Work<'_> {
    /// Takes up segment `index` of a shard.
    pub fn enter(&mut self, shard: &Shard, index: usize) {
        let first = index * self.workspace.segments.steps;
        let end = shard.steps.min(first + self.workspace.segments.steps);
        self.segment = self.workspace.batch.plan.segment(shard, first, end);
        let kept = self.workspace.keeps_tape();
        self.base = if kept { shard.rows_before + shard.sequences_before } else { 0 };
    }

    fn segments(&self, shard: &Shard) -> usize {
        shard.steps.div_ceil(self.workspace.segments.steps).max(1)
    }

    /// Where the segment's tape stands, in floats.
    pub fn tape(&self) -> Range<usize> {
        let row = stride(self.network.options.hidden_size);
        let rows = self.segment.shard.sequences + self.segment.rows;
        self.base * row..(self.base + rows) * row
    }

    /// Forward through a shard.
    fn ahead<V: Vector>(&mut self, shard: &Shard) {
        for index in 0..self.segments(shard) {
            if index > 0 {
                fronts::carry(self);
            }
            self.enter(shard, index);
            if index == 0 {
                fronts::start(self);
            }
            shard::forward::<V>(self);
            head::pass::<V>(self);
        }
    }

    /// Forward, unless the tape was kept, and back through a shard: segment by segment from the last one, each from
    /// the states that a sweep ahead left as checkpoints (Chen et al. 2016, arXiv:1604.06174).
    fn back<V: Vector>(&mut self, shard: &Shard) {
        let count = self.segments(shard);
        let kept = self.workspace.keeps_tape();
        let sweeps = count > 1 && !self.workspace.segments.independent;
        shard::clear(self, shard);
        for index in 0..if sweeps { count } else { 0 } {
            if index > 0 {
                fronts::carry(self);
            }
            self.enter(shard, index);
            if index == 0 {
                fronts::start(self);
            } else {
                fronts::save(self, index - 1);
            }
            shard::forward::<V>(self);
        }
        for index in (0..count).rev() {
            self.enter(shard, index);
            // The sweep has left the last segment's tape.
            let there = kept || sweeps && index == count - 1;
            if !there {
                if index == 0 {
                    fronts::start(self);
                } else if sweeps {
                    fronts::restore(self, index - 1);
                }
                shard::forward::<V>(self);
            }
            shard::start_gradients(self);
            head::pass::<V>(self);
            shard::backward::<V>(self);
            if !kept {
                for slot in open::GRADIENTS {
                    open::hand_out::<V>(self, slot);
                }
            }
        }
        shard::finish::<V>(self);
    }
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
    workspace.slots.f64_mut(Slot::Results)[..3].copy_from_slice(&[loss, count, correct]);
}
