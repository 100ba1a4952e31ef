//! The Elman cell: a = b + U x + W h′, h = tanh a (DL book (10.8), (10.9)).

use super::packed::Panels;
use super::{Packed, Rows, add_rows, stride};
use crate::error::Error;
use crate::linalg;
use crate::math;
use crate::simd::Vector;

/// Packed weights of the cell. Rows of states are `stride(H)` apart, rows of inputs I apart.
pub struct Cell {
    input: usize,
    hidden: usize,
    hidden_forward: Packed,
    hidden_backward: Packed,
    input_forward: Packed,
    input_backward: Packed,
    /// Uᵀ, (I, stride H): a one-hot input reads one row of it.
    columns: Panels,
}

/// What is going to be computed, hence what must be packed.
#[derive(Clone, Copy)]
pub struct Needs {
    /// Of the weights.
    pub version: u64,
    /// Rows of a recurrence step, over the steps of a batch.
    pub step_rows: Rows,
    /// Rows of the product with dense inputs; none for index inputs.
    pub input_rows: Option<Rows>,
    pub indices: bool,
    pub backward: bool,
}

impl Cell {
    pub fn new(input: usize, hidden: usize) -> Self {
        Cell {
            input,
            hidden,
            hidden_forward: Packed::transposed(hidden, hidden),
            hidden_backward: Packed::plain(hidden, hidden),
            input_forward: Packed::transposed(hidden, input),
            input_backward: Packed::plain(hidden, input),
            columns: Panels::default(),
        }
    }

    pub fn prepare(&mut self, weight_ih: &[f32], weight_hh: &[f32], needs: Needs) -> Result<(), Error> {
        self.hidden_forward.prepare(weight_hh, needs.version, needs.step_rows)?;
        if needs.backward {
            self.hidden_backward.prepare(weight_hh, needs.version, needs.step_rows)?;
        }
        if let Some(rows) = needs.input_rows {
            self.input_forward.prepare(weight_ih, needs.version, rows)?;
        }
        if needs.indices {
            self.columns.pack(
                weight_ih,
                needs.version,
                self.input,
                self.hidden,
                true,
                linalg::ALL_COLUMNS,
            )?;
        }
        Ok(())
    }

    pub fn prepare_input_gradient(&mut self, weight_ih: &[f32], version: u64) -> Result<(), Error> {
        self.input_backward.prepare(weight_ih, version, Rows::Both)
    }

    /// a = b for every row of `a` (rows, stride H); overwrites.
    pub fn start_bias(&self, a: &mut [f32], bias_h: &[f32]) {
        for row in a.chunks_exact_mut(stride(self.hidden)) {
            row[..self.hidden].copy_from_slice(bias_h);
        }
    }

    /// a += U[:, x], one row. x < I was checked with the batch.
    pub fn add_index<V: Vector>(&self, a: &mut [f32], x: usize) {
        let column = &self.columns.block[x * stride(self.hidden)..];
        add_rows::<V>(&mut a[..self.hidden], column, 0, 1);
    }

    /// a += U x over all rows at once; `x` is (rows, I).
    pub fn add_inputs<V: Vector>(&self, a: &mut [f32], x: &[f32], rows: usize) {
        self.input_forward.multiply::<V>(a, stride(self.hidden), x, self.input, rows, false);
    }

    /// h = tanh(a + W h′): `a` (rows, stride H) is overwritten by h; h′ has rows `previous_stride` apart.
    pub fn step<V: Vector>(
        &self,
        a: &mut [f32],
        previous: &[f32],
        previous_stride: usize,
        rows: usize,
        reverse: bool,
    ) {
        let row = stride(self.hidden);
        self.hidden_forward.multiply::<V>(a, row, previous, previous_stride, rows, reverse);
        math::tanh_in_place::<V>(&mut a[..rows * row]);
    }

    /// dL/da = dL/dh ∘ (1 − h²) in place of `d`, then `d_previous` += Wᵀ dL/da. All rows stride H apart.
    pub fn step_backward<V: Vector>(
        &self,
        d: &mut [f32],
        h: &[f32],
        d_previous: &mut [f32],
        rows: usize,
        reverse: bool,
    ) {
        let row = stride(self.hidden);
        math::tanh_backward::<V>(&mut d[..rows * row], &h[..rows * row]);
        self.hidden_backward.multiply::<V>(d_previous, row, d, row, rows, reverse);
    }

    /// dL/dx = dL/da · U over all rows at once; `d_x` (rows, stride I) is overwritten.
    pub fn input_gradient<V: Vector>(&self, d_x: &mut [f32], d: &[f32], rows: usize) {
        d_x.fill(0.0);
        self.input_backward.multiply::<V>(d_x, stride(self.input), d, stride(self.hidden), rows, false);
    }
}
