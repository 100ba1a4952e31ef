//! What happens within one step: the recurrent cell and the output layer. Neither knows of time or of the loss.

mod output;
mod packed;
mod rnn;
mod source;

use crate::linalg;
use crate::simd::Vector;

pub use output::OutputLayer;
pub use packed::{Packed, Rows};
pub use rnn::{Cell, Needs, Weights};
pub use source::{Form, Source};

/// Which row of the second matrix goes with row r of the first: r itself below `same`, else `rows[r] − shift`.
#[derive(Clone, Copy)]
pub struct RowMap<'a> {
    pub rows: &'a [i32],
    pub same: usize,
    pub shift: usize,
}

/// Adds Σ a\[r\] b\[map(r)\]ᵀ, from the last row to the first, to `c` (a_columns, b_columns), tight. Without a map both
/// have the same rows. One copy of `linalg::outer_sum` for all gradients.
#[allow(clippy::too_many_arguments)] // two matrices and a sum
#[inline(never)]
pub fn add_outer<V: Vector>(
    c: &mut [f32],
    (a, a_stride, a_columns): (&[f32], usize, usize),
    (b, b_stride, b_columns): (&[f32], usize, usize),
    map: Option<RowMap<'_>>,
    rows: usize,
    scratch: &mut [f32],
) {
    let row_of_b = |r: usize| match map {
        Some(map) if r >= map.same => map.rows[r] as usize - map.shift,
        _ => r,
    };
    linalg::outer_sum::<V>(
        c,
        b_columns,
        a,
        a_stride,
        a_columns,
        |r| r,
        b,
        b_stride,
        b_columns,
        row_of_b,
        rows,
        scratch,
    );
}

/// Adds Σ a\[r\], from the last row to the first, to `c`. One copy of `linalg::column_sums` likewise.
#[inline(never)]
pub fn add_rows<V: Vector>(c: &mut [f32], a: &[f32], a_stride: usize, rows: usize) {
    linalg::column_sums::<V>(c, a, a_stride, rows, |r| r);
}

/// Row length in memory of a matrix whose rows have `columns` values: the next multiple of 4, so that a row can be
/// written in whole vectors. What stands in the padding is unspecified and never read as a value.
pub const fn stride(columns: usize) -> usize {
    columns.next_multiple_of(4)
}
