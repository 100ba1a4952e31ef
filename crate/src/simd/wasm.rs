//! wasm's 128-bit vector. The intrinsics are safe; only loads and stores are not.

use core::arch::wasm32::*;
use core::ops::{Add, Div, Mul, Sub};

use super::Vector;

/// Four floats in one `v128`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct V128(v128);

impl Add for V128 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }
}

impl Sub for V128 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
}

impl Mul for V128 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }
}

impl Div for V128 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }
}

impl Vector for V128 {
    const LANES: usize = 4;
    type Mask = v128;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self(f32x4_splat(x))
    }

    #[inline(always)]
    unsafe fn load_ptr(src: *const f32) -> Self {
        // SAFETY: the caller's promise; wasm's vector loads take any alignment.
        Self(unsafe { v128_load(src.cast()) })
    }

    #[inline(always)]
    unsafe fn store_ptr(self, dst: *mut f32) {
        // SAFETY: the caller's promise; wasm's vector stores take any alignment.
        unsafe { v128_store(dst.cast(), self.0) }
    }

    #[cfg(not(feature = "relaxed"))]
    #[inline(always)]
    fn mul_add(a: Self, b: Self, c: Self) -> Self {
        a * b + c
    }

    #[cfg(feature = "relaxed")]
    #[inline(always)]
    fn mul_add(a: Self, b: Self, c: Self) -> Self {
        Self(f32x4_relaxed_madd(a.0, b.0, c.0))
    }

    // Two sums to a vector, each with the bits of the loop that this replaces.
    #[inline(always)]
    fn sums_of_squares(fours: &[[f32; 4]]) -> [f64; 4] {
        let (mut low, mut high) = (f64x2_splat(0.0), f64x2_splat(0.0));
        for four in fours {
            // SAFETY: four floats, any alignment.
            let x = unsafe { v128_load(four.as_ptr().cast()) };
            let (a, b) = (f64x2_promote_low_f32x4(x), f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(x, x)));
            low = f64x2_add(low, f64x2_mul(a, a));
            high = f64x2_add(high, f64x2_mul(b, b));
        }
        [
            f64x2_extract_lane::<0>(low),
            f64x2_extract_lane::<1>(low),
            f64x2_extract_lane::<0>(high),
            f64x2_extract_lane::<1>(high),
        ]
    }

    #[inline(always)]
    unsafe fn transpose(src: [*const f32; 4], dst: *mut f32, dst_stride: usize) {
        // SAFETY: the caller's promise; any alignment.
        unsafe {
            let [a, b, c, d] = src.map(|src| v128_load(src.cast()));
            let (ac0, bd0) = (i32x4_shuffle::<0, 4, 1, 5>(a, c), i32x4_shuffle::<0, 4, 1, 5>(b, d));
            let (ac2, bd2) = (i32x4_shuffle::<2, 6, 3, 7>(a, c), i32x4_shuffle::<2, 6, 3, 7>(b, d));
            let rows = [
                i32x4_shuffle::<0, 4, 1, 5>(ac0, bd0),
                i32x4_shuffle::<2, 6, 3, 7>(ac0, bd0),
                i32x4_shuffle::<0, 4, 1, 5>(ac2, bd2),
                i32x4_shuffle::<2, 6, 3, 7>(ac2, bd2),
            ];
            for (k, row) in rows.into_iter().enumerate() {
                v128_store(dst.add(k * dst_stride).cast(), row);
            }
        }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(f32x4_pmin(self.0, other.0))
    }

    #[inline(always)]
    fn sign(self) -> Self {
        Self(v128_and(self.0, f32x4_splat(-0.0)))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }

    #[inline(always)]
    fn le(self, other: Self) -> v128 {
        f32x4_le(self.0, other.0)
    }

    #[inline(always)]
    fn select(mask: v128, yes: Self, no: Self) -> Self {
        Self(v128_bitselect(yes.0, no.0, mask))
    }

    #[inline(always)]
    fn low_bits_to_exponent(self) -> Self {
        Self(i32x4_shl(self.0, 23))
    }

    #[inline(always)]
    fn zero_where(self, mask: v128) -> Self {
        Self(v128_andnot(self.0, mask))
    }
}
