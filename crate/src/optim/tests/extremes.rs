//! Tiny, huge and vanishing gradients.

use super::*;
use crate::optim::MIN_EPSILON;
use crate::simd::FLUSH;

#[test]
fn state_never_holds_denormals_and_comes_to_rest_at_zero() {
    let kinds = [
        Kind::Sgd(Sgd { learning_rate: 0.01, momentum: 0.5 }),
        Kind::Adam(Adam { learning_rate: 0.01, beta1: 0.5, beta2: 0.6, epsilon: 1e-8, weight_decay: 0.0 }),
        Kind::RmsProp(RmsProp { learning_rate: 0.01, decay: 0.6, epsilon: 1e-8 }),
    ];
    let len = 9;
    for kind in kinds {
        let mut run = Run::new(kind, vec![0.5; len]);
        for t in 0..400 {
            // From 1 through all magnitudes down to denormals and 0, a factor of 3 at a time.
            let grads: Vec<f32> =
                draws(7, len).iter().map(|g| (f64::from(*g) * 3f64.powi(-t)) as f32).collect();
            run.step::<F32x4>(&grads, 1.0);
            for &s in run.first.iter().chain(&run.second) {
                assert!(s == 0.0 || s.abs() > FLUSH, "{kind:?}: {s:e} after {t} updates");
            }
        }
        assert!(run.first.iter().chain(&run.second).all(|&s| s == 0.0), "{kind:?}: {:?}", run.first);
    }
}

#[test]
fn weight_decay_stops_before_denormals() {
    let options = Adam { learning_rate: 1.0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weight_decay: 0.5 };
    let mut run = Run::new(Kind::Adam(options), vec![1.0, -1.0]);
    for _ in 0..500 {
        run.step::<F32x4>(&[0.0; 2], 1.0);
    }
    assert!(run.params.iter().all(|p| p.is_normal() && p.abs() <= 2.0 * 2.0 * FLUSH), "{:?}", run.params);
}

#[test]
fn without_gradient_or_decay_nothing_moves() {
    for kind in [
        Kind::Sgd(Sgd { learning_rate: 0.01, momentum: 0.9 }),
        Kind::Adam(Adam { learning_rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weight_decay: 0.0 }),
        Kind::RmsProp(RmsProp { learning_rate: 0.01, decay: 0.99, epsilon: 1e-8 }),
    ] {
        let params = vec![1.0, -1e-33, 1e30, 1e-40, 0.0];
        let mut run = Run::new(kind, params.clone());
        run.step::<F32x4>(&[0.0; 5], 1.0);
        assert_eq!(run.params, params, "{kind:?}");
    }
}

#[test]
fn steps_of_adam_and_rmsprop_stay_bounded_for_gradients_of_any_size() {
    let rate = 2f64.powi(-6);
    // A running mean that forgets 1 − β₂ sees √(1 − β₂) of a single gradient; as much again may have been flushed.
    let bound = rate * 2.0 / 0.1 * 1.001;
    for kind in [
        Kind::Adam(Adam {
            learning_rate: rate,
            beta1: 0.9,
            beta2: 0.99,
            epsilon: MIN_EPSILON,
            weight_decay: 0.0,
        }),
        Kind::RmsProp(RmsProp { learning_rate: rate, decay: 0.99, epsilon: MIN_EPSILON }),
    ] {
        let len = 16;
        let mut run = Run::new(kind, vec![0.0; len]);
        for t in 0..2000 {
            let magnitudes = draws(2 * t + 1, len);
            let signs = draws(2 * t, len);
            // From 1e-44 to 3e38, most after a while near one end or the other.
            let grads: Vec<f32> =
                (0..len).map(|i| 10f32.powf(-3.0 + 41.5 * magnitudes[i]).copysign(signs[i])).collect();
            let before = run.params.clone();
            run.step::<F32x4>(&grads, 1.0);
            for i in 0..len {
                let moved = f64::from(run.params[i]) - f64::from(before[i]);
                assert!(moved.abs() <= bound, "{kind:?}: {moved} for gradient {:e} at update {t}", grads[i]);
            }
        }
    }
}

#[test]
fn a_huge_gradient_moves_adam_by_the_learning_rate() {
    let options = Adam { learning_rate: 0.25, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
    let mut run = Run::new(Kind::Adam(options), vec![1.0; 2]);
    run.step::<F32x4>(&[3e38, -1e25], 1.0);
    for (p, expected) in run.params.iter().zip([0.75f32, 1.25]) {
        assert!((p - expected).abs() <= 8.0 * f32::EPSILON, "{p} for {expected}");
    }
    assert!(run.second.iter().all(|v| v.is_finite()));
}
