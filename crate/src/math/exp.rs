//! The exponential.
//!
//! The polynomials are summed in pairs (Estrin's scheme): two thirds of the latency of Horner's.

use crate::simd::Vector;

/// Adding this number rounds to an integer n and leaves n + 127, the exponent of 2ⁿ, in the lowest bits.
const ROUND: f32 = 12_582_912.0 + 127.0; // 1.5·2²³ + 127

/// ln 2 in two parts: n·`LN_2_HIGH` is exact for |n| ≤ 2⁹.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// eʳ ≈ 1 + r + r²·(…) on |r| ≤ 0.35, minimax in the relative error: 3.3e-9.
const EXP: [f32; 5] = [0.499_999_93, 0.166_665_15, 0.041_668_456, 0.008_369_411, 0.001_381_316_2];

/// 2ᶠ ≈ 1 + f·(…) on |f| ≤ ½, minimax in the relative error: 2.0e-9.
const EXP2: [f32; 6] =
    [core::f32::consts::LN_2, 0.240_226_48, 0.055_503_325, 0.009_618_437, 0.001_339_887_4, 1.535_336_2e-4];

/// eˣ for −87 ≤ x ≤ 88, within 1 ulp; anything for other x, and NaN for NaN.
///
/// x = n·ln 2 + r with an integer n; then eˣ = 2ⁿ·eʳ.
#[inline(always)]
pub fn exp<V: Vector>(x: V) -> V {
    let shifted = V::mul_add(x, V::splat(core::f32::consts::LOG2_E), V::splat(ROUND));
    let n = shifted - V::splat(ROUND);
    let r = x - n * V::splat(LN_2_HIGH);
    let r = r - n * V::splat(LN_2_LOW);
    let [a, b, c, d, e] = EXP.map(V::splat);
    let square = r * r;
    let series = V::mul_add(V::mul_add(e, square, V::mul_add(d, r, c)), square, V::mul_add(b, r, a));
    let tail = V::mul_add(series, square, r);
    (tail + V::splat(1.0)) * shifted.low_bits_to_exponent()
}

/// 2ʸ for −126 ≤ y ≤ 127, within 1 ulp; anything for other y, and NaN for NaN.
#[inline(always)]
pub fn exp2<V: Vector>(y: V) -> V {
    let shifted = y + V::splat(ROUND);
    let f = y - (shifted - V::splat(ROUND));
    let [a, b, c, d, e, g] = EXP2.map(V::splat);
    let square = f * f;
    let high = V::mul_add(V::mul_add(g, f, e), square, V::mul_add(d, f, c));
    let series = V::mul_add(high, square, V::mul_add(b, f, a));
    V::mul_add(series, f, V::splat(1.0)) * shifted.low_bits_to_exponent()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::F32x4;

    #[test]
    fn both_stay_within_one_and_a_half_ulp() {
        let ulp = |v: f64| f64::from((v as f32).next_up()) - f64::from(v as f32);
        let (mut worst, mut worst2) = (0.0f64, 0.0f64);
        for i in -8_670_000..8_670_000 {
            let x = i as f32 * 1.003e-5;
            let (want, want2) = (f64::from(x).exp(), f64::from(x).exp2());
            let (got, got2) = (exp(x), exp2(x));
            worst = worst.max((f64::from(got) - want).abs() / ulp(want));
            worst2 = worst2.max((f64::from(got2) - want2).abs() / ulp(want2));
            if i % 1009 == 0 {
                assert_eq!(exp(F32x4([x; 4])).0.map(f32::to_bits), [got.to_bits(); 4], "exp {x}");
                assert_eq!(exp2(F32x4([x; 4])).0.map(f32::to_bits), [got2.to_bits(); 4], "exp2 {x}");
            }
        }
        assert!(worst <= 1.5 && worst2 <= 1.5, "exp {worst}, exp2 {worst2} ulp");
    }

    #[test]
    fn nan_stays_and_zero_gives_one() {
        assert!(exp(f32::NAN).is_nan() && exp2(f32::NAN).is_nan());
        assert_eq!((exp(0.0f32), exp2(0.0f32), exp2(-3.0f32)), (1.0, 1.0, 0.125));
    }
}
