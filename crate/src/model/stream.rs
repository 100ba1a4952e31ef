//! Live data: one step at a time, the state carried. Each step has the bits of the same step of a sequence.

use super::batch::check_indices;
use super::{Network, Tensor};
use crate::arena::Block;
use crate::cells::{Form, Needs, Rows, stride};
use crate::error::{Error, integer_within, non_finite, unsupported};
use crate::feedback;
use crate::math;
use crate::random::{FEEDBACK, Key, SAMPLE};
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
    Feedback = 5,
}

pub struct Stream {
    lanes: usize,
    /// The slots by their numbers, rows tight; then the next states (lanes, stride H) and the outputs
    /// (lanes, stride O), and a copy of a lane's outputs.
    blocks: [Block; 9],
    odd: bool,
    /// Of what is fed back, if it is drawn: lane l draws with id + l.
    key: Key,
    step: u64,
}

impl Stream {
    pub fn new(network: &Network, lanes: usize) -> Result<Self, Error> {
        integer_within(1, lanes as isize, 1, 1 << 20)?;
        let options = network.options();
        let (input, hidden, output) = (options.input_size, options.hidden_size, options.output_size);
        let fed = if options.feeds_back() { output } else { 0 };
        let columns = [1, input, hidden, output, 1, fed, stride(hidden), stride(output), stride(output)];
        let mut blocks: [Block; 9] = Default::default();
        for (block, columns) in blocks.iter_mut().zip(columns) {
            *block = Block::new(lanes.saturating_mul(columns))?;
        }
        let key = Key { seed: 0, purpose: FEEDBACK, id: 0, update: 0 };
        Ok(Stream { lanes, blocks, odd: false, key, step: 0 })
    }

    /// Address and number of elements of a slot.
    pub fn place(&self, slot: i32) -> Option<(usize, usize)> {
        let slots = &self.blocks[..=StreamSlot::Feedback as usize];
        let block = slots.get(slot as usize)?;
        if slot == StreamSlot::Feedback as i32 && block.is_empty() {
            return None;
        }
        Some((block.address(), block.len()))
    }

    /// The numbers in a slot.
    pub fn f32(&self, slot: StreamSlot) -> &[f32] {
        &self.blocks[slot as usize]
    }

    pub fn f32_mut(&mut self, slot: StreamSlot) -> &mut [f32] {
        &mut self.blocks[slot as usize]
    }

    pub fn i32(&self, slot: StreamSlot) -> &[i32] {
        self.blocks[slot as usize].as_i32()
    }

    pub fn i32_mut(&mut self, slot: StreamSlot) -> &mut [i32] {
        self.blocks[slot as usize].as_i32_mut()
    }

    /// Seed, first lane's id and absolute step of the draws of feedback from here on.
    pub fn set_draws(&mut self, seed: u64, first_id: u32, step: u64) {
        (self.key.seed, self.key.id, self.step) = (seed, first_id, step);
    }

    /// h = φ(b + U x + R f + W h), o = c + V h for every lane; then FEEDBACK, f, is what the network feeds back itself.
    pub fn step<V: Vector>(&mut self, network: &mut Network, input: Input) -> Result<(), Error> {
        let options = *network.options();
        let (hidden, output, lanes) = (options.hidden_size, options.output_size, self.lanes);
        if (input == Input::Nothing) != (options.input_size == 0) {
            return Err(unsupported(1));
        }
        let [indices, vectors, state, outputs, _, feedback, next, logits, _] = &mut self.blocks;
        if input == Input::Indices {
            check_indices(indices.as_i32(), StreamSlot::Indices as i32, options.input_size)?;
        }
        let rows = Rows::of(lanes);
        let form = Form { vectors: Some(rows), ..Form::default() };
        let needs = Needs {
            version: network.version,
            step_rows: rows,
            input: match input {
                Input::Nothing => Form::default(),
                Input::Indices => Form { indices: true, ..Form::default() },
                Input::Vectors => form,
            },
            fed: if options.feeds_back() { form } else { Form::default() },
            backward: false,
        };
        let (weights, cell) = network.weights_and_cell();
        cell.prepare(weights, needs)?;
        if let Some(layer) = &mut network.output {
            layer.prepare(network.parameters.value(Tensor::WeightHo), network.version, rows, false)?;
        }

        let (row, width) = (stride(hidden), stride(output));
        let cell = &network.cell;
        let bias_h = network.parameters.value(Tensor::BiasH);
        cell.start_bias(next, bias_h);
        if input == Input::Indices {
            for (a, &x) in next.chunks_exact_mut(row).zip(indices.as_i32()) {
                cell.input.add_index::<V>(a, x as usize);
            }
        }
        if input == Input::Vectors {
            cell.input.add::<V>(next, vectors, options.input_size, lanes);
        }
        if options.feeds_back() {
            cell.fed.add::<V>(next, feedback, output, lanes);
        }
        cell.step::<V>(next, state, hidden, lanes, self.odd);
        self.odd = !self.odd;
        tighten(state, hidden, next, row);
        if let Some(layer) = &network.output {
            layer.outputs::<V>(logits, network.parameters.value(Tensor::BiasO), next, lanes);
            tighten(outputs, output, logits, width);
        }
        if options.feeds_back() {
            feedback.copy_from_slice(outputs);
            for (lane, f) in feedback.chunks_exact_mut(output).enumerate() {
                let key = Key { id: self.key.id.wrapping_add(lane as u32), ..self.key };
                options.feedback.apply::<V>(options.loss, f, key, self.step);
            }
        }
        self.step += 1;
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
        let [_, _, _, outputs, symbols, _, _, _, row] = &mut self.blocks;
        if !outputs.iter().all(|o| o.is_finite()) {
            return Err(non_finite());
        }
        for (lane, symbol) in symbols.as_i32_mut()[..lanes].iter_mut().enumerate() {
            let key = Key { seed, purpose: SAMPLE, id: first_id.wrapping_add(lane as u32), update: 0 };
            let logits = &outputs[lane * output..][..output];
            *symbol = choose::<V>(logits, &mut row[..output], temperature, key, step) as i32;
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
fn choose<V: Vector>(logits: &[f32], row: &mut [f32], temperature: f64, key: Key, step: u64) -> usize {
    let largest = feedback::largest(logits);
    if temperature <= 0.0 {
        return largest;
    }
    let inverse = (1.0 / temperature) as f32;
    for (scaled, &logit) in row.iter_mut().zip(logits) {
        // The largest becomes 0, so that no temperature overflows.
        *scaled = (logit - logits[largest]) * inverse;
    }
    // 0 · ∞ at the top when the temperature is next to nothing.
    row[largest] = 0.0;
    math::softmax_in_place::<V>(row);
    feedback::draw(row, key.uniform(step))
}
