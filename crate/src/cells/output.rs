//! The output layer: o = c + V h (DL book (10.10)).

use super::{Packed, Rows, stride};
use crate::error::Error;
use crate::simd::Vector;

/// Packed weights of the output layer. Rows of outputs are `stride(O)` apart, rows of states `stride(H)`.
pub struct OutputLayer {
    hidden: usize,
    output: usize,
    forward: Packed,
    backward: Packed,
}

impl OutputLayer {
    pub fn new(hidden: usize, output: usize) -> Self {
        OutputLayer {
            hidden,
            output,
            forward: Packed::transposed(output, hidden),
            backward: Packed::plain(output, hidden),
        }
    }

    pub fn prepare(
        &mut self,
        weight_ho: &[f32],
        version: u64,
        rows: Rows,
        backward: bool,
    ) -> Result<(), Error> {
        self.forward.prepare(weight_ho, version, rows)?;
        if backward {
            self.backward.prepare(weight_ho, version, rows)?;
        }
        Ok(())
    }

    /// o = c + V h over all rows; `logits` (rows, stride O) is overwritten.
    pub fn outputs<V: Vector>(&self, logits: &mut [f32], bias_o: &[f32], h: &[f32], rows: usize) {
        let row = stride(self.output);
        for logits in logits[..rows * row].chunks_exact_mut(row) {
            logits[..self.output].copy_from_slice(bias_o);
        }
        self.forward.multiply::<V>(logits, row, h, stride(self.hidden), rows, false);
    }

    /// `d_h` += Vᵀ dL/do over all rows; `d_h` is (rows, stride H).
    pub fn states_gradient<V: Vector>(&self, d_h: &mut [f32], d_logits: &[f32], rows: usize) {
        self.backward.multiply::<V>(d_h, stride(self.hidden), d_logits, stride(self.output), rows, false);
    }
}
