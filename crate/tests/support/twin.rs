//! The same run by the textbook net, in f64 or f32.

use recurra::model::{Network, Tensor};
use recurra::reference::{self, Feedback, Injected, Input, Net, Parameters, Real, Sequence, Target, cast};

use super::{Batch, Inputs, Outcome};

/// The kernel's net with its parameters, which f64 holds exactly.
pub fn net<R: Real>(net: &Network, batch: &Batch) -> Net<R> {
    Net {
        input_size: batch.sizes.input,
        hidden_size: batch.sizes.hidden,
        output_size: batch.sizes.output,
        outputs: if batch.sizes.output == 0 { reference::Outputs::None } else { reference::Outputs::Every },
        activation: reference::Activation::Tanh,
        loss: reference::Loss::CrossEntropy,
        parameters: Parameters {
            u: cast(net.parameter(Tensor::WeightIh)),
            w: cast(net.parameter(Tensor::WeightHh)),
            r: vec![],
            b: cast(net.parameter(Tensor::BiasH)),
            v: cast(net.parameter(Tensor::WeightHo)),
            c: cast(net.parameter(Tensor::BiasO)),
        },
    }
}

/// Sequence `b` of the batch and what is injected into it.
fn sequence<R: Real>(batch: &Batch, b: usize) -> (Sequence<R>, Injected<R>) {
    let one = batch.select(&[b]);
    let hidden = batch.sizes.hidden;
    let values = |part: &Option<Vec<f32>>| part.as_deref().map_or(vec![], cast::<f32, R>);
    let usizes = |values: &[i32]| values.iter().map(|&value| value as usize).collect();
    let sequence = Sequence {
        steps: one.lengths[0],
        input: match &one.inputs {
            Inputs::Indices(indices) => Input::Indices(usizes(indices)),
            Inputs::Vectors(vectors) => Input::Vectors(cast(vectors)),
        },
        target: one.targets.as_deref().map(|targets| Target::Classes(usizes(targets))),
        weights: one.weights.as_deref().map(cast),
        initial_state: one.initial.as_deref().map_or(vec![R::ZERO; hidden], cast),
        initial_feedback: vec![],
        feedback: Feedback::Teacher,
    };
    let injected = Injected {
        d_outputs: values(&one.d_outputs),
        d_states: values(&one.d_states),
        d_final: values(&one.d_final),
    };
    (sequence, injected)
}

/// Forward and backward over the batch, one sequence after the other.
pub fn forward_backward<R: Real>(net: &Net<R>, batch: &Batch, scale: f32) -> Outcome<R> {
    let mut outcome = Outcome::default();
    let mut grads = net.parameters.zeros_like();
    for b in 0..batch.count() {
        let (sequence, injected) = sequence::<R>(batch, b);
        let forward = net.forward(&sequence);
        let own = net.backward(&sequence, &forward, R::from_f64(f64::from(scale)), &injected, &mut grads);
        outcome.states.extend(&forward.states);
        outcome.outputs.extend(&forward.outputs);
        outcome.step_losses.extend(&forward.step_losses);
        outcome.final_state.extend(forward.final_state(&sequence));
        for (q, loss) in forward.step_losses.iter().enumerate() {
            let weight = sequence.weights.as_ref().map_or(1.0, |weights| weights[q].to_f64());
            outcome.loss += weight * loss.to_f64();
            outcome.count += weight;
        }
        if let Inputs::Vectors(_) = batch.inputs {
            outcome.d_inputs.extend(&own.x);
        }
        outcome.d_states.extend(&own.h);
        if batch.initial.is_some() {
            outcome.d_initial.extend(&own.h0);
        }
    }
    outcome.gradients = vec![grads.u, grads.w, grads.b, grads.v, grads.c];
    outcome
}
