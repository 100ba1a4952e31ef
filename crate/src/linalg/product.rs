//! Products of two or more rows with panels of 8 columns.

use super::block::block;
use super::matrix_len;
use super::pack::{SEVERAL_ROWS, panels_len};
use crate::simd::Vector;

/// The columns of a panel; the first one has 4 if that makes them all.
const WIDTH: usize = 4 * SEVERAL_ROWS;

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
    let tile = Tile { c: c.as_mut_ptr(), c_stride, a: a.as_ptr(), a_stride, rows, inner };
    let mut column = 0;
    while column < columns {
        let here = &panels[column * inner..];
        // SAFETY: `tile` holds C and A of the lengths checked above. `columns` is a multiple of 4; after the first
        // panel, which takes 4 columns if that is odd, a multiple of 8 is left.
        unsafe {
            column += match columns - column {
                left if left % WIDTH != 0 => tile.columns::<V, 4>(column, here),
                left if rows == 2 && left > WIDTH => tile.two_panels::<V>(column, here),
                _ => tile.columns::<V, WIDTH>(column, here),
            };
        }
    }
}

/// C and A, whole.
struct Tile {
    c: *mut f32,
    c_stride: usize,
    a: *const f32,
    a_stride: usize,
    rows: usize,
    inner: usize,
}

impl Tile {
    /// All rows of W columns, from one panel. Returns W.
    ///
    /// # Safety
    /// - C and A are valid for `rows` ≥ 1 rows, C for W columns from `column` on.
    #[inline(always)]
    unsafe fn columns<V: Vector, const W: usize>(&self, column: usize, panel: &[f32]) -> usize {
        let panel = panel[..W * self.inner].as_ptr();
        let mut row = 0;
        // Blocks of 4 rows; 5 are left as 3 and 2, so that one row never is alone. A panel of 4 columns is rare
        // enough to do without blocks of 3 rows.
        // SAFETY: the caller's promise, as no block ends after `rows`; a single row is taken twice, as two rows
        // in the same place, which give the same result.
        unsafe {
            while self.rows - row >= 4 && (W < WIDTH || self.rows - row != 5) {
                self.block::<V, 4, W>(row, column, panel, 1);
                row += 4;
            }
            if W == WIDTH && self.rows - row > 2 {
                self.block::<V, 3, W>(row, column, panel, 1);
                row += 3;
            }
            while self.rows > row {
                self.block::<V, 2, W>(row, column, panel, (self.rows - row).min(2) - 1);
                row += 2;
            }
        }
        W
    }

    /// The block of MR rows and W columns at (`row`, `column`); all of them in the place of the first if
    /// `spread` is 0.
    ///
    /// # Safety
    /// - C and A are valid there, and the panel for W·`inner` floats.
    #[inline(always)]
    unsafe fn block<V: Vector, const MR: usize, const W: usize>(
        &self,
        row: usize,
        column: usize,
        panel: *const f32,
        spread: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let c = self.c.add(row * self.c_stride + column);
            let a = self.a.add(row * self.a_stride);
            let (c_stride, a_stride) = (self.c_stride * spread, self.a_stride * spread);
            match W / V::LANES {
                1 => block::<V, false, MR, 1, 1>(c, c_stride, a, a_stride, panel, panel, self.inner),
                2 => block::<V, false, MR, 2, 2>(c, c_stride, a, a_stride, panel, panel, self.inner),
                4 => block::<V, false, MR, 4, 4>(c, c_stride, a, a_stride, panel, panel, self.inner),
                _ => block::<V, false, MR, 8, 8>(c, c_stride, a, a_stride, panel, panel, self.inner),
            }
        }
    }

    /// Two rows of two panels at once: with one there are too few sums to hide the latency of an addition.
    /// Returns the number of columns.
    ///
    /// # Safety
    /// - C and A are valid for 2 rows, C for 16 columns from `column` on.
    #[inline(always)]
    unsafe fn two_panels<V: Vector>(&self, column: usize, panels: &[f32]) -> usize {
        let stride = WIDTH * self.inner;
        let (first, second) = (panels[..stride].as_ptr(), panels[stride..2 * stride].as_ptr());
        // SAFETY: the caller's promise; the slices above check the panels.
        unsafe {
            let (a, c) = (self.a, self.c.add(column));
            match V::LANES {
                4 => {
                    block::<V, false, 2, 4, 2>(c, self.c_stride, a, self.a_stride, first, second, self.inner)
                }
                _ => {
                    block::<V, false, 2, 16, 8>(c, self.c_stride, a, self.a_stride, first, second, self.inner)
                }
            }
        }
        2 * WIDTH
    }
}
