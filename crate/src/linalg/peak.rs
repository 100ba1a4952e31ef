//! The yardstick of benchmarks: what this machine and engine do with no memory in the way.

use core::hint::black_box;

use crate::simd::Vector;

/// As many sums as leave two of V8's 15 registers for the operands.
const SUMS: usize = 13;

/// `iterations` multiplications and additions of 13 vectors held in registers; returns something that depends
/// on all of them. Count them with [`peak_operations`].
pub fn peak<V: Vector>(iterations: u32) -> f32 {
    // Different ones, from a number that the compiler does not know: 13 vectors of constants are 13 times 18 bytes.
    let half = V::splat(black_box(0.5));
    let mut next = V::splat(0.25) - half;
    let mut sums = [next; SUMS];
    for sum in &mut sums {
        next = next + half;
        *sum = next;
    }
    // sum ← sum·x + y tends to y/(1 − x) = 8 without reaching it soon: no overflow, no denormals.
    // V8 from Node 24 on would make two known vectors anew in each turn: 16 % slower.
    let (x, y) = (V::splat(black_box(0.875)), V::splat(black_box(1.0)));
    for _ in 0..iterations {
        for sum in &mut sums {
            *sum = V::mul_add(*sum, x, y);
        }
    }
    let total = sums.into_iter().reduce(|a, b| a + b).unwrap_or(V::splat(0.0));
    let mut lanes = [0.0; 4];
    total.store(&mut lanes);
    lanes[0]
}

/// The floating-point operations of [`peak`]: a multiplication and an addition count as two.
pub fn peak_operations<V: Vector>(iterations: u32) -> f64 {
    f64::from(iterations) * (2 * SUMS * V::LANES) as f64
}
