//! The optional slots of a workspace: opening one fills it with what the last pass kept, or computes it again.

use super::buffers::Pass;
use super::fed::teaching;
use super::forcing::Feed;
use super::rows::scatter;
use super::run::{self, Work};
use super::slots::{Slot, available};
use super::workspace::{Stage, Workspace};
use super::{Network, fed::Teaching, head};
use crate::cells::{Form, Rows, stride};
use crate::error::{Error, out_of_order, unsupported};
use crate::simd::Vector;

/// What a backward pass leaves to be read.
pub(super) const GRADIENTS: [Slot; 4] =
    [Slot::GradInputs, Slot::GradStates, Slot::GradInitialState, Slot::GradInitialFeedback];

impl Workspace {
    /// Makes an optional slot exist. D_ slots and, before their pass, all others open full of zeros; after it, outputs
    /// of the pass are filled in, in the caller's order.
    pub fn open<V: Vector>(&mut self, network: &mut Network, slot: Slot) -> Result<(), Error> {
        if self.stage == Stage::Nothing || !available(slot, &self.options, &self.shape) {
            return Err(unsupported(1));
        }
        let gradient = GRADIENTS.contains(&slot);
        if gradient && self.stage < Stage::Backward {
            return Err(out_of_order());
        }
        let read = self.stage >= Stage::Forward
            && !matches!(slot, Slot::DOutputs | Slot::DStates | Slot::DFinalState);
        // What is computed anew needs the parameters, and gradients what was handed in, as they were.
        let outputs = matches!(slot, Slot::Outputs | Slot::Predictions);
        let anew = self.segments.recompute
            || outputs && !self.keeps_outputs()
            || matches!(slot, Slot::GradInputs | Slot::GradInitialFeedback);
        let same = self.version == network.version
            && (!gradient || !self.segments.recompute || self.handed_in == self.slots.handed_in());
        if read && anew && !same {
            return Err(out_of_order());
        }
        let block = self.slots.content(slot)?;
        if read {
            self.prepare(network, slot)?;
        }
        self.slots.open(slot, block);
        if read {
            self.fill::<V>(network, slot, gradient);
        }
        Ok(())
    }

    /// Packs what handing a gradient out needs.
    fn prepare(&mut self, network: &mut Network, slot: Slot) -> Result<(), Error> {
        let version = network.version;
        let form = Form { gradient: Some(Rows::Both), ..Form::default() };
        let (weights, cell) = network.weights_and_cell();
        match slot {
            Slot::GradInputs => cell.input.prepare(weights.input, version, form)?,
            Slot::GradInitialFeedback => cell.fed.prepare(weights.fed, version, form)?,
            _ => {}
        }
        if self.segments.recompute {
            let back = GRADIENTS.contains(&slot);
            self.ready(network, if back { Pass::Backward } else { Pass::Forward })?;
        }
        Ok(())
    }

    /// Fills a slot that has just been opened.
    fn fill<V: Vector>(&mut self, network: &mut Network, slot: Slot, gradient: bool) {
        let pass = if gradient { Pass::Backward } else { Pass::Forward };
        if self.segments.recompute {
            run::all::<V>(network, self, pass, self.scale, true);
            return;
        }
        let outputs = matches!(slot, Slot::Outputs | Slot::Predictions);
        if outputs && self.keeps_outputs() {
            return self.read_outputs::<V>(slot);
        }
        let segment = self.batch.plan.segment(&self.batch.plan.shard(0), 0, 0);
        let scale = self.scale;
        let mut work =
            Work { network, workspace: self, pass, scale, again: true, segment, base: 0, correct: 0.0 };
        for index in 0..work.workspace.batch.plan.len() {
            let shard = work.workspace.batch.plan.shard(index);
            work.enter(&shard, 0);
            if outputs {
                head::pass::<V>(&mut work);
            } else {
                hand_out::<V>(&mut work, slot);
            }
        }
    }

    /// o of all scored rows, as kept, or ŷ.
    fn read_outputs<V: Vector>(&mut self, slot: Slot) {
        let output = self.options.output_size;
        let width = stride(output);
        for shard in self.batch.plan.shards() {
            let segment = self.batch.plan.segment(&shard, 0, shard.steps);
            if self.options.outputs == super::Outputs::Last {
                let logits = self.buffers.logits[shard.sequences_before * width..].chunks_exact(width);
                for (logits, position) in logits.zip(self.batch.plan.ended(&segment).rev()) {
                    let row = self.batch.plan.order(&shard)[position];
                    scatter(self.slots.f32_mut(slot), output, logits, width, &[row]);
                }
            } else {
                let logits = &self.buffers.logits[shard.rows_before * width..];
                scatter(
                    self.slots.f32_mut(slot),
                    output,
                    logits,
                    width,
                    self.batch.plan.caller_rows(&segment),
                );
            }
        }
        if slot == Slot::Predictions {
            let loss = self.options.loss;
            for row in self.slots.f32_mut(slot).chunks_exact_mut(output) {
                loss.predict::<V>(row);
            }
        }
    }

    pub fn close(&mut self, slot: Slot) -> Result<(), Error> {
        if !slot.is_optional() {
            return Err(unsupported(1));
        }
        self.slots.close(slot);
        Ok(())
    }
}

/// Puts what a slot shows of the segment into the caller's order, if the slot is open.
#[inline(never)]
pub(super) fn hand_out<V: Vector>(work: &mut Work<'_>, slot: Slot) {
    if !work.workspace.slots.has(slot) {
        return;
    }
    let options = work.network.options;
    let (input, hidden, output) = (options.input_size, options.hidden_size, options.output_size);
    let (row, width) = (stride(hidden), stride(output));
    let segment = work.segment;
    let tape = work.tape();
    let feed = work.workspace.feed();
    let cell = &work.network.cell;
    let Workspace { shape, slots, batch, buffers, forcing, .. } = &mut *work.workspace;
    let plan = &batch.plan;
    let rows = tape.start + segment.shard.sequences * row;
    let callers = plan.caller_rows(&segment);
    let order = plan.order(&segment.shard);
    match slot {
        Slot::States => scatter(slots.f32_mut(slot), hidden, &buffers.tape[rows..], row, callers),
        Slot::GradStates => scatter(slots.f32_mut(slot), hidden, &buffers.d_states[rows..], row, callers),
        Slot::GradInputs if segment.rows > 0 => {
            let wide = stride(input);
            let d_x = &mut buffers.inputs[..segment.rows * wide];
            d_x.fill(0.0);
            cell.input.gradient::<V>(d_x, &buffers.d[rows..], segment.rows);
            scatter(slots.f32_mut(slot), input, d_x, wide, callers);
        }
        Slot::GradInitialState if segment.first == 0 => {
            scatter(slots.f32_mut(slot), hidden, &buffers.d[tape], row, order);
        }
        Slot::GradInitialFeedback if segment.first == 0 => {
            let alive = plan.alive(&segment.shard, 0);
            let d_fed = &mut buffers.step[..alive * width];
            d_fed.fill(0.0);
            if alive > 0 {
                cell.fed.gradient::<V>(d_fed, &buffers.d[rows..], alive);
            }
            scatter(slots.f32_mut(slot), output, d_fed, width, order);
        }
        Slot::FedBack if feed == Feed::Own => {
            let fed = &buffers.fed[work.base * width..];
            scatter(slots.f32_mut(slot), output, fed, width, callers);
        }
        Slot::FedBack => {
            let mut to = core::mem::take(slots.block(slot));
            let teaching = teaching!(work, shape, slots, batch, forcing);
            for (r, &row) in callers.iter().enumerate() {
                teaching.taught(&mut to[row as usize * output..][..output], r);
            }
            *slots.block(slot) = to;
        }
        _ => {}
    }
}
