//! A batch of sequences as plain vectors, and drawing one.

use super::Draws;

/// I, H, O; O = 0 is a net without outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    pub input: usize,
    pub hidden: usize,
    pub output: usize,
}

#[derive(Clone, Debug)]
pub enum Inputs {
    /// N
    Indices(Vec<i32>),
    /// (N, I)
    Vectors(Vec<f32>),
}

/// Rows stand sequence by sequence; every scored row is a row (outputs at every step).
#[derive(Clone, Debug)]
pub struct Batch {
    pub sizes: Sizes,
    pub lengths: Vec<usize>,
    pub inputs: Inputs,
    /// N
    pub targets: Option<Vec<i32>>,
    /// N
    pub weights: Option<Vec<f32>>,
    /// (B, H)
    pub initial: Option<Vec<f32>>,
    /// (N, O), (N, H), (B, H)
    pub d_outputs: Option<Vec<f32>>,
    pub d_states: Option<Vec<f32>>,
    pub d_final: Option<Vec<f32>>,
}

impl Batch {
    /// A batch of these lengths that has everything a batch can have.
    pub fn full(draws: &mut Draws, sizes: Sizes, lengths: &[usize], vectors: bool) -> Batch {
        let rows: usize = lengths.iter().sum();
        let (count, Sizes { input, hidden, output }) = (lengths.len(), sizes);
        let weights: Vec<f32> = draws.values(rows).iter().map(|value| value + 1.0).collect();
        Batch {
            sizes,
            lengths: lengths.to_vec(),
            inputs: if vectors {
                Inputs::Vectors(draws.values(rows * input))
            } else {
                Inputs::Indices(draws.indices(rows, input))
            },
            targets: (output > 0).then(|| draws.indices(rows, output)),
            weights: (output > 0).then_some(weights),
            initial: Some(draws.values(count * hidden)),
            d_outputs: (output > 0).then(|| draws.values(rows * output)),
            d_states: Some(draws.values(rows * hidden)),
            d_final: Some(draws.values(count * hidden)),
        }
    }

    /// As `full`, each optional part left out or kept by the toss of a coin; at least one source of gradients stays.
    pub fn some(draws: &mut Draws, sizes: Sizes, lengths: &[usize], vectors: bool) -> Batch {
        let mut batch = Batch::full(draws, sizes, lengths, vectors);
        let mut maybe = |part: &mut Option<Vec<f32>>| {
            if draws.coin() {
                *part = None;
            }
        };
        maybe(&mut batch.weights);
        maybe(&mut batch.initial);
        maybe(&mut batch.d_outputs);
        maybe(&mut batch.d_states);
        maybe(&mut batch.d_final);
        if batch.d_outputs.is_some() && draws.below(4) == 0 {
            (batch.targets, batch.weights) = (None, None);
        }
        if batch.targets.is_none() && batch.d_outputs.is_none() && batch.d_final.is_none() {
            let rows = batch.rows();
            batch.d_states = Some(draws.values(rows * sizes.hidden));
        }
        batch
    }

    /// Lengths of `count` sequences up to `longest`: all equal, ones among long ones, empty ones among others, or
    /// drawn from 1 on. There is always a row.
    pub fn lengths(draws: &mut Draws, count: usize, longest: usize) -> Vec<usize> {
        let mut lengths: Vec<usize> = match draws.below(5) {
            0 => vec![longest; count],
            1 => (0..count).map(|_| if draws.coin() { 1 } else { longest }).collect(),
            2 => (0..count).map(|_| draws.between(0, longest)).collect(),
            _ => (0..count).map(|_| draws.between(1, longest)).collect(),
        };
        if lengths.iter().sum::<usize>() == 0 {
            lengths[0] = longest;
        }
        lengths
    }

    pub fn count(&self) -> usize {
        self.lengths.len()
    }

    pub fn rows(&self) -> usize {
        self.lengths.iter().sum()
    }

    pub fn first_row(&self, b: usize) -> usize {
        self.lengths[..b].iter().sum()
    }

    /// Takes every downstream gradient away.
    pub fn without_injected(mut self) -> Batch {
        (self.d_outputs, self.d_states, self.d_final) = (None, None, None);
        self
    }

    /// The batch of sequences `order[0]`, `order[1]`, …
    pub fn select(&self, order: &[usize]) -> Batch {
        self.cut(order, |b| (0, self.lengths[b]))
    }

    /// Of sequence `order[i]` the steps from … to − 1 that `range` gives for it.
    pub fn cut(&self, order: &[usize], range: impl Fn(usize) -> (usize, usize)) -> Batch {
        let Sizes { input, hidden, output } = self.sizes;
        let by_row = |values: &[f32], width: usize| -> Vec<f32> {
            let rows = order.iter().flat_map(|&b| {
                let ((from, to), first) = (range(b), self.first_row(b));
                &values[(first + from) * width..(first + to) * width]
            });
            rows.copied().collect()
        };
        let indices = |values: &[i32]| -> Vec<i32> {
            let rows = order.iter().flat_map(|&b| {
                let ((from, to), first) = (range(b), self.first_row(b));
                &values[first + from..first + to]
            });
            rows.copied().collect()
        };
        let by_sequence = |values: &[f32]| -> Vec<f32> {
            order.iter().flat_map(|&b| &values[b * hidden..(b + 1) * hidden]).copied().collect()
        };
        Batch {
            sizes: self.sizes,
            lengths: order.iter().map(|&b| range(b).1 - range(b).0).collect(),
            inputs: match &self.inputs {
                Inputs::Indices(values) => Inputs::Indices(indices(values)),
                Inputs::Vectors(values) => Inputs::Vectors(by_row(values, input)),
            },
            targets: self.targets.as_deref().map(indices),
            weights: self.weights.as_deref().map(|values| by_row(values, 1)),
            initial: self.initial.as_deref().map(by_sequence),
            d_outputs: self.d_outputs.as_deref().map(|values| by_row(values, output)),
            d_states: self.d_states.as_deref().map(|values| by_row(values, hidden)),
            d_final: self.d_final.as_deref().map(by_sequence),
        }
    }
}
