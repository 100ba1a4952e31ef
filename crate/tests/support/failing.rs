//! An allocator that fails on demand, for the thread that asks. Only for the test file that names it.
//!
//! `unsafe` is allowed for what it cannot do without: the trait of allocators.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Allocations of this thread still to be granted; -1: all.
    static GRANTED: Cell<i64> = const { Cell::new(-1) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Failing;

fn granted() -> bool {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    match GRANTED.get() {
        -1 => true,
        0 => false,
        n => {
            GRANTED.set(n - 1);
            true
        }
    }
}

// SAFETY: either the system's allocator does it, or nothing is done and null is the answer, as the trait allows.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        if granted() { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        if granted() { unsafe { System.alloc_zeroed(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        if granted() { unsafe { System.realloc(pointer, layout, size) } } else { std::ptr::null_mut() }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// The next `allocations` of this thread succeed, those after them fail.
pub fn grant(allocations: usize) {
    GRANTED.set(allocations as i64);
}

/// All allocations of this thread succeed again.
pub fn grant_all() {
    GRANTED.set(-1);
}

/// Allocations that this thread has asked for so far.
pub fn allocations() -> u64 {
    ALLOCATIONS.get()
}
