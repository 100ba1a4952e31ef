//! Updates of a fixed net on a fixed batch, for counting instructions: `one_update SEQUENCES UPDATES`.
//!
//! 65 symbols, 128 hidden units, 32 steps; gradient of the mean cross-entropy, clipping, SGD; 4 lanes. The second and
//! every later update does the same work, so the difference of two counts, of 3 and of 2 updates, is one update
//! without the start of the program. `scripts/instructions.mjs` counts it under callgrind.

use recurra::error::Error;
use recurra::model::{Initializer, Kind, Network, Optimizer, Options, Slot, Step, Workspace, flags, train};
use recurra::simd::F32x4;

const SYMBOLS: usize = 65;
const HIDDEN: usize = 128;
const STEPS: usize = 32;
const STEP: Step = Step { learning_rate: 0.1, clip_norm: 5.0, frozen: 0, a: 0.0, b: 0.0, c: 0.0, d: 0.0 };

fn main() -> Result<(), Error> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let (Some(Ok(sequences)), Some(Ok(updates)), None) = (numbers.next(), numbers.next(), numbers.next())
    else {
        eprintln!("expected two numbers: sequences, updates");
        std::process::exit(2);
    };
    let options =
        Options { input_size: SYMBOLS, hidden_size: HIDDEN, output_size: SYMBOLS, ..Options::default() };
    let mut network = Network::new(options)?;
    network.initialize(Initializer::Uniform, 1)?;
    let mut optimizer = Optimizer::new(&network, Kind::Sgd)?;
    let mut workspace = Workspace::new();
    let rows = sequences * STEPS;
    for update in 0..updates {
        // As a trainer does it: shaped and filled anew for every batch.
        workspace.shape(&network, sequences, rows, flags::TARGETS)?;
        workspace.i32_mut(Slot::Lengths)?.fill(STEPS as i32);
        for (slot, factor) in [(Slot::Inputs, 7), (Slot::Target, 11)] {
            for (row, symbol) in workspace.i32_mut(slot)?.iter_mut().enumerate() {
                *symbol = (row * factor % SYMBOLS) as i32;
            }
        }
        train::<F32x4>(&mut network, &mut workspace)?;
        let norm = optimizer.step::<F32x4>(&mut network, STEP)?;
        println!("update {update}: loss {}, gradient norm {norm}", workspace.results()[0] / rows as f64);
    }
    Ok(())
}
