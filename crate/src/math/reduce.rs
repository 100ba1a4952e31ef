//! Sums over a slice.

use crate::simd::Vector;

/// Σ x², in f64: every square is exact, element i goes to partial sum i mod 4, and the result is
/// (s0 + s1) + (s2 + s3).
pub fn squared_norm<V: Vector>(x: &[f32]) -> f64 {
    let (fours, rest) = x.as_chunks::<4>();
    let mut sums = V::sums_of_squares(fours);
    for (sum, &value) in sums.iter_mut().zip(rest) {
        *sum += f64::from(value) * f64::from(value);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
