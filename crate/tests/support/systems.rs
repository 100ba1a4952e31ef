//! The table of all systems: every combination of recurrence, outputs, loss, feedback, activation and kind of input that a
//! network accepts, with batches ragged and not, with targets and without, at every setting of the dial that matters.

use recurra::model::{Activation, Feedback, Initializer, Loss, Network, Options, Outputs, Recurrence};

use super::{Batch, Draws, Forcing, Inputs, Sizes, Targets};

pub const RECURRENCES: [Recurrence; 3] = [Recurrence::Hidden, Recurrence::Output, Recurrence::Both];
pub const OUTPUTS: [Outputs; 3] = [Outputs::Every, Outputs::Last, Outputs::None];
pub const LOSSES: [Loss; 3] = [Loss::CrossEntropy, Loss::SquaredError, Loss::Bernoulli];
pub const FEEDBACKS: [Feedback; 4] =
    [Feedback::Outputs, Feedback::Probabilities, Feedback::Argmax, Feedback::Sample];
pub const ACTIVATIONS: [Activation; 3] = [Activation::Tanh, Activation::Relu, Activation::Identity];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Nothing,
    Indices,
    Vectors,
}
pub const KINDS: [Kind; 3] = [Kind::Nothing, Kind::Indices, Kind::Vectors];

/// Where what is fed back and what is scored come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Teaching {
    /// No targets; everything fed back is the network's own.
    NoTargets,
    /// Targets only for the loss: nothing is fed back, or only the network's own.
    Scored,
    /// Targets are fed back with this probability.
    Forced(f64),
}

/// One line of the table. Sizes in `options` are 0.
#[derive(Clone, Copy, Debug)]
pub struct System {
    pub options: Options,
    pub kind: Kind,
    pub ragged: bool,
    pub teaching: Teaching,
}

/// Every combination of options, and the positions of the arguments at which it may be refused; none: it exists.
pub fn all_options() -> Vec<(Options, Vec<i32>)> {
    let mut all = vec![];
    for recurrence in RECURRENCES {
        for outputs in OUTPUTS {
            for loss in LOSSES {
                for feedback in FEEDBACKS {
                    for activation in ACTIVATIONS {
                        let mut refused = vec![];
                        if recurrence != Recurrence::Hidden && outputs == Outputs::None {
                            refused.push(3);
                        }
                        let symbols = matches!(feedback, Feedback::Argmax | Feedback::Sample);
                        if symbols && loss == Loss::SquaredError {
                            refused.push(7);
                        }
                        let options =
                            Options { recurrence, outputs, loss, feedback, activation, ..Options::default() };
                        all.push((options, refused));
                    }
                }
            }
        }
    }
    all
}

/// The whole table.
pub fn systems() -> Vec<System> {
    let mut systems = vec![];
    for (options, refused) in all_options() {
        for kind in KINDS {
            for ragged in [false, true] {
                for &teaching in teachings(&options) {
                    if refused.is_empty() {
                        systems.push(System { options, kind, ragged, teaching });
                    }
                }
            }
        }
    }
    systems
}

fn teachings(options: &Options) -> &'static [Teaching] {
    use Teaching::{Forced, NoTargets, Scored};
    match (options.outputs, options.recurrence) {
        (Outputs::None, _) => &[NoTargets],
        (Outputs::Every, Recurrence::Output | Recurrence::Both) => {
            &[Forced(1.0), Forced(0.5), Forced(0.0), NoTargets]
        }
        _ => &[Scored, NoTargets],
    }
}

/// One of the systems with a network and a batch, as small as shows everything.
pub struct Problem {
    pub name: String,
    pub system: System,
    pub net: Network,
    pub batch: Batch,
    pub scale: f32,
    pub draws: Draws,
}

impl System {
    pub fn feeds_back(&self) -> bool {
        self.options.recurrence != Recurrence::Hidden
    }

    /// The net feeds symbols back that it took from its own outputs: through these no gradient flows.
    pub fn feeds_symbols(&self) -> bool {
        self.feeds_back() && matches!(self.options.feedback, Feedback::Argmax | Feedback::Sample)
    }

    pub fn has_outputs(&self) -> bool {
        self.options.outputs != Outputs::None
    }

    pub fn sizes(&self, draws: &mut Draws) -> Sizes {
        // Mostly small, where remainders of blocks are everything; one in eight reaches whole blocks.
        let largest = if draws.below(8) == 0 { 33 } else { 9 };
        Sizes {
            input: if self.kind == Kind::Nothing { 0 } else { draws.between(1, largest) },
            hidden: draws.between(1, largest),
            output: if self.has_outputs() { draws.between(1, largest) } else { 0 },
        }
    }

    /// A drawn net and a drawn batch of up to 11 sequences and 9 steps, optional parts there or not.
    pub fn problem(&self, seed: u64) -> Problem {
        let mut draws = Draws::new(seed);
        let sizes = self.sizes(&mut draws);
        let net = self.network(sizes, seed);
        let count = if draws.below(8) == 0 { draws.between(8, 11) } else { draws.between(1, 4) };
        let lengths = self.lengths(&mut draws, count, 9);
        let mut batch = self.batch(&mut draws, sizes, &lengths);
        batch.thin_out(&mut draws);
        batch.keep_a_source_of_gradients(&mut draws);
        // As in training (loss ÷ count), or the sum as it is.
        let scale = if draws.coin() { 1.0 / batch.rows() as f32 } else { 1.0 };
        let name = format!("seed {seed}, {self:?}, {sizes:?}, lengths {lengths:?}");
        Problem { name, system: *self, net, batch, scale, draws }
    }

    pub fn network(&self, sizes: Sizes, seed: u64) -> Network {
        let options = Options {
            input_size: sizes.input,
            hidden_size: sizes.hidden,
            output_size: sizes.output,
            ..self.options
        };
        let mut net = Network::new(options).expect("network");
        net.initialize(Initializer::Uniform, seed).expect("initialize");
        net
    }

    /// All equal, or drawn; 0 only where outputs are not "last".
    pub fn lengths(&self, draws: &mut Draws, count: usize, longest: usize) -> Vec<usize> {
        if !self.ragged {
            return vec![draws.between(1, longest); count];
        }
        let least = usize::from(self.options.outputs == Outputs::Last);
        let mut lengths: Vec<usize> = (0..count).map(|_| draws.between(least, longest)).collect();
        if lengths.iter().sum::<usize>() == 0 {
            lengths[0] = longest;
        }
        lengths
    }

    /// A batch that has everything that batches of this system can have; a third of the weights are 0.
    pub fn batch(&self, draws: &mut Draws, sizes: Sizes, lengths: &[usize]) -> Batch {
        let (rows, count): (usize, usize) = (lengths.iter().sum(), lengths.len());
        let Sizes { input, hidden, output } = sizes;
        let inputs = match self.kind {
            Kind::Nothing => Inputs::Nothing,
            Kind::Indices => Inputs::Indices(draws.indices(rows, input)),
            Kind::Vectors => Inputs::Vectors(draws.values(rows * input)),
        };
        let mut batch = Batch::bare(sizes, lengths, inputs);
        batch.last = self.options.outputs == Outputs::Last;
        // Ids and first steps key the draws: neither starts at 0 here, neither is in order.
        batch.ids = draws.order(count).into_iter().map(|id| 100 + id as i32).collect();
        batch.first_steps = draws.indices(count, 1000);
        let scored = batch.scored();
        if self.has_outputs() {
            batch.d_outputs = Some(draws.values(scored * output));
        }
        if self.teaching != Teaching::NoTargets {
            batch.targets = Some(self.targets(draws, scored, output));
            let weight = |draws: &mut Draws| if draws.below(3) == 0 { 0.0 } else { draws.value() + 1.0 };
            batch.weights = Some((0..scored).map(|_| weight(draws)).collect());
        }
        batch.initial = Some(draws.values(count * hidden));
        batch.d_states = Some(draws.values(rows * hidden));
        batch.d_final = Some(draws.values(count * hidden));
        if self.feeds_back() {
            batch.initial_fed = Some(draws.values(count * output));
            let teacher = if let Teaching::Forced(teacher) = self.teaching { teacher } else { 1.0 };
            batch.forcing = Some(Forcing {
                teacher,
                seed: draws.below(1 << 53) as u64,
                update: draws.below(1 << 31) as u32,
            });
        }
        batch
    }

    fn targets(&self, draws: &mut Draws, scored: usize, output: usize) -> Targets {
        match self.options.loss {
            Loss::CrossEntropy => Targets::Classes(draws.indices(scored, output)),
            Loss::SquaredError => Targets::Values(draws.values(scored * output)),
            // In [0, 1], both ends included.
            Loss::Bernoulli => Targets::Values(
                (0..scored * output)
                    .map(|_| if draws.coin() { draws.below(2) as f32 } else { draws.value().abs() })
                    .collect(),
            ),
        }
    }
}
