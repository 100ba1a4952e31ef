//! The recurrent net as the textbook writes it (*Deep Learning*, 10.2): one sequence at a time, plain loops.
//!
//! This is what the kernel is judged by, so it shares no code with it and imports nothing from the rest of the
//! crate. The precision is a type: [`Net<f64>`] is the twin, [`Net<f32>`] ([`plain32`]) the simplest sequential
//! loop anyone would write, whose error is the yardstick for the kernel's.
//!
//! The letters of the book, used in this module only:
//!
//! | here | is | shape | elsewhere in the crate |
//! |---|---|---|---|
//! | `x` | input | (τ, I) | `x` |
//! | `h`, `h0` | hidden state, the one before the first step | (τ, H), (H) | `h` |
//! | `o`, `y` | outputs before softmax, targets | (Q, O) | `logits`, `target` |
//! | `f`, `f0` | what is fed back from the output side, before the first step | (τ, O), (O) | `feedback` |
//! | `u`, `w`, `r` | input, hidden, output → hidden | (H, I), (H, H), (H, O) | `weight_ih`, `weight_hh`, `weight_oh` |
//! | `v` | hidden → output | (O, H) | `weight_ho` |
//! | `b`, `c` | biases of a and o | (H), (O) | `bias_h`, `bias_o` |
//!
//! ```text
//! a_t = b + U x_t + W h_{t−1} + R f_{t−1}      h_t = φ(a_t)      o_t = c + V h_t
//! ```
//!
//! All matrices are row-major. Q scored rows: τ with outputs at every step, 1 with the last only, 0 with none.

mod backward;
mod forward;
mod loss;
mod matrix;
mod real;
#[cfg(test)]
mod tests;

pub use backward::{Injected, SequenceGradients};
pub use forward::Forward;
pub use loss::softmax;
pub use real::Real;

/// The same net in f32: sums in their natural order, `tanh` and `exp` of the standard library.
pub mod plain32 {
    pub type Net = super::Net<f32>;
    pub type Sequence = super::Sequence<f32>;
    pub type Parameters = super::Parameters<f32>;
}

/// Which steps have an output that is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    Every,
    Last,
    None,
}

/// φ of h = φ(a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Tanh,
    Relu,
    Identity,
}

/// Loss of one scored row; see `loss.rs` for the formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    CrossEntropy,
    SquaredError,
    Bernoulli,
}

/// What f_t is where no teacher gives y_t, for a net with R.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// o_t.
    Outputs,
    /// softmax(o_t), or σ(o_t) with the Bernoulli loss, or o_t with squared error.
    Probabilities,
    /// One-hot of the first largest o_t, or 1 where σ(o_t) > ½ with the Bernoulli loss. No gradient flows through it.
    Argmax,
    /// Row t of `Sequence::given`, for what was drawn elsewhere: constants.
    Given,
}

/// All parameters of a net, or their gradients. A part the net does not have is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters<R> {
    pub u: Vec<R>,
    pub w: Vec<R>,
    pub r: Vec<R>,
    pub b: Vec<R>,
    pub v: Vec<R>,
    pub c: Vec<R>,
}

/// Sizes, kinds and parameters. W, R, and the pair V and c may be absent (empty).
#[derive(Clone, Debug)]
pub struct Net<R> {
    pub input_size: usize,
    pub hidden_size: usize,
    pub output_size: usize,
    pub outputs: Outputs,
    pub activation: Activation,
    pub loss: Loss,
    pub parameters: Parameters<R>,
}

/// x of a sequence.
#[derive(Clone, Debug)]
pub enum Input<R> {
    /// No input at all (I = 0).
    Nothing,
    /// x_t is one-hot at this index.
    Indices(Vec<usize>),
    /// (τ, I)
    Vectors(Vec<R>),
}

/// y of a sequence.
#[derive(Clone, Debug)]
pub enum Target<R> {
    /// Q classes, for cross-entropy.
    Classes(Vec<usize>),
    /// (Q, O)
    Values(Vec<R>),
}

/// One sequence and everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Sequence<R> {
    /// τ
    pub steps: usize,
    pub input: Input<R>,
    pub target: Option<Target<R>>,
    /// A weight for each of the Q rows' losses; 1 where absent.
    pub weights: Option<Vec<R>>,
    /// h0 (H)
    pub initial_state: Vec<R>,
    /// f0 (O), read only by a net with R; may be empty otherwise.
    pub initial_feedback: Vec<R>,
    pub feedback: Feedback,
    /// For each step whether f_t is y_t instead (one-hot for classes): teacher forcing, which needs outputs and targets
    /// at every step. Empty: nowhere.
    pub teacher: Vec<bool>,
    /// (τ, O), read only by [`Feedback::Given`]; may be empty otherwise.
    pub given: Vec<R>,
}

impl<R: Real> Parameters<R> {
    /// Zeros of the same shapes: where gradients are accumulated.
    pub fn zeros_like(&self) -> Self {
        self.map(|part| vec![R::ZERO; part.len()])
    }

    /// The same numbers in another precision.
    pub fn cast<S: Real>(&self) -> Parameters<S> {
        self.map(cast)
    }

    fn map<S>(&self, part: impl Fn(&[R]) -> Vec<S>) -> Parameters<S> {
        Parameters {
            u: part(&self.u),
            w: part(&self.w),
            r: part(&self.r),
            b: part(&self.b),
            v: part(&self.v),
            c: part(&self.c),
        }
    }
}

impl<R: Real> Net<R> {
    /// Q for a sequence of τ steps.
    pub fn scored(&self, steps: usize) -> usize {
        match self.outputs {
            Outputs::Every => steps,
            Outputs::Last => 1,
            Outputs::None => 0,
        }
    }

    /// Number of the scored row that step t of τ makes, if it makes one.
    fn scored_row(&self, t: usize, steps: usize) -> Option<usize> {
        match self.outputs {
            Outputs::Every => Some(t),
            Outputs::Last => (t + 1 == steps).then_some(0),
            Outputs::None => None,
        }
    }

    pub fn cast<S: Real>(&self) -> Net<S> {
        Net {
            input_size: self.input_size,
            hidden_size: self.hidden_size,
            output_size: self.output_size,
            outputs: self.outputs,
            activation: self.activation,
            loss: self.loss,
            parameters: self.parameters.cast(),
        }
    }
}

impl<R: Real> Sequence<R> {
    pub fn cast<S: Real>(&self) -> Sequence<S> {
        Sequence {
            steps: self.steps,
            input: match &self.input {
                Input::Nothing => Input::Nothing,
                Input::Indices(indices) => Input::Indices(indices.clone()),
                Input::Vectors(values) => Input::Vectors(cast(values)),
            },
            target: self.target.as_ref().map(|target| match target {
                Target::Classes(classes) => Target::Classes(classes.clone()),
                Target::Values(values) => Target::Values(cast(values)),
            }),
            weights: self.weights.as_deref().map(cast),
            initial_state: cast(&self.initial_state),
            initial_feedback: cast(&self.initial_feedback),
            feedback: self.feedback,
            teacher: self.teacher.clone(),
            given: cast(&self.given),
        }
    }

    /// Whether f_t is y_t.
    fn is_taught(&self, t: usize) -> bool {
        self.teacher.get(t) == Some(&true)
    }

    fn weight(&self, row: usize) -> R {
        self.weights.as_ref().map_or(R::ONE, |weights| weights[row])
    }
}

/// The same numbers in another precision (rounded to nearest).
pub fn cast<R: Real, S: Real>(values: &[R]) -> Vec<S> {
    values.iter().map(|value| S::from_f64(value.to_f64())).collect()
}
