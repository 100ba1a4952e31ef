//! Initial values of parameters. Arithmetic is f64 with + − × ÷ √ only, in a fixed order: the same bits everywhere.

use crate::arena::Block;
use crate::error::Error;
use crate::math;
use crate::random::Key;

/// Overwrites `dst` with draws from U(−bound, bound); PyTorch's RNN takes bound = 1/√H for every tensor.
pub fn uniform(dst: &mut [f32], bound: f64, key: Key) {
    for (index, x) in dst.iter_mut().enumerate() {
        *x = (bound * (2.0 * key.open_uniform(index as u64) - 1.0)) as f32;
    }
}

/// Overwrites `dst`, (size, size) row-major, with ones on the diagonal and zeros elsewhere.
pub fn identity(dst: &mut [f32], size: usize) {
    for (index, x) in dst.iter_mut().enumerate() {
        *x = if index % (size + 1) == 0 { 1.0 } else { 0.0 };
    }
}

/// Overwrites `dst`, (size, size) row-major, with a random orthogonal matrix, uniformly distributed over all of them:
/// normal draws, orthonormalised by Gram–Schmidt, whose positive diagonal is what makes the distribution uniform
/// (F. Mezzadri, Notices of the AMS 54, 2007).
///
/// Takes size² f64 of scratch; fails with `OutOfMemory` and leaves `dst` as it was if there are none.
pub fn orthogonal(dst: &mut [f32], size: usize, key: Key) -> Result<(), Error> {
    // Two floats make one f64.
    let mut block = Block::new(dst.len().saturating_mul(2))?;
    let rows = block.as_f64_mut();
    let mut draws = 0;
    for i in 0..size {
        let (done, rest) = rows.split_at_mut(i * size);
        orthonormal_draw(done, &mut rest[..size], key, &mut draws);
    }
    for (x, &row) in dst.iter_mut().zip(&*rows) {
        *x = row as f32;
    }
    Ok(())
}

/// A vector that a pass leaves with less than this share of its length has lost too many digits to cancellation:
/// one pass leaves errors of about 2⁻⁵³ / share, here 1e-13, far below what f32 can hold.
const SHARE: f64 = 1e-3;

/// Fills `x` with the part of a normal draw that is orthogonal to all rows of `done` (orthonormal, each as long as
/// `x`), scaled to length 1. Cancellation is answered with a second pass (W. Kahan: "twice is enough"), and what
/// vanishes even then with the next draw. `draws` counts draws, in fours.
fn orthonormal_draw(done: &[f64], x: &mut [f64], key: Key, draws: &mut u64) {
    loop {
        for (k, x) in x.iter_mut().enumerate() {
            *x = key.normal(*draws + k as u64);
        }
        *draws += x.len().next_multiple_of(4) as u64;
        if orthonormalize(done, x) {
            return;
        }
    }
}

/// Makes `x` orthogonal to all rows of `done`, and of length 1; false if `x` lies in their span to working accuracy.
#[inline(never)]
fn orthonormalize(done: &[f64], x: &mut [f64]) -> bool {
    let mut before = math::sqrt(dot(x, x));
    for _pass in 0..2 {
        for q in done.chunks_exact(x.len()) {
            // Modified Gram–Schmidt: the projection of what is left, not of the original.
            let projection = dot(x, q);
            for (x, q) in x.iter_mut().zip(q) {
                *x -= projection * q;
            }
        }
        let after = math::sqrt(dot(x, x));
        if after > SHARE * before {
            x.iter_mut().for_each(|x| *x /= after);
            return true;
        }
        before = after;
    }
    false
}

/// Σ aᵢbᵢ in four partial sums, element i into sum i mod 4, folded (s0+s1)+(s2+s3): a single sum would wait for
/// each addition to end.
#[inline(never)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        sums[i % 4] += a * b;
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

#[cfg(test)]
mod tests;
