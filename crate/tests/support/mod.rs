//! What the kernel's tests share: drawn cases, one way to run the kernel, and the same run by the twin.
// Each test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

pub mod batch;
pub mod cases;
pub mod draws;
pub mod errors;
pub mod fixture;
pub mod kernel;
pub mod twin;

pub use batch::{Batch, Inputs, Sizes};
pub use draws::Draws;

use recurra::model::Tensor;

/// The parameters of a net with hidden recurrence; without outputs only the first three.
pub const TENSORS: [Tensor; 5] =
    [Tensor::WeightIh, Tensor::WeightHh, Tensor::BiasH, Tensor::WeightHo, Tensor::BiasO];
pub const TENSOR_NAMES: [&str; 5] = ["weight_ih", "weight_hh", "bias_h", "weight_ho", "bias_o"];

/// All that a forward and a backward pass over a batch give, in the caller's order. What was not asked for is
/// empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome<T> {
    /// (N, H)
    pub states: Vec<T>,
    /// (Q, O)
    pub outputs: Vec<T>,
    /// (Q)
    pub step_losses: Vec<T>,
    /// (B, H)
    pub final_state: Vec<T>,
    /// Σ weight·loss and Σ weight
    pub loss: f64,
    pub count: f64,
    /// ∂L/∂parameters in the order of [`TENSORS`]
    pub gradients: Vec<Vec<T>>,
    /// (N, I), vector inputs only
    pub d_inputs: Vec<T>,
    /// (N, H): ∂L/∂h_t in full
    pub d_states: Vec<T>,
    /// (B, H)
    pub d_initial: Vec<T>,
}

/// The bits of f32 numbers, for comparisons that allow no tolerance (and in which −0 is not 0).
pub fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Fails with the first place where the bits differ.
#[track_caller]
pub fn assert_same_bits(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert_eq!(got.to_bits(), expected.to_bits(), "{what}[{i}]: expected {expected:e}, got {got:e}");
    }
}

impl Outcome<f32> {
    /// Everything that belongs to one sequence or one row, bit by bit.
    #[track_caller]
    pub fn assert_same_rows(&self, what: &str, expected: &Outcome<f32>) {
        assert_same_bits(&format!("{what}: states"), &self.states, &expected.states);
        assert_same_bits(&format!("{what}: outputs"), &self.outputs, &expected.outputs);
        assert_same_bits(&format!("{what}: step losses"), &self.step_losses, &expected.step_losses);
        assert_same_bits(&format!("{what}: final state"), &self.final_state, &expected.final_state);
        assert_same_bits(&format!("{what}: d_inputs"), &self.d_inputs, &expected.d_inputs);
        assert_same_bits(&format!("{what}: d_states"), &self.d_states, &expected.d_states);
        assert_same_bits(&format!("{what}: d_initial"), &self.d_initial, &expected.d_initial);
    }

    #[track_caller]
    pub fn assert_same_gradients(&self, what: &str, expected: &[Vec<f32>]) {
        assert_eq!(self.gradients.len(), expected.len(), "{what}: number of gradients");
        for ((name, got), expected) in TENSOR_NAMES.iter().zip(&self.gradients).zip(expected) {
            assert_same_bits(&format!("{what}: gradient of {name}"), got, expected);
        }
    }

    #[track_caller]
    pub fn assert_same(&self, what: &str, expected: &Outcome<f32>) {
        self.assert_same_rows(what, expected);
        self.assert_same_gradients(what, &expected.gradients);
        assert_eq!(self.loss.to_bits(), expected.loss.to_bits(), "{what}: loss");
        assert_eq!(self.count.to_bits(), expected.count.to_bits(), "{what}: count");
    }

    /// The part that belongs to sequence `b` of the batch this is the outcome of; without parameter gradients.
    pub fn of_sequence(&self, batch: &Batch, b: usize) -> Outcome<f32> {
        let row = batch.first_row(b);
        let (steps, rows) = (batch.lengths[b], batch.rows());
        let part = |values: &[f32], count: usize, first: usize, taken: usize| {
            let width = values.len().checked_div(count).unwrap_or(0);
            values[first * width..(first + taken) * width].to_vec()
        };
        let count = batch.lengths.len();
        Outcome {
            states: part(&self.states, rows, row, steps),
            outputs: part(&self.outputs, rows, row, steps),
            step_losses: part(&self.step_losses, rows, row, steps),
            final_state: part(&self.final_state, count, b, 1),
            d_inputs: part(&self.d_inputs, rows, row, steps),
            d_states: part(&self.d_states, rows, row, steps),
            d_initial: part(&self.d_initial, count, b, 1),
            ..Outcome::default()
        }
    }
}
