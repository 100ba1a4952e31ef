//! What happens over time: where each step of each sequence stands, forward over τ, and back through time.
//!
//! Rows of a shard stand time-major, step after step, within a step the sequences still alive, longest first; no row
//! is padding. A tape has one row per sequence in front of them, for the initial states.

mod bptt;
mod forward;
mod plan;

pub use bptt::{Through, backward};
pub use forward::forward;
pub use plan::{Plan, SHARD, Segment, Shard};
