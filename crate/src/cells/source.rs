//! What enters the cell from outside its own states: U x, and R f where outputs are fed back.

use super::packed::Panels;
use super::{Packed, Rows, add_rows, stride};
use crate::error::Error;
use crate::linalg;
use crate::simd::Vector;

/// Packed weights (H, columns) of one source. Rows of pre-activations are `stride(H)` apart.
pub struct Source {
    columns: usize,
    hidden: usize,
    forward: Packed,
    backward: Packed,
    /// The transpose, (columns, stride H): a one-hot vector reads one row of it.
    transpose: Panels,
}

/// How the values of a source come.
#[derive(Clone, Copy, Default)]
pub struct Form {
    /// Rows of the products with vectors; none if there are no vectors.
    pub vectors: Option<Rows>,
    pub indices: bool,
    /// Rows of the products of the gradient; none if nothing flows back.
    pub gradient: Option<Rows>,
}

impl Source {
    pub fn new(columns: usize, hidden: usize) -> Self {
        Source {
            columns,
            hidden,
            forward: Packed::transposed(hidden, columns),
            backward: Packed::plain(hidden, columns),
            transpose: Panels::default(),
        }
    }

    /// Packs what is going to be used, unless it is there already.
    #[inline(never)]
    pub fn prepare(&mut self, weight: &[f32], version: u64, form: Form) -> Result<(), Error> {
        if let Some(rows) = form.vectors {
            self.forward.prepare(weight, version, rows)?;
        }
        if form.indices {
            let (inner, outputs) = (self.columns, self.hidden);
            self.transpose.pack(weight, version, inner, outputs, true, linalg::ALL_COLUMNS)?;
        }
        if let Some(rows) = form.gradient {
            self.backward.prepare(weight, version, rows)?;
        }
        Ok(())
    }

    /// a += column x of the weights, one row. That x is one of them was checked with the batch.
    pub fn add_index<V: Vector>(&self, a: &mut [f32], x: usize) {
        add_rows::<V>(&mut a[..self.hidden], &self.transpose.block[x * stride(self.hidden)..], 0, 1);
    }

    /// a += weights · x over all rows at once; the rows of `x` are `x_stride` apart.
    #[inline(never)]
    pub fn add<V: Vector>(&self, a: &mut [f32], x: &[f32], x_stride: usize, rows: usize) {
        self.forward.multiply::<V>(a, stride(self.hidden), x, x_stride, rows, false);
    }

    /// dL/dx += weightsᵀ · dL/da over all rows at once; `d_x` is (rows, stride columns).
    #[inline(never)]
    pub fn gradient<V: Vector>(&self, d_x: &mut [f32], d: &[f32], rows: usize) {
        self.backward.multiply::<V>(d_x, stride(self.columns), d, stride(self.hidden), rows, false);
    }
}
