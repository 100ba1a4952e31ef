use super::*;
use crate::random::FEEDBACK;
use crate::simd::F32x4;

const KEY: Key = Key { seed: 11, purpose: FEEDBACK, id: 3, update: 2 };

fn fed(feedback: Feedback, loss: Loss, o: &[f32], step: u64) -> Vec<f32> {
    let (mut one, mut four) = (o.to_vec(), o.to_vec());
    feedback.apply::<f32>(loss, &mut one, KEY, step);
    feedback.apply::<F32x4>(loss, &mut four, KEY, step);
    assert_eq!(one, four);
    one
}

#[test]
fn argmax_takes_the_first_of_equals_and_bernoulli_what_is_above_one_half() {
    assert_eq!(
        fed(Feedback::Argmax, Loss::CrossEntropy, &[1.0, 4.0, -2.0, 4.0, 0.0], 0),
        [0., 1., 0., 0., 0.]
    );
    assert_eq!(fed(Feedback::Argmax, Loss::Bernoulli, &[1.0, 0.0, -2.0, 1e-30], 0), [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn draws_come_as_often_as_they_are_probable() {
    let o = [0.3f32, -1.0, 1.2];
    let sum: f64 = o.iter().map(|&o| f64::from(o).exp()).sum();
    let count = 20_000;
    let (mut classes, mut ones) = ([0.0; 3], [0.0; 3]);
    for step in 0..count {
        let f = fed(Feedback::Sample, Loss::CrossEntropy, &o, step);
        assert_eq!(f.iter().sum::<f32>(), 1.0);
        let g = fed(Feedback::Sample, Loss::Bernoulli, &o, step);
        for k in 0..3 {
            classes[k] += f64::from(f[k]);
            ones[k] += f64::from(g[k]);
        }
    }
    for k in 0..3 {
        let class = f64::from(o[k]).exp() / sum;
        let one = 1.0 / (1.0 + f64::from(-o[k]).exp());
        // 5 standard deviations of a binomial.
        for (got, p) in [(classes[k], class), (ones[k], one)] {
            let n = count as f64;
            assert!((got - n * p).abs() < 5.0 * (n * p * (1.0 - p)).sqrt(), "{k}: {got} of {}", n * p);
        }
    }
}

#[test]
fn a_nan_is_not_hidden() {
    for loss in [Loss::CrossEntropy, Loss::Bernoulli] {
        for feedback in [Feedback::Outputs, Feedback::Probabilities, Feedback::Argmax, Feedback::Sample] {
            let f = fed_bits(feedback, loss);
            assert!(f.iter().any(|f| f.is_nan()), "{feedback:?} {loss:?}: {f:?}");
        }
    }
}

fn fed_bits(feedback: Feedback, loss: Loss) -> Vec<f32> {
    let mut o = vec![0.5, f32::NAN, 2.0];
    feedback.apply::<F32x4>(loss, &mut o, KEY, 0);
    o
}

#[test]
fn the_way_back_is_the_derivative() {
    let o = [0.3f32, -1.0, 1.2, 0.1];
    let weights = [0.7f32, -0.2, 0.4, 1.1];
    for loss in [Loss::CrossEntropy, Loss::SquaredError, Loss::Bernoulli] {
        for feedback in [Feedback::Outputs, Feedback::Probabilities] {
            let value = |o: &[f64]| -> f64 {
                let sum: f64 = o.iter().map(|o| o.exp()).sum();
                let f = |&o: &f64| match (feedback, loss) {
                    (Feedback::Outputs, _) | (_, Loss::SquaredError) => o,
                    (_, Loss::Bernoulli) => 1.0 / (1.0 + (-o).exp()),
                    _ => o.exp() / sum,
                };
                o.iter().map(f).zip(weights).map(|(f, w)| f * f64::from(w)).sum()
            };
            let mut d = weights;
            feedback.backward(loss, &mut d, &fed(feedback, loss, &o, 0));
            for k in 0..4 {
                let at = |step: f64| {
                    let mut o = o.map(f64::from);
                    o[k] += step;
                    value(&o)
                };
                let want = (at(1e-6) - at(-1e-6)) / 2e-6;
                // A central difference is exact to about 1e-10 here; f in single precision to 1e-7.
                assert!((f64::from(d[k]) - want).abs() < 1e-6, "{feedback:?} {loss:?} {k}: {} {want}", d[k]);
            }
        }
    }
}
