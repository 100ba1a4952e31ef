//! Sums of outer products: the gradients of weights.

use super::block::block;
use super::matrix_len;
use crate::simd::Vector;

/// Rows that are packed and summed at a time.
const DEPTH: usize = 256;

/// Rows of C in a tile: columns of A.
const TALL: usize = 4;

/// Columns of C in a tile: columns of B.
const WIDE: usize = 8;

/// Panels of B that are summed with all of A before the next ones: 130 kB.
const GROUP: usize = 16;

/// Between the panels of a power of two of rows: equal addresses modulo 4096 would share one set of the cache.
const GAP: usize = 16;

/// Floats that [`outer_sum`] needs as scratch.
pub fn outer_scratch_len(a_cols: usize, b_cols: usize) -> usize {
    a_cols.div_ceil(TALL) * (DEPTH * TALL + GAP) + b_cols.div_ceil(WIDE) * (DEPTH * WIDE + GAP)
}

/// C\[i\]\[j\] += Σ a\[a_row(r)\]\[i\]·b\[b_row(r)\]\[j\] over r = `rows` − 1, …, 1, 0, in this order.
///
/// C is \[a_cols\]\[b_cols\], with any `c_stride` ≥ `b_cols`; nothing between its rows is written. `scratch` has
/// [`outer_scratch_len`] floats and is overwritten.
///
/// Panics if a row that `a_row` or `b_row` names lies outside its matrix.
#[allow(clippy::too_many_arguments)] // the plain shape of a product with two gathers
pub fn outer_sum<V: Vector>(
    c: &mut [f32],
    c_stride: usize,
    a: &[f32],
    a_stride: usize,
    a_cols: usize,
    a_row: impl Fn(usize) -> usize,
    b: &[f32],
    b_stride: usize,
    b_cols: usize,
    b_row: impl Fn(usize) -> usize,
    rows: usize,
    scratch: &mut [f32],
) {
    assert!(c_stride >= b_cols || a_cols <= 1);
    assert!(c.len() >= matrix_len(a_cols, c_stride, b_cols));
    let scratch = &mut scratch[..outer_scratch_len(a_cols, b_cols)];
    let (a_panels, b_panels) = scratch.split_at_mut(a_cols.div_ceil(TALL) * (DEPTH * TALL + GAP));
    let mut end = rows;
    while end > 0 {
        let depth = end.min(DEPTH);
        // Read in ascending order, which the processor fetches ahead (12 points of the peak at 512 rows of
        // 128×128), and stored in descending order, that of the sum.
        for r in end - depth..end {
            let i = end - 1 - r;
            pack_row(a_panels, TALL, &a[a_row(r) * a_stride..][..a_cols], i);
            pack_row(b_panels, WIDE, &b[b_row(r) * b_stride..][..b_cols], i);
        }
        let tiles = Tiles { c: &mut *c, c_stride, a_cols, b_cols, depth };
        tiles.add::<V>(a_panels, b_panels);
        end -= depth;
    }
}

/// Row `i` of every panel of `width` columns, 4 or 8. What fills up the last one stays as it was: its sums are dropped.
#[inline(never)]
fn pack_row(panels: &mut [f32], width: usize, row: &[f32], i: usize) {
    let panel = DEPTH * width + GAP;
    assert!(i < DEPTH && row.len() <= panels.len() / panel * width);
    // SAFETY: `row` fills as many panels as there are, and row `i` of each has `width` floats.
    unsafe {
        let mut to = panels.as_mut_ptr().add(i * width);
        let mut from = row.as_ptr();
        for four in 0..row.len() / 4 {
            *to.cast::<[f32; 4]>() = *from.cast::<[f32; 4]>();
            // The other half of the panel, or the same half of the next one.
            let half = width == WIDE && four % 2 == 0;
            to = to.wrapping_add(if half { 4 } else { panel + 4 - width });
            from = from.wrapping_add(4);
        }
        for j in 0..row.len() % 4 {
            *to.wrapping_add(j) = *from.wrapping_add(j);
        }
    }
}

/// C, and how much of the packed rows there is.
struct Tiles<'a> {
    c: &'a mut [f32],
    c_stride: usize,
    a_cols: usize,
    b_cols: usize,
    depth: usize,
}

impl Tiles<'_> {
    /// C += Aᵀ·B for the packed rows. One panel of A stays in the first cache, GROUP of B in the second, and C is
    /// walked along its rows, so that every cache line of it is fetched once, and ahead of time.
    #[inline(never)]
    fn add<V: Vector>(self, a_panels: &[f32], b_panels: &[f32]) {
        let mut edge = [0.0; TALL * WIDE];
        for (g, b_group) in b_panels.chunks(GROUP * (DEPTH * WIDE + GAP)).enumerate() {
            for (i, a_panel) in a_panels.chunks_exact(DEPTH * TALL + GAP).enumerate() {
                let tall = (self.a_cols - i * TALL).min(TALL);
                for (j, b_panel) in b_group.chunks_exact(DEPTH * WIDE + GAP).enumerate() {
                    let column = (g * GROUP + j) * WIDE;
                    let wide = (self.b_cols - column).min(WIDE);
                    let corner = &mut self.c[i * TALL * self.c_stride + column..];
                    let whole = tall == TALL && wide == WIDE;
                    let (c, c_stride) = if whole {
                        let tile = &mut corner[..matrix_len(TALL, self.c_stride, WIDE)];
                        (tile.as_mut_ptr(), self.c_stride)
                    } else {
                        copy(&mut edge, WIDE, corner, self.c_stride, tall, wide);
                        (edge.as_mut_ptr(), WIDE)
                    };
                    // SAFETY: `c` is a whole tile, there or here, and the panels have `depth` ≤ DEPTH rows.
                    unsafe { tile::<V>(c, c_stride, a_panel, b_panel, self.depth) };
                    if !whole {
                        copy(corner, self.c_stride, &edge, WIDE, tall, wide);
                    }
                }
            }
        }
    }
}

/// dst ← src, `rows` × `columns`.
#[inline(never)]
fn copy(dst: &mut [f32], dst_stride: usize, src: &[f32], src_stride: usize, rows: usize, columns: usize) {
    for i in 0..rows {
        for j in 0..columns {
            dst[i * dst_stride + j] = src[i * src_stride + j];
        }
    }
}

/// # Safety
/// - `c` is valid for reading and writing TALL rows of WIDE floats, `c_stride` apart.
/// - The panels have at least `depth` rows.
#[inline(always)]
unsafe fn tile<V: Vector>(c: *mut f32, c_stride: usize, a_panel: &[f32], b_panel: &[f32], depth: usize) {
    let (a, b) = (a_panel.as_ptr(), b_panel.as_ptr());
    // SAFETY: the caller's promise.
    unsafe {
        match V::LANES {
            4 => block::<V, true, TALL, 2>(c, c_stride, a, 1, b, WIDE, depth),
            _ => block::<V, true, TALL, 8>(c, c_stride, a, 1, b, WIDE, depth),
        }
    }
}
