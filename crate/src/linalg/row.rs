//! The product of one row with panels of up to 28 columns.

use super::pack::{ONE_ROW, panel_count, panels_len};
use crate::simd::Vector;

/// C\[outputs\] += A\[inner\]·P, with the `panels` made by [`pack`](super::pack) for [`ONE_ROW`].
/// Overwrites the columns of C up to the next multiple of 4.
///
/// `reverse` walks the panels from the last to the first: a caller that alternates finds in the cache what it
/// read last. The result is the same.
pub fn product_row<V: Vector>(
    c: &mut [f32],
    a: &[f32],
    panels: &[f32],
    inner: usize,
    outputs: usize,
    reverse: bool,
) {
    assert!(c.len() >= outputs.next_multiple_of(4));
    assert!(a.len() >= inner);
    assert!(panels.len() >= panels_len(inner, outputs));
    let (count, fours) = panel_count(outputs, ONE_ROW);
    // Panel i starts at vector edge(i); a division is dear, so each edge is worked out once.
    let edge = |i: usize| fours * i / count;
    let mut here = if reverse { fours } else { 0 };
    for i in 0..count {
        let next = if reverse { edge(count - 1 - i) } else { edge(i + 1) };
        let (first, last) = if reverse { (next, here) } else { (here, next) };
        here = next;
        // SAFETY: `first` and `last` are at most `fours`, a quarter of the columns that were checked.
        unsafe {
            let c = c.as_mut_ptr().add(4 * first);
            let panel = panels.as_ptr().add(4 * first * inner);
            match last - first {
                1 => strip::<V, 4>(c, a.as_ptr(), panel, inner),
                2 => strip::<V, 8>(c, a.as_ptr(), panel, inner),
                3 => strip::<V, 12>(c, a.as_ptr(), panel, inner),
                4 => strip::<V, 16>(c, a.as_ptr(), panel, inner),
                5 => strip::<V, 20>(c, a.as_ptr(), panel, inner),
                6 => strip::<V, 24>(c, a.as_ptr(), panel, inner),
                _ => strip::<V, 28>(c, a.as_ptr(), panel, inner),
            }
        }
    }
}

/// C\[W\] += A\[inner\]·P, P one panel of W columns.
///
/// # Safety
/// - `c` is valid for reading and writing W floats, `a` for reading `inner`, `panel` for reading W·`inner`.
#[inline(always)]
unsafe fn strip<V: Vector, const W: usize>(
    c: *mut f32,
    mut a: *const f32,
    mut panel: *const f32,
    inner: usize,
) {
    // W is the number of sums for one lane; with four lanes only the first quarter of them lives.
    let vectors = W / V::LANES;
    let mut sums = [V::splat(0.0); W];
    // SAFETY: the caller's promise.
    unsafe {
        for (v, sum) in sums[..vectors].iter_mut().enumerate() {
            *sum = V::load_ptr(c.add(v * V::LANES));
        }
        for _ in 0..inner {
            let x = V::splat(*a);
            for (v, sum) in sums[..vectors].iter_mut().enumerate() {
                *sum = V::mul_add(x, V::load_ptr(panel.add(v * V::LANES)), *sum);
            }
            a = a.add(1);
            panel = panel.add(W);
        }
        for (v, sum) in sums[..vectors].iter().enumerate() {
            sum.store_ptr(c.add(v * V::LANES));
        }
    }
}
