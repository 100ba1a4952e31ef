//! A network: its options, parameters, and the packed forms of its weights.

use super::options::{Initializer, Options, Outputs, Recurrence};
use super::parameters::{Parameters, TENSORS, Tensor};
use crate::cells::{Cell, OutputLayer, Weights};
use crate::error::{Error, unsupported};
use crate::init;
use crate::math;
use crate::random;

pub struct Network {
    pub(super) options: Options,
    pub(super) parameters: Parameters,
    pub(super) cell: Cell,
    /// Absent when outputs are "none".
    pub(super) output: Option<OutputLayer>,
    /// Counts changes of the parameters, from 1: what was packed or kept of another version is out of date.
    pub(super) version: u64,
}

impl Network {
    /// A network whose parameters are all 0.
    pub fn new(options: Options) -> Result<Self, Error> {
        options.check()?;
        let (hidden, output) = (options.hidden_size, options.output_size);
        Ok(Network {
            options,
            parameters: Parameters::new(&options)?,
            cell: Cell::new(
                options.input_size,
                hidden,
                if options.feeds_back() { output } else { 0 },
                options.recurrence != Recurrence::Output,
                options.activation,
            ),
            output: (options.outputs != Outputs::None).then(|| OutputLayer::new(hidden, output)),
            version: 1,
        })
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub fn parameter(&self, tensor: Tensor) -> &[f32] {
        self.parameters.value(tensor)
    }

    /// For writing: what is packed is then out of date.
    pub fn parameter_mut(&mut self, tensor: Tensor) -> &mut [f32] {
        self.set_changed();
        let range = self.parameters.layout().range(tensor);
        &mut self.parameters.values[range]
    }

    pub fn gradient(&self, tensor: Tensor) -> &[f32] {
        self.parameters.gradient(tensor)
    }

    pub fn gradient_mut(&mut self, tensor: Tensor) -> &mut [f32] {
        let range = self.parameters.layout().range(tensor);
        &mut self.parameters.gradients[range]
    }

    /// The weights of the cell, and the cell.
    pub(super) fn weights_and_cell(&mut self) -> (Weights<'_>, &mut Cell) {
        let weights = Weights {
            input: self.parameters.value(Tensor::WeightIh),
            hidden: self.parameters.value(Tensor::WeightHh),
            fed: self.parameters.value(Tensor::WeightOh),
        };
        (weights, &mut self.cell)
    }

    /// Parameters were written: pack them again before the next use.
    pub fn set_changed(&mut self) {
        self.version += 1;
    }

    /// Draws all parameters anew: U(−1/√H, 1/√H) as PyTorch does for `RNN` and a `Linear` after it; with `Orthogonal`
    /// or `Identity` W is that and biases are 0; without W they are Unsupported.
    pub fn initialize(&mut self, initializer: Initializer, seed: u64) -> Result<(), Error> {
        let hidden = self.options.hidden_size;
        if initializer != Initializer::Uniform && !self.cell.is_recurrent() {
            return Err(unsupported(1));
        }
        let bound = 1.0 / math::sqrt(hidden as f64);
        // W first: an orthogonal one needs scratch memory, and without it nothing may have changed.
        for index in [1, 0, 2, 3, 4, 5] {
            let tensor = TENSORS[index];
            let key = random::Key { seed, purpose: random::INITIALIZE, id: index as u32, update: 0 };
            let values = self.parameter_mut(tensor);
            match (initializer, tensor) {
                (Initializer::Orthogonal, Tensor::WeightHh) => init::orthogonal(values, hidden, key)?,
                (Initializer::Identity, Tensor::WeightHh) => init::identity(values, hidden),
                (Initializer::Orthogonal | Initializer::Identity, Tensor::BiasH | Tensor::BiasO) => {
                    values.fill(0.0)
                }
                _ => init::uniform(values, bound, key),
            }
        }
        Ok(())
    }
}
