//! The forward sweep.

use super::loss;
use super::matrix::{add, add_product, row};
use super::{Activation, Feedback, Input, Net, Parameters, Real, Sequence, Target};

/// Everything the forward sweep computed, in order of t.
#[derive(Clone, Debug)]
pub struct Forward<R> {
    /// a_t (τ, H)
    pub pre_activations: Vec<R>,
    /// h_t (τ, H)
    pub states: Vec<R>,
    /// o_t of all steps (τ, O)
    pub all_outputs: Vec<R>,
    /// o of the scored rows (Q, O)
    pub outputs: Vec<R>,
    /// f_t (τ, O); empty without R.
    pub fed_back: Vec<R>,
    /// L of the scored rows, unweighted (Q); empty without targets.
    pub step_losses: Vec<R>,
}

impl<R: Real> Forward<R> {
    /// h after the last step, or the initial state of a sequence of no steps.
    pub fn final_state<'a>(&'a self, sequence: &'a Sequence<R>) -> &'a [R] {
        let hidden_size = sequence.initial_state.len();
        match sequence.steps {
            0 => &sequence.initial_state,
            steps => row(&self.states, steps - 1, hidden_size),
        }
    }
}

impl<R: Real> Net<R> {
    /// Runs the sequence from its initial state.
    pub fn forward(&self, sequence: &Sequence<R>) -> Forward<R> {
        self.forward_nudged(sequence, &[])
    }

    /// As `forward`, but with `nudge` (τ, H) added to each h_t as soon as it is made: what ∂L/∂h_t is the
    /// derivative with respect to. Empty: no nudge.
    pub(super) fn forward_nudged(&self, sequence: &Sequence<R>, nudge: &[R]) -> Forward<R> {
        let Parameters { u, w, r, b, v, c } = &self.parameters;
        let mut result = Forward {
            pre_activations: vec![],
            states: vec![],
            all_outputs: vec![],
            outputs: vec![],
            fed_back: vec![],
            step_losses: vec![],
        };
        let mut h = sequence.initial_state.clone();
        let mut f = sequence.initial_feedback.clone();

        for t in 0..sequence.steps {
            let mut a = b.clone();
            match &sequence.input {
                Input::Nothing => {}
                Input::Indices(x) => {
                    assert!(x[t] < self.input_size, "input {t}: below {}, got {}", self.input_size, x[t]);
                    for (i, a) in a.iter_mut().enumerate() {
                        *a += u[i * self.input_size + x[t]];
                    }
                }
                Input::Vectors(x) => add_product(&mut a, u, row(x, t, self.input_size)),
            }
            add_product(&mut a, w, &h);
            add_product(&mut a, r, &f);
            result.pre_activations.extend(&a);

            h = a.into_iter().map(|a| self.activation.apply(a)).collect();
            if !nudge.is_empty() {
                add(&mut h, row(nudge, t, self.hidden_size));
            }
            result.states.extend(&h);

            let mut o = c.clone();
            add_product(&mut o, v, &h);
            result.all_outputs.extend(&o);
            if let Some(q) = self.scored_row(t, sequence.steps) {
                result.outputs.extend(&o);
                if let Some(y) = &sequence.target {
                    result.step_losses.push(loss::value(self.loss, &o, y, q));
                }
            }
            if !r.is_empty() {
                f = self.feed_back(sequence, t, &o);
                result.fed_back.extend(&f);
            }
        }
        result
    }

    /// f_t
    fn feed_back(&self, sequence: &Sequence<R>, t: usize, o: &[R]) -> Vec<R> {
        if sequence.is_taught(t) {
            return match &sequence.target {
                Some(Target::Values(y)) => row(y, t, o.len()).to_vec(),
                Some(Target::Classes(y)) => one_hot(o.len(), y[t]),
                None => panic!("teacher forcing needs targets"),
            };
        }
        match sequence.feedback {
            Feedback::Outputs => o.to_vec(),
            Feedback::Probabilities => loss::probabilities(self.loss, o),
            Feedback::Argmax => loss::most_likely(self.loss, o),
            Feedback::Given => row(&sequence.given, t, o.len()).to_vec(),
        }
    }
}

/// Zeros but for a 1 at `index`.
pub(super) fn one_hot<R: Real>(length: usize, index: usize) -> Vec<R> {
    let mut row = vec![R::ZERO; length];
    row[index] = R::ONE;
    row
}

impl Activation {
    fn apply<R: Real>(self, a: R) -> R {
        match self {
            Activation::Tanh => a.tanh(),
            Activation::Relu if a > R::ZERO => a,
            Activation::Relu => R::ZERO,
            Activation::Identity => a,
        }
    }

    /// dh/da, written in terms of h.
    pub(super) fn derivative<R: Real>(self, h: R) -> R {
        match self {
            Activation::Tanh => R::ONE - h * h,
            Activation::Relu if h > R::ZERO => R::ONE,
            Activation::Relu => R::ZERO,
            Activation::Identity => R::ONE,
        }
    }
}
