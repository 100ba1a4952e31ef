//! The memory a pass works in. Each buffer grows to the largest batch seen and then stays.

use super::Network;
use super::columns::Columns;
use super::flags;
use super::forcing::Feed;
use super::options::{Options, Outputs};
use super::segments::Segments;
use super::slots::Shape;
use crate::arena::{Block, grow, out_of_memory};
use crate::cells::stride;
use crate::error::Error;
use crate::linalg;
use crate::sequence::SHARD;

/// Floats of outputs computed at a time. Their rows stay in the second-level cache between the product, the softmax
/// and the two products of the gradient; and memory does not grow with τ · B · O.
const BLOCK: usize = 1 << 14;

/// Outputs for each hidden unit up to which those of all rows are kept with the tape.
const MOST_KEPT: usize = 4;

/// Whether the outputs of all rows are little beside their states.
pub(super) fn few_outputs(options: &Options) -> bool {
    options.output_size <= MOST_KEPT * options.hidden_size
}

/// "Tape rows" are those of a segment's tape, of a shard's, or of all shards' one behind the other if they are kept.
#[derive(Default)]
pub(super) struct Buffers {
    /// h, like the plan: (tape rows, stride H).
    pub tape: Block,
    /// dL/dh, then dL/da, in the same form.
    pub d: Block,
    /// dL/dh in full, in the same form; only with KEEP.
    pub d_states: Block,
    /// What enters through R, (rows, stride O). If it is the network's own, tape rows: behind those of the steps stand
    /// those of the step after them.
    pub fed: Block,
    /// dL/do, in the same form; only where the loss flows back through what was fed back.
    pub d_outputs: Block,
    /// o of a step, then f; (sequences, stride O).
    pub step: Block,
    /// dL/da of the step after a segment, (sequences, stride H).
    pub carried: Block,
    /// States before each segment but the first, (sequences, stride H) each, and what entered with them, if own.
    pub checkpoints: Block,
    pub checkpoints_fed: Block,
    /// States of last steps and their gradients, (2 · sequences, stride H): outputs "last".
    pub ends: Block,
    /// o of all scored rows, (rows, stride O); only if they are kept.
    pub logits: Block,
    /// A block of outputs, (block_rows, stride O).
    pub block: Block,
    pub block_rows: usize,
    /// Dense inputs of a segment in the order of its rows, (rows, I); their gradient, (rows, stride I).
    pub inputs: Block,
    /// Operands packed by `linalg::outer_sum`.
    pub scratch: Block,
    /// Gradients of one shard, laid out like the parameters.
    pub partial: Block,
    /// ∇Uᵀ and ∇Rᵀ of one shard where indices enter.
    pub input_columns: Columns,
    pub fed_columns: Columns,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Evaluate,
    Train,
    Forward,
    Backward,
}

impl Pass {
    pub fn keeps(self) -> bool {
        matches!(self, Pass::Forward | Pass::Backward)
    }

    pub fn goes_back(self) -> bool {
        matches!(self, Pass::Train | Pass::Backward)
    }
}

impl Buffers {
    /// Makes room for a pass. On an error what was there stays usable.
    pub fn reserve(
        &mut self,
        network: &Network,
        shape: &Shape,
        segments: &Segments,
        feed: Feed,
        shards: usize,
        pass: Pass,
    ) -> Result<(), Error> {
        let options = network.options();
        let (input, hidden, output) = (options.input_size, options.hidden_size, options.output_size);
        let (vectors, back) = (shape.has(flags::VECTORS), pass.goes_back());
        let sequences = SHARD.min(shape.sequences);
        let tape_rows = segments.tape_rows;
        let rows = segments.rows.max(1);
        grow_rows(&mut self.tape, tape_rows, hidden)?;
        if vectors {
            grow_rows(&mut self.inputs, rows, input)?;
        }
        let own = feed == Feed::Own;
        if feed != Feed::Nothing {
            let fed_rows = match feed {
                Feed::Own => tape_rows,
                Feed::Classes => sequences,
                _ => rows,
            };
            grow_rows(&mut self.fed, fed_rows, output)?;
            grow_rows(&mut self.step, sequences, output)?;
        }
        let most = if options.outputs == Outputs::Last { sequences } else { rows };
        // At least a row: one alone may be longer than a block.
        self.block_rows = (BLOCK / stride(output.max(1))).max(1).next_multiple_of(8).min(most);
        grow_rows(&mut self.block, self.block_rows, output)?;
        if options.outputs == Outputs::Last {
            grow_rows(&mut self.ends, 2 * sequences, hidden)?;
        }
        if pass.keeps() && !segments.recompute && few_outputs(options) {
            grow_rows(&mut self.logits, shape.scored(options), output)?;
        }
        if !back {
            return Ok(());
        }
        grow_rows(&mut self.d, tape_rows, hidden)?;
        if pass.keeps() {
            grow_rows(&mut self.d_states, tape_rows, hidden)?;
        }
        if own && options.feedback.is_differentiable() {
            grow_rows(&mut self.d_outputs, tape_rows, output)?;
        }
        if segments.several {
            grow_rows(&mut self.carried, sequences, hidden)?;
            grow_rows(&mut self.checkpoints, segments.checkpoints, hidden)?;
            if own {
                grow_rows(&mut self.checkpoints_fed, segments.checkpoints, output)?;
            }
        }
        // Enough for (H, H), (O, H) and, with vectors, (H, I) and (H, O).
        let wide = if vectors { hidden.max(input) } else { hidden };
        let wide = if feed == Feed::Nothing { wide } else { wide.max(output) };
        let tall = hidden.max(output);
        grow(&mut self.scratch, linalg::outer_scratch_len(tall, wide))?;
        if shards > 1 {
            grow(&mut self.partial, network.parameters().layout().length)?;
        }
        if input > 0 && !vectors {
            self.input_columns.reserve(input, hidden)?;
        }
        if feed == Feed::Classes {
            self.fed_columns.reserve(output, hidden)?;
        }
        Ok(())
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let blocks = [
            &self.tape,
            &self.d,
            &self.d_states,
            &self.fed,
            &self.d_outputs,
            &self.step,
            &self.carried,
            &self.checkpoints,
            &self.checkpoints_fed,
            &self.ends,
            &self.logits,
            &self.block,
            &self.inputs,
            &self.scratch,
            &self.partial,
            &self.input_columns.sums,
            &self.input_columns.marks,
            &self.fed_columns.sums,
            &self.fed_columns.marks,
        ];
        blocks.iter().map(|block| block.len() * 4).sum()
    }
}

/// Room for rows of so many columns.
#[inline(never)]
pub(super) fn grow_rows(block: &mut Block, rows: usize, columns: usize) -> Result<(), Error> {
    grow(block, rows.checked_mul(stride(columns)).ok_or_else(|| out_of_memory(usize::MAX))?)
}
