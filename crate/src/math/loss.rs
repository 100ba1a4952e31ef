//! Softmax, and the losses of one row: cross-entropy, squared error, Bernoulli.

use super::exp::exp;
use super::map::{fold_in_place, map_in_place, zip_in_place};
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
    map_in_place(row, 0.0, |[y]: [V; 1]| [(scale * y).flush()]);
}

/// Σ ½(o − y)², in f64 from the first to the last.
pub fn squared_error(o: &[f32], y: &[f32]) -> f32 {
    let squares = o.iter().zip(y).map(|(&o, &y)| {
        let difference = f64::from(o) - f64::from(y);
        difference * difference
    });
    (0.5 * squares.fold(0.0, |sum, square| sum + square)) as f32
}

/// Σ −y·ln σ(o) − (1 − y)·ln(1 − σ(o)), in f64, as Σ max(o, 0) − o·y and the logarithm of Π 1 + e^−|o|.
///
/// Not finite if an o is not.
pub fn bernoulli<V: Vector>(o: &[f32], y: &[f32]) -> f32 {
    // Each factor is at most 2, so that the product of so many is far from overflowing.
    const CHUNK: usize = 64;
    let mut tails = [0.0; CHUNK];
    let mut sum = 0.0;
    for (o, y) in o.chunks(CHUNK).zip(y.chunks(CHUNK)) {
        let tails = &mut tails[..o.len()];
        tails.copy_from_slice(o);
        // What is below e^−80 is lost in 1 + e^−80.
        map_in_place(tails, 0.0, |[o]: [V; 1]| [exp(V::max(V::splat(TAIL), V::splat(0.0) - o.abs()))]);
        let mut product = 1.0;
        for ((&o, &y), &tail) in o.iter().zip(y).zip(&*tails) {
            let o = f64::from(o);
            sum += if o > 0.0 { o } else { 0.0 } - o * f64::from(y);
            product *= 1.0 + f64::from(tail);
        }
        sum += ln(product);
    }
    sum as f32
}

/// row ← flush(scale·(row − y)): the gradient of `scale` times the squared error from o, of the Bernoulli loss from σ(o).
///
/// `y` has the length of `row`.
pub fn residual<V: Vector>(row: &mut [f32], y: &[f32], scale: f32) {
    zip_in_place::<V, 1>(row, y, |row, y| (V::splat(scale) * (row - y)).flush());
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
    // Filled up with −∞, whose exponential adds 0.
    let partial = fold_in_place(row, f32::NEG_INFINITY, [V::splat(0.0); 4], |mut partial, group: [V; 4]| {
        let group = group.map(|x| {
            let x = x - max;
            V::select(x.le(V::splat(TAIL)), V::splat(0.0), exp(x))
        });
        for (j, y) in group.into_iter().enumerate() {
            y.add_to(&mut partial, j * V::LANES);
        }
        (partial, group)
    });
    V::fold(partial)
}

#[inline(never)]
fn divide<V: Vector>(row: &mut [f32], divisor: f32) {
    let divisor = V::splat(divisor);
    map_in_place(row, 0.0, |[y]: [V; 1]| [y / divisor]);
}
