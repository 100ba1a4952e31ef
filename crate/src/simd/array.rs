//! Four lanes in an array: runs the tiling of the wasm build natively, and under Miri.

use core::array::from_fn;
use core::ops::{Add, Div, Mul, Sub};

use super::Vector;

/// Four floats.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct F32x4(pub [f32; 4]);

impl F32x4 {
    #[inline(always)]
    fn map(self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.map(f))
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl Div for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
}

impl Vector for F32x4 {
    const LANES: usize = 4;
    type Mask = [bool; 4];

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 4])
    }

    #[inline(always)]
    unsafe fn load_ptr(src: *const f32) -> Self {
        // SAFETY: the caller's promise; an array of f32 has the alignment of f32.
        Self(unsafe { src.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store_ptr(self, dst: *mut f32) {
        // SAFETY: the caller's promise; an array of f32 has the alignment of f32.
        unsafe { dst.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    fn mul_add(a: Self, b: Self, c: Self) -> Self {
        a * b + c
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(Vector::sqrt)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.map(Vector::abs)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, Vector::max)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, Vector::min)
    }

    #[inline(always)]
    fn sign(self) -> Self {
        self.map(Vector::sign)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.zip(other, Vector::xor)
    }

    #[inline(always)]
    fn le(self, other: Self) -> [bool; 4] {
        from_fn(|i| self.0[i] <= other.0[i])
    }

    #[inline(always)]
    fn select(mask: [bool; 4], yes: Self, no: Self) -> Self {
        Self(from_fn(|i| if mask[i] { yes.0[i] } else { no.0[i] }))
    }

    #[inline(always)]
    fn zero_where(self, mask: [bool; 4]) -> Self {
        Self(from_fn(|i| self.0[i].zero_where(mask[i])))
    }

    #[inline(always)]
    fn low_bits_to_exponent(self) -> Self {
        self.map(Vector::low_bits_to_exponent)
    }
}
