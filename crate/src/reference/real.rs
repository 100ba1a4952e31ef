//! The two precisions the textbook net is written for.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// f64 or f32, with the functions of the standard library.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + AddAssign
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    const ZERO: Self;
    const ONE: Self;
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
    fn tanh(self) -> Self;
    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn ln_1p(self) -> Self;
    fn abs(self) -> Self;
}

macro_rules! real {
    ($float:ty) => {
        impl Real for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            fn from_f64(value: f64) -> Self {
                value as $float
            }

            fn to_f64(self) -> f64 {
                self as f64
            }

            fn tanh(self) -> Self {
                <$float>::tanh(self)
            }

            fn exp(self) -> Self {
                <$float>::exp(self)
            }

            fn ln(self) -> Self {
                <$float>::ln(self)
            }

            fn ln_1p(self) -> Self {
                <$float>::ln_1p(self)
            }

            fn abs(self) -> Self {
                <$float>::abs(self)
            }
        }
    };
}

real!(f64);
real!(f32);
