//! Products of two or more rows with panels of up to 16 columns.

use super::block::block;
use super::matrix_len;
use super::pack::{SEVERAL_ROWS, panel_count, panels_len};
use crate::simd::Vector;

/// C\[rows\]\[outputs\] += A\[rows\]\[inner\]·P, with the `panels` made by [`pack`](super::pack) for
/// [`SEVERAL_ROWS`].
///
/// Overwrites the columns of C up to the next multiple of 4, so `c_stride` must be at least that; what is in
/// those that pad C does not matter. For one row use [`product_row`](super::product_row).
#[allow(clippy::too_many_arguments)] // the plain shape of a product
pub fn product<V: Vector>(
    c: &mut [f32],
    c_stride: usize,
    a: &[f32],
    a_stride: usize,
    rows: usize,
    panels: &[f32],
    inner: usize,
    outputs: usize,
) {
    let columns = outputs.next_multiple_of(4);
    assert!(rows <= 1 || (c_stride >= columns && a_stride >= inner));
    assert!(c.len() >= matrix_len(rows, c_stride, columns));
    assert!(a.len() >= matrix_len(rows, a_stride, inner));
    assert!(panels.len() >= panels_len(inner, outputs));
    if rows == 0 {
        return;
    }
    let (count, fours) = panel_count(outputs, SEVERAL_ROWS);
    let mut first = 0;
    for i in 0..count {
        let last = fours * (i + 1) / count;
        // SAFETY: C and A have the lengths checked above for `rows` ≥ 1 rows; `first` and `last` are at most `fours`, a
        // quarter of the columns, and so the panel that begins at 4·`first`·`inner` is whole.
        unsafe {
            let tile = Tile {
                c: c.as_mut_ptr().add(4 * first),
                c_stride,
                a: a.as_ptr(),
                a_stride,
                panel: panels.as_ptr().add(4 * first * inner),
                inner,
            };
            tile.columns::<V>(rows, last - first);
        }
        first = last;
    }
}

/// A, the columns of C that belong to one panel, and the panel.
#[derive(Clone, Copy)]
struct Tile {
    c: *mut f32,
    c_stride: usize,
    a: *const f32,
    a_stride: usize,
    panel: *const f32,
    inner: usize,
}

impl Tile {
    /// All rows of a panel of `fours` vectors of 4 columns: two at a time, of an odd number the last three together.
    ///
    /// # Safety
    /// - C and A are valid for `rows` ≥ 1 rows, C for the columns of the panel, and the panel is whole.
    #[inline(always)]
    unsafe fn columns<V: Vector>(&self, rows: usize, fours: usize) {
        let mut row = 0;
        // SAFETY: the caller's promise, as no block ends after `rows`; a single row is taken twice, as two rows in the
        // same place, which give the same result.
        unsafe {
            while rows > row && rows - row != 3 {
                self.from(row, rows).two_rows::<V>(fours);
                row += 2;
            }
            if rows > row {
                // Three rows of four vectors would not fit into the registers.
                for first in (0..fours).step_by(2) {
                    let mut half = self.from(row, rows);
                    half.c = half.c.add(4 * first);
                    half.panel = half.panel.add(4 * first);
                    half.three_rows::<V>((fours - first).min(2), 4 * fours);
                }
            }
        }
    }

    /// The same, from `row` on; a single row stands for all.
    ///
    /// # Safety
    /// - `row` < `rows`, for which C and A are valid.
    #[inline(always)]
    unsafe fn from(&self, row: usize, rows: usize) -> Self {
        let spread = if rows - row > 1 { 1 } else { 0 };
        // SAFETY: the caller's promise.
        let (c, a) = unsafe { (self.c.add(row * self.c_stride), self.a.add(row * self.a_stride)) };
        Tile { c, a, c_stride: self.c_stride * spread, a_stride: self.a_stride * spread, ..*self }
    }

    /// # Safety
    /// - C and A are valid for two rows, C for 4·`fours` columns, which are those of the panel.
    #[inline(always)]
    unsafe fn two_rows<V: Vector>(&self, fours: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match (V::LANES, fours) {
                (4, 1) => self.block::<V, 2, 1>(4),
                (4, 2) => self.block::<V, 2, 2>(8),
                (4, 3) => self.block::<V, 2, 3>(12),
                (4, _) => self.block::<V, 2, 4>(16),
                (_, 1) => self.block::<V, 2, 4>(4),
                (_, 2) => self.block::<V, 2, 8>(8),
                (_, 3) => self.block::<V, 2, 12>(12),
                _ => self.block::<V, 2, 16>(16),
            }
        }
    }

    /// # Safety
    /// - C and A are valid for three rows, C and every row of the panel for 4·`fours` columns.
    #[inline(always)]
    unsafe fn three_rows<V: Vector>(&self, fours: usize, panel_stride: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match (V::LANES, fours) {
                (4, 1) => self.block::<V, 3, 1>(panel_stride),
                (4, _) => self.block::<V, 3, 2>(panel_stride),
                (_, 1) => self.block::<V, 3, 4>(panel_stride),
                _ => self.block::<V, 3, 8>(panel_stride),
            }
        }
    }

    /// # Safety
    /// - As for [`block`].
    #[inline(always)]
    unsafe fn block<V: Vector, const MR: usize, const NV: usize>(&self, panel_stride: usize) {
        let &Tile { c, c_stride, a, a_stride, panel, inner } = self;
        // SAFETY: the caller's promise.
        unsafe { block::<V, false, MR, NV>(c, c_stride, a, a_stride, panel, panel_stride, inner) }
    }
}
