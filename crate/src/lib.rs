//! The kernel of recurra: recurrent nets, forward and back through time, over linear memory.
//!
//! Each module uses only those before it:
//! error → simd → math → linalg → arena, random, init → cells → sequence → loss → feedback → optim → model → handles → exports.
//! `reference` is the textbook in f64; it shares no code with the rest and judges it.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod arena;
pub mod cells;
pub mod error;
mod exports;
pub mod feedback;
mod handles;
pub mod init;
pub mod linalg;
pub mod loss;
pub mod math;
pub mod model;
pub mod optim;
pub mod random;
#[cfg(not(target_arch = "wasm32"))]
pub mod reference;
pub mod sequence;
pub mod simd;

/// The kernel checks what it is given and does not panic on it; should it all the same, the instance ends here.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
