//! Outside wasm: the same limit, counted per thread, so that tests which run side by side do not meet.

use super::MAX_LIMIT;
use core::cell::Cell;

thread_local! {
    static USED: Cell<usize> = const { Cell::new(0) };
    static LIMIT: Cell<usize> = const { Cell::new(MAX_LIMIT) };
}

pub fn used() -> usize {
    USED.get()
}

pub fn limit() -> usize {
    LIMIT.get()
}

pub fn set_limit(bytes: usize) {
    LIMIT.set(bytes);
}

pub fn fits(bytes: usize) -> bool {
    used().checked_add(bytes).is_some_and(|sum| sum <= limit())
}

pub fn count(bytes: usize) {
    USED.set(used() + bytes);
}

pub fn discount(bytes: usize) {
    // A block may die on another thread than the one that made it, which then had not counted it.
    USED.set(used().saturating_sub(bytes));
}
