//! Losses of one row, and their gradients: L = −log p(y) (DL book (10.12)–(10.14)).
//!
//! | loss | L | ŷ | dL/do |
//! |---|---|---|---|
//! | cross-entropy | −ln softmax(o)\[y\] | softmax(o) | ŷ − onehot(y) |
//! | squared error | Σ ½(o − y)² | o | ŷ − y |
//! | Bernoulli | Σ −y ln σ(o) − (1 − y) ln(1 − σ(o)) | σ(o) | ŷ − y |

use crate::math;
use crate::simd::Vector;

/// Numbers as in recurra.h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    #[default]
    CrossEntropy = 0,
    SquaredError = 1,
    Bernoulli = 2,
}

/// What a row should have been.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Class(usize),
    /// O values; in \[0, 1\] for Bernoulli.
    Values(&'a [f32]),
}

impl Loss {
    /// `row`, o (O), becomes ŷ.
    #[inline(never)]
    pub fn predict<V: Vector>(self, row: &mut [f32]) {
        match self {
            Loss::CrossEntropy => math::softmax_in_place::<V>(row),
            Loss::SquaredError => {}
            Loss::Bernoulli => math::sigmoid_in_place::<V>(row),
        }
    }

    /// Loss of a row, and whether its largest output is the target's class (false for values). `row`, o, becomes ŷ.
    pub fn of<V: Vector>(self, row: &mut [f32], target: Target<'_>) -> (f32, bool) {
        let y = match target {
            Target::Class(class) => return math::cross_entropy::<V>(row, class),
            Target::Values(y) => y,
        };
        let loss =
            if self == Loss::Bernoulli { math::bernoulli::<V>(row, y) } else { math::squared_error(row, y) };
        self.predict::<V>(row);
        (loss, false)
    }
}

/// `row`, ŷ, becomes dL/do = scale · (ŷ − y), (10.18). A scale of 0 leaves the row out: 0, whatever ŷ is.
pub fn gradient<V: Vector>(row: &mut [f32], target: Target<'_>, scale: f32) {
    match target {
        _ if scale == 0.0 => row.fill(0.0),
        Target::Class(class) => math::cross_entropy_backward::<V>(row, class, scale),
        Target::Values(y) => math::residual::<V>(row, y, scale),
    }
}
