//! The same run by the textbook net, in f64 or f32.

use recurra::model::{self, Network, Tensor};
use recurra::random::{Key, TEACHER};
use recurra::reference::{self, Injected, Input, Net, Parameters, Real, Sequence, Target, cast};

use super::{Batch, Inputs, Outcome, Targets};

/// What the twin found.
pub struct Run<R> {
    pub outcome: Outcome<R>,
    /// o of every row, scored or not (N, O)
    pub all_outputs: Vec<R>,
    /// Σ|∂L/∂o|, or a bound on it, of each scored row: how much of an error in o is found again in L (Q)
    pub slopes: Vec<f64>,
    /// The least |a| that is not 0: how far the net is from a kink of relu.
    pub least_activation: f64,
}

/// The kernel's net with its parameters, which f64 holds exactly.
pub fn net<R: Real>(net: &Network) -> Net<R> {
    let options = net.options();
    Net {
        input_size: options.input_size,
        hidden_size: options.hidden_size,
        output_size: options.output_size,
        outputs: match options.outputs {
            model::Outputs::Every => reference::Outputs::Every,
            model::Outputs::Last => reference::Outputs::Last,
            model::Outputs::None => reference::Outputs::None,
        },
        activation: match options.activation {
            model::Activation::Tanh => reference::Activation::Tanh,
            model::Activation::Relu => reference::Activation::Relu,
            model::Activation::Identity => reference::Activation::Identity,
        },
        loss: match options.loss {
            model::Loss::CrossEntropy => reference::Loss::CrossEntropy,
            model::Loss::SquaredError => reference::Loss::SquaredError,
            model::Loss::Bernoulli => reference::Loss::Bernoulli,
        },
        parameters: Parameters {
            u: cast(net.parameter(Tensor::WeightIh)),
            w: cast(net.parameter(Tensor::WeightHh)),
            r: cast(net.parameter(Tensor::WeightOh)),
            b: cast(net.parameter(Tensor::BiasH)),
            v: cast(net.parameter(Tensor::WeightHo)),
            c: cast(net.parameter(Tensor::BiasO)),
        },
    }
}

/// Whether what follows step t of sequence b is the true target, by the draw of its key.
pub fn is_taught(batch: &Batch, b: usize, t: usize) -> bool {
    if batch.last || batch.targets.is_none() {
        return false;
    }
    let Some(forcing) = batch.forcing else { return true };
    let key = Key { seed: forcing.seed, purpose: TEACHER, id: batch.ids[b] as u32, update: forcing.update };
    key.uniform(batch.first_steps[b] as u64 + t as u64) < forcing.teacher
}

/// The symbols a net fed back to itself in the run that left `kernel`: f after each step of sequence b.
fn given<R: Real>(batch: &Batch, b: usize, kernel: &Outcome<f32>) -> Vec<R> {
    let output = batch.sizes.output;
    let own = kernel.of_sequence(batch, b);
    match own.fed_back.get(output..) {
        Some(after_the_first) => cast(&[after_the_first, &own.final_fed].concat()),
        None => vec![],
    }
}

/// Sequence `b` of the batch and what is injected into it.
fn sequence<R: Real>(
    batch: &Batch,
    b: usize,
    own: Option<(model::Feedback, &Outcome<f32>)>,
) -> (Sequence<R>, Injected<R>) {
    let one = batch.select(&[b]);
    let sizes = batch.sizes;
    let values = |part: &Option<Vec<f32>>| part.as_deref().map_or(vec![], cast::<f32, R>);
    let or_zeros = |part: &Option<Vec<f32>>, len| part.as_deref().map_or(vec![R::ZERO; len], cast);
    let usizes = |values: &[i32]| values.iter().map(|&value| value as usize).collect();
    let steps = one.lengths[0];
    let sequence = Sequence {
        steps,
        input: match &one.inputs {
            Inputs::Nothing => Input::Nothing,
            Inputs::Indices(indices) => Input::Indices(usizes(indices)),
            Inputs::Vectors(vectors) => Input::Vectors(cast(vectors)),
        },
        target: one.targets.as_ref().map(|targets| match targets {
            Targets::Classes(classes) => Target::Classes(usizes(classes)),
            Targets::Values(values) => Target::Values(cast(values)),
        }),
        weights: one.weights.as_deref().map(cast),
        initial_state: or_zeros(&one.initial, sizes.hidden),
        initial_feedback: or_zeros(&one.initial_fed, sizes.output),
        feedback: match own {
            None | Some((model::Feedback::Outputs, _)) => reference::Feedback::Outputs,
            Some((model::Feedback::Probabilities, _)) => reference::Feedback::Probabilities,
            Some(_) => reference::Feedback::Given,
        },
        teacher: (0..steps).map(|t| is_taught(batch, b, t)).collect(),
        given: own.map_or(vec![], |(_, kernel)| given(batch, b, kernel)),
    };
    let injected = Injected {
        d_outputs: values(&one.d_outputs),
        d_states: values(&one.d_states),
        d_final: values(&one.d_final),
    };
    (sequence, injected)
}

/// Forward and backward over the batch, one sequence after the other. `own` is for nets with R: the rule, and a run of
/// the kernel whose drawn or largest symbols are taken as given.
pub fn forward_backward<R: Real>(
    net: &Net<R>,
    batch: &Batch,
    scale: f32,
    own: Option<(model::Feedback, &Outcome<f32>)>,
) -> Run<R> {
    let mut outcome = Outcome::default();
    let mut run =
        Run { outcome: Outcome::default(), all_outputs: vec![], slopes: vec![], least_activation: f64::MAX };
    let mut grads = net.parameters.zeros_like();
    for b in 0..batch.count() {
        let (sequence, injected) = sequence::<R>(batch, b, own);
        let forward = net.forward(&sequence);
        let gradients =
            net.backward(&sequence, &forward, R::from_f64(f64::from(scale)), &injected, &mut grads);
        outcome.states.extend(&forward.states);
        outcome.outputs.extend(&forward.outputs);
        outcome.step_losses.extend(&forward.step_losses);
        outcome.final_state.extend(forward.final_state(&sequence));
        if own.is_some() {
            let f = [&sequence.initial_feedback[..], &forward.fed_back].concat();
            let (entered, left) = f.split_at(f.len() - batch.sizes.output);
            outcome.fed_back.extend(entered);
            outcome.final_fed.extend(left);
        }
        for (q, loss) in forward.step_losses.iter().enumerate() {
            let weight = sequence.weights.as_ref().map_or(1.0, |weights| weights[q].to_f64());
            outcome.loss += weight * loss.to_f64();
            outcome.count += weight;
            run.slopes.push(slope(net.loss, &forward.outputs, sequence.target.as_ref(), q, net.output_size));
        }
        if let Inputs::Vectors(_) = batch.inputs {
            outcome.d_inputs.extend(&gradients.x);
        }
        outcome.d_states.extend(&gradients.h);
        if batch.initial.is_some() {
            outcome.d_initial.extend(&gradients.h0);
        }
        if batch.initial_fed.is_some() {
            outcome.d_initial_fed.extend(&gradients.f0);
        }
        run.all_outputs.extend(&forward.all_outputs);
        let activations = forward.pre_activations.iter().map(|a| a.to_f64().abs());
        run.least_activation = activations.filter(|&a| a > 0.0).fold(run.least_activation, f64::min);
    }
    outcome.gradients = vec![grads.u, grads.w, grads.r, grads.b, grads.v, grads.c];
    Run { outcome, ..run }
}

/// Σ|∂L/∂o| of row q, at most: |ŷ − onehot| sums to no more than 2, |σ − y| to no more than O, |o − y| to what it is.
fn slope<R: Real>(
    loss: reference::Loss,
    outputs: &[R],
    target: Option<&Target<R>>,
    q: usize,
    output_size: usize,
) -> f64 {
    match (loss, target) {
        (reference::Loss::SquaredError, Some(Target::Values(y))) => {
            let row = q * output_size..(q + 1) * output_size;
            outputs[row.clone()].iter().zip(&y[row]).map(|(o, y)| (o.to_f64() - y.to_f64()).abs()).sum()
        }
        (reference::Loss::Bernoulli, _) => output_size as f64,
        _ => 2.0,
    }
}
