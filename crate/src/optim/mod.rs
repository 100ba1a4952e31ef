//! Optimizers: each one fused pass over flat slices of parameters, gradients and state.
//!
//! Elements do not meet, so every `Vector` gives the same bits, and the caller may cut the parameters into ranges as
//! it likes (frozen tensors are left out that way). The state is kept free of denormals: what decays to [`FLUSH`] or
//! below becomes 0. NaN is passed on; whoever calls has checked that the gradient is finite.
//!
//! [`FLUSH`]: crate::simd::FLUSH

mod adam;
mod rmsprop;
mod sgd;
#[cfg(test)]
mod tests;

pub use adam::Adam;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;

use crate::simd::Vector;

/// The least epsilon of [`Adam`] and [`RmsProp`]: √[`FLUSH`](crate::simd::FLUSH). Means of squares up to that are
/// flushed to 0, and a smaller epsilon would then let a step grow without bound.
pub const MIN_EPSILON: f64 = 1e-15;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Sgd = 0,
    Adam = 1,
    RmsProp = 2,
}

/// One update with everything that is the same for all elements worked out in f64 and rounded once; made by
/// [`Sgd::rule`], [`Adam::rule`] and [`RmsProp::rule`], which say what it computes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rule {
    kind: Kind,
    rate: f32,
    decay: f32,
    /// Of the first state: what momentum keeps of it, or what a running mean forgets.
    share1: f32,
    /// What the mean of squares forgets.
    share2: f32,
    root_scale: f32,
    epsilon: f32,
}

/// Applies `rule` to all elements; gradients are multiplied by `scale` (the clipping factor) first.
///
/// Overwrites `params`, `first` and, with Adam, `second` (other kinds have none; both 0 at the start). All have the
/// same length, a multiple of 4: where all four hold 0, as in what pads a tensor, they still do afterwards.
#[inline(never)]
pub fn sweep<V: Vector>(
    rule: &Rule,
    params: &mut [f32],
    grads: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    scale: f32,
) {
    if rule.kind == Kind::Sgd {
        // A loop of its own, without the questions of the one below: 2 % of an update of 128 units at batch 1.
        let all = params.chunks_exact_mut(V::LANES).zip(grads.chunks_exact(V::LANES));
        for ((p, g), state) in all.zip(first.chunks_exact_mut(V::LANES)) {
            let g = (V::load(g) * V::splat(scale)).flush();
            let velocity = (V::splat(rule.share1) * V::load(state) + g).flush();
            velocity.store(state);
            (V::load(p) - V::splat(rule.rate) * velocity).store(p);
        }
        return;
    }
    let adam = rule.kind == Kind::Adam;
    for at in (0..params.len()).step_by(V::LANES) {
        let mut p = V::load(&params[at..]);
        let g = (V::load(&grads[at..]) * V::splat(scale)).flush();
        let (g, g_squared) = with_square(g);
        let mut direction = g;
        if adam {
            // Flushed, so that an unused weight stops shrinking before it is denormal.
            p = p - (V::splat(rule.decay) * p).flush();
            direction = running_mean(V::load(&first[at..]), g, rule.share1);
            direction.store(&mut first[at..]);
        }
        let squares = if adam { &mut second[at..] } else { &mut first[at..] };
        let v = running_mean(V::load(squares), g_squared, rule.share2);
        v.store(squares);
        direction = direction / (V::sqrt(v) * V::splat(rule.root_scale) + V::splat(rule.epsilon));
        (p - V::splat(rule.rate) * direction).store(&mut params[at..]);
    }
}

/// mean + share·(x − mean): a running mean that forgets `share` of itself. Unlike (1 − share)·mean + share·x it keeps
/// shares far below 1 exact in f32. A mean at rest below [`FLUSH`](crate::simd::FLUSH) becomes 0.
#[inline(always)]
fn running_mean<V: Vector>(mean: V, x: V, share: f32) -> V {
    (mean + V::splat(share) * (x - mean)).flush()
}

/// g within ±1e19 and its square, which thus stays finite: one huge gradient makes the step that it should, ±1 times
/// the learning rate, and does not freeze the parameter for good. The square is 0 for |g| ≤ 1e-15 (√FLUSH,
/// [`MIN_EPSILON`]), where it would be flushed or even denormal. NaN stays.
#[inline(always)]
fn with_square<V: Vector>(g: V) -> (V, V) {
    let (zero, bound) = (V::splat(0.0), V::splat(1e19));
    let g = V::max(V::min(g, bound), zero - bound);
    let root = V::select(g.abs().le(V::splat(MIN_EPSILON as f32)), zero, g);
    (g, root * root)
}
