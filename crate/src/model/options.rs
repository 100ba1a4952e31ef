//! What a network is, in plain values. The numbers of the variants are those of recurra.h.

use crate::error::{Error, integer_within, unsupported};
pub use crate::feedback::Feedback;
pub use crate::loss::Loss;
pub use crate::math::Activation;

macro_rules! codes {
    ($name:ident { $first:ident $(, $variant:ident = $code:literal)* }) => {
        impl $name {
            /// The variant of this code, or BadOption naming the argument at this position.
            pub fn from_code(code: i32, argument: i32) -> Result<Self, Error> {
                integer_within(argument, code as isize, 0, [$($code as i32),*].len() as i32)?;
                Ok(match code {
                    $($code => Self::$variant,)*
                    _ => Self::$first,
                })
            }
        }
    };
}

macro_rules! code_enum {
    ($(#[$doc:meta])* $name:ident { $first:ident = 0 $(, $variant:ident = $code:literal)* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { #[default] $first = 0 $(, $variant = $code)* }
        codes!($name { $first $(, $variant = $code)* });
    };
}

code_enum!(
    /// Where the recurrence goes: W (h → h), R (o → h), or both.
    Recurrence { Hidden = 0, Output = 1, Both = 2 }
);
code_enum!(
    /// Which steps have outputs.
    Outputs { Every = 0, Last = 1, None = 2 }
);
codes!(Activation { Tanh, Relu = 1, Identity = 2 });
codes!(Loss { CrossEntropy, SquaredError = 1, Bernoulli = 2 });
codes!(Feedback { Outputs, Probabilities = 1, Argmax = 2, Sample = 3 });
code_enum!(Initializer { Uniform = 0, Orthogonal = 1, Identity = 2 });

/// Largest I, H or O: far beyond use, and small enough that no product of two overflows 64 bits.
pub const MAX_SIZE: i32 = 1 << 24;

#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub input_size: usize,
    pub hidden_size: usize,
    pub output_size: usize,
    pub recurrence: Recurrence,
    pub outputs: Outputs,
    pub activation: Activation,
    pub loss: Loss,
    pub feedback: Feedback,
}

impl Options {
    /// Checks sizes and refuses what does not go together: argument positions are those of `network_create`.
    pub fn check(&self) -> Result<(), Error> {
        let has_outputs = self.outputs != Outputs::None;
        // A host's negative number, made unsigned, becomes negative again.
        integer_within(0, self.input_size as isize, 0, MAX_SIZE)?;
        integer_within(1, self.hidden_size as isize, 1, MAX_SIZE)?;
        let most = if has_outputs { MAX_SIZE } else { 0 };
        integer_within(2, self.output_size as isize, has_outputs as i32, most)?;
        if self.feeds_back() && !has_outputs {
            return Err(unsupported(3));
        }
        // Neither a class nor a distribution to draw from.
        if self.loss == Loss::SquaredError && !self.feedback.is_differentiable() {
            return Err(unsupported(7));
        }
        Ok(())
    }

    /// Whether there is an R.
    pub fn feeds_back(&self) -> bool {
        self.recurrence != Recurrence::Hidden
    }
}
