//! The named slots of a workspace: what goes in and out, in the caller's order, rows tight.

use super::flags;
use super::options::{Loss, Options, Outputs};
use crate::arena::Block;
use crate::error::Error;

/// Numbers as in recurra.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Lengths = 0,
    Inputs = 1,
    Target = 2,
    Weights = 3,
    InitialState = 4,
    InitialFeedback = 5,
    Ids = 6,
    FirstSteps = 7,
    FinalState = 8,
    StepLosses = 9,
    Results = 10,
    FinalFed = 11,
    DOutputs = 16,
    DStates = 17,
    DFinalState = 18,
    States = 19,
    Outputs = 20,
    Predictions = 21,
    FedBack = 22,
    GradInputs = 23,
    GradStates = 24,
    GradInitialState = 25,
    GradInitialFeedback = 26,
}

/// All of them: first what the host writes before a pass and what every pass writes, then what is made when asked for.
const ALL: [Slot; 23] = [
    Slot::Lengths,
    Slot::Inputs,
    Slot::Target,
    Slot::Weights,
    Slot::InitialState,
    Slot::InitialFeedback,
    Slot::Ids,
    Slot::FirstSteps,
    Slot::FinalState,
    Slot::StepLosses,
    Slot::Results,
    Slot::FinalFed,
    Slot::DOutputs,
    Slot::DStates,
    Slot::DFinalState,
    Slot::States,
    Slot::Outputs,
    Slot::Predictions,
    Slot::FedBack,
    Slot::GradInputs,
    Slot::GradStates,
    Slot::GradInitialState,
    Slot::GradInitialFeedback,
];
const FIRST_OPTIONAL: usize = Slot::DOutputs as usize;
const FIXED: usize = 12;
const SLOTS: usize = 27;

impl Slot {
    pub fn from_code(code: i32) -> Option<Self> {
        ALL.into_iter().find(|&slot| slot as i32 == code)
    }

    pub fn is_optional(self) -> bool {
        self as usize >= FIRST_OPTIONAL
    }
}

/// B, N and the flags of a batch, and through them the length of every slot.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape {
    pub sequences: usize,
    pub rows: usize,
    pub flags: u32,
}

impl Shape {
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Q: rows that are scored.
    pub fn scored(&self, options: &Options) -> usize {
        match options.outputs {
            Outputs::Every => self.rows,
            Outputs::Last => self.sequences,
            Outputs::None => 0,
        }
    }

    /// Elements of each slot, by its number; 0 if the batch has no such slot.
    fn lengths(&self, options: &Options) -> [u64; SLOTS] {
        // In 64 bits nothing overflows: sizes are at most 2^24 and rows at most 2^31.
        let (b, n, q) = (self.sequences as u64, self.rows as u64, self.scored(options) as u64);
        let (i, h, o) = (options.input_size as u64, options.hidden_size as u64, options.output_size as u64);
        let when = |flag, length| if self.has(flag) { length } else { 0 };
        let inputs = if self.has(flags::VECTORS) { n * i } else { n * i.min(1) };
        let classes = if options.loss == Loss::CrossEntropy { 1 } else { o };
        let (bh, qo, nh) = (b * h, q * o, n * h);
        let scored = when(flags::TARGETS, q);
        let f = if options.feeds_back() { o } else { 0 };
        let bf = b * f;
        let (initial, fed) = (when(flags::INITIAL, bh), when(flags::INITIAL_FED, bf));
        let grad_inputs = when(flags::VECTORS, n * i);
        let weights = when(flags::STEP_WEIGHTS, q);
        #[rustfmt::skip]
        let lengths = [
            b, inputs, scored * classes, weights, initial, fed, b, b,
            bh, scored, 4, bf, 0, 0, 0, 0,
            qo, nh, bh, nh, qo, qo, n * f, grad_inputs, nh, bh, bf,
        ];
        lengths
    }
}

/// The slots of a workspace, by their numbers. Those that are not optional grow to the largest batch seen and then stay.
#[derive(Default)]
pub(super) struct Slots {
    blocks: [Block; SLOTS],
    /// Of all slots, whether they exist or not.
    lengths: [u64; SLOTS],
    /// A bit per slot that exists.
    open: u32,
}

impl Slots {
    /// Makes the slots of a shape, and closes the optional ones. On an error everything stays.
    pub fn shape(&mut self, shape: &Shape, options: &Options) -> Result<(), Error> {
        let lengths = shape.lengths(options);
        let mut room: [Block; FIXED] = Default::default();
        for index in 0..FIXED {
            // Results are f64.
            let words = if index == Slot::Results as usize { 8 } else { lengths[index] };
            if (self.blocks[index].len() as u64) < words {
                room[index] = block(words)?;
            }
        }
        self.lengths = lengths;
        self.open = 0;
        for index in 0..FIXED {
            if !room[index].is_empty() {
                core::mem::swap(&mut room[index], &mut self.blocks[index]);
            }
            self.open |= ((lengths[index] > 0 || shape.rows == 0) as u32) << index;
        }
        for slot in ALL {
            if slot.is_optional() {
                self.close(slot);
            }
        }
        Ok(())
    }

    pub fn has(&self, slot: Slot) -> bool {
        self.open & 1 << slot as u32 != 0
    }

    /// What an optional slot holds when it is opened: zeros.
    pub fn content(&self, slot: Slot) -> Result<Block, Error> {
        block(self.lengths[slot as usize])
    }

    /// Opens an optional slot with this content, of its length.
    pub fn open(&mut self, slot: Slot, block: Block) {
        self.open |= 1 << slot as u32;
        self.blocks[slot as usize] = block;
    }

    /// Closes an optional slot, open or not.
    #[inline(never)]
    pub fn close(&mut self, slot: Slot) {
        self.open &= !(1 << slot as u32);
        self.blocks[slot as usize] = Block::empty();
    }

    pub fn length(&self, slot: Slot) -> usize {
        self.lengths[slot as usize] as usize
    }

    pub fn address(&self, slot: Slot) -> usize {
        self.blocks[slot as usize].address()
    }

    pub fn f32(&self, slot: Slot) -> &[f32] {
        &self.blocks[slot as usize][..self.length(slot)]
    }

    pub fn f32_mut(&mut self, slot: Slot) -> &mut [f32] {
        let length = self.length(slot);
        &mut self.blocks[slot as usize][..length]
    }

    /// An open optional slot.
    pub fn if_open(&mut self, slot: Slot) -> Option<&mut [f32]> {
        if self.has(slot) { Some(self.f32_mut(slot)) } else { None }
    }

    pub fn block(&mut self, slot: Slot) -> &mut Block {
        &mut self.blocks[slot as usize]
    }

    /// A bit for each D_ slot that is open.
    pub fn handed_in(&self) -> u32 {
        let given = [Slot::DOutputs, Slot::DStates, Slot::DFinalState];
        given.iter().fold(0, |bits, &slot| bits | self.open & 1 << slot as u32)
    }

    pub fn i32(&self, slot: Slot) -> &[i32] {
        &self.blocks[slot as usize].as_i32()[..self.length(slot)]
    }

    pub fn i32_mut(&mut self, slot: Slot) -> &mut [i32] {
        let length = self.length(slot);
        &mut self.blocks[slot as usize].as_i32_mut()[..length]
    }

    pub fn f64(&self, slot: Slot) -> &[f64] {
        &self.blocks[slot as usize].as_f64()[..self.length(slot)]
    }

    pub fn f64_mut(&mut self, slot: Slot) -> &mut [f64] {
        let length = self.length(slot);
        &mut self.blocks[slot as usize].as_f64_mut()[..length]
    }

    /// Weight of a scored row.
    pub fn weight(&self, shape: &Shape, row: usize) -> f32 {
        if shape.has(flags::STEP_WEIGHTS) { self.f32(Slot::Weights)[row] } else { 1.0 }
    }

    pub fn bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.len() * 4).sum()
    }
}

/// So many zeros, or OutOfMemory, also if no memory could ever hold them.
#[inline(never)]
fn block(words: u64) -> Result<Block, Error> {
    Block::new(usize::try_from(words).unwrap_or(usize::MAX))
}

/// Whether a batch of this network can have this optional slot.
pub(super) fn available(slot: Slot, options: &Options, shape: &Shape) -> bool {
    match slot {
        Slot::DOutputs | Slot::Outputs | Slot::Predictions => options.outputs != Outputs::None,
        Slot::GradInputs => options.input_size > 0 && shape.has(flags::VECTORS),
        Slot::FedBack | Slot::GradInitialFeedback => options.feeds_back(),
        _ => slot.is_optional(),
    }
}
