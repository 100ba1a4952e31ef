//! Drawn problems for the twin: every combination it knows.

mod gradients;
mod known;

use super::*;

/// SplitMix64: enough for test values.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Uniform in (−1, 1).
    fn value(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn values(&mut self, len: usize) -> Vec<f64> {
        (0..len).map(|_| self.value()).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Recurrence {
    Hidden,
    Output,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Inputs {
    Nothing,
    Indices,
    Vectors,
}

/// At which steps the true target is fed back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Teacher {
    Never,
    Sometimes,
    Always,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    recurrence: Recurrence,
    outputs: Outputs,
    activation: Activation,
    loss: Loss,
    feedback: Feedback,
    teacher: Teacher,
    inputs: Inputs,
}

/// A net, a sequence and what is injected: one differentiable number.
#[derive(Clone)]
struct Problem {
    net: Net<f64>,
    sequence: Sequence<f64>,
    injected: Injected<f64>,
    scale: f64,
    nudge: Vec<f64>,
}

impl Problem {
    fn new(case: Case, seed: u64) -> Self {
        let draws = &mut Draws(seed);
        let input_size = if case.inputs == Inputs::Nothing { 0 } else { 3 };
        let (hidden_size, steps) = (4, 5);
        let output_size = if case.outputs == Outputs::None { 0 } else { 3 };
        let has_w = case.recurrence != Recurrence::Output;
        let has_r = case.recurrence != Recurrence::Hidden;
        let net = Net {
            input_size,
            hidden_size,
            output_size,
            outputs: case.outputs,
            activation: case.activation,
            loss: case.loss,
            parameters: Parameters {
                u: draws.values(hidden_size * input_size),
                w: if has_w { draws.values(hidden_size * hidden_size) } else { vec![] },
                r: if has_r { draws.values(hidden_size * output_size) } else { vec![] },
                b: draws.values(hidden_size),
                v: draws.values(output_size * hidden_size),
                c: draws.values(output_size),
            },
        };
        let scored = net.scored(steps);
        let classes = (0..scored).map(|_| draws.below(3)).collect();
        let values: Vec<f64> = draws.values(scored * output_size);
        let sequence = Sequence {
            steps,
            input: match case.inputs {
                Inputs::Nothing => Input::Nothing,
                Inputs::Indices => Input::Indices((0..steps).map(|_| draws.below(3)).collect()),
                Inputs::Vectors => Input::Vectors(draws.values(steps * input_size)),
            },
            target: match case.loss {
                _ if case.outputs == Outputs::None => None,
                Loss::CrossEntropy => Some(Target::Classes(classes)),
                Loss::SquaredError => Some(Target::Values(values)),
                // Bernoulli targets lie in [0, 1].
                Loss::Bernoulli => Some(Target::Values(values.iter().map(|y| y * y).collect())),
            },
            weights: Some(draws.values(scored).iter().map(|weight| weight + 1.0).collect()),
            initial_state: draws.values(hidden_size),
            initial_feedback: draws.values(if has_r { output_size } else { 0 }),
            feedback: case.feedback,
            teacher: match case.teacher {
                Teacher::Never => vec![],
                Teacher::Sometimes => vec![true, false, false, true, false],
                Teacher::Always => vec![true; steps],
            },
            given: draws.values(if has_r { steps * output_size } else { 0 }),
        };
        let injected = Injected {
            d_outputs: draws.values(scored * output_size),
            d_states: draws.values(steps * hidden_size),
            d_final: draws.values(hidden_size),
        };
        let nudge = vec![0.0; steps * hidden_size];
        Problem { net, sequence, injected, scale: 0.7, nudge }
    }

    /// scale·Σ weight·L + Σ injected·value
    fn objective(&self) -> f64 {
        let forward = self.net.forward_nudged(&self.sequence, &self.nudge);
        let weights = self.sequence.weights.as_deref().unwrap_or(&[]);
        self.scale * dot(weights, &forward.step_losses)
            + dot(&self.injected.d_outputs, &forward.outputs)
            + dot(&self.injected.d_states, &forward.states)
            + dot(&self.injected.d_final, forward.final_state(&self.sequence))
    }

    fn gradients(&self) -> (Parameters<f64>, SequenceGradients<f64>) {
        let forward = self.net.forward(&self.sequence);
        let mut grads = self.net.parameters.zeros_like();
        let own = self.net.backward(&self.sequence, &forward, self.scale, &self.injected, &mut grads);
        (grads, own)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Every combination that exists: no feedback without R, none without outputs, no teacher where only the last step
/// has a target, no most likely value of a real vector; and under a teacher who is always there, the rule is not used.
fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for recurrence in [Recurrence::Hidden, Recurrence::Output, Recurrence::Both] {
        let has_r = recurrence != Recurrence::Hidden;
        for outputs in [Outputs::Every, Outputs::Last, Outputs::None] {
            for loss in [Loss::CrossEntropy, Loss::SquaredError, Loss::Bernoulli] {
                for (feedback, teacher) in feedbacks() {
                    let first = (feedback, teacher) == (Feedback::Outputs, Teacher::Never);
                    let exists = match outputs {
                        Outputs::Every => has_r || first,
                        Outputs::Last => {
                            if has_r {
                                teacher == Teacher::Never
                            } else {
                                first
                            }
                        }
                        Outputs::None => !has_r && first,
                    };
                    if !exists || (feedback, loss) == (Feedback::Argmax, Loss::SquaredError) {
                        continue;
                    }
                    for activation in [Activation::Tanh, Activation::Relu, Activation::Identity] {
                        for inputs in [Inputs::Nothing, Inputs::Indices, Inputs::Vectors] {
                            cases.push(Case {
                                recurrence,
                                outputs,
                                activation,
                                loss,
                                feedback,
                                teacher,
                                inputs,
                            });
                        }
                    }
                }
            }
        }
    }
    cases
}

fn feedbacks() -> Vec<(Feedback, Teacher)> {
    let mut all = vec![(Feedback::Outputs, Teacher::Always)];
    for feedback in [Feedback::Outputs, Feedback::Probabilities, Feedback::Argmax, Feedback::Given] {
        all.extend([(feedback, Teacher::Never), (feedback, Teacher::Sometimes)]);
    }
    all
}

const CANONICAL: Case = Case {
    recurrence: Recurrence::Hidden,
    outputs: Outputs::Every,
    activation: Activation::Tanh,
    loss: Loss::CrossEntropy,
    feedback: Feedback::Outputs,
    teacher: Teacher::Always,
    inputs: Inputs::Indices,
};
