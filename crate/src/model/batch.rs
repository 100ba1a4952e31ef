//! A batch as the kernel works on it: the plan of its rows, and its indices checked and in that order.

use super::flags;
use super::options::{Loss, Options, Outputs};
use super::slots::{Shape, Slot, Slots};
use crate::arena::{Block, grow};
use crate::error::{Cause, Error};
use crate::loss::Target;
use crate::sequence::Plan;

/// Own copies of everything that is used as an index: a host may write into its slots at any time.
#[derive(Default)]
pub(super) struct Batch {
    pub plan: Plan,
    /// Per row of the plan, the input's class as i32; of no meaning for vectors.
    pub symbols: Block,
    /// Per scored row, in the caller's order, the target's class as i32; of no meaning for values.
    pub targets: Block,
}

impl Batch {
    /// Reads lengths, inputs and targets from the slots. Bad ones are found before anything is laid out.
    pub fn read(&mut self, slots: &Slots, shape: &Shape, options: &Options) -> Result<(), Error> {
        let indexed = options.input_size > 0 && !shape.has(flags::VECTORS);
        let classes = shape.has(flags::TARGETS) && options.loss == Loss::CrossEntropy;
        if indexed {
            check_indices(slots.i32(Slot::Inputs), Slot::Inputs as i32, options.input_size)?;
        }
        if classes {
            check_indices(slots.i32(Slot::Target), Slot::Target as i32, options.output_size)?;
        }
        let lengths = slots.i32(Slot::Lengths);
        if options.outputs == Outputs::Last
            && let Some(sequence) = lengths.iter().position(|&length| length == 0)
        {
            return Err(Cause::BadShape { sequence: sequence as i32, got: 0, expected: 1 }.into());
        }
        self.plan.layout(lengths, shape.rows)?;
        if indexed {
            fill(&mut self.symbols, slots.i32(Slot::Inputs), self.plan.all_caller_rows())?;
        }
        if classes {
            let classes = slots.i32(Slot::Target);
            grow(&mut self.targets, classes.len())?;
            self.targets.as_i32_mut()[..classes.len()].copy_from_slice(classes);
        }
        Ok(())
    }

    /// The target of a scored row.
    pub fn target<'a>(&self, slots: &'a Slots, options: &Options, row: usize) -> Target<'a> {
        if options.loss == Loss::CrossEntropy {
            Target::Class(self.targets.as_i32()[row] as usize)
        } else {
            let output = options.output_size;
            Target::Values(&slots.f32(Slot::Target)[row * output..][..output])
        }
    }
}

/// That all indices of a slot are below `bound`, and none is negative.
#[inline(never)]
pub(super) fn check_indices(indices: &[i32], slot: i32, bound: usize) -> Result<(), Error> {
    for (position, &got) in indices.iter().enumerate() {
        // A negative one becomes a large one.
        if got as u32 as usize >= bound {
            return Err(Cause::BadIndex { slot, position, got, bound }.into());
        }
    }
    Ok(())
}

/// to[r] = from[rows[r]].
#[inline(never)]
fn fill(to: &mut Block, from: &[i32], rows: &[i32]) -> Result<(), Error> {
    grow(to, rows.len())?;
    for (to, &row) in to.as_i32_mut().iter_mut().zip(rows) {
        *to = from[row as usize];
    }
    Ok(())
}
