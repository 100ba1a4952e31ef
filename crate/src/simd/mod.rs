//! One vector type for three machines: a plain `f32` (1 lane), an array of four, and wasm's `v128`.
//!
//! Everything computational is generic over [`Vector`]. Without the `relaxed` feature all three give the
//! same bits: every operation rounds once, [`Vector::mul_add`] twice, and no operation goes across lanes.
#![allow(unsafe_code)] // loads and stores through pointers, for the inner loops of linalg

use core::ops::{Add, Div, Mul, Sub};

mod array;
mod scalar;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use array::F32x4;
#[cfg(target_arch = "wasm32")]
pub use wasm::V128;

/// The widest vector of this target.
#[cfg(target_arch = "wasm32")]
pub type Best = V128;
/// The widest vector of this target.
#[cfg(not(target_arch = "wasm32"))]
pub type Best = F32x4;

/// Magnitudes up to this one are flushed to zero: products of two smaller ones are denormal, and
/// arithmetic on denormals is 100 to 200 times slower.
pub const FLUSH: f32 = 1e-30;

/// `LANES` values of `f32`, and the operations on them, lane by lane.
pub trait Vector:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// 1 or 4.
    const LANES: usize;

    /// The answer to a comparison, one per lane.
    type Mask: Copy;

    /// `x` in every lane.
    fn splat(x: f32) -> Self;

    /// # Safety
    /// - `src` is valid for reading `LANES` floats. It need not be aligned.
    unsafe fn load_ptr(src: *const f32) -> Self;

    /// # Safety
    /// - `dst` is valid for writing `LANES` floats. It need not be aligned.
    unsafe fn store_ptr(self, dst: *mut f32);

    /// a·b + c: two roundings, or one (or two, as the engine likes) in the relaxed build.
    fn mul_add(a: Self, b: Self, c: Self) -> Self;

    /// Σ x² of whole fours in f64, element i added to sum i mod 4. The loop of `math::squared_norm`.
    fn sums_of_squares(fours: &[[f32; 4]]) -> [f64; 4] {
        let mut sums = [0.0; 4];
        for four in fours {
            for (sum, &x) in sums.iter_mut().zip(four) {
                *sum += f64::from(x) * f64::from(x);
            }
        }
        sums
    }

    /// Row k of `dst`, `dst_stride` apart, ← element k of each of the four `src`, k < 4.
    ///
    /// # Safety
    /// - Every `src` is valid for reading 4 floats, `dst` for writing 4 at 0, 1, 2 and 3 times `dst_stride`.
    unsafe fn transpose(src: [*const f32; 4], dst: *mut f32, dst_stride: usize) {
        for k in 0..4 {
            for (j, src) in src.iter().enumerate() {
                // SAFETY: the caller's promise.
                unsafe { *dst.add(k * dst_stride + j) = *src.add(k) };
            }
        }
    }

    /// √self, correctly rounded.
    fn sqrt(self) -> Self;

    /// |self|
    fn abs(self) -> Self;

    /// The larger of the two. If one is NaN, either or NaN: LLVM knows no other in the relaxed build.
    fn max(self, other: Self) -> Self;

    /// The smaller of the two. If one is NaN, either or NaN, as with [`Vector::max`].
    fn min(self, other: Self) -> Self;

    /// Zero with the sign of self, NaN or not.
    fn sign(self) -> Self;

    /// The bits of self and other, exclusive or: with a [`Vector::sign`] it takes the sign off or puts it back.
    fn xor(self, other: Self) -> Self;

    /// self ≤ other (false for NaN).
    fn le(self, other: Self) -> Self::Mask;

    /// `yes` where the mask is set, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// +0 where the mask is set, else self.
    fn zero_where(self, mask: Self::Mask) -> Self;

    /// The lowest 9 bits of self as sign and exponent, zeros below: 2ⁿ from `n + 1.5·2²³ + 127`.
    fn low_bits_to_exponent(self) -> Self;

    /// self with magnitudes ≤ [`FLUSH`] replaced by zero of the same sign. NaN stays.
    #[inline(always)]
    fn flush(self) -> Self {
        let sign = self.sign();
        let magnitude = self.xor(sign);
        magnitude.zero_where(magnitude.le(Self::splat(FLUSH))).xor(sign)
    }

    /// Adds each lane to a partial sum of its own: element i of a slice goes to partial i mod 4 for every
    /// `LANES`, if `first` is the index of lane 0.
    #[inline(always)]
    fn add_to(self, partial: &mut [Self; 4], first: usize) {
        let slot = first / Self::LANES % (4 / Self::LANES);
        partial[slot] = partial[slot] + self;
    }

    /// (s0 + s1) + (s2 + s3) of the partial sums made by [`Vector::add_to`].
    #[inline(always)]
    fn fold(partial: [Self; 4]) -> f32 {
        let mut sums = [0.0; 4];
        for (sum, partial) in sums.chunks_exact_mut(Self::LANES).zip(partial) {
            partial.store(sum);
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3])
    }

    /// The first `LANES` elements of `src`, which must have them.
    #[inline(always)]
    fn load(src: &[f32]) -> Self {
        assert!(src.len() >= Self::LANES);
        // SAFETY: the line above.
        unsafe { Self::load_ptr(src.as_ptr()) }
    }

    /// Writes the first `LANES` elements of `dst`, which must have them.
    #[inline(always)]
    fn store(self, dst: &mut [f32]) {
        assert!(dst.len() >= Self::LANES);
        // SAFETY: the line above.
        unsafe { self.store_ptr(dst.as_mut_ptr()) }
    }

    /// Like [`Vector::load`], but lanes past the end of `src` get `fill`.
    #[inline(always)]
    fn load_part(src: &[f32], fill: f32) -> Self {
        let mut lanes = [fill; 4];
        for (lane, &value) in lanes.iter_mut().zip(src).take(Self::LANES) {
            *lane = value;
        }
        Self::load(&lanes)
    }

    /// Like [`Vector::store`], but lanes past the end of `dst` are dropped.
    #[inline(always)]
    fn store_part(self, dst: &mut [f32]) {
        let mut lanes = [0.0; 4];
        self.store(&mut lanes);
        for (value, &lane) in dst.iter_mut().zip(&lanes).take(Self::LANES) {
            *value = lane;
        }
    }
}
