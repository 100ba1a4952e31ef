//! The dial of teacher forcing, and how what is fed back comes about in a pass.

use super::options::{Loss, Options, Outputs};
use super::slots::{Shape, Slot, Slots};
use super::{flags, workspace::Workspace};
use crate::error::{Error, within};
use crate::random::{FEEDBACK, Key, TEACHER};

/// Probability of the true target, per step and sequence, and the key of all draws about feedback.
#[derive(Clone, Copy)]
pub(super) struct Forcing {
    pub teacher: f64,
    pub seed: u64,
    pub update: u32,
}

impl Default for Forcing {
    fn default() -> Self {
        Forcing { teacher: 1.0, seed: 0, update: 0 }
    }
}

/// What enters through R.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    /// There is no R.
    Nothing,
    /// The class of the step before, as an index: known before the first step.
    Classes,
    /// The values of the step before: likewise.
    Values,
    /// The network's own output, at some steps or all: step by step.
    Own,
}

impl Forcing {
    pub fn feed(&self, options: &Options, shape: &Shape) -> Feed {
        if !options.feeds_back() {
            Feed::Nothing
        } else if self.teacher < 1.0 || !can_teach(options, shape) {
            Feed::Own
        } else if options.loss == Loss::CrossEntropy {
            Feed::Classes
        } else {
            Feed::Values
        }
    }

    /// Whether the target of this step, an absolute one, is fed back.
    pub fn teaches(&self, options: &Options, shape: &Shape, id: u32, step: u64) -> bool {
        can_teach(options, shape) && self.key(TEACHER, id).uniform(step) < self.teacher
    }

    pub fn key(&self, purpose: u8, id: u32) -> Key {
        Key { seed: self.seed, purpose, id, update: self.update }
    }

    /// Key and absolute step of the draws of a sequence's own feedback.
    pub fn draw(&self, slots: &Slots, sequence: usize, t: usize) -> (Key, u64) {
        let id = slots.i32(Slot::Ids)[sequence] as u32;
        let first = slots.i32(Slot::FirstSteps)[sequence].max(0) as u64;
        (self.key(FEEDBACK, id), first + t as u64)
    }
}

fn can_teach(options: &Options, shape: &Shape) -> bool {
    shape.has(flags::TARGETS) && options.outputs == Outputs::Every
}

impl Workspace {
    /// Sets the dial for the batch in the slots; `shape` sets it back to 1, with seed 0 and update 0.
    pub fn set_forcing(&mut self, teacher: f64, seed: u64, update: u32) -> Result<(), Error> {
        within(1, teacher, 0.0, 1.0)?;
        self.forcing = Forcing { teacher, seed, update };
        self.forget();
        Ok(())
    }

    pub(super) fn feed(&self) -> Feed {
        self.forcing.feed(&self.options, &self.shape)
    }
}
