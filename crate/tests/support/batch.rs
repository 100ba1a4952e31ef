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
    /// I = 0
    Nothing,
    /// N
    Indices(Vec<i32>),
    /// (N, I)
    Vectors(Vec<f32>),
}

#[derive(Clone, Debug)]
pub enum Targets {
    /// Q
    Classes(Vec<i32>),
    /// (Q, O)
    Values(Vec<f32>),
}

/// The dial: how often the true target is fed back, and what keys that draw and those of feedback "sample".
#[derive(Clone, Copy, Debug)]
pub struct Forcing {
    pub teacher: f64,
    pub seed: u64,
    pub update: u32,
}

/// Rows stand sequence by sequence. Q scored rows: all N, or one for each of the B sequences where only the last output
/// is scored.
#[derive(Clone, Debug)]
pub struct Batch {
    pub sizes: Sizes,
    /// Only the output of a sequence's last step is scored.
    pub last: bool,
    pub lengths: Vec<usize>,
    /// B: whose draws these are, and the absolute number of the first step.
    pub ids: Vec<i32>,
    pub first_steps: Vec<i32>,
    pub inputs: Inputs,
    pub targets: Option<Targets>,
    /// Q
    pub weights: Option<Vec<f32>>,
    /// (B, H), (B, O)
    pub initial: Option<Vec<f32>>,
    pub initial_fed: Option<Vec<f32>>,
    /// (Q, O), (N, H), (B, H)
    pub d_outputs: Option<Vec<f32>>,
    pub d_states: Option<Vec<f32>>,
    pub d_final: Option<Vec<f32>>,
    /// None: as a fresh shape has it, the target always.
    pub forcing: Option<Forcing>,
}

impl Batch {
    /// Sequences of these lengths and nothing else: each row scored, no optional part.
    pub fn bare(sizes: Sizes, lengths: &[usize], inputs: Inputs) -> Batch {
        Batch {
            sizes,
            last: false,
            lengths: lengths.to_vec(),
            ids: (0..lengths.len() as i32).collect(),
            first_steps: vec![0; lengths.len()],
            inputs,
            targets: None,
            weights: None,
            initial: None,
            initial_fed: None,
            d_outputs: None,
            d_states: None,
            d_final: None,
            forcing: None,
        }
    }

    /// A batch of these lengths that has everything a batch of a net with hidden recurrence can have.
    pub fn full(draws: &mut Draws, sizes: Sizes, lengths: &[usize], vectors: bool) -> Batch {
        let rows: usize = lengths.iter().sum();
        let (count, Sizes { input, hidden, output }) = (lengths.len(), sizes);
        let weights: Vec<f32> = draws.values(rows).iter().map(|value| value + 1.0).collect();
        let inputs = if vectors {
            Inputs::Vectors(draws.values(rows * input))
        } else {
            Inputs::Indices(draws.indices(rows, input))
        };
        Batch {
            targets: (output > 0).then(|| Targets::Classes(draws.indices(rows, output))),
            weights: (output > 0).then_some(weights),
            initial: Some(draws.values(count * hidden)),
            d_outputs: (output > 0).then(|| draws.values(rows * output)),
            d_states: Some(draws.values(rows * hidden)),
            d_final: Some(draws.values(count * hidden)),
            ..Batch::bare(sizes, lengths, inputs)
        }
    }

    /// As `full`, each optional part left out or kept by the toss of a coin; at least one source of gradients stays.
    pub fn some(draws: &mut Draws, sizes: Sizes, lengths: &[usize], vectors: bool) -> Batch {
        let mut batch = Batch::full(draws, sizes, lengths, vectors);
        batch.thin_out(draws);
        if batch.d_outputs.is_some() && draws.below(4) == 0 {
            (batch.targets, batch.weights) = (None, None);
        }
        batch.keep_a_source_of_gradients(draws);
        batch
    }

    /// Leaves out each optional part by the toss of a coin, but never the targets.
    pub fn thin_out(&mut self, draws: &mut Draws) {
        let parts = [
            &mut self.weights,
            &mut self.initial,
            &mut self.initial_fed,
            &mut self.d_outputs,
            &mut self.d_states,
            &mut self.d_final,
        ];
        for part in parts.into_iter().filter(|part| part.is_some()) {
            if draws.coin() {
                *part = None;
            }
        }
    }

    pub fn keep_a_source_of_gradients(&mut self, draws: &mut Draws) {
        if self.targets.is_none() && self.d_outputs.is_none() && self.d_final.is_none() {
            self.d_states = Some(draws.values(self.rows() * self.sizes.hidden));
        }
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

    /// Q
    pub fn scored(&self) -> usize {
        if self.last { self.count() } else { self.rows() }
    }

    pub fn first_row(&self, b: usize) -> usize {
        self.lengths[..b].iter().sum()
    }

    /// The sum of the weights, as the kernel adds it.
    pub fn weight_sum(&self) -> f64 {
        match &self.weights {
            Some(weights) => weights.iter().map(|&weight| f64::from(weight)).sum(),
            None => self.scored() as f64,
        }
    }

    /// Takes every downstream gradient away.
    pub fn without_injected(mut self) -> Batch {
        (self.d_outputs, self.d_states, self.d_final) = (None, None, None);
        self
    }
}
