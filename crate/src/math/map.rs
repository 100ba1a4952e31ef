//! One function applied to every element of a slice.
//!
//! The loop over whole groups of vectors is one copy per function, and holds nothing else: a question per turn about
//! the last, shorter group made it four times as slow for short functions. That group goes through a buffer.
//! Long functions take G vectors at a time: V8 makes every constant anew in each turn of a loop, and several chains of
//! operations hide each other's latency.

use crate::simd::Vector;

/// Elements of at most four vectors of 4 lanes.
const MOST: usize = 16;

/// x ← f(x). The last group is filled up with `fill`.
#[inline(always)]
pub fn map_in_place<V: Vector, const G: usize>(x: &mut [f32], fill: f32, f: impl Fn([V; G]) -> [V; G]) {
    fold_in_place(x, fill, (), |(), group| ((), f(group)));
}

/// x ← f(…, x), from the first group to the last, handing on a state; returns the last state. The last group is filled
/// up with `fill`.
#[inline(always)]
pub fn fold_in_place<V: Vector, S, const G: usize>(
    x: &mut [f32],
    fill: f32,
    state: S,
    f: impl Fn(S, [V; G]) -> (S, [V; G]),
) -> S {
    let (whole, rest) = x.split_at_mut(x.len() - x.len() % (G * V::LANES));
    let state = fold_groups(whole, state, &f);
    if rest.is_empty() {
        return state;
    }
    let mut buffer = [fill; MOST];
    copy(&mut buffer, rest);
    let state = fold_groups(&mut buffer[..G * V::LANES], state, &f);
    copy(rest, &buffer);
    state
}

/// x ← f(x, y) for each pair of elements; the last group is filled up with zeros. `y` has the length of `x`.
#[inline(always)]
pub fn zip_in_place<V: Vector, const G: usize>(x: &mut [f32], y: &[f32], f: impl Fn(V, V) -> V) {
    assert!(y.len() == x.len());
    let whole = x.len() - x.len() % (G * V::LANES);
    let (x, x_rest) = x.split_at_mut(whole);
    let (y, y_rest) = y.split_at(whole);
    zip_groups::<V, G>(x, y, &f);
    if x_rest.is_empty() {
        return;
    }
    let mut buffers = [[0.0; MOST]; 2];
    let [x_buffer, y_buffer] = &mut buffers;
    copy(x_buffer, x_rest);
    copy(y_buffer, y_rest);
    zip_groups::<V, G>(&mut x_buffer[..G * V::LANES], &y_buffer[..G * V::LANES], &f);
    copy(x_rest, x_buffer);
}

/// `x` in whole groups.
#[inline(never)]
fn fold_groups<V: Vector, S, const G: usize>(
    x: &mut [f32],
    mut state: S,
    f: &impl Fn(S, [V; G]) -> (S, [V; G]),
) -> S {
    for group in x.chunks_exact_mut(G * V::LANES) {
        let (next, mapped) = f(state, load_group(group));
        state = next;
        store_group(mapped, group);
    }
    state
}

/// `x` and `y` in whole groups.
#[inline(never)]
fn zip_groups<V: Vector, const G: usize>(x: &mut [f32], y: &[f32], f: &impl Fn(V, V) -> V) {
    let step = G * V::LANES;
    for (group, y) in x.chunks_exact_mut(step).zip(y.chunks_exact(step)) {
        let (x, y): ([V; G], [V; G]) = (load_group(group), load_group(y));
        store_group::<V, G>(core::array::from_fn(|j| f(x[j], y[j])), group);
    }
}

/// As many elements as both have.
#[inline(never)]
fn copy(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// The first `G·LANES` elements.
#[inline(always)]
fn load_group<V: Vector, const G: usize>(src: &[f32]) -> [V; G] {
    assert!(src.len() >= G * V::LANES);
    core::array::from_fn(|j| V::load(&src[j * V::LANES..]))
}

/// Writes the first `G·LANES` elements.
#[inline(always)]
fn store_group<V: Vector, const G: usize>(group: [V; G], dst: &mut [f32]) {
    assert!(dst.len() >= G * V::LANES);
    for (j, vector) in group.into_iter().enumerate() {
        vector.store(&mut dst[j * V::LANES..]);
    }
}
