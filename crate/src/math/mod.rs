//! Elementary functions over slices, the same bits for every [`Vector`](crate::simd::Vector).
//!
//! Only + − × ÷ √, comparisons and shifts of bits: nothing depends on a machine's mathematical library.

mod activation;
mod exp;
mod loss;
mod map;
mod reduce;
mod scalar;
#[cfg(test)]
mod tests;

pub use activation::{
    Activation, activate, activate_backward, sigmoid_in_place, tanh_backward, tanh_in_place,
};
pub use loss::{bernoulli, cross_entropy, cross_entropy_backward, residual, softmax_in_place, squared_error};
pub use map::map_in_place;
pub use reduce::squared_norm;
pub use scalar::{ln, normal, sqrt};
