//! Nets and batches of many sizes, for comparisons of bits.

use recurra::model::{Initializer, Network, Workspace};
use recurra::simd::Vector;

use super::{Batch, Draws, Outcome, Sizes, kernel};

/// Sizes around the block borders 4, 8, 16 and 28 and a few drawn ones; O = 0 is a net without outputs.
pub const SIZES: [Sizes; 12] = [
    Sizes { input: 1, hidden: 1, output: 1 },
    Sizes { input: 2, hidden: 3, output: 2 },
    Sizes { input: 3, hidden: 4, output: 5 },
    Sizes { input: 5, hidden: 7, output: 4 },
    Sizes { input: 8, hidden: 8, output: 0 },
    Sizes { input: 9, hidden: 12, output: 3 },
    Sizes { input: 16, hidden: 17, output: 9 },
    Sizes { input: 4, hidden: 28, output: 28 },
    Sizes { input: 31, hidden: 29, output: 33 },
    Sizes { input: 33, hidden: 32, output: 64 },
    Sizes { input: 1, hidden: 57, output: 2 },
    Sizes { input: 67, hidden: 66, output: 65 },
];

pub struct Case {
    pub name: String,
    pub net: Network,
    pub batch: Batch,
    pub draws: Draws,
}

/// One case for each of `SIZES` and each kind of input, with `count` sequences of up to 12 steps.
pub fn cases(counts: &[usize]) -> Vec<Case> {
    let mut cases = vec![];
    for (i, sizes) in SIZES.into_iter().enumerate() {
        for vectors in [false, true] {
            let count = counts[i % counts.len()];
            let seed = 2 * i as u64 + u64::from(vectors);
            let mut draws = Draws::new(seed);
            let lengths = Batch::lengths(&mut draws, count, 12);
            let batch = Batch::full(&mut draws, sizes, &lengths, vectors);
            let net = kernel::network(sizes, Initializer::Uniform, seed);
            let name = format!("seed {seed}, {sizes:?}, vectors {vectors}, lengths {lengths:?}");
            cases.push(Case { name, net, batch, draws });
        }
    }
    cases
}

/// Forward and backward in a fresh workspace.
pub fn run<V: Vector>(net: &mut Network, batch: &Batch, scale: f32) -> Outcome<f32> {
    kernel::forward_backward::<V>(net, &mut Workspace::new(), batch, scale).expect("kernel")
}
