//! The memory a pass works in. Each buffer grows to the largest batch seen and then stays.

use super::Network;
use super::flags;
use super::slots::Shape;
use crate::arena::{Block, grow, out_of_memory};
use crate::cells::stride;
use crate::error::Error;
use crate::linalg;
use crate::sequence::Plan;

/// Floats of outputs computed at a time. Their rows stay in the second-level cache between the product, the softmax
/// and the two products of the gradient; and memory does not grow with τ · B · O.
const BLOCK: usize = 1 << 14;

#[derive(Default)]
pub(super) struct Buffers {
    /// h, like the plan: (sequences + rows, stride H).
    pub tape: Block,
    /// dL/dh, then dL/da, in the same form.
    pub d: Block,
    /// dL/dh in full, in the same form; only with KEEP.
    pub d_states: Block,
    /// o of all rows, (rows, stride O); only with KEEP.
    pub logits: Block,
    /// A block of outputs, (block_rows, stride O).
    pub block: Block,
    pub block_rows: usize,
    /// Dense inputs of a shard in the order of its rows, (rows, I); their gradient, (rows, stride I).
    pub inputs: Block,
    /// Operands packed by `linalg::outer_sum`.
    pub scratch: Block,
    /// Gradients of one shard, laid out like the parameters.
    pub partial: Block,
    /// ∇Uᵀ of one shard for index inputs, (I, stride H): rows that are not marked with 1 in `marks` are 0.
    pub columns: Block,
    pub marks: Block,
}

/// Which buffers a pass needs.
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
    /// Makes room for a pass over this plan. On an error what was there stays usable.
    pub fn reserve(
        &mut self,
        network: &Network,
        shape: &Shape,
        plan: &Plan,
        pass: Pass,
    ) -> Result<(), Error> {
        let options = network.options();
        let (input, hidden, output) = (options.input_size, options.hidden_size, options.output_size);
        let (mut rows, mut tape_rows) = (0, 0);
        for shard in plan.shards() {
            rows = rows.max(shard.rows);
            tape_rows = tape_rows.max(shard.tape_rows());
        }
        if pass.keeps() {
            tape_rows = shape.rows + shape.sequences;
        }
        grow_rows(&mut self.tape, tape_rows, hidden)?;
        if shape.has(flags::VECTORS) {
            grow_rows(&mut self.inputs, rows, input)?;
        }
        self.block_rows = (BLOCK / stride(output.max(1))).next_multiple_of(8).min(rows.max(1));
        grow_rows(&mut self.block, self.block_rows, output)?;
        if pass.keeps() {
            grow_rows(&mut self.logits, shape.rows, output)?;
        }
        if pass.goes_back() {
            grow_rows(&mut self.d, tape_rows, hidden)?;
            if pass.keeps() {
                grow_rows(&mut self.d_states, tape_rows, hidden)?;
            }
            // Enough for (H, H), (O, H) and, with vectors, (H, I).
            let wide = if shape.has(flags::VECTORS) { hidden.max(input) } else { hidden };
            let tall = hidden.max(output);
            grow(&mut self.scratch, linalg::outer_scratch_len(tall, wide))?;
            if plan.len() > 1 {
                grow(&mut self.partial, network.parameters().layout().length)?;
            }
            if input > 0 && !shape.has(flags::VECTORS) {
                grow_rows(&mut self.columns, input, hidden)?;
                grow(&mut self.marks, input)?;
            }
        }
        Ok(())
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let blocks = [
            &self.tape,
            &self.d,
            &self.d_states,
            &self.logits,
            &self.block,
            &self.inputs,
            &self.scratch,
            &self.partial,
            &self.columns,
            &self.marks,
        ];
        blocks.iter().map(|block| block.len() * 4).sum()
    }
}

/// Room for rows of so many columns.
#[inline(never)]
fn grow_rows(block: &mut Block, rows: usize, columns: usize) -> Result<(), Error> {
    grow(block, rows.checked_mul(stride(columns)).ok_or_else(|| out_of_memory(usize::MAX))?)
}
