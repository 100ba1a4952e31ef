//! Functions of f64 for single numbers: losses, norms and the drawing of parameters.

use core::hint::black_box;

/// √x, correctly rounded.
#[cfg(not(target_arch = "wasm32"))]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// √x, correctly rounded. (`core` has no stable square root, but wasm's vectors do.)
#[cfg(target_arch = "wasm32")]
pub fn sqrt(x: f64) -> f64 {
    use core::arch::wasm32::{f64x2_extract_lane, f64x2_splat, f64x2_sqrt};
    f64x2_extract_lane::<0>(f64x2_sqrt(f64x2_splat(x)))
}

/// ln x within 2 ulp: −∞ for 0, NaN below.
///
/// x = 2ⁿ·m with √½ ≤ m < √2, and with s = (m − 1)/(m + 1), |s| < 0.172:
/// ln x = n·ln 2 + 2·(s + s³/3 + s⁵/5 + …). What follows s²¹/21 is less than a quarter of an ulp.
pub fn ln(x: f64) -> f64 {
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8; // 33 bits: n times it is exact
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x == f64::INFINITY {
        return x;
    }
    // Denormal numbers have no exponent of their own.
    let (x, bias) = if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, 54) } else { (x, 0) };
    let bits = x.to_bits();
    // The bits of √½ as the zero of the count move the boundary between exponents there.
    let offset = bits.wrapping_sub(core::f64::consts::FRAC_1_SQRT_2.to_bits());
    let n = ((offset as i64) >> 52) as i32;
    let m = f64::from_bits(bits.wrapping_sub((n as i64 as u64) << 52));

    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut series = 0.0;
    // Unknown to the compiler, which would write the loop out.
    let mut odd = black_box(21);
    while odd > 1 {
        series = (series + 1.0 / f64::from(odd)) * square;
        odd -= 2;
    }
    let n = f64::from(n - bias);
    n * LN_2_HIGH + (2.0 * s + (2.0 * s * series + n * LN_2_LOW))
}

/// A normally distributed number from two uniform ones in [0, 1) (Box and Muller):
/// √(−2 ln(1 − u1))·cos(2π·u2).
pub fn normal(u1: f64, u2: f64) -> f64 {
    sqrt(-2.0 * ln(1.0 - u1)) * cos_turns(u2)
}

/// cos(2π·u) for 0 ≤ u ≤ 1.
fn cos_turns(u: f64) -> f64 {
    // u = quarter/4 + rest, exactly, with |rest| ≤ 1/8.
    let quarter = (4.0 * u + 0.5) as i32;
    let angle = core::f64::consts::TAU * (u - 0.25 * f64::from(quarter));
    // cos, −sin, −cos, sin.
    let value = taylor(angle, quarter & 1);
    if (quarter + 1) & 2 == 0 { value } else { -value }
}

/// Taylor's series of cos x (`first` = 0) or sin x (`first` = 1), |x| ≤ π/4, to x¹⁸/18! and x¹⁹/19!.
#[inline(never)]
fn taylor(x: f64, first: i32) -> f64 {
    let square = x * x;
    let mut sum = 1.0;
    let mut power = black_box(first + 18);
    while power > first {
        sum = 1.0 - sum * square / f64::from(power * (power - 1));
        power -= 2;
    }
    if first == 0 { sum } else { sum * x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_is_within_two_ulp() {
        let ulp = |v: f64| v.abs().max(f64::MIN_POSITIVE).next_up() - v.abs().max(f64::MIN_POSITIVE);
        let mut x = 5e-324;
        let mut worst = (0.0, 0.0);
        while x < 1e308 {
            let error = (ln(x) - x.ln()).abs() / ulp(x.ln());
            if error > worst.0 {
                worst = (error, x);
            }
            x = x * 1.000_91 + 5e-324;
        }
        // Around 1, where the result is small.
        for i in -100_000..100_000 {
            let x = 1.0 + f64::from(i) * 3.3e-6;
            let error = (ln(x) - x.ln()).abs() / ulp(x.ln());
            if error > worst.0 {
                worst = (error, x);
            }
        }
        assert!(worst.0 <= 2.0, "{} ulp at {}", worst.0, worst.1);
        assert_eq!((ln(1.0), ln(0.0), ln(f64::INFINITY)), (0.0, f64::NEG_INFINITY, f64::INFINITY));
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan());
    }

    #[test]
    fn normal_follows_box_and_muller() {
        for i in 0..1000 {
            for j in 0..100 {
                let (u1, u2) = (f64::from(i) / 1000.0, f64::from(j) / 100.0);
                let want = (-2.0 * (1.0 - u1).ln()).sqrt() * (core::f64::consts::TAU * u2).cos();
                assert!((normal(u1, u2) - want).abs() < 1e-14, "u1 {u1}, u2 {u2}");
            }
        }
        let largest = 1.0 - 2f64.powi(-32);
        assert!(normal(largest, 0.0) < 6.7 && normal(0.0, largest) == 0.0);
        assert_eq!(sqrt(2.0), core::f64::consts::SQRT_2);
    }
}
