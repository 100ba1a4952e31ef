//! Errors in ulp against f64, odd values, and the same bits whatever the lanes and the position in a slice.

use super::*;
use crate::simd::{Best, F32x4, FLUSH};

/// The distance to the next f32 above |x|, for x that is not denormal.
fn ulp(x: f64) -> f64 {
    let x = (x.abs() as f32).max(f32::MIN_POSITIVE);
    f64::from(x.next_up()) - f64::from(x)
}

/// Every 1009th bit pattern (a prime: the low bits differ), and the neighbourhood of every special value.
fn sweep() -> Vec<f32> {
    let near = [0.0, FLUSH, 1e-22, 1e-4, 0.549_306_15, 9.0, 9.01, 10.0, 17.4, 69.08, 80.0, 88.0, f32::MAX];
    let edges =
        near.iter().flat_map(|v| (-8..=8).map(|i| f32::from_bits(v.to_bits().wrapping_add_signed(i))));
    let edges = edges.flat_map(|v| [v, -v]).chain([f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN]);
    edges.chain((0..=u32::MAX).step_by(1009).map(f32::from_bits)).collect()
}

fn mapped(function: fn(&mut [f32]), x: &[f32]) -> Vec<f32> {
    let mut y = x.to_vec();
    function(&mut y);
    y
}

fn assert_same_bits(what: &str, a: &[f32], b: &[f32]) {
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(), "{what}: index {i}: {a} and {b}");
    }
}

#[test]
fn tanh_is_within_two_ulp_and_one() {
    let x = sweep();
    let y = mapped(tanh_in_place::<f32>, &x);
    assert_same_bits("tanh", &y, &mapped(tanh_in_place::<Best>, &x));
    let mut worst = (0.0, 0.0);
    for (&x, &y) in x.iter().zip(&y) {
        if x.is_nan() {
            assert!(y.is_nan());
            continue;
        }
        assert!(y.abs() <= 1.0, "tanh {x} = {y}");
        assert_eq!(y.is_sign_negative(), x.is_sign_negative(), "tanh {x} = {y}");
        if x.abs() <= FLUSH {
            assert_eq!(y, 0.0, "tanh {x}");
            continue;
        }
        if x.abs() >= 9.02 {
            assert_eq!(y.abs(), 1.0, "tanh {x}");
        }
        let want = f64::from(x).tanh();
        let error = (f64::from(y) - want).abs() / ulp(want);
        if error > worst.0 {
            worst = (error, x);
        }
    }
    assert!(worst.0 <= 2.0, "{} ulp at {}", worst.0, worst.1);
}

#[test]
fn tanh_saturates_without_a_step_back() {
    let x: Vec<f32> = (7.0f32.to_bits()..10.0f32.to_bits()).map(f32::from_bits).collect();
    let y = mapped(tanh_in_place::<Best>, &x);
    for (x, pair) in x.iter().zip(y.windows(2)) {
        assert!(pair[0] <= pair[1], "after {x}: {} and {}", pair[0], pair[1]);
    }
    assert_eq!(y.last(), Some(&1.0));
}

#[test]
fn sigmoid_is_within_four_ulp_and_one() {
    let x = sweep();
    let y = mapped(sigmoid_in_place::<f32>, &x);
    assert_same_bits("sigmoid", &y, &mapped(sigmoid_in_place::<Best>, &x));
    for (&x, &y) in x.iter().zip(&y) {
        if x.is_nan() {
            assert!(y.is_nan());
            continue;
        }
        let want = 1.0 / (1.0 + f64::from(-x).exp());
        if want < f64::from(FLUSH) * 0.999 {
            assert_eq!(y, 0.0, "sigmoid {x}");
        } else if want > f64::from(FLUSH) * 1.001 {
            let error = (f64::from(y) - want).abs() / ulp(want);
            assert!(y <= 1.0 && error <= 4.0, "sigmoid {x} = {y}: {error} ulp");
        }
    }
}

/// Logits of a fixed sequence, in about ±`range`.
fn logits(len: usize, range: f32) -> Vec<f32> {
    let mut state = 12345u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * range
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn softmax_and_cross_entropy_follow_f64() {
    for len in (1..=40).chain([65, 67, 100, 1000]) {
        for range in [0.1, 3.0, 30.0] {
            let x = logits(len, range);
            let target = (7 * len) % len.max(3).min(len);
            let max = x.iter().fold(f64::NEG_INFINITY, |m, &v| m.max(f64::from(v)));
            let sum: f64 = x.iter().map(|&v| (f64::from(v) - max).exp()).sum();
            let mut y = x.clone();
            let (loss, correct) = cross_entropy::<Best>(&mut y, target);
            let mut plain = x.clone();
            assert_eq!(cross_entropy::<f32>(&mut plain, target), (loss, correct));
            assert_same_bits("cross-entropy", &y, &plain);
            assert_same_bits("softmax", &y, &mapped(softmax_in_place::<Best>, &x));

            // The sum of n positive numbers is within n/4 + 2 roundings in four partial sums; the
            // subtraction of the maximum errs by half an ulp of up to 2·range.
            let relative = f64::from(f32::EPSILON) * (len as f64 / 8.0 + 4.0 + f64::from(range));
            for (i, (&x, &y)) in x.iter().zip(&y).enumerate() {
                let want = (f64::from(x) - max).exp() / sum;
                let error = (f64::from(y) - want).abs();
                assert!(error <= relative * want, "{len} logits, index {i}: {y}, expected {want}");
            }
            let want = sum.ln() + max - f64::from(x[target]);
            let error = (f64::from(loss) - want).abs();
            assert!(error <= relative * (1.0 + want), "{len} logits: loss {loss}, expected {want}");
            let first = x.iter().position(|&v| f64::from(v) == max);
            assert_eq!(correct, first == Some(target));
        }
    }
}

#[test]
fn the_first_of_equal_logits_counts_as_the_largest() {
    let row = [1.0, 3.0, 3.0, -2.0, 3.0];
    let hits: Vec<bool> = (0..5).map(|target| cross_entropy::<Best>(&mut row.clone(), target).1).collect();
    assert_eq!(hits, [false, true, false, false, false]);
}

#[test]
fn softmax_flushes_its_tail_and_passes_nan_on() {
    let mut row = [0.0, -79.9, -80.1, -1e30, f32::NEG_INFINITY];
    softmax_in_place::<Best>(&mut row);
    assert_eq!(row, [1.0, row[1], 0.0, 0.0, 0.0]);
    assert!(row[1] > 1e-35);
    for bad in [f32::NAN, f32::INFINITY] {
        for position in 0..9 {
            let mut row = logits(9, 2.0);
            row[position] = bad;
            let (loss, _) = cross_entropy::<Best>(&mut row, 4);
            assert!(loss.is_nan() && row.iter().all(|y| y.is_nan()), "{bad} at {position}: {row:?}");
        }
    }
    let mut none = [f32::NEG_INFINITY; 3];
    softmax_in_place::<Best>(&mut none);
    assert!(none.iter().all(|y| y.is_nan()));
}

#[test]
fn the_gradient_of_cross_entropy_is_softmax_less_onehot() {
    for len in [1, 3, 4, 15, 16, 17, 65] {
        let mut y = logits(len, 5.0);
        softmax_in_place::<Best>(&mut y);
        let target = len / 2;
        let want: Vec<f32> = (0..len).map(|i| 0.25 * (y[i] - if i == target { 1.0 } else { 0.0 })).collect();
        let mut plain = y.clone();
        cross_entropy_backward::<Best>(&mut y, target, 0.25);
        cross_entropy_backward::<f32>(&mut plain, target, 0.25);
        assert_same_bits("gradient", &y, &want);
        assert_same_bits("gradient", &plain, &want);
    }
    let mut small = [1e-28, 0.5, 1e-31];
    cross_entropy_backward::<Best>(&mut small, 1, 1e-3);
    assert_eq!(small, [0.0, -0.5e-3, 0.0]);
}

#[test]
fn tanh_backward_flushes_and_keeps_nan() {
    for len in 0..40 {
        let (d, h) = (logits(len, 2.0), mapped(tanh_in_place::<Best>, &logits(len + 1, 3.0)[1..]));
        let want: Vec<f32> = d.iter().zip(&h).map(|(d, h)| d * (1.0 - h * h)).collect();
        for backward in [tanh_backward::<f32>, tanh_backward::<F32x4>, tanh_backward::<Best>] {
            let mut got = d.clone();
            backward(&mut got, &h);
            assert_same_bits("tanh_backward", &got, &want);
        }
    }
    let mut d = [1e-28, -1e-28, f32::NAN, 1.0, f32::INFINITY];
    tanh_backward::<Best>(&mut d, &[0.999, 0.999, 0.0, f32::NAN, 0.5]);
    assert_eq!((d[0].to_bits(), d[1].to_bits()), (d[0].abs().to_bits(), d[0].abs().to_bits() | 1 << 31));
    assert!(d[2].is_nan() && d[3].is_nan() && d[4] == f32::INFINITY);
    let mut small = [1e-30, -1e-31];
    tanh_backward::<Best>(&mut small, &[0.0, 0.0]);
    assert_eq!(small.map(f32::to_bits), [0, 1 << 31]);
}

/// Elements are independent: a slice of any length and offset gives what single elements give, and nothing
/// around it is written.
fn positions(function: fn(&mut [f32])) {
    let x = logits(200, 4.0);
    let single: Vec<f32> = x.iter().map(|&v| mapped(function, &[v])[0]).collect();
    for len in 0..=150 {
        for offset in [0, 1, 2, 3, 4, 17] {
            let mut buffer = vec![f32::NAN; 200];
            buffer[offset..offset + len].copy_from_slice(&x[offset..offset + len]);
            function(&mut buffer[offset..offset + len]);
            assert_same_bits("slice", &buffer[offset..offset + len], &single[offset..offset + len]);
            assert!(buffer[..offset].iter().chain(&buffer[offset + len..]).all(|v| v.is_nan()));
        }
    }
}

#[test]
fn neither_length_nor_position_matters() {
    positions(tanh_in_place::<f32>);
    positions(tanh_in_place::<Best>);
    positions(sigmoid_in_place::<Best>);
}

#[test]
fn squared_norm_sums_four_strided_parts() {
    for len in 0..30 {
        let x = logits(len, 1e20);
        let mut sums = [0.0f64; 4];
        for (i, &v) in x.iter().enumerate() {
            sums[i % 4] += f64::from(v) * f64::from(v);
        }
        let want = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        assert_eq!(squared_norm::<f32>(&x).to_bits(), want.to_bits());
        assert_eq!(squared_norm::<Best>(&x).to_bits(), want.to_bits());
    }
    assert!(squared_norm::<Best>(&[1.0, f32::NAN]).is_nan());
}

#[test]
fn losses_of_values_agree_with_double_precision() {
    let mut worst = [0.0f64; 2];
    for len in [1, 2, 3, 5, 16, 63, 64, 65, 88, 200] {
        let o: Vec<f32> =
            (0..len).map(|i| (i as f32 * 1.37).sin() * if i % 7 == 0 { 95.0 } else { 6.0 }).collect();
        let y: Vec<f32> = (0..len).map(|i| (i % 3) as f32 * 0.5).collect();
        let (mut squares, mut bernoulli_want) = (0.0, 0.0);
        for (&o, &y) in o.iter().zip(&y) {
            let (o, y) = (f64::from(o), f64::from(y));
            squares += 0.5 * (o - y) * (o - y);
            bernoulli_want += o.max(0.0) - o * y + (-o.abs()).exp().ln_1p();
        }
        let got = [squared_error(&o, &y), bernoulli::<Best>(&o, &y)];
        assert_eq!(got[1].to_bits(), bernoulli::<f32>(&o, &y).to_bits());
        for ((worst, got), want) in worst.iter_mut().zip(got).zip([squares, bernoulli_want]) {
            *worst = worst.max((f64::from(got) - want).abs() / want);
        }
    }
    // Sums in double precision of exponentials within 1 ulp, rounded once: 2⁻²⁴ and a little.
    assert!(worst.iter().all(|&worst| worst < 1.0e-7), "{worst:?}");
    assert!(bernoulli::<Best>(&[f32::NAN], &[0.0]).is_nan());
    assert!(!bernoulli::<Best>(&[f32::INFINITY], &[0.0]).is_finite());
}

#[test]
fn activations_flush_keep_nan_and_differentiate_by_h() {
    let x = [-2.0, -1e-31, -0.0, 0.0, 1e-31, 0.5, f32::NAN, f32::NEG_INFINITY, f32::INFINITY];
    let of = |activation| {
        let mut y = x;
        activate::<Best>(activation, &mut y);
        y
    };
    let relu = of(Activation::Relu);
    assert_eq!(relu[..6], [0.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
    assert!(relu[6].is_nan() && relu[7] == 0.0 && relu[8] == f32::INFINITY);
    let identity = of(Activation::Identity);
    assert_eq!(identity[..6], [-2.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
    assert!(identity[6].is_nan() && identity[7] == f32::NEG_INFINITY && identity[8] == f32::INFINITY);
    let mut d = [3.0; 4];
    activate_backward::<Best>(Activation::Relu, &mut d, &[0.0, 0.25, -0.0, 9.0]);
    assert_eq!(d, [0.0, 3.0, 0.0, 3.0]);
}
