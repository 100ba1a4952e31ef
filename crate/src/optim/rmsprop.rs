//! RMSprop.

use super::{Kind, Rule};

/// Hyperparameters of RMSprop.
#[derive(Clone, Copy, Debug)]
pub struct RmsProp {
    /// α > 0
    pub learning_rate: f64,
    /// ρ in [0, 1), PyTorch's `alpha`
    pub decay: f64,
    /// ε ≥ [`super::MIN_EPSILON`]
    pub epsilon: f64,
}

impl RmsProp {
    /// v ← ρ·v + (1 − ρ)·g², then p ← p − α·g / (√v + ε), as in PyTorch: ε is outside the root (G. Hinton, lecture 6
    /// of "Neural networks for machine learning", 2012). The first state is v, the mean of squares.
    pub fn rule(self) -> Rule {
        Rule {
            kind: Kind::RmsProp,
            rate: self.learning_rate as f32,
            share2: (1.0 - self.decay) as f32,
            root_scale: 1.0,
            epsilon: self.epsilon as f32,
            ..Rule::default()
        }
    }
}
