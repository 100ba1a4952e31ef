//! Rows between the caller's order and that of the plan.

/// to[r] = from[rows[r]], where the rows of `to` are `stride` apart.
#[inline(never)]
pub(super) fn gather(to: &mut [f32], stride: usize, from: &[f32], columns: usize, rows: &[i32]) {
    for (to, &row) in to.chunks_exact_mut(stride).zip(rows) {
        to[..columns].copy_from_slice(&from[row as usize * columns..][..columns]);
    }
}

/// to[rows[r]] = from[r], where the rows of `from` are `stride` apart.
#[inline(never)]
pub(super) fn scatter(to: &mut [f32], columns: usize, from: &[f32], stride: usize, rows: &[i32]) {
    for (from, &row) in from.chunks_exact(stride).zip(rows) {
        to[row as usize * columns..][..columns].copy_from_slice(&from[..columns]);
    }
}
