//! One lane and four lanes agree on every operation, for ordinary and for odd operands.

use super::*;

const OPERANDS: [f32; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    3.25e10,
    -7.0e-12,
    1e-30,
    -1e-30,
    1.000_001e-30,
    9.9e-31,
    1e-42,
    f32::MAX,
    f32::MIN_POSITIVE,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Equal bits, or both NaN: which NaN an operation makes is not fixed.
fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// A name, the operation on vectors, and the same on numbers.
type Binary<V> = (&'static str, fn(V, V) -> V, fn(f32, f32) -> f32);
type Unary<V> = (&'static str, fn(V) -> V, fn(f32) -> f32);

fn agree<V: Vector>() {
    let binary: [Binary<V>; 10] = [
        ("add", |a, b| a + b, |a, b| a + b),
        ("sub", |a, b| a - b, |a, b| a - b),
        ("mul", |a, b| a * b, |a, b| a * b),
        ("div", |a, b| a / b, |a, b| a / b),
        ("max", V::max, |a, b| if a < b { b } else { a }),
        ("min", V::min, |a, b| if b < a { b } else { a }),
        ("xor", V::xor, |a, b| f32::from_bits(a.to_bits() ^ b.to_bits())),
        ("zero_where", |a, b| a.zero_where(a.le(b)), |a, b| if a <= b { 0.0 } else { a }),
        ("le", |a, b| V::select(a.le(b), a, b), |a, b| if a <= b { a } else { b }),
        ("mul_add", |a, b| V::mul_add(a, b, b), |a, b| a * b + b),
    ];
    let unary: [Unary<V>; 5] = [
        ("abs", V::abs, f32::abs),
        ("sign", V::sign, |a| f32::copysign(0.0, a)),
        ("sqrt", V::sqrt, f32::sqrt),
        ("flush", V::flush, |a| if a.abs() <= FLUSH { a * 0.0 } else { a }),
        ("exponent", V::low_bits_to_exponent, |a| f32::from_bits(a.to_bits() << 23)),
    ];
    for a in OPERANDS {
        for b in OPERANDS {
            // b in one lane only: nothing may cross over.
            let pair = [a, b, b, a];
            for (name, vector, plain) in binary {
                let mut out = [0.0; 4];
                vector(V::load(&pair), V::splat(b)).store(&mut out);
                for lane in 0..V::LANES {
                    if matches!(name, "max" | "min") && (b.is_nan() || pair[lane].is_nan()) {
                        continue;
                    }
                    let want = plain(pair[lane], b);
                    assert!(same(out[lane], want), "{name}({}, {b}): {}, not {want}", pair[lane], out[lane]);
                }
            }
            for (name, vector, plain) in unary {
                let mut out = [0.0; 4];
                vector(V::load(&pair)).store(&mut out);
                for lane in 0..V::LANES {
                    let want = plain(pair[lane]);
                    assert!(same(out[lane], want), "{name}({}): {}, not {want}", pair[lane], out[lane]);
                }
            }
        }
    }
}

#[test]
fn operations_agree_with_plain_arithmetic() {
    agree::<f32>();
    agree::<Best>();
}

fn parts<V: Vector>() {
    for len in 0..=V::LANES + 1 {
        let src = &[1.0, 2.0, 3.0, 4.0, 5.0][..len];
        let mut whole = [0.0; 4];
        V::load_part(src, -1.0).store(&mut whole);
        for (lane, &value) in whole[..V::LANES].iter().enumerate() {
            assert_eq!(value, src.get(lane).copied().unwrap_or(-1.0));
        }
        let mut dst = [-2.0; 5];
        V::splat(7.0).store_part(&mut dst[..len]);
        let written = len.min(V::LANES);
        assert!(dst[..written].iter().all(|&v| v == 7.0) && dst[written..].iter().all(|&v| v == -2.0));
    }
}

#[test]
fn parts_touch_only_what_exists() {
    parts::<f32>();
    parts::<Best>();
}

fn sum_of<V: Vector>(values: &[f32]) -> f32 {
    let mut partial = [V::splat(0.0); 4];
    for first in (0..values.len()).step_by(V::LANES) {
        V::load_part(&values[first..], 0.0).add_to(&mut partial, first);
    }
    V::fold(partial)
}

#[test]
fn partial_sums_do_not_depend_on_the_lanes() {
    let values: [f32; 11] = core::array::from_fn(|i| 1.0 / (i as f32 + 0.3));
    let mut sums = [0.0; 4];
    for (i, value) in values.into_iter().enumerate() {
        sums[i % 4] += value;
    }
    let want = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    assert_eq!(sum_of::<f32>(&values).to_bits(), f32::to_bits(want));
    assert_eq!(sum_of::<Best>(&values).to_bits(), f32::to_bits(want));
}
