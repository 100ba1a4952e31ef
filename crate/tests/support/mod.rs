//! What the kernel's tests share: drawn cases, one way to run the kernel, and the same run by the twin.
// Each test file is a crate of its own and uses a part of this.
#![allow(dead_code, unused_imports)]

pub mod batch;
pub mod cases;
pub mod chunks;
pub mod draws;
pub mod errors;
pub mod fixture;
pub mod kernel;
pub mod outcome;
pub mod select;
pub mod subject;
pub mod symbols;
pub mod systems;
pub mod twin;

pub use batch::{Batch, Forcing, Inputs, Sizes, Targets};
pub use draws::Draws;
pub use outcome::{Outcome, assert_same_bits, bits};

use recurra::model::Tensor;

/// All parameters; those a net has not are empty.
pub const TENSORS: [Tensor; 6] =
    [Tensor::WeightIh, Tensor::WeightHh, Tensor::WeightOh, Tensor::BiasH, Tensor::WeightHo, Tensor::BiasO];
pub const TENSOR_NAMES: [&str; 6] = ["weight_ih", "weight_hh", "weight_oh", "bias_h", "weight_ho", "bias_o"];
