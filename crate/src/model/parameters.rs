//! Parameters and their gradients: two flat blocks of the same layout, tensors in the order of the saved file.

use core::ops::Range;

use super::options::{Options, Recurrence};
use crate::arena::{Block, out_of_memory};
use crate::error::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tensor {
    /// U, (H, I)
    WeightIh = 0,
    /// W, (H, H)
    WeightHh = 1,
    /// R, (H, O)
    WeightOh = 2,
    /// b, (H)
    BiasH = 3,
    /// V, (O, H)
    WeightHo = 4,
    /// c, (O)
    BiasO = 5,
}

pub const TENSORS: [Tensor; 6] =
    [Tensor::WeightIh, Tensor::WeightHh, Tensor::WeightOh, Tensor::BiasH, Tensor::WeightHo, Tensor::BiasO];

/// Tensors start at multiples of 16 floats, one cache line; the padding between them is and stays 0.
const ALIGN: usize = 16;

pub struct Parameters {
    pub values: Block,
    pub gradients: Block,
    layout: Layout,
}

/// Where each tensor stands in a flat block; absent ones are empty.
#[derive(Clone, Copy, Default)]
pub struct Layout {
    /// Where each tensor starts, and where the last one's padding ends.
    starts: [usize; 7],
    lengths: [usize; 6],
    pub length: usize,
}

impl Layout {
    pub fn new(options: &Options) -> Result<Self, Error> {
        let (i, h, o) = (options.input_size as u64, options.hidden_size as u64, options.output_size as u64);
        let hidden = (options.recurrence != Recurrence::Output) as u64;
        let fed_back = (options.recurrence != Recurrence::Hidden) as u64;
        // O is 0 when there are no outputs. Sizes are at most 2^24, so nothing overflows 64 bits.
        let lengths = [h * i, hidden * h * h, fed_back * h * o, h, o * h, o];
        let mut layout = Layout::default();
        let mut end = 0;
        for (tensor, length) in lengths.into_iter().enumerate() {
            (layout.starts[tensor], layout.lengths[tensor]) = (end as usize, length as usize);
            end += length.next_multiple_of(ALIGN as u64);
        }
        if end > isize::MAX as u64 / 4 {
            return Err(out_of_memory(usize::MAX));
        }
        (layout.starts[6], layout.length) = (end as usize, end as usize);
        Ok(layout)
    }

    /// Tensor k with its padding is `padded()[k]..padded()[k + 1]`.
    pub fn padded(&self) -> [usize; 7] {
        self.starts
    }

    pub fn range(&self, tensor: Tensor) -> Range<usize> {
        let start = self.starts[tensor as usize];
        start..start + self.lengths[tensor as usize]
    }
}

impl Parameters {
    pub fn new(options: &Options) -> Result<Self, Error> {
        let layout = Layout::new(options)?;
        Ok(Parameters { values: Block::new(layout.length)?, gradients: Block::new(layout.length)?, layout })
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Address and number of elements of a slot of `recurra.h`.
    pub fn place(&self, slot: i32) -> Option<(usize, usize)> {
        let slot = slot as usize;
        let gradient = slot == 17 || (8..14).contains(&slot);
        let block = if gradient { &self.gradients } else { &self.values };
        let range = match slot {
            16 | 17 => 0..block.len(),
            0..=5 | 8..=13 => self.layout.range(TENSORS[slot % 8]),
            _ => 0..0,
        };
        if range.is_empty() { None } else { Some((block.address() + range.start * 4, range.len())) }
    }

    pub fn value(&self, tensor: Tensor) -> &[f32] {
        &self.values[self.layout.range(tensor)]
    }

    pub fn gradient(&self, tensor: Tensor) -> &[f32] {
        &self.gradients[self.layout.range(tensor)]
    }
}
