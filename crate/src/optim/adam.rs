//! Adam with decoupled weight decay.

use super::{Kind, Rule};
use crate::math;

/// Hyperparameters of Adam.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// α > 0
    pub learning_rate: f64,
    /// β₁ in [0, 1)
    pub beta1: f64,
    /// β₂ in [0, 1)
    pub beta2: f64,
    /// ε ≥ [`super::MIN_EPSILON`]
    pub epsilon: f64,
    /// d ≥ 0
    pub weight_decay: f64,
}

impl Adam {
    /// Update number t = 1, 2, …, where `powers` are β₁ᵗ and β₂ᵗ:
    ///
    /// p ← p − α·d·p, m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
    /// p ← p − α·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
    ///
    /// D. Kingma, J. Ba, arXiv 1412.6980, algorithm 1; the decay as I. Loshchilov, F. Hutter, arXiv 1711.05101, and
    /// as PyTorch's AdamW scales it. The states are m and v.
    pub fn rule(self, powers: [f64; 2]) -> Rule {
        Rule {
            kind: Kind::Adam,
            decay: (self.learning_rate * self.weight_decay) as f32,
            share1: (1.0 - self.beta1) as f32,
            share2: (1.0 - self.beta2) as f32,
            rate: (self.learning_rate / (1.0 - powers[0])) as f32,
            root_scale: (1.0 / math::sqrt(1.0 - powers[1])) as f32,
            epsilon: self.epsilon as f32,
        }
    }
}
