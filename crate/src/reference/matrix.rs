//! Row-major matrices and vectors, with the indices of the book's sums written out.
#![allow(clippy::needless_range_loop)]

use super::Real;

/// Row `i` of a row-major matrix with `columns` columns.
pub(super) fn row<R>(matrix: &[R], i: usize, columns: usize) -> &[R] {
    &matrix[i * columns..(i + 1) * columns]
}

/// y += M x, each sum in order of x. An absent M adds nothing.
pub(super) fn add_product<R: Real>(y: &mut [R], m: &[R], x: &[R]) {
    if m.is_empty() {
        return;
    }
    for i in 0..y.len() {
        for j in 0..x.len() {
            y[i] += m[i * x.len() + j] * x[j];
        }
    }
}

/// x += Mᵀ y, each sum in order of y. An absent M adds nothing.
pub(super) fn add_transposed_product<R: Real>(x: &mut [R], m: &[R], y: &[R]) {
    if m.is_empty() {
        return;
    }
    for j in 0..x.len() {
        for i in 0..y.len() {
            x[j] += m[i * x.len() + j] * y[i];
        }
    }
}

/// M += y xᵀ. An absent M stays so.
pub(super) fn add_outer<R: Real>(m: &mut [R], y: &[R], x: &[R]) {
    if m.is_empty() {
        return;
    }
    for i in 0..y.len() {
        for j in 0..x.len() {
            m[i * x.len() + j] += y[i] * x[j];
        }
    }
}

/// y += x
pub(super) fn add<R: Real>(y: &mut [R], x: &[R]) {
    for i in 0..y.len() {
        y[i] += x[i];
    }
}
