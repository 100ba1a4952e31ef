//! `f32` as a vector of one lane: the plain loop that the others must equal, and never any tail.

use super::Vector;

impl Vector for f32 {
    const LANES: usize = 1;
    type Mask = bool;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        x
    }

    #[inline(always)]
    unsafe fn load_ptr(src: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { src.read() }
    }

    #[inline(always)]
    unsafe fn store_ptr(self, dst: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { dst.write(self) }
    }

    #[inline(always)]
    fn mul_add(a: Self, b: Self, c: Self) -> Self {
        a * b + c
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    // `core` has no stable square root.
    #[cfg(target_arch = "wasm32")]
    #[inline(always)]
    fn sqrt(self) -> Self {
        use core::arch::wasm32::{f32x4_extract_lane, f32x4_splat, f32x4_sqrt};
        f32x4_extract_lane::<0>(f32x4_sqrt(f32x4_splat(self)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self < other { other } else { self }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn sign(self) -> Self {
        f32::copysign(0.0, self)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        f32::from_bits(self.to_bits() ^ other.to_bits())
    }

    #[inline(always)]
    fn le(self, other: Self) -> bool {
        self <= other
    }

    #[inline(always)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn zero_where(self, mask: bool) -> Self {
        if mask { 0.0 } else { self }
    }

    #[inline(always)]
    fn low_bits_to_exponent(self) -> Self {
        f32::from_bits(self.to_bits() << 23)
    }
}
