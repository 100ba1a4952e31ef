//! What can go wrong, with the values a host needs to say so in its own words.
//!
//! An [`Error`] on its way up is one number: a result that fits a register made the module a fifth smaller than one
//! that carries the values along. They are kept aside, where the last error's [`Cause`] is read.

use core::num::NonZeroI32;

/// A failure: its status. Nothing has changed when a function returns one.
#[derive(Clone, Copy)]
pub struct Error(NonZeroI32);

impl Error {
    /// The status of `recurra.h`: always negative.
    pub fn status(self) -> i32 {
        self.0.get()
    }

    /// The values of the last error of this thread, which is this one until there is another.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn cause(self) -> Cause {
        aside::cause()
    }

    /// What `error_detail(0..3)` of `recurra.h` answers.
    pub fn details() -> [f64; 4] {
        aside::details()
    }
}

impl From<Cause> for Error {
    #[cold]
    #[inline(never)]
    fn from(cause: Cause) -> Error {
        aside::keep(cause);
        // No status is 0.
        Error(NonZeroI32::new(cause.status()).unwrap_or(NonZeroI32::MIN))
    }
}

/// That `got` lies within `min..=max`; otherwise, NaN included, the option at this position is wrong.
#[inline(never)]
pub fn within(argument: i32, got: f64, min: f64, max: f64) -> Result<(), Error> {
    if got >= min && got <= max { Ok(()) } else { Err(Cause::BadOption { argument, got, min, max }.into()) }
}

/// The same for an integer.
#[inline(never)]
pub fn integer_within(argument: i32, got: isize, min: i32, max: i32) -> Result<(), Error> {
    within(argument, got as f64, min.into(), max.into())
}

/// The failures that several functions know.
#[cold]
#[inline(never)]
pub fn unsupported(argument: i32) -> Error {
    Cause::Unsupported { argument }.into()
}

#[cold]
#[inline(never)]
pub fn out_of_order() -> Error {
    Cause::OutOfOrder.into()
}

#[cold]
#[inline(never)]
pub fn non_finite() -> Error {
    Cause::NonFinite.into()
}

/// Where the values are kept: per thread here, and in the module, which has one thread, in plain words.
#[cfg(not(target_arch = "wasm32"))]
mod aside {
    use super::Cause;
    use std::cell::Cell;

    thread_local! {
        static LAST: Cell<Cause> = const { Cell::new(Cause::OutOfOrder) };
    }

    pub fn keep(cause: Cause) {
        LAST.set(cause);
    }

    pub fn cause() -> Cause {
        LAST.get()
    }

    pub fn details() -> [f64; 4] {
        LAST.get().details()
    }
}

#[cfg(target_arch = "wasm32")]
mod aside {
    use super::Cause;
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    static LAST: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

    pub fn keep(cause: Cause) {
        for (place, detail) in LAST.iter().zip(cause.details()) {
            place.store(detail.to_bits(), Relaxed);
        }
    }

    pub fn details() -> [f64; 4] {
        core::array::from_fn(|which| f64::from_bits(LAST[which].load(Relaxed)))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl core::fmt::Debug for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.cause().fmt(f)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(&self.cause(), f)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl std::error::Error for Error {}

/// One variant per failure. Nothing has changed when a function returns one.
///
/// `argument` is the position of the offending argument in the call, counted from 0.
#[derive(Clone, Copy, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[non_exhaustive]
pub enum Cause {
    /// A handle that is unknown, freed, or of another kind.
    BadHandle { argument: i32 },
    /// A number outside `min..=max`, or not a number at all.
    BadOption { argument: i32, got: f64, min: f64, max: f64 },
    /// Lengths that do not fit together; `sequence` is -1 where their sum is meant.
    BadShape { sequence: i32, got: i64, expected: usize },
    /// The element at `position` of `slot` must be at least 0 and less than `bound`.
    BadIndex { slot: i32, position: usize, got: i32, bound: usize },
    /// Bytes: what was asked for, the limit on all of the kernel's memory, and what is in use.
    OutOfMemory { requested: usize, limit: usize, used: usize },
    /// A combination this version refuses, or a slot this object has not.
    Unsupported { argument: i32 },
    /// A call before the one it builds on.
    OutOfOrder,
    /// The loss or the norm of the gradient is not finite.
    NonFinite,
}

impl Cause {
    /// The status of `recurra.h`: always negative.
    pub fn status(self) -> i32 {
        match self {
            Cause::BadHandle { .. } => -1,
            Cause::BadOption { .. } => -2,
            Cause::BadShape { .. } => -3,
            Cause::BadIndex { .. } => -4,
            Cause::OutOfMemory { .. } => -5,
            Cause::Unsupported { .. } => -6,
            Cause::OutOfOrder => -7,
            Cause::NonFinite => -8,
        }
    }

    /// What `error_detail(0..3)` of `recurra.h` answers; 0 where it names nothing.
    pub fn details(self) -> [f64; 4] {
        match self {
            Cause::BadHandle { argument } | Cause::Unsupported { argument } => {
                [argument as f64, 0.0, 0.0, 0.0]
            }
            Cause::BadOption { argument, got, min, max } => [argument as f64, got, min, max],
            Cause::BadShape { sequence, got, expected } => {
                [sequence as f64, got as f64, expected as f64, 0.0]
            }
            Cause::BadIndex { slot, position, got, bound } => {
                [slot as f64, position as f64, got as f64, bound as f64]
            }
            Cause::OutOfMemory { requested, limit, used } => {
                [requested as f64, limit as f64, used as f64, 0.0]
            }
            Cause::OutOfOrder | Cause::NonFinite => [0.0; 4],
        }
    }
}

// In the module, statuses and details cross the border and the host writes the sentence: formatting would cost
// more bytes than the kernel's arithmetic.
#[cfg(not(target_arch = "wasm32"))]
impl core::fmt::Display for Cause {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Cause::BadHandle { argument } => {
                write!(f, "argument {argument}: expected a live handle of the right kind, got another number")
            }
            Cause::BadOption { argument, got, min, max } => {
                write!(f, "argument {argument}: expected a value from {min} to {max}, got {got}")
            }
            Cause::BadShape { sequence: -1, got, expected } => {
                write!(f, "lengths: expected a sum of {expected} rows, got {got}")
            }
            Cause::BadShape { sequence, got, expected } => {
                write!(f, "sequence {sequence}: expected length {expected}, got {got}")
            }
            Cause::BadIndex { slot, position, got, bound } => {
                write!(
                    f,
                    "slot {slot}, element {position}: expected an index from 0 and below {bound}, got {got}"
                )
            }
            Cause::OutOfMemory { requested, limit, used } => {
                write!(
                    f,
                    "memory: expected to stay within {limit} bytes, got a request for {requested} with {used} in use"
                )
            }
            Cause::Unsupported { argument } => {
                write!(
                    f,
                    "argument {argument}: expected a supported combination, got one this version refuses"
                )
            }
            Cause::OutOfOrder => {
                write!(f, "call order: expected the call that this one builds on first, got this one")
            }
            Cause::NonFinite => {
                write!(
                    f,
                    "loss or gradient norm: expected a finite number, got NaN or an infinity; nothing was updated"
                )
            }
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl std::error::Error for Cause {}

#[cfg(test)]
mod tests;
