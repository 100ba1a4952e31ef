//! What a net feeds back to itself as a symbol, held against the twin's outputs of the same steps.

use recurra::model::{Feedback, Loss, Options};
use recurra::random::{FEEDBACK, Key};
use recurra::reference::softmax;

use super::Outcome;
use super::systems::Problem;
use super::twin::{self, Run};

/// Outputs or probabilities nearer to each other than this may change places in f32: 50 times the error allowed to an
/// output of size 1. Sizes above 1 are rare.
const TIE: f64 = 1e-4;

/// Symbols that the kernel fed back to itself, held against the twin's outputs of the same steps.
#[derive(Default)]
pub struct Symbols {
    pub count: usize,
    pub near: usize,
}

impl Symbols {
    pub fn check(&mut self, problem: &Problem, outcome: &Outcome<f32>, expected: &Run<f64>) {
        let Problem { name, system, batch, .. } = problem;
        let width = batch.sizes.output;
        for b in 0..batch.count() {
            let own = outcome.of_sequence(batch, b);
            let fed = [&own.fed_back[..], &own.final_fed].concat();
            for t in (0..batch.lengths[b]).filter(|&t| !twin::is_taught(batch, b, t)) {
                let row = batch.first_row(b) + t;
                let o = &expected.all_outputs[row * width..(row + 1) * width];
                let f = &fed[(t + 1) * width..(t + 2) * width];
                let forcing = batch.forcing.expect("a net with R");
                let key = Key {
                    seed: forcing.seed,
                    purpose: FEEDBACK,
                    id: batch.ids[b] as u32,
                    update: forcing.update,
                };
                let step = batch.first_steps[b] as u64 + t as u64;
                let what = format!("{name}, sequence {b}, step {t}");
                self.count += 1;
                self.near += usize::from(!right(&what, &system.options, o, f, key, step));
            }
        }
    }
}

/// Whether f is what the rule makes of o; false if a tie is near, and a failure if it is simply wrong.
fn right(what: &str, options: &Options, o: &[f64], f: &[f32], key: Key, step: u64) -> bool {
    assert!(f.iter().all(|&f| f == 0.0 || f == 1.0), "{what}: {f:?}");
    if options.loss == Loss::Bernoulli {
        // Each output is 1 if this is above 0: its distance from ½, or from the draw at step · 2²⁵ + k.
        let above = |(k, o): (usize, &f64)| match options.feedback {
            Feedback::Argmax => *o,
            _ => 1.0 / (1.0 + (-o).exp()) - key.uniform(step << 25 | k as u64),
        };
        let above: Vec<f64> = o.iter().enumerate().map(above).collect();
        for (k, (f, above)) in f.iter().zip(&above).enumerate() {
            assert!(above.abs() < TIE || (*f == 1.0) == (*above > 0.0), "{what}: {f} in place {k}, {above}");
        }
        return above.iter().all(|above| above.abs() >= TIE);
    }
    let symbol = f.iter().position(|&f| f == 1.0).unwrap_or_else(|| panic!("{what}: no symbol in {f:?}"));
    assert!(f.iter().sum::<f32>() == 1.0, "{what}: more than a symbol in {f:?}");
    // The symbol with the most is right: its output, or how far the draw is inside its part of [0, 1), in order of
    // symbols (below 0: outside).
    let mut end = 0.0;
    let inside = |p: &f64| {
        end += p;
        let u = key.uniform(step);
        (u - (end - p)).min(end - u)
    };
    let has: Vec<f64> = match options.feedback {
        Feedback::Argmax => o.to_vec(),
        _ => softmax(o).iter().map(inside).collect(),
    };
    let most = has.iter().copied().fold(f64::MIN, f64::max);
    assert!(most - has[symbol] < TIE, "{what}: symbol {symbol}, {has:?}");
    has.iter().enumerate().all(|(k, &value)| k == symbol || most - value >= TIE)
}
