use super::*;
use crate::arena;
use crate::error::Cause;
use crate::random::INITIALIZE;

fn key(seed: u64) -> Key {
    Key { seed, purpose: INITIALIZE, id: 1, update: 0 }
}

#[test]
fn uniform_fills_the_interval_evenly() {
    let mut x = vec![9.0; 40_003];
    uniform(&mut x, 0.125, key(1));
    let n = x.len() as f64;
    assert!(x.iter().all(|x| x.abs() <= 0.125));
    assert!(x.iter().any(|&x| x > 0.1249) && x.iter().any(|&x| x < -0.1249));
    let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let square = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n;
    // 5 standard deviations; U(−k, k) has variance k²/3, and its square variance 4k⁴/45.
    assert!(mean.abs() < 5.0 * 0.125 * f64::sqrt(1.0 / 3.0 / n), "{mean}");
    assert!(
        (square - 0.125 * 0.125 / 3.0).abs() < 5.0 * 0.125 * 0.125 * f64::sqrt(4.0 / 45.0 / n),
        "{square}"
    );
}

#[test]
fn a_longer_tensor_begins_like_a_shorter_one() {
    let (mut long, mut short) = ([0.0; 11], [0.0; 6]);
    uniform(&mut long, 1.0, key(2));
    uniform(&mut short, 1.0, key(2));
    assert_eq!(long[..6], short);
    let mut other = [0.0; 6];
    uniform(&mut other, 1.0, key(3));
    assert_ne!(short, other);
}

#[test]
fn identity_has_ones_on_the_diagonal_only() {
    for size in [0, 1, 2, 5] {
        let mut x = vec![f32::NAN; size * size];
        identity(&mut x, size);
        for (i, x) in x.iter().enumerate() {
            assert_eq!(*x, if i / size == i % size { 1.0 } else { 0.0 }, "{size}, {i}");
        }
    }
}

#[test]
fn orthogonal_has_orthonormal_rows() {
    for size in [1, 2, 3, 5, 13, 64, 130, 200] {
        let mut x = vec![f32::NAN; size * size];
        orthogonal(&mut x, size, key(4)).unwrap();
        assert!(x.iter().all(|x| x.is_finite()), "{size}: not all written");
        for i in 0..size {
            for j in 0..=i {
                let at = |i: usize, k: usize| f64::from(x[i * size + k]);
                let product: f64 = (0..size).map(|k| at(i, k) * at(j, k)).sum();
                let error = (product - f64::from(u8::from(i == j))).abs();
                // Each element is rounded to f32 once: a product of unit vectors is off by at most 2 · 2⁻²⁴.
                assert!(error <= 1.3e-7, "{size}, rows {i} and {j}: {error:e}");
            }
        }
    }
}

#[test]
fn orthogonal_is_spread_evenly() {
    // Over 4000 matrices of 3 x 3 the mean of every element is 0 and of its square 1/3, as for the uniform
    // distribution. Without the positive diagonal of Gram–Schmidt the first mean would fail.
    let mut sums = [[0.0; 2]; 9];
    for seed in 0..4000 {
        let mut x = [0.0; 9];
        orthogonal(&mut x, 3, key(seed)).unwrap();
        for (sums, x) in sums.iter_mut().zip(x) {
            sums[0] += f64::from(x) / 4000.0;
            sums[1] += f64::from(x).powi(2) / 4000.0;
        }
    }
    // 5 standard deviations: the variances of one element and of its square are 1/3 and 4/45.
    for [mean, square] in sums {
        assert!(mean.abs() < 5.0 * f64::sqrt(1.0 / 3.0 / 4000.0), "{mean}");
        assert!((square - 1.0 / 3.0).abs() < 5.0 * f64::sqrt(4.0 / 45.0 / 4000.0), "{square}");
    }
}

#[test]
fn cancellation_is_answered_with_a_second_pass_or_refused() {
    let mut done = [0.0; 64];
    orthonormal_draw(&[], &mut done[..63], key(1), &mut 0);
    // Almost in its direction: rounding errors are a millionth of what one pass leaves.
    let mut near = done.map(|x| 0.7 * x);
    near[63] = 1e-10;
    assert!(orthonormalize(&done, &mut near));
    assert!(dot(&near, &done).abs() < 1e-15, "{near:?}");
    assert!((near[63] - 1.0).abs() < 1e-9, "{near:?}");
    let axes = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    assert!(!orthonormalize(&axes, &mut [3.0, 4.0, 0.0]));
    assert!(!orthonormalize(&done, &mut [0.0; 64]));
    assert!(!orthonormalize(&done, &mut [f64::NAN; 64]));
}

#[test]
fn without_scratch_nothing_is_written() {
    let mut x = [7.0; 100];
    arena::set_limit(arena::used() + 799);
    let error = orthogonal(&mut x, 10, key(1)).map_err(|error| error.cause());
    assert_eq!(error, Err(Cause::OutOfMemory { requested: 800, limit: arena::limit(), used: arena::used() }));
    assert_eq!(x, [7.0; 100]);
    arena::set_limit(arena::MAX_LIMIT);
}
