//! The register block that every product of more than one row is made of.

use crate::simd::Vector;

/// C\[i\]\[j\] += Σₖ A\[i\]\[k\]·B\[k\]\[j\] for MR rows and NV vectors of columns, k ascending.
///
/// ```text
/// acc ← C
/// for k in 0..inner
///     b ← NV vectors of row k of the panel
///     for i in 0..MR:  acc[i] += splat(A[i][k])·b
/// C ← acc
/// ```
///
/// 1. V8 moves the loads of a turn before its first product, so MR·NV accumulators, NV vectors of B and MR of A must fit
///    into the 15 registers it has: 2×16 columns, 4×8, 3×8. Larger blocks spill, and so does a turn of two k.
/// 2. Pointers walk along; what is added to them in one turn is constant, and so becomes part of the load. Each costs an
///    instruction a turn: 2×16 has two fewer than 4×8, which is 2 points of the peak where instructions are the limit.
///
/// The rows of A are `a_stride` apart, or PACKED: element (i, k) at k·MR + i. The rows of the panel are `panel_stride`
/// apart.
///
/// # Safety
/// With L = `V::LANES`:
/// - `c` is valid for reading and writing NV·L floats at every i·`c_stride`, i < MR.
/// - `a` has every element (i, k), i < MR, k < `inner`.
/// - `panel` is valid for reading NV·L floats at every k·`panel_stride`, k < `inner`.
#[inline(always)]
pub unsafe fn block<V: Vector, const PACKED: bool, const MR: usize, const NV: usize>(
    c: *mut f32,
    c_stride: usize,
    mut a: *const f32,
    a_stride: usize,
    mut panel: *const f32,
    panel_stride: usize,
    inner: usize,
) {
    // SAFETY: the caller's promises: all offsets below are those that they name.
    unsafe {
        let mut sums = [[V::splat(0.0); NV]; MR];
        for (i, row) in sums.iter_mut().enumerate() {
            for (v, sum) in row.iter_mut().enumerate() {
                *sum = V::load_ptr(c.add(i * c_stride).add(v * V::LANES));
            }
        }
        let mut rows = [a; MR];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = a.wrapping_add(i * a_stride);
        }
        for _ in 0..inner {
            let mut b = [V::splat(0.0); NV];
            for (v, b) in b.iter_mut().enumerate() {
                *b = V::load_ptr(panel.add(v * V::LANES));
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                let x = V::splat(if PACKED { *a.add(i) } else { *rows[i] });
                for (sum, &b) in sums.iter_mut().zip(&b) {
                    *sum = V::mul_add(x, b, *sum);
                }
            }
            for row in &mut rows {
                *row = row.wrapping_add(1);
            }
            a = a.wrapping_add(MR);
            panel = panel.wrapping_add(panel_stride);
        }
        for (i, row) in sums.iter().enumerate() {
            for (v, sum) in row.iter().enumerate() {
                sum.store_ptr(c.add(i * c_stride).add(v * V::LANES));
            }
        }
    }
}
