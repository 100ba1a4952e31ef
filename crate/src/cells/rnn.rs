//! The cell: a = b + U x + R f + W h′, h = φ(a) (DL book (10.8), (10.9)), whatever of it a network has.

use super::{Form, Packed, Rows, Source, stride};
use crate::error::Error;
use crate::math::{self, Activation};
use crate::simd::Vector;

/// Packed weights of the cell. Rows of states are `stride(H)` apart.
pub struct Cell {
    hidden: usize,
    activation: Activation,
    /// U
    pub input: Source,
    /// R
    pub fed: Source,
    /// W and Wᵀ; none where recurrence goes through the output only.
    recurrent: Option<[Packed; 2]>,
}

/// The cell's weights: U (H, I), W (H, H), R (H, O); those that do not exist are empty.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    pub input: &'a [f32],
    pub hidden: &'a [f32],
    pub fed: &'a [f32],
}

/// What is going to be computed, hence what must be packed.
#[derive(Clone, Copy)]
pub struct Needs {
    /// Of the weights.
    pub version: u64,
    /// Rows of a recurrence step, over the steps of a batch.
    pub step_rows: Rows,
    pub input: Form,
    pub fed: Form,
    pub backward: bool,
}

impl Cell {
    /// `output` is 0 where nothing is fed back; without `recurrent` there is no W.
    pub fn new(input: usize, hidden: usize, output: usize, recurrent: bool, activation: Activation) -> Self {
        Cell {
            hidden,
            activation,
            input: Source::new(input, hidden),
            fed: Source::new(output, hidden),
            recurrent: recurrent.then(|| [Packed::transposed(hidden, hidden), Packed::plain(hidden, hidden)]),
        }
    }

    pub fn prepare(&mut self, weights: Weights<'_>, needs: Needs) -> Result<(), Error> {
        if let Some([forward, backward]) = &mut self.recurrent {
            forward.prepare(weights.hidden, needs.version, needs.step_rows)?;
            if needs.backward {
                backward.prepare(weights.hidden, needs.version, needs.step_rows)?;
            }
        }
        self.input.prepare(weights.input, needs.version, needs.input)?;
        self.fed.prepare(weights.fed, needs.version, needs.fed)
    }

    /// Whether a step needs the state before it.
    pub fn is_recurrent(&self) -> bool {
        self.recurrent.is_some()
    }

    /// a = b for every row of `a` (rows, stride H); overwrites.
    pub fn start_bias(&self, a: &mut [f32], bias_h: &[f32]) {
        for row in a.chunks_exact_mut(stride(self.hidden)) {
            row[..self.hidden].copy_from_slice(bias_h);
        }
    }

    /// h = φ(a + W h′): `a` (rows, stride H) is overwritten by h; h′ has rows `previous_stride` apart.
    pub fn step<V: Vector>(
        &self,
        a: &mut [f32],
        previous: &[f32],
        previous_stride: usize,
        rows: usize,
        reverse: bool,
    ) {
        let row = stride(self.hidden);
        if let Some([forward, _]) = &self.recurrent {
            forward.multiply::<V>(a, row, previous, previous_stride, rows, reverse);
        }
        math::activate::<V>(self.activation, &mut a[..rows * row]);
    }

    /// dL/dh′ += Wᵀ dL/da. All rows stride H apart.
    pub fn hand_back<V: Vector>(&self, d_previous: &mut [f32], d: &[f32], rows: usize, reverse: bool) {
        if let Some([_, backward]) = &self.recurrent {
            let row = stride(self.hidden);
            backward.multiply::<V>(d_previous, row, d, row, rows, reverse);
        }
    }

    /// dL/da = dL/dh ∘ φ′(a) in place of `d`, φ′ told by h.
    pub fn differentiate<V: Vector>(&self, d: &mut [f32], h: &[f32]) {
        math::activate_backward::<V>(self.activation, d, h);
    }
}
