//! Back-propagation through time (*Deep Learning*, 10.2.2), one step after the other from the last to the first.
//!
//! ```text
//! ∇o_t = scale·w_t·∂L_t/∂o + injected + (∂f_t/∂o_t)ᵀ Rᵀ ∇a_{t+1}      (∂f/∂o = 0 through y, argmax and draws)
//! ∇h_t = injected + Vᵀ ∇o_t + Wᵀ ∇a_{t+1}        ∇a_t = φ′(a_t) ∇h_t
//! ∇c += ∇o_t   ∇V += ∇o_t h_tᵀ   ∇b += ∇a_t   ∇U += ∇a_t x_tᵀ   ∇W += ∇a_t h_{t−1}ᵀ   ∇R += ∇a_t f_{t−1}ᵀ
//! ```

use super::loss;
use super::matrix::{add, add_outer, add_transposed_product, row};
use super::{Feedback, Forward, Input, Net, Parameters, Real, Sequence};

/// Gradients that come from downstream, added to those of the loss. Empty: none.
#[derive(Clone, Debug, Default)]
pub struct Injected<R> {
    /// (Q, O)
    pub d_outputs: Vec<R>,
    /// (τ, H)
    pub d_states: Vec<R>,
    /// (H)
    pub d_final: Vec<R>,
}

/// Gradients that belong to one sequence.
#[derive(Clone, Debug)]
pub struct SequenceGradients<R> {
    /// (τ, I), also for index inputs: there, with respect to the one-hot x.
    pub x: Vec<R>,
    /// ∂L/∂h_t along every path (τ, H)
    pub h: Vec<R>,
    /// (H)
    pub h0: Vec<R>,
    /// (O); empty without R.
    pub f0: Vec<R>,
}

impl<R: Real> Net<R> {
    /// The gradient of `scale`·Σ weight·L + Σ injected·value. Adds the parameters' part to `grads`.
    pub fn backward(
        &self,
        sequence: &Sequence<R>,
        forward: &Forward<R>,
        scale: R,
        injected: &Injected<R>,
        grads: &mut Parameters<R>,
    ) -> SequenceGradients<R> {
        let (inputs, hidden, outputs) = (self.input_size, self.hidden_size, self.output_size);
        let Parameters { u, w, r, v, c, .. } = &self.parameters;
        let steps = sequence.steps;
        let mut result = SequenceGradients {
            x: vec![R::ZERO; steps * inputs],
            h: vec![R::ZERO; steps * hidden],
            h0: vec![R::ZERO; hidden],
            f0: vec![R::ZERO; if r.is_empty() { 0 } else { outputs }],
        };
        // What the step after t hands back: Wᵀ ∇a_{t+1} and Rᵀ ∇a_{t+1}
        let mut d_h = vec![R::ZERO; hidden];
        let mut d_f = result.f0.clone();
        if !injected.d_final.is_empty() {
            add(&mut d_h, &injected.d_final);
        }

        for t in (0..steps).rev() {
            let h = row(&forward.states, t, hidden);
            let h_before = if t > 0 { row(&forward.states, t - 1, hidden) } else { &sequence.initial_state };

            let mut d_o = vec![R::ZERO; c.len()];
            if let Some(q) = self.scored_row(t, steps) {
                if let Some(y) = &sequence.target {
                    let o = row(&forward.outputs, q, outputs);
                    for (d_o, derivative) in d_o.iter_mut().zip(loss::derivative(self.loss, o, y, q)) {
                        *d_o = scale * sequence.weight(q) * derivative;
                    }
                }
                if !injected.d_outputs.is_empty() {
                    add(&mut d_o, row(&injected.d_outputs, q, outputs));
                }
            }
            if !r.is_empty() && !sequence.is_taught(t) {
                match sequence.feedback {
                    Feedback::Argmax | Feedback::Given => {}
                    Feedback::Outputs => add(&mut d_o, &d_f),
                    Feedback::Probabilities => {
                        let f = row(&forward.fed_back, t, outputs);
                        add(&mut d_o, &loss::probabilities_backward(self.loss, f, &d_f));
                    }
                }
            }
            add(&mut grads.c, &d_o);
            add_outer(&mut grads.v, &d_o, h);

            add_transposed_product(&mut d_h, v, &d_o);
            if !injected.d_states.is_empty() {
                add(&mut d_h, row(&injected.d_states, t, hidden));
            }
            result.h[t * hidden..(t + 1) * hidden].copy_from_slice(&d_h);

            let d_a: Vec<R> =
                d_h.iter().zip(h).map(|(&d_h, &h)| d_h * self.activation.derivative(h)).collect();
            add(&mut grads.b, &d_a);
            match &sequence.input {
                Input::Nothing => {}
                Input::Indices(x) => {
                    for (i, &d_a) in d_a.iter().enumerate() {
                        grads.u[i * inputs + x[t]] += d_a;
                    }
                }
                Input::Vectors(x) => add_outer(&mut grads.u, &d_a, row(x, t, inputs)),
            }
            add_transposed_product(&mut result.x[t * inputs..(t + 1) * inputs], u, &d_a);
            add_outer(&mut grads.w, &d_a, h_before);
            d_h = vec![R::ZERO; hidden];
            add_transposed_product(&mut d_h, w, &d_a);
            if !r.is_empty() {
                let f_before =
                    if t > 0 { row(&forward.fed_back, t - 1, outputs) } else { &sequence.initial_feedback };
                add_outer(&mut grads.r, &d_a, f_before);
                d_f = vec![R::ZERO; outputs];
                add_transposed_product(&mut d_f, r, &d_a);
            }
        }
        result.h0 = d_h;
        result.f0 = d_f;
        result
    }
}
