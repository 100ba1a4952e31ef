//! What goes from the output of one step into the next one: f of a = b + U x + R f.

use crate::loss::{Loss, Target};
use crate::random::Key;
use crate::simd::Vector;

/// What flows back where the true target does not. Numbers as in recurra.h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Feedback {
    /// f = o
    #[default]
    Outputs = 0,
    /// f = ŷ
    Probabilities = 1,
    /// The most probable class, the first of equals; for Bernoulli, 1 where o > 0.
    Argmax = 2,
    /// A class drawn from ŷ; for Bernoulli, each output drawn for itself.
    Sample = 3,
}

/// Draws within a step have this many bits of room.
pub const STEP_BITS: u32 = 25;

impl Feedback {
    /// Whether the loss flows back through it: ∂f/∂o is 0 or does not exist for the others.
    pub fn is_differentiable(self) -> bool {
        matches!(self, Feedback::Outputs | Feedback::Probabilities)
    }

    /// `row`, o (O), becomes f; draws are those of `key` at this absolute step. An o that is NaN makes all of f NaN.
    #[inline(never)]
    pub fn apply<V: Vector>(self, loss: Loss, row: &mut [f32], key: Key, step: u64) {
        if self == Feedback::Outputs {
            return;
        }
        if self == Feedback::Sample || self == Feedback::Probabilities {
            loss.predict::<V>(row);
        }
        if self == Feedback::Probabilities || row.iter().any(|o| o.is_nan()) {
            if self != Feedback::Probabilities {
                row.fill(f32::NAN);
            }
            return;
        }
        if loss == Loss::Bernoulli {
            for (column, value) in row.iter_mut().enumerate() {
                let bound = match self {
                    Feedback::Sample => key.uniform(step << STEP_BITS | column as u64),
                    _ => 0.0,
                };
                *value = (f64::from(*value) > bound) as u32 as f32;
            }
        } else {
            let class = if self == Feedback::Sample { draw(row, key.uniform(step)) } else { largest(row) };
            teach(row, Target::Class(class));
        }
    }

    /// `d`, dL/df (O), becomes dL/do, given f:
    /// softmax f ∘ (dL/df − f·dL/df), σ f ∘ (1 − f) ∘ dL/df, otherwise itself.
    #[inline(never)]
    pub fn backward(self, loss: Loss, d: &mut [f32], f: &[f32]) {
        if self != Feedback::Probabilities || loss == Loss::SquaredError {
            return;
        }
        let mut mean = 0.0;
        if loss == Loss::CrossEntropy {
            for (&d, &f) in d.iter().zip(f) {
                mean += f64::from(d) * f64::from(f);
            }
        }
        for (d, &f) in d.iter_mut().zip(f) {
            let factor = if loss == Loss::Bernoulli { 1.0 - f64::from(f) } else { 1.0 };
            *d = (((f64::from(*d) - mean) * f64::from(f) * factor) as f32).flush();
        }
    }
}

/// `row` (O) becomes the true target: one-hot, or its values.
#[inline(never)]
pub fn teach(row: &mut [f32], target: Target<'_>) {
    match target {
        Target::Class(class) => {
            row.fill(0.0);
            row[class] = 1.0;
        }
        Target::Values(y) => row.copy_from_slice(y),
    }
}

/// The first largest.
#[inline(never)]
pub fn largest(row: &[f32]) -> usize {
    let mut largest = 0;
    for (index, &value) in row.iter().enumerate() {
        if value > row[largest] {
            largest = index;
        }
    }
    largest
}

/// The class at which the probabilities, summed from the first, pass `uniform`; rounding may leave the largest.
#[inline(never)]
pub fn draw(probabilities: &[f32], uniform: f64) -> usize {
    let mut left = uniform;
    for (index, &probability) in probabilities.iter().enumerate() {
        left -= f64::from(probability);
        if left < 0.0 {
            return index;
        }
    }
    largest(probabilities)
}

#[cfg(test)]
mod tests;
