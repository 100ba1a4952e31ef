//! What a batch brings with it; see `workspace_shape` in recurra.h.

/// Inputs are vectors; otherwise indices.
pub const VECTORS: u32 = 1;
/// There are targets, hence a loss.
pub const TARGETS: u32 = 2;
/// A weight per scored row; otherwise 1.
pub const STEP_WEIGHTS: u32 = 4;
/// An initial state per sequence; otherwise 0.
pub const INITIAL: u32 = 8;
/// An initial feedback per sequence; otherwise 0.
pub const INITIAL_FED: u32 = 16;
/// Keep every sequence's tape, for `forward` and `backward`.
pub const KEEP: u32 = 32;

pub(crate) const ALL: u32 = 63;
