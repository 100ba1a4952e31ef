//! A workspace: the slots of one batch at a time and the memory its passes work in.

use super::batch::Batch;
use super::buffers::{Buffers, Pass, few_outputs};
use super::forcing::{Feed, Forcing};
use super::options::Options;
use super::segments::Segments;
use super::slots::{Shape, Slot, Slots};
use super::{Network, Tensor, flags};
use crate::cells::{Form, Needs, Rows};
use crate::error::{Error, integer_within, out_of_order, unsupported, within};
use crate::random::{Key, NOISE};

/// The largest sum of weights.
const MAX_COUNT: f64 = 1e30;

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
    pub(super) forcing: Forcing,
    /// Bytes for the tape; 0: no limit.
    pub(super) budget: usize,
    pub(super) segments: Segments,
    /// What `train` divides the loss by; 0: the sum of the batch's own weights.
    pub(super) count: f64,
    /// Of the last backward pass: scale of the loss, and which D_ slots were open, a bit for each.
    pub(super) scale: f32,
    pub(super) handed_in: u32,
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
            forcing: Forcing::default(),
            budget: 0,
            segments: Segments::default(),
            count: 0.0,
            scale: 0.0,
            handed_in: 0,
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
        let no_feedback = !options.feeds_back() && flags & flags::INITIAL_FED != 0;
        if no_outputs || no_vectors || no_feedback {
            return Err(unsupported(3));
        }
        let shape = Shape { sequences, rows, flags };
        self.slots.shape(&shape, &options)?;
        (self.shape, self.options, self.stage) = (shape, options, Stage::Shaped);
        (self.forcing, self.count) = (Forcing::default(), 0.0);
        self.slots.i32_mut(Slot::FirstSteps).fill(0);
        for (id, place) in self.slots.i32_mut(Slot::Ids).iter_mut().enumerate() {
            *place = id as i32;
        }
        Ok(())
    }

    /// What passes computed is out of date.
    pub(super) fn forget(&mut self) {
        self.stage = self.stage.min(Stage::Shaped);
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

    /// Sum of weight · loss, sum of weights, sum of the weights of rows whose largest output is the target's class, and
    /// the bytes of the tape.
    pub fn results(&self) -> [f64; 4] {
        match *self.slots.f64(Slot::Results) {
            [loss, count, correct, bytes] => [loss, count, correct, bytes],
            _ => [f64::NAN, 0.0, 0.0, 0.0],
        }
    }

    /// Whether the tape of all shards stays after a pass.
    pub(super) fn keeps_tape(&self) -> bool {
        self.shape.has(flags::KEEP) && !self.segments.recompute
    }

    /// Whether the outputs of all scored rows stay as well: not with a large vocabulary, whose outputs would be most of
    /// the memory and are computed again from the tape, block by block.
    pub(super) fn keeps_outputs(&self) -> bool {
        self.keeps_tape() && few_outputs(&self.options)
    }

    /// Sets what `train` divides the loss by in its gradients, for a shard of a larger batch; 0: the sum of the batch's own
    /// weights. RESULTS stay those of the batch.
    pub fn set_count(&mut self, count: f64) -> Result<(), Error> {
        within(1, count, 0.0, MAX_COUNT)?;
        self.count = count;
        Ok(())
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
        self.ready(network, pass)
    }

    /// Makes room for a pass over the batch that was read, and packs weights.
    pub(super) fn ready(&mut self, network: &mut Network, pass: Pass) -> Result<(), Error> {
        let segments = self.cut(network, pass)?;
        let shards = self.batch.plan.len();
        self.buffers.reserve(network, &self.shape, &segments, self.feed(), shards, pass)?;
        self.segments = segments;
        self.pack(network, pass)
    }

    fn pack(&self, network: &mut Network, pass: Pass) -> Result<(), Error> {
        let step_rows = match self.batch.plan.step_rows() {
            (true, true) => Rows::Both,
            (true, false) => Rows::One,
            _ => Rows::Several,
        };
        let feed = self.feed();
        let all_rows = Rows::of(self.segments.rows);
        let dense = self.shape.has(flags::VECTORS);
        let back = pass.goes_back();
        let flows_back = back && feed == Feed::Own && self.options.feedback.is_differentiable();
        let fed = match feed {
            Feed::Nothing => Form::default(),
            Feed::Own => Form { vectors: Some(step_rows), ..Form::default() },
            _ => Form { vectors: Some(all_rows), indices: feed == Feed::Classes, gradient: None },
        };
        let needs = Needs {
            version: network.version,
            step_rows,
            input: Form {
                vectors: dense.then_some(all_rows),
                indices: !dense && self.options.input_size > 0,
                gradient: None,
            },
            fed: Form { gradient: flows_back.then_some(step_rows), ..fed },
            backward: back,
        };
        let (weights, cell) = network.weights_and_cell();
        cell.prepare(weights, needs)?;
        let version = network.version;
        if let Some(output) = &mut network.output {
            let rows = if feed == Feed::Own { Rows::Both } else { all_rows };
            output.prepare(network.parameters.value(Tensor::WeightHo), version, rows, back)?;
        }
        Ok(())
    }

    /// Bytes of memory held, slots included.
    pub fn bytes(&self) -> usize {
        self.slots.bytes() + self.buffers.bytes()
    }
}
