//! Live data: one step at a time, the state carried. Each step has the bits of the same step of a sequence.

use super::batch::check_indices;
use super::{Network, Tensor};
use crate::arena::Block;
use crate::cells::{Needs, Rows, stride};
use crate::error::{Error, integer_within, non_finite, unsupported};
use crate::math;
use crate::random::{Key, SAMPLE};
use crate::simd::Vector;

/// What a step reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Nothing = 0,
    Indices = 1,
    Vectors = 2,
}

/// Numbers as in recurra.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamSlot {
    Indices = 0,
    Vectors = 1,
    State = 2,
    Outputs = 3,
    Symbols = 4,
}

pub struct Stream {
    lanes: usize,
    /// The slots by their numbers, rows tight; then the next states (lanes, stride H) and the outputs
    /// (lanes, stride O), and a copy of a lane's outputs.
    blocks: [Block; 8],
    odd: bool,
}

impl Stream {
    pub fn new(network: &Network, lanes: usize) -> Result<Self, Error> {
        integer_within(1, lanes as isize, 1, 1 << 20)?;
        let options = network.options();
        let (input, hidden, output) = (options.input_size, options.hidden_size, options.output_size);
        let columns = [1, input, hidden, output, 1, stride(hidden), stride(output), stride(output)];
        let mut blocks: [Block; 8] = Default::default();
        for (block, columns) in blocks.iter_mut().zip(columns) {
            *block = Block::new(lanes.saturating_mul(columns))?;
        }
        Ok(Stream { lanes, blocks, odd: false })
    }

    /// Address and number of elements of a slot.
    pub fn place(&self, slot: i32) -> Option<(usize, usize)> {
        let slots = &self.blocks[..=StreamSlot::Symbols as usize];
        slots.get(slot as usize).map(|block| (block.address(), block.len()))
    }

    /// h = tanh(b + U x + W h), o = c + V h for every lane.
    pub fn step<V: Vector>(&mut self, network: &mut Network, input: Input) -> Result<(), Error> {
        let options = *network.options();
        let (hidden, output, lanes) = (options.hidden_size, options.output_size, self.lanes);
        if (input == Input::Nothing) != (options.input_size == 0) {
            return Err(unsupported(1));
        }
        let [indices, vectors, state, outputs, _, next, logits, _] = &mut self.blocks;
        if input == Input::Indices {
            check_indices(indices.as_i32(), StreamSlot::Indices as i32, options.input_size)?;
        }
        let rows = Rows::of(lanes);
        let (weight_ih, weight_hh) =
            (network.parameters.value(Tensor::WeightIh), network.parameters.value(Tensor::WeightHh));
        let needs = Needs {
            version: network.version,
            step_rows: rows,
            input_rows: (input == Input::Vectors).then_some(rows),
            indices: input == Input::Indices,
            backward: false,
        };
        network.cell.prepare(weight_ih, weight_hh, needs)?;
        if let Some(layer) = &mut network.output {
            layer.prepare(network.parameters.value(Tensor::WeightHo), network.version, rows, false)?;
        }

        let (row, width) = (stride(hidden), stride(output));
        let cell = &network.cell;
        let bias_h = network.parameters.value(Tensor::BiasH);
        cell.start_bias(next, bias_h);
        if input == Input::Indices {
            for (a, &x) in next.chunks_exact_mut(row).zip(indices.as_i32()) {
                cell.add_index::<V>(a, x as usize);
            }
        }
        if input == Input::Vectors {
            cell.add_inputs::<V>(next, vectors, lanes);
        }
        cell.step::<V>(next, state, hidden, lanes, self.odd);
        self.odd = !self.odd;
        tighten(state, hidden, next, row);
        if let Some(layer) = &network.output {
            layer.outputs::<V>(logits, network.parameters.value(Tensor::BiasO), next, lanes);
            tighten(outputs, output, logits, width);
        }
        Ok(())
    }

    /// Draws a symbol per lane from softmax(o / temperature) by inverting its distribution function, or takes the first
    /// largest output at temperature 0. Writes SYMBOLS only. Outputs that are not finite are NonFinite.
    pub fn sample<V: Vector>(
        &mut self,
        network: &Network,
        temperature: f64,
        seed: u64,
        first_id: u32,
        step: u64,
    ) -> Result<(), Error> {
        let output = network.options().output_size;
        if output == 0 {
            return Err(unsupported(0));
        }
        let lanes = self.lanes;
        let [_, _, _, outputs, symbols, _, _, row] = &mut self.blocks;
        if !outputs.iter().all(|o| o.is_finite()) {
            return Err(non_finite());
        }
        for (lane, symbol) in symbols.as_i32_mut()[..lanes].iter_mut().enumerate() {
            let key = Key { seed, purpose: SAMPLE, id: first_id.wrapping_add(lane as u32), update: 0 };
            let logits = &outputs[lane * output..][..output];
            *symbol = draw::<V>(logits, &mut row[..output], temperature, key, step) as i32;
        }
        Ok(())
    }
}

/// to ← from without the padding between its rows.
#[inline(never)]
fn tighten(to: &mut [f32], columns: usize, from: &[f32], stride: usize) {
    for (to, from) in to.chunks_exact_mut(columns).zip(from.chunks_exact(stride)) {
        to.copy_from_slice(&from[..columns]);
    }
}

/// A symbol drawn from softmax(logits / temperature), or the first largest at temperature 0. Overwrites `row` (O).
fn draw<V: Vector>(logits: &[f32], row: &mut [f32], temperature: f64, key: Key, step: u64) -> usize {
    let mut largest = 0;
    for (index, &logit) in logits.iter().enumerate() {
        if logit > logits[largest] {
            largest = index;
        }
    }
    if temperature > 0.0 {
        let inverse = (1.0 / temperature) as f32;
        for (scaled, &logit) in row.iter_mut().zip(logits) {
            // The largest becomes 0, so that no temperature overflows.
            *scaled = (logit - logits[largest]) * inverse;
        }
        // 0 · ∞ at the top when the temperature is next to nothing.
        row[largest] = 0.0;
        math::softmax_in_place::<V>(row);
        let mut left = key.uniform(step);
        for (index, &probability) in row.iter().enumerate() {
            left -= probability as f64;
            if left < 0.0 {
                return index;
            }
        }
    }
    largest
}
