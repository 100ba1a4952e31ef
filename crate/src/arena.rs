//! Memory: what the kernel owns, counted against one limit, and given out by allocations that can fail.
//!
//! On wasm this is the module's allocator, over `memory.grow`. Elsewhere blocks come from the standard allocator and
//! are counted in the same way, per thread, so that running out of memory can be tried anywhere.
//!
//! `unsafe` is allowed here: raw memory becomes slices in this module and nowhere else.
#![allow(unsafe_code)]

mod block;
#[cfg(any(test, target_arch = "wasm32"))]
mod free_list;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use block::Block;
#[cfg(not(target_arch = "wasm32"))]
use native as system;
#[cfg(target_arch = "wasm32")]
use wasm as system;

use crate::error::{Cause, Error};
use alloc::vec::Vec;

/// The limit until another is set, and the largest there can be: 2³¹ − 65536 bytes.
pub const MAX_LIMIT: usize = (1 << 31) - (1 << 16);

/// Bytes in use. On wasm with the module's own data and stack; elsewhere the blocks of this thread.
pub fn used() -> usize {
    system::used()
}

/// The most bytes that may ever be in use; on wasm also what the memory may grow to.
pub fn limit() -> usize {
    system::limit()
}

/// Sets the limit, in bytes. What is in use stays, even if it is more.
pub fn set_limit(bytes: usize) {
    system::set_limit(bytes.min(MAX_LIMIT));
}

/// Makes `block` hold at least `len` floats. A larger one replaces it, zeroed, only once there is memory for it.
#[inline(never)]
pub fn grow(block: &mut Block, len: usize) -> Result<(), Error> {
    if block.len() < len {
        *block = Block::new(len)?;
    }
    Ok(())
}

/// Room for `additional` more elements in `list`, or `OutOfMemory` and `list` as it was.
pub fn reserve<T>(list: &mut Vec<T>, additional: usize) -> Result<(), Error> {
    let requested = additional.saturating_mul(size_of::<T>());
    if additional > list.capacity() - list.len() {
        if !system::fits(requested) {
            return Err(out_of_memory(requested));
        }
        list.try_reserve_exact(additional).map_err(|_| out_of_memory(requested))?;
    }
    Ok(())
}

/// The error of a request for so many bytes.
#[cold]
#[inline(never)]
pub fn out_of_memory(requested: usize) -> Error {
    Cause::OutOfMemory { requested, limit: limit(), used: used() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserve_keeps_the_list_when_it_fails() {
        let mut list = vec![7u64];
        for additional in [usize::MAX, usize::MAX / 8, MAX_LIMIT / 8 + 1] {
            let requested = additional.saturating_mul(8);
            let expected = Cause::OutOfMemory { requested, limit: limit(), used: used() };
            assert_eq!(reserve(&mut list, additional).map_err(Error::cause), Err(expected));
            assert_eq!(list, [7]);
        }
        reserve(&mut list, 100).unwrap();
        assert!(list.capacity() >= 101);
        set_limit(used());
        assert!(reserve(&mut list, 1).is_ok(), "there is room already");
        let spare = list.capacity() - list.len();
        assert!(reserve(&mut list, spare + 1).is_err());
        set_limit(MAX_LIMIT);
    }

    #[test]
    fn grow_keeps_what_is_large_enough_and_what_cannot_be_replaced() {
        let mut block = Block::new(20).unwrap();
        block[19] = 5.0;
        let address = block.address();
        grow(&mut block, 20).unwrap();
        set_limit(used() + 64);
        assert!(grow(&mut block, 21).is_err());
        assert!((block.address(), block[19]) == (address, 5.0) && block.len() == 20);
        set_limit(MAX_LIMIT);
        grow(&mut block, 21).unwrap();
        assert!(block.len() == 21 && block.iter().all(|&x| x == 0.0));
    }

    #[test]
    fn no_limit_is_above_the_largest() {
        set_limit(usize::MAX);
        assert_eq!(limit(), MAX_LIMIT);
    }
}
