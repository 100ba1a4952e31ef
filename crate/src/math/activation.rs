//! What hidden units apply: tanh, the positive part, nothing; and the logistic sigmoid.

use super::exp::{exp, exp2};
use super::map::{map_in_place, zip_in_place};
use crate::simd::{FLUSH, Vector};

/// φ of h = φ(a). Numbers as in recurra.h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    #[default]
    Tanh = 0,
    /// max(0, a)
    Relu = 1,
    Identity = 2,
}

/// x ← φ(x), after flushing x. NaN stays.
pub fn activate<V: Vector>(activation: Activation, x: &mut [f32]) {
    if activation == Activation::Tanh {
        return tanh_in_place::<V>(x);
    }
    // Nothing is below a NaN.
    let floor = V::splat(if activation == Activation::Relu { 0.0 } else { f32::NAN });
    map_in_place(x, 0.0, |[x]: [V; 1]| [x.flush().zero_where(x.le(floor))]);
}

/// d ← flush(d·φ′): from h alone, 1 − h² for tanh, 1 where h > 0 for relu (0 at 0), 1 for identity.
///
/// `h` has the length of `d`.
pub fn activate_backward<V: Vector>(activation: Activation, d: &mut [f32], h: &[f32]) {
    match activation {
        Activation::Tanh => tanh_backward::<V>(d, h),
        Activation::Relu => {
            zip_in_place::<V, 1>(d, h, |d, h| d.flush().zero_where(h.le(V::splat(0.0))));
        }
        Activation::Identity => map_in_place(d, 0.0, |[d]: [V; 1]| [d.flush()]),
    }
}

/// tanh x ≈ x + x³·(…) in x², minimax in the relative error on [0, 0.55]: 0.62·2⁻²⁴.
const TANH: [f32; 4] = [-0.333_329_47, 0.133_207_25, -0.052_671_813, 0.016_437_58];

/// atanh ½: from here on 1 − 2/(e²ˣ + 1) is at least ½, and the polynomial ends.
const TANH_BRANCH: f32 = 0.549_306_15;

/// Beyond this tanh is 1 − 2⁻²⁷ and more, which rounds to 1.
const TANH_LIMIT: f32 = 10.0;

/// The polynomial squares nothing smaller, or the square would be denormal; x² is lost in 1 + x²/3 far above.
const TANH_FLOOR: f32 = 1e-4;

/// e⁸⁰ and e⁻⁸⁰ are ordinary numbers, and 1/(1 + e⁸⁰) is flushed.
const SIGMOID_LIMIT: f32 = 80.0;

/// Elements between the two passes of tanh: they stay in the first cache.
const TANH_BLOCK: usize = 64;

/// x ← tanh x, after flushing x.
///
/// Within 2 ulp; never beyond ±1; exactly ±1 from |x| = 9.02 on; odd, so −0 stays; NaN stays. An |x| up to
/// [`FLUSH`] gives zero: no operation sees or makes a denormal number.
///
/// Two passes over each block, because one long chain of operations per element fills the processor's
/// window with too few elements: two short chains take two thirds of the time.
pub fn tanh_in_place<V: Vector>(x: &mut [f32]) {
    let mut powers = [0.0; TANH_BLOCK];
    for block in x.chunks_mut(TANH_BLOCK) {
        let powers = &mut powers[..block.len()];
        zip_in_place::<V, 2>(powers, block, |_, x| tanh_power(x));
        zip_in_place::<V, 2>(block, powers, |x, power| tanh(x, power));
    }
}

/// exp(2·|x|), at most e²⁰; something for a NaN.
#[inline(always)]
fn tanh_power<V: Vector>(x: V) -> V {
    let limited = V::min(x.xor(x.sign()), V::splat(TANH_LIMIT));
    exp2(limited * V::splat(2.0 * core::f32::consts::LOG2_E))
}

/// tanh x, given [`tanh_power`].
#[inline(always)]
fn tanh<V: Vector>(x: V, power: V) -> V {
    let one = V::splat(1.0);
    let sign = x.sign();
    let magnitude = x.xor(sign);
    let magnitude = magnitude.zero_where(magnitude.le(V::splat(FLUSH)));
    let floored = V::max(magnitude, V::splat(TANH_FLOOR));
    let square = floored * floored;
    let [a, b, c, d] = TANH.map(V::splat);
    let series = V::mul_add(V::mul_add(V::mul_add(d, square, c), square, b), square, a);
    // Not magnitude + magnitude·square·(…), where the product would be denormal.
    let near = V::mul_add(series, square, one) * magnitude;
    let far = one - V::splat(2.0) / (power + one);
    // A NaN takes the near branch: `power` need not have kept it.
    V::select(V::splat(TANH_BRANCH).le(magnitude), far, near).xor(sign)
}

/// d ← flush(d·(1 − h²)), the gradient before tanh from the gradient after it: h = tanh a gives dh/da = 1 − h².
///
/// `h` has the length of `d`.
pub fn tanh_backward<V: Vector>(d: &mut [f32], h: &[f32]) {
    zip_in_place::<V, 1>(d, h, |d, h| (d * (V::splat(1.0) - h * h)).flush());
}

/// x ← 1/(1 + e⁻ˣ), flushed: zero below x = −69.08, 1 above 17.4. NaN stays.
pub fn sigmoid_in_place<V: Vector>(x: &mut [f32]) {
    map_in_place(x, 0.0, |group: [V; 2]| {
        group.map(|x| {
            let (limit, zero, one) = (V::splat(SIGMOID_LIMIT), V::splat(0.0), V::splat(1.0));
            let y = (one / (one + exp(V::min(limit, zero - x)))).flush();
            // Above 88, where the exponential ends, and for a NaN.
            V::select(x.le(limit), y, V::select(limit.le(x), one, x))
        })
    });
}
