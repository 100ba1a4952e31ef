//! One function applied to every element of a slice.
//!
//! Long functions take G vectors at a time: V8 makes every constant anew in each turn of a loop, and several chains of
//! operations hide each other's latency. What is left at the end goes through a buffer, so that there is one copy of
//! the function.

use crate::simd::Vector;

/// Elements of at most four vectors of 4 lanes.
const MOST: usize = 16;

/// x ← f(i, x), i the index of the first of the elements. The last turn is filled up with `fill`.
#[inline(always)]
pub fn map_in_place<V: Vector, const G: usize>(
    x: &mut [f32],
    fill: f32,
    mut f: impl FnMut(usize, [V; G]) -> [V; G],
) {
    let mut buffer = [fill; MOST];
    for start in (0..x.len()).step_by(G * V::LANES) {
        let left = start..x.len();
        let whole = left.len() >= G * V::LANES;
        if !whole {
            copy(&mut buffer, &x[left.clone()]);
        }
        let group = if whole { &mut x[start..] } else { &mut buffer[..] };
        store_group(f(start, load_group(group)), group);
        if !whole {
            copy(&mut x[left], &buffer);
        }
    }
}

/// x ← f(x, y) for each pair of elements, likewise filled up with zeros. `y` has the length of `x`.
#[inline(always)]
pub fn zip_in_place<V: Vector, const G: usize>(x: &mut [f32], y: &[f32], f: impl Fn(V, V) -> V) {
    assert!(y.len() == x.len());
    let mut buffers = [[0.0; MOST]; 2];
    for start in (0..x.len()).step_by(G * V::LANES) {
        let left = start..x.len();
        let whole = left.len() >= G * V::LANES;
        let [x_buffer, y_buffer] = &mut buffers;
        if !whole {
            copy(x_buffer, &x[left.clone()]);
            copy(y_buffer, &y[left.clone()]);
        }
        let y_group: [V; G] = load_group(if whole { &y[start..] } else { &y_buffer[..] });
        let group = if whole { &mut x[start..] } else { &mut x_buffer[..] };
        let x_group: [V; G] = load_group(group);
        store_group::<V, G>(core::array::from_fn(|j| f(x_group[j], y_group[j])), group);
        if !whole {
            copy(&mut x[left], x_buffer);
        }
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
