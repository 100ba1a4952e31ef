//! Loss of a block of rows, and its gradient: L = −log softmax(o)\[y\] (DL book (10.12)–(10.14)).

use crate::math;
use crate::simd::Vector;

/// Loss of one row and whether its largest output is the target. `logits` (O) becomes ŷ = softmax(o).
pub fn cross_entropy<V: Vector>(logits: &mut [f32], target: usize) -> (f32, bool) {
    math::cross_entropy::<V>(logits, target)
}

/// `y_hat` (O) becomes dL/do = scale · (ŷ − onehot(y)), (10.18). A scale of 0 leaves the step out: 0, whatever ŷ is.
pub fn cross_entropy_backward<V: Vector>(y_hat: &mut [f32], target: usize, scale: f32) {
    if scale == 0.0 {
        y_hat.fill(0.0);
    } else {
        math::cross_entropy_backward::<V>(y_hat, target, scale);
    }
}
