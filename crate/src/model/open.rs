//! The optional slots of a workspace: opening one fills it with what the last pass kept.

use super::options::Options;
use super::shard::scatter;
use super::slots::{Slot, available};
use super::workspace::{Stage, Workspace};
use super::{Network, Tensor};
use crate::cells::stride;
use crate::error::{Error, out_of_order, unsupported};
use crate::math;
use crate::simd::Vector;

impl Workspace {
    /// Makes an optional slot exist. D_ slots and, before their pass, all others open full of zeros; after it, outputs
    /// of the pass are filled in, in the caller's order.
    pub fn open<V: Vector>(&mut self, network: &mut Network, slot: Slot) -> Result<(), Error> {
        if self.stage == Stage::Nothing || !available(slot, &self.options, &self.shape) {
            return Err(unsupported(1));
        }
        let wanted = match slot {
            Slot::GradInputs | Slot::GradStates | Slot::GradInitialState => Stage::Backward,
            _ => Stage::Shaped,
        };
        if self.stage < wanted {
            return Err(out_of_order());
        }
        let mut block = self.slots.content(slot)?;
        if slot == Slot::GradInputs {
            self.read_input_gradient::<V>(network, &mut block)?;
        } else if self.stage >= Stage::Forward {
            self.read(slot, &mut block);
        }
        if slot == Slot::Predictions && self.stage >= Stage::Forward {
            for row in block.chunks_exact_mut(self.options.output_size) {
                math::softmax_in_place::<V>(row);
            }
        }
        self.slots.open(slot, block);
        Ok(())
    }

    pub fn close(&mut self, slot: Slot) -> Result<(), Error> {
        if !slot.is_optional() {
            return Err(unsupported(1));
        }
        self.slots.close(slot);
        Ok(())
    }

    /// Puts the rows of a kept buffer that belong to this slot into the caller's order.
    fn read(&self, slot: Slot, to: &mut [f32]) {
        let Options { hidden_size: hidden, output_size: output, .. } = self.options;
        let (from, columns) = match slot {
            Slot::States => (&self.buffers.tape, hidden),
            Slot::GradStates => (&self.buffers.d_states, hidden),
            Slot::GradInitialState => (&self.buffers.d, hidden),
            Slot::Outputs | Slot::Predictions => (&self.buffers.logits, output),
            _ => return,
        };
        let width = stride(columns);
        let plan = &self.batch.plan;
        for shard in plan.shards() {
            let initial = self.tape_range(&shard).start;
            let (at, rows) = match slot {
                Slot::GradInitialState => (initial, plan.order(&shard)),
                Slot::States | Slot::GradStates => {
                    (initial + shard.sequences * width, plan.caller_rows(&shard))
                }
                _ => (shard.rows_before * width, plan.caller_rows(&shard)),
            };
            scatter(to, columns, &from[at..], width, rows);
        }
    }

    /// dL/dx = dL/da · U of all rows, in the caller's order, (N, I). Computed when asked for: training never needs it.
    fn read_input_gradient<V: Vector>(&mut self, network: &mut Network, to: &mut [f32]) -> Result<(), Error> {
        if self.version != network.version {
            return Err(out_of_order());
        }
        let (input, width) = (self.options.input_size, stride(self.options.input_size));
        let weight_ih = network.parameters.value(Tensor::WeightIh);
        network.cell.prepare_input_gradient(weight_ih, network.version)?;
        for shard in self.batch.plan.shards() {
            if shard.rows > 0 {
                let at = self.tape_range(&shard).start + shard.sequences * stride(self.options.hidden_size);
                let d_x = &mut self.buffers.inputs[..shard.rows * width];
                network.cell.input_gradient::<V>(d_x, &self.buffers.d[at..], shard.rows);
                scatter(to, input, d_x, width, self.batch.plan.caller_rows(&shard));
            }
        }
        Ok(())
    }
}
