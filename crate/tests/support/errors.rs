//! Errors against the twin, as shares of what is allowed, collected over many problems.

use recurra::reference::Real;

use super::twin::Run;
use super::{Outcome, TENSOR_NAMES};

pub const STATES: f64 = 2e-6;
pub const OUTPUTS: f64 = 2e-6;
pub const GRADIENTS: f64 = 1e-5;
pub const GRADIENTS_FLOOR: f64 = 1e-6;
pub const ALL_PARAMETERS: &str = "all parameters";

/// Errors of one kind, one for each problem.
pub struct Kind {
    pub name: &'static str,
    /// Seed of the problem, share of the bound.
    pub shares: Vec<(u64, f64)>,
}

impl Kind {
    /// The largest share and its seed.
    pub fn worst(&self) -> (u64, f64) {
        self.shares.iter().fold((0, 0.0), |worst, &one| if one.1 > worst.1 { one } else { worst })
    }

    /// Geometric mean of this ÷ yardstick over the problems in which both can be told from 0.
    pub fn mean_ratio(&self, yardstick: &Kind) -> f64 {
        let pairs = self.shares.iter().zip(&yardstick.shares).map(|(a, b)| (a.1, b.1));
        let logs: Vec<f64> =
            pairs.filter(|(a, b)| *a > 1e-4 && *b > 1e-4).map(|(a, b)| (a / b).ln()).collect();
        (logs.iter().sum::<f64>() / logs.len() as f64).exp()
    }
}

/// All kinds, in the order in which they first came.
#[derive(Default)]
pub struct Errors(pub Vec<Kind>);

impl Errors {
    pub fn compare<T: Real>(&mut self, seed: u64, got: &Outcome<T>, run: &Run<f64>) {
        let expected = &run.outcome;
        // Rounding is relative: where states are not held within 1 by tanh, their size counts as that of outputs does.
        self.values("states", seed, &got.states, &expected.states, STATES);
        self.values("final state", seed, &got.final_state, &expected.final_state, STATES);
        self.values("outputs", seed, &got.outputs, &expected.outputs, OUTPUTS);
        self.values("fed back", seed, &got.fed_back, &expected.fed_back, OUTPUTS);
        self.values("final feedback", seed, &got.final_fed, &expected.final_fed, OUTPUTS);
        self.losses(seed, got, run);
        for (i, name) in TENSOR_NAMES.into_iter().enumerate() {
            self.gradient(name, seed, &got.gradients[i], &expected.gradients[i]);
        }
        self.gradient(ALL_PARAMETERS, seed, &got.gradients.concat(), &expected.gradients.concat());
        self.gradient("d_inputs", seed, &got.d_inputs, &expected.d_inputs);
        self.gradient("d_states", seed, &got.d_states, &expected.d_states);
        self.gradient("d_initial", seed, &got.d_initial, &expected.d_initial);
        self.gradient("d_initial_fed", seed, &got.d_initial_fed, &expected.d_initial_fed);
    }

    fn values<T: Real>(&mut self, name: &'static str, seed: u64, got: &[T], expected: &[f64], bound: f64) {
        assert_eq!(got.len(), expected.len(), "seed {seed}: length of {name}");
        if !expected.is_empty() {
            let errors = got.iter().zip(expected).map(|(got, expected)| (got.to_f64() - expected).abs());
            let error =
                errors.fold(0.0, |most, error| if error.is_nan() || error > most { error } else { most });
            self.note(name, seed, error, bound * largest(expected));
        }
    }

    /// An error of δ in each o makes one of at most δ Σ|∂L/∂o| in L, and L itself is rounded, from terms of its own size
    /// and of that of the outputs.
    fn losses<T: Real>(&mut self, seed: u64, got: &Outcome<T>, run: &Run<f64>) {
        let expected = &run.outcome.step_losses;
        assert_eq!(got.step_losses.len(), expected.len(), "seed {seed}: length of step losses");
        let size = largest(&run.outcome.outputs);
        for (q, (got, expected)) in got.step_losses.iter().zip(expected).enumerate() {
            let allowed = run.slopes[q] * OUTPUTS * size + 2e-7 * (expected.abs() + size + 5.0);
            self.note("step losses", seed, (got.to_f64() - expected).abs(), allowed);
        }
    }

    fn gradient<T: Real>(&mut self, name: &'static str, seed: u64, got: &[T], expected: &[f64]) {
        assert_eq!(got.len(), expected.len(), "seed {seed}: length of {name}");
        if !expected.is_empty() {
            let differences = got.iter().zip(expected).map(|(got, expected)| got.to_f64() - expected);
            let allowed = GRADIENTS * norm(expected.iter().copied()) + GRADIENTS_FLOOR;
            self.note(name, seed, norm(differences), allowed);
        }
    }

    /// NaN counts as infinitely wrong.
    fn note(&mut self, name: &'static str, seed: u64, error: f64, allowed: f64) {
        let share = if error.is_nan() { f64::INFINITY } else { error / allowed };
        match self.0.iter_mut().find(|kind| kind.name == name) {
            Some(kind) => kind.shares.push((seed, share)),
            None => self.0.push(Kind { name, shares: vec![(seed, share)] }),
        }
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// max(1, max|value|)
fn largest(values: &[f64]) -> f64 {
    values.iter().fold(1.0, |largest, value| largest.max(value.abs()))
}
