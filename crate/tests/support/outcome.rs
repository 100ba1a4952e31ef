//! All that passes over a batch give, and comparing it bit by bit.

use super::{Batch, TENSOR_NAMES};

/// All that a forward and a backward pass over a batch give, in the caller's order. What was not asked for, or what
/// the net has not, is empty.
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
    /// (N, O): what entered each step from the output side
    pub fed_back: Vec<T>,
    /// (B, O): what would enter the next step
    pub final_fed: Vec<T>,
    /// Σ weight·loss and Σ weight
    pub loss: f64,
    pub count: f64,
    /// ∂L/∂parameters in the order of [`super::TENSORS`]
    pub gradients: Vec<Vec<T>>,
    /// (N, I), vector inputs only
    pub d_inputs: Vec<T>,
    /// (N, H): ∂L/∂h_t in full
    pub d_states: Vec<T>,
    /// (B, H)
    pub d_initial: Vec<T>,
    /// (B, O)
    pub d_initial_fed: Vec<T>,
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
    /// Everything that belongs to one sequence or one row, by name.
    pub fn parts(&self) -> [(&'static str, &[f32]); 10] {
        [
            ("states", &self.states),
            ("outputs", &self.outputs),
            ("step losses", &self.step_losses),
            ("final state", &self.final_state),
            ("fed back", &self.fed_back),
            ("final feedback", &self.final_fed),
            ("d_inputs", &self.d_inputs),
            ("d_states", &self.d_states),
            ("d_initial", &self.d_initial),
            ("d_initial_fed", &self.d_initial_fed),
        ]
    }

    /// Everything that belongs to one sequence or one row, bit by bit.
    #[track_caller]
    pub fn assert_same_rows(&self, what: &str, expected: &Outcome<f32>) {
        for ((name, got), (_, expected)) in self.parts().into_iter().zip(expected.parts()) {
            if got.len() != expected.len() || bits(got) != bits(expected) {
                assert_same_bits(&format!("{what}: {name}"), got, expected);
            }
        }
    }

    /// As `assert_same_rows`, of what a pass without a tape gives: no gradients of rows, states and outputs only if it was
    /// asked for them.
    #[track_caller]
    pub fn assert_same_given(&self, what: &str, expected: &Outcome<f32>) {
        let mut expected = expected.clone();
        let given = [
            (&self.states, &mut expected.states),
            (&self.outputs, &mut expected.outputs),
            (&self.fed_back, &mut expected.fed_back),
            (&self.d_inputs, &mut expected.d_inputs),
            (&self.d_states, &mut expected.d_states),
            (&self.d_initial, &mut expected.d_initial),
            (&self.d_initial_fed, &mut expected.d_initial_fed),
        ];
        for (got, expected) in given {
            if got.is_empty() {
                expected.clear();
            }
        }
        self.assert_same_rows(what, &expected);
        if !self.gradients.is_empty() {
            self.assert_same_gradients(what, &expected.gradients);
        }
        self.assert_same_sums(what, &expected);
    }

    #[track_caller]
    pub fn assert_same_gradients(&self, what: &str, expected: &[Vec<f32>]) {
        assert_eq!(self.gradients.len(), expected.len(), "{what}: number of gradients");
        for ((name, got), expected) in TENSOR_NAMES.iter().zip(&self.gradients).zip(expected) {
            if got.len() != expected.len() || bits(got) != bits(expected) {
                assert_same_bits(&format!("{what}: gradient of {name}"), got, expected);
            }
        }
    }

    #[track_caller]
    pub fn assert_same_sums(&self, what: &str, expected: &Outcome<f32>) {
        assert_eq!(self.loss.to_bits(), expected.loss.to_bits(), "{what}: loss");
        assert_eq!(self.count.to_bits(), expected.count.to_bits(), "{what}: count");
    }

    #[track_caller]
    pub fn assert_same(&self, what: &str, expected: &Outcome<f32>) {
        self.assert_same_rows(what, expected);
        self.assert_same_gradients(what, &expected.gradients);
        self.assert_same_sums(what, expected);
    }

    /// The part that belongs to sequence `b` of the batch this is the outcome of; without parameter gradients.
    pub fn of_sequence(&self, batch: &Batch, b: usize) -> Outcome<f32> {
        let (count, rows) = (batch.count(), batch.rows());
        let part = |values: &[f32], count: usize, first: usize, taken: usize| {
            let width = values.len().checked_div(count).unwrap_or(0);
            values[first * width..(first + taken) * width].to_vec()
        };
        let by_row = |values: &[f32]| part(values, rows, batch.first_row(b), batch.lengths[b]);
        let by_sequence = |values: &[f32]| part(values, count, b, 1);
        let by_score = |values: &[f32]| if batch.last { by_sequence(values) } else { by_row(values) };
        Outcome {
            states: by_row(&self.states),
            outputs: by_score(&self.outputs),
            step_losses: by_score(&self.step_losses),
            final_state: by_sequence(&self.final_state),
            fed_back: by_row(&self.fed_back),
            final_fed: by_sequence(&self.final_fed),
            d_inputs: by_row(&self.d_inputs),
            d_states: by_row(&self.d_states),
            d_initial: by_sequence(&self.d_initial),
            d_initial_fed: by_sequence(&self.d_initial_fed),
            ..Outcome::default()
        }
    }
}
