//! Sums of columns: the gradients of biases.

use crate::simd::Vector;

/// c\[j\] += Σ a\[row(r)·a_stride + j\] over r = `rows` − 1, …, 1, 0, in this order, for every j < c.len().
///
/// Panics if a row that `row` names lies outside `a`.
pub fn column_sums<V: Vector>(
    c: &mut [f32],
    a: &[f32],
    a_stride: usize,
    rows: usize,
    row: impl Fn(usize) -> usize,
) {
    for r in (0..rows).rev() {
        let a = &a[row(r) * a_stride..][..c.len()];
        let mut a = a.chunks_exact(V::LANES);
        let mut c = c.chunks_exact_mut(V::LANES);
        for (c, a) in (&mut c).zip(&mut a) {
            (V::load(c) + V::load(a)).store(c);
        }
        for (c, &a) in c.into_remainder().iter_mut().zip(a.remainder()) {
            *c += a;
        }
    }
}
