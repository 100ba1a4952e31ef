//! Stochastic gradient descent with momentum.

use super::{Kind, Rule};

/// Hyperparameters of stochastic gradient descent.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// α > 0
    pub learning_rate: f64,
    /// μ in [0, 1)
    pub momentum: f64,
}

impl Sgd {
    /// v ← μ·v + g, then p ← p − α·v, as in PyTorch without dampening (B. Polyak, 1964, with the learning rate
    /// outside). The first state is v, the velocity.
    pub fn rule(self) -> Rule {
        let (rate, share1) = (self.learning_rate as f32, self.momentum as f32);
        Rule { kind: Kind::Sgd, rate, share1, ..Rule::default() }
    }
}
