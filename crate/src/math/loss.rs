//! Softmax and cross-entropy, one row at a time.

use super::exp::exp;
use super::map::map_in_place;
use super::scalar::ln;
use crate::simd::Vector;

/// Logits this far below the largest get the probability 0: at e⁻⁸⁷ the exponential becomes denormal.
const TAIL: f32 = -80.0;

/// row ← exp(row − max) / Σ exp(row − max).
///
/// Entries below max − 80 become exactly 0. A NaN, or an infinite maximum, makes every entry NaN.
pub fn softmax_in_place<V: Vector>(row: &mut [f32]) {
    let max = largest::<V>(row);
    let sum = exponentiate::<V>(row, max);
    divide::<V>(row, sum);
}

/// row ← softmax(row); returns the loss −ln row\[target\] in nats, as ln Σ exp(o − max) − (o\[target\] − max), and
/// whether `target` is the (first) largest logit.
///
/// Panics if `target` is not an index of `row`.
pub fn cross_entropy<V: Vector>(row: &mut [f32], target: usize) -> (f32, bool) {
    let logit = row[target];
    let max = largest::<V>(row);
    let correct = logit == max && row[..target].iter().all(|&earlier| earlier < max);
    let sum = exponentiate::<V>(row, max);
    divide::<V>(row, sum);
    let loss = ln(f64::from(sum)) - (f64::from(logit) - f64::from(max));
    (loss as f32, correct)
}

/// row ← flush(scale·(row − onehot(target))): from the softmax, the gradient of `scale` times the loss.
///
/// Panics if `target` is not an index of `row`.
pub fn cross_entropy_backward<V: Vector>(row: &mut [f32], target: usize, scale: f32) {
    row[target] -= 1.0;
    let scale = V::splat(scale);
    map_in_place(row, 0.0, |_, [y]: [V; 1]| [(scale * y).flush()]);
}

/// The largest element, −∞ for an empty row. Anything if one is NaN: it makes the sum of exponentials NaN.
fn largest<V: Vector>(row: &[f32]) -> f32 {
    let mut max = V::splat(f32::NEG_INFINITY);
    let mut vectors = row.chunks_exact(V::LANES);
    for vector in &mut vectors {
        max = V::max(max, V::load(vector));
    }
    max = V::max(max, V::load_part(vectors.remainder(), f32::NEG_INFINITY));
    let mut lanes = [f32::NEG_INFINITY; 4];
    max.store(&mut lanes);
    Vector::max(Vector::max(lanes[0], lanes[1]), Vector::max(lanes[2], lanes[3]))
}

/// row ← exp(row − max); returns the sum, element i in partial sum i mod 4.
fn exponentiate<V: Vector>(row: &mut [f32], max: f32) -> f32 {
    let max = V::splat(max);
    let mut partial = [V::splat(0.0); 4];
    // Filled up with −∞, whose exponential adds 0.
    map_in_place(row, f32::NEG_INFINITY, |first, [x]: [V; 1]| {
        let x = x - max;
        let y = V::select(x.le(V::splat(TAIL)), V::splat(0.0), exp(x));
        y.add_to(&mut partial, first);
        [y]
    });
    V::fold(partial)
}

#[inline(never)]
fn divide<V: Vector>(row: &mut [f32], divisor: f32) {
    let divisor = V::splat(divisor);
    map_in_place(row, 0.0, |_, [y]: [V; 1]| [y / divisor]);
}
