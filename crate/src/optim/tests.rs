//! Every optimizer over both host vectors: the same bits, in range, NaN kept.

use super::{Adam, RmsProp, Sgd, Vector, sweep};
use crate::random::Key;
use crate::simd::F32x4;

mod extremes;
mod textbook;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Sgd(Sgd),
    Adam(Adam),
    RmsProp(RmsProp),
}

/// Hyperparameters for which a misplaced epsilon, bias correction or decay would show.
fn kinds() -> [Kind; 3] {
    [
        Kind::Sgd(Sgd { learning_rate: 0.01, momentum: 0.9 }),
        Kind::Adam(Adam { learning_rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weight_decay: 0.1 }),
        Kind::RmsProp(RmsProp { learning_rate: 0.01, decay: 0.99, epsilon: 1e-3 }),
    ]
}

/// Parameters, first and second state, and how many updates they have seen.
#[derive(Clone)]
struct Run {
    kind: Kind,
    params: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    updates: i32,
}

impl Run {
    fn new(kind: Kind, params: Vec<f32>) -> Run {
        let zeros = vec![0.0; params.len()];
        Run { kind, params, first: zeros.clone(), second: zeros, updates: 0 }
    }

    fn step<V: Vector>(&mut self, grads: &[f32], scale: f32) {
        self.updates += 1;
        self.step_range::<V>(grads, scale, 0..grads.len());
    }

    fn step_range<V: Vector>(&mut self, grads: &[f32], scale: f32, range: core::ops::Range<usize>) {
        let rule = match self.kind {
            Kind::Sgd(options) => options.rule(),
            Kind::Adam(options) => {
                options.rule([options.beta1.powi(self.updates), options.beta2.powi(self.updates)])
            }
            Kind::RmsProp(options) => options.rule(),
        };
        // Padded with zeros, as tensors are.
        let padded = |x: &[f32]| {
            let mut x = x[range.clone()].to_vec();
            x.resize(range.len().next_multiple_of(4), 0.0);
            x
        };
        let (mut params, grads) = (padded(&self.params), padded(grads));
        let (mut first, mut second) = (padded(&self.first), padded(&self.second));
        sweep::<V>(&rule, &mut params, &grads, &mut first, &mut second, scale);
        let states = [(&mut self.params, params), (&mut self.first, first), (&mut self.second, second)];
        for (to, from) in states {
            let (inside, padding) = from.split_at(range.len());
            to[range.clone()].copy_from_slice(inside);
            assert!(padding.iter().all(|&x| x == 0.0), "{:?}: {padding:?}", self.kind);
        }
    }

    fn bits(&self) -> Vec<u32> {
        self.params.iter().chain(&self.first).chain(&self.second).map(|x| x.to_bits()).collect()
    }
}

/// Numbers in (−1, 1), different for each `id`.
fn draws(id: u32, len: usize) -> Vec<f32> {
    let key = Key { seed: 5, purpose: 16, id, update: 0 };
    (0..len).map(|i| (2.0 * key.open_uniform(4 * i as u64) - 1.0) as f32).collect()
}

#[test]
fn one_lane_and_four_agree_in_bits_for_all_tails() {
    for kind in kinds() {
        for len in (0..=13).chain([64, 99, 101]) {
            let mut one = Run::new(kind, draws(0, len));
            let mut four = one.clone();
            for t in 1..=7 {
                one.step::<f32>(&draws(t, len), 0.3);
                four.step::<F32x4>(&draws(t, len), 0.3);
            }
            assert_eq!(one.bits(), four.bits(), "{kind:?}, {len} elements");
        }
    }
}

#[test]
fn ranges_one_by_one_equal_the_whole_and_leave_the_rest() {
    let len = 41;
    for kind in kinds() {
        let mut whole = Run::new(kind, draws(0, len));
        let mut parts = whole.clone();
        whole.step::<F32x4>(&draws(1, len), 1.0);
        parts.updates = 1;
        let before = parts.bits();
        parts.step_range::<F32x4>(&draws(1, len), 1.0, 3..20);
        for (i, (old, new)) in before.iter().zip(parts.bits()).enumerate() {
            assert!(
                (3..20).contains(&(i % len)) || *old == new,
                "{kind:?}: element {i} is outside the range"
            );
        }
        parts.step_range::<F32x4>(&draws(1, len), 1.0, 0..3);
        parts.step_range::<F32x4>(&draws(1, len), 1.0, 20..len);
        assert_eq!(whole.bits(), parts.bits(), "{kind:?}");
    }
}

#[test]
fn nan_stays_where_it_is_and_is_not_hidden() {
    let len = 11;
    for kind in kinds() {
        for at in [0, 5, 10] {
            let mut clean = Run::new(kind, draws(0, len));
            let mut dirty = clean.clone();
            clean.step::<F32x4>(&draws(1, len), 1.0);
            let mut grads = draws(1, len);
            grads[at] = f32::NAN;
            dirty.step::<F32x4>(&grads, 1.0);
            assert!(dirty.params[at].is_nan() && dirty.first[at].is_nan(), "{kind:?}");
            for i in (0..len).filter(|&i| i != at) {
                assert_eq!(clean.params[i].to_bits(), dirty.params[i].to_bits(), "{kind:?} element {i}");
            }
        }
    }
}
