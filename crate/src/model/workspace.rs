//! A workspace: the slots of one batch at a time and the memory its passes work in.

use core::ops::Range;

use super::batch::Batch;
use super::buffers::{Buffers, Pass};
use super::options::Options;
use super::slots::{Shape, Slot, Slots};
use super::{Network, Tensor, flags};
use crate::cells::{Needs, Rows, stride};
use crate::error::{Error, integer_within, out_of_order, unsupported};
use crate::random::{Key, NOISE};
use crate::sequence::Shard;

/// How far the batch in the slots has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Nothing,
    Shaped,
    /// The tape holds states and outputs of these parameters.
    Forward,
    /// …and `d` their gradients.
    Backward,
}

pub struct Workspace {
    pub(super) options: Options,
    pub(super) shape: Shape,
    pub(super) slots: Slots,
    pub(super) batch: Batch,
    pub(super) buffers: Buffers,
    pub(super) stage: Stage,
    /// The network's version at the time of the forward pass.
    pub(super) version: u64,
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workspace {
    pub fn new() -> Self {
        Workspace {
            options: Options::default(),
            shape: Shape::default(),
            slots: Slots::default(),
            batch: Batch::default(),
            buffers: Buffers::default(),
            stage: Stage::Nothing,
            version: 0,
        }
    }

    /// Makes the slots for a batch; what they hold is unspecified, but ids count from 0 and first steps are 0. Optional slots
    /// are closed. On an error everything stays.
    pub fn shape(
        &mut self,
        network: &Network,
        sequences: usize,
        rows: usize,
        flags: u32,
    ) -> Result<(), Error> {
        // A host's negative number, made unsigned, becomes negative again.
        integer_within(1, sequences as isize, 1, i32::MAX)?;
        integer_within(2, rows as isize, 0, i32::MAX)?;
        integer_within(3, flags as isize, 0, flags::ALL as i32)?;
        let options = *network.options();
        let no_outputs = network.output.is_none() && flags & (flags::TARGETS | flags::STEP_WEIGHTS) != 0;
        let no_vectors = options.input_size == 0 && flags & flags::VECTORS != 0;
        if no_outputs || no_vectors || flags & flags::INITIAL_FED != 0 {
            return Err(unsupported(3));
        }
        let shape = Shape { sequences, rows, flags };
        self.slots.shape(&shape, &options)?;
        (self.shape, self.options, self.stage) = (shape, options, Stage::Shaped);
        self.slots.i32_mut(Slot::FirstSteps).fill(0);
        for (id, place) in self.slots.i32_mut(Slot::Ids).iter_mut().enumerate() {
            *place = id as i32;
        }
        Ok(())
    }

    /// That a slot exists: a fixed one of this shape, or an open optional one.
    fn check(&self, slot: Slot) -> Result<(), Error> {
        if self.slots.has(slot) { Ok(()) } else { Err(unsupported(1)) }
    }

    /// Address and number of elements of a slot.
    pub fn place(&self, slot: Slot) -> Option<(usize, usize)> {
        if self.slots.has(slot) { Some((self.slots.address(slot), self.slots.length(slot))) } else { None }
    }

    pub fn f32(&self, slot: Slot) -> Result<&[f32], Error> {
        self.check(slot).map(|()| self.slots.f32(slot))
    }

    pub fn f32_mut(&mut self, slot: Slot) -> Result<&mut [f32], Error> {
        self.check(slot)?;
        Ok(self.slots.f32_mut(slot))
    }

    pub fn i32(&self, slot: Slot) -> Result<&[i32], Error> {
        self.check(slot).map(|()| self.slots.i32(slot))
    }

    pub fn i32_mut(&mut self, slot: Slot) -> Result<&mut [i32], Error> {
        self.check(slot)?;
        Ok(self.slots.i32_mut(slot))
    }

    /// Sum of weight · loss, sum of weights, and sum of the weights of rows whose largest output is the target.
    pub fn results(&self) -> [f64; 3] {
        match *self.slots.f64(Slot::Results) {
            [loss, count, correct] => [loss, count, correct],
            _ => [f64::NAN, 0.0, 0.0],
        }
    }

    /// Where a shard's rows stand on the tape, in floats: one shard behind the other when kept, all at the start
    /// otherwise.
    pub(super) fn tape_range(&self, shard: &Shard) -> Range<usize> {
        let keeps = self.shape.has(flags::KEEP);
        let before = if keeps { shard.rows_before + shard.sequences_before } else { 0 };
        let row = stride(self.options.hidden_size);
        before * row..(before + shard.tape_rows()) * row
    }

    /// Adds normal noise to vector inputs: element k of a step takes draw k of (seed, NOISE, id, update) at the absolute
    /// step, so that it depends neither on the batch nor on how a sequence is cut. Overwrites INPUTS.
    pub fn add_noise(&mut self, deviation: f64, seed: u64, update: u32) -> Result<(), Error> {
        if self.stage == Stage::Nothing || !self.shape.has(flags::VECTORS) {
            return Err(out_of_order());
        }
        let input = self.options.input_size;
        let mut row = 0;
        for sequence in 0..self.shape.sequences {
            let length = self.slots.i32(Slot::Lengths)[sequence].max(0) as usize;
            let id = self.slots.i32(Slot::Ids)[sequence] as u32;
            let first = self.slots.i32(Slot::FirstSteps)[sequence].max(0) as u64;
            let key = Key { seed, purpose: NOISE, id, update };
            for step in 0..length.min(self.shape.rows - row) {
                let values = &mut self.slots.f32_mut(Slot::Inputs)[(row + step) * input..][..input];
                for (column, value) in values.iter_mut().enumerate() {
                    // A step has room for 2^25 draws.
                    let index = (first + step as u64) << 25 | column as u64;
                    *value += (deviation * key.normal(index)) as f32;
                }
            }
            row += length.min(self.shape.rows - row);
        }
        Ok(())
    }

    /// Reads and checks the batch, makes room, packs weights: all that can fail, before anything is computed.
    pub(super) fn begin(&mut self, network: &mut Network, pass: Pass) -> Result<(), Error> {
        if self.stage == Stage::Nothing || pass.keeps() != self.shape.has(flags::KEEP) {
            return Err(out_of_order());
        }
        if pass == Pass::Train && !self.shape.has(flags::TARGETS) {
            return Err(out_of_order());
        }
        if pass == Pass::Backward {
            if self.stage < Stage::Forward || self.version != network.version {
                return Err(out_of_order());
            }
        } else {
            self.stage = Stage::Shaped;
            self.batch.read(&self.slots, &self.shape, &self.options)?;
        }
        self.buffers.reserve(network, &self.shape, &self.batch.plan, pass)?;
        self.pack(network, pass)
    }

    fn pack(&self, network: &mut Network, pass: Pass) -> Result<(), Error> {
        let step_rows = match self.batch.plan.step_rows() {
            (true, true) => Rows::Both,
            (true, false) => Rows::One,
            _ => Rows::Several,
        };
        // A last block of one row needs the other panels too.
        let block = self.buffers.block_rows;
        let (mut one_row, mut several_rows, mut left_over) = (false, false, block == 1);
        for shard in self.batch.plan.shards() {
            one_row |= shard.rows == 1;
            several_rows |= shard.rows > 1;
            left_over |= shard.rows % block == 1;
        }
        let input_rows = match (one_row, several_rows) {
            (true, true) => Rows::Both,
            (true, false) => Rows::One,
            _ => Rows::Several,
        };
        let dense = self.shape.has(flags::VECTORS);
        let parameters = &network.parameters;
        network.cell.prepare(
            parameters.value(Tensor::WeightIh),
            parameters.value(Tensor::WeightHh),
            Needs {
                version: network.version,
                step_rows,
                input_rows: dense.then_some(input_rows),
                indices: !dense && self.options.input_size > 0,
                backward: pass.goes_back(),
            },
        )?;
        if let Some(output) = &mut network.output {
            let rows = if left_over { Rows::Both } else { Rows::Several };
            output.prepare(parameters.value(Tensor::WeightHo), network.version, rows, pass.goes_back())?;
        }
        Ok(())
    }

    /// Bytes of memory held, slots included.
    pub fn bytes(&self) -> usize {
        self.slots.bytes() + self.buffers.bytes()
    }
}
