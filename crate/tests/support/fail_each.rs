//! Refusing every allocation of an operation once. Beside `failing.rs`, only for the test file that names both.

use recurra::arena;
use recurra::error::{Cause, Error};

use super::failing;

/// How an allocation is made to fail.
#[derive(Clone, Copy, Debug)]
pub enum By {
    Limit,
    Machine,
}

/// Calls `operation` until it succeeds, each time with room for one allocation more than the time before. Whatever
/// `state` shows must be the same after each failure. What a failed call got before it failed may be kept for the next
/// one, but never more than success needs. Returns the number of failures.
pub fn fail_each<S, T>(
    by: By,
    name: &str,
    subject: &mut S,
    operation: impl Fn(&mut S) -> Result<T, Error>,
    state: impl Fn(&S) -> Vec<Vec<u32>>,
) -> (T, usize) {
    let before = state(subject);
    let mut limit = arena::used();
    let mut held = 0;
    for failures in 0.. {
        let what = format!("{by:?}, {name}, failure {failures}");
        assert!(failures < 200, "still failing after {failures} allocations");
        match by {
            By::Limit => arena::set_limit(limit),
            By::Machine => failing::grant(failures),
        }
        let result = operation(subject);
        arena::set_limit(arena::MAX_LIMIT);
        failing::grant_all();
        let error = match result {
            Ok(value) => {
                assert!(held <= arena::used(), "{what}: kept {held} bytes, success needs {}", arena::used());
                return (value, failures);
            }
            Err(error) => error.cause(),
        };
        let Cause::OutOfMemory { requested, limit: told, used } = error else { panic!("{what}: {error:?}") };
        assert!(requested > 0, "{what}: requested nothing");
        if let By::Limit = by {
            assert_eq!(told, limit, "{what}: limit");
            // Blocks are whole cache lines.
            let next = used + requested.next_multiple_of(64);
            assert!(next > limit, "{what}: {used} + {requested} would have fitted into {limit}");
            limit = next;
        }
        held = arena::used();
        assert!(state(subject) == before, "{what}: changed something");
    }
    unreachable!()
}
