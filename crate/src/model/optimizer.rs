//! An optimizer's state for one network, and its step: norm, clipping, one fused pass.

use super::Network;
use crate::arena::Block;
use crate::error::{Error, integer_within, non_finite, within};
use crate::math;
use crate::optim::{Adam, Kind, MIN_EPSILON, RmsProp, Sgd, sweep};
use crate::simd::Vector;

/// Numbers as in recurra.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptimizerSlot {
    FirstMoment = 0,
    SecondMoment = 1,
    Powers = 2,
    Norm = 3,
}

/// The arguments of `optimizer_step`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step {
    pub learning_rate: f64,
    /// 0: no clipping.
    pub clip_norm: f64,
    /// Bit k leaves tensor k as it is.
    pub frozen: u32,
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
}

pub struct Optimizer {
    pub(crate) kind: Kind,
    pub(crate) first: Block,
    pub(crate) second: Block,
    /// β₁ᵗ, β₂ᵗ and the norm of the last gradient, as f64.
    pub(crate) scalars: Block,
}

impl Optimizer {
    pub fn new(network: &Network, kind: Kind) -> Result<Self, Error> {
        let length = network.parameters().layout().length;
        let second = if kind == Kind::Adam { length } else { 0 };
        let mut optimizer = Optimizer {
            kind,
            first: Block::new(length)?,
            second: Block::new(second)?,
            scalars: Block::new(16)?,
        };
        optimizer.scalars.as_f64_mut()[..2].fill(1.0);
        Ok(optimizer)
    }

    /// Address and number of elements of a slot of `recurra.h`.
    pub fn place(&self, slot: i32) -> Option<(usize, usize)> {
        let (block, start, length) = match slot {
            0 => (&self.first, 0, self.first.len()),
            1 => (&self.second, 0, self.second.len()),
            2 => (&self.scalars, 0, 2),
            3 => (&self.scalars, 16, 1),
            _ => return None,
        };
        if length > 0 { Some((block.address() + start, length)) } else { None }
    }

    pub fn norm(&self) -> f64 {
        self.scalars.as_f64()[2]
    }

    /// Clips and updates; returns the norm of the gradient before clipping, over the tensors that are not frozen. A
    /// norm that is not finite is refused, and nothing changes.
    pub fn step<V: Vector>(&mut self, network: &mut Network, step: Step) -> Result<f64, Error> {
        self.check(&step)?;
        let parameters = &mut network.parameters;
        // Whole tensors with their padding, which stays 0.
        let ranges = parameters.layout().padded();
        let moving = |tensor: usize| step.frozen & (1 << tensor) == 0;
        let mut squares = 0.0;
        for tensor in 0..6 {
            if moving(tensor) {
                squares += math::squared_norm::<V>(&parameters.gradients[ranges[tensor]..ranges[tensor + 1]]);
            }
        }
        let norm = math::sqrt(squares);
        if !norm.is_finite() {
            return Err(non_finite());
        }
        let scalars = self.scalars.as_f64_mut();
        scalars[2] = norm;
        let clip = step.clip_norm > 0.0 && norm > step.clip_norm;
        let scale = if clip { (step.clip_norm / norm) as f32 } else { 1.0 };
        let Step { learning_rate, a, b, c, d, .. } = step;
        let rule = match self.kind {
            Kind::Sgd => Sgd { learning_rate, momentum: a }.rule(),
            Kind::RmsProp => RmsProp { learning_rate, decay: a, epsilon: b }.rule(),
            Kind::Adam => {
                scalars[0] *= a;
                scalars[1] *= b;
                let adam = Adam { learning_rate, beta1: a, beta2: b, epsilon: c, weight_decay: d };
                adam.rule([scalars[0], scalars[1]])
            }
        };
        for tensor in 0..6 {
            if moving(tensor) {
                let range = ranges[tensor]..ranges[tensor + 1];
                sweep::<V>(
                    &rule,
                    &mut parameters.values[range.clone()],
                    &parameters.gradients[range.clone()],
                    &mut self.first[range.clone()],
                    self.second.get_mut(range).unwrap_or(&mut []),
                    scale,
                );
            }
        }
        network.set_changed();
        Ok(norm)
    }

    /// Argument positions are those of `optimizer_step`.
    fn check(&self, step: &Step) -> Result<(), Error> {
        // Just below 1: a running mean that forgets nothing never starts.
        const SHARE: f64 = 1.0 - f64::EPSILON;
        const LARGE: f64 = 1e30;
        within(1, step.learning_rate, 0.0, LARGE)?;
        within(2, step.clip_norm, 0.0, LARGE)?;
        integer_within(3, step.frozen as isize, 0, 63)?;
        within(4, step.a, 0.0, SHARE)?;
        match self.kind {
            Kind::Sgd => Ok(()),
            Kind::RmsProp => within(5, step.b, MIN_EPSILON, LARGE),
            Kind::Adam => {
                within(5, step.b, 0.0, SHARE)?;
                within(6, step.c, MIN_EPSILON, LARGE)?;
                within(7, step.d, 0.0, LARGE)
            }
        }
    }
}
