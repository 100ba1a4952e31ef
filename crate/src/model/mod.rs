//! Puts cells, time, loss and optimizers together into what a host can create: networks, workspaces that serve
//! batches, optimizers, streams. Still plain Rust: handles and statuses are the business of `exports`.

mod batch;
mod buffers;
mod columns;
mod fed;
pub mod flags;
mod forcing;
mod fronts;
mod head;
mod network;
mod open;
mod optimizer;
mod options;
mod parameters;
mod rows;
mod run;
mod segments;
mod shard;
mod slots;
mod stream;
mod workspace;

pub use crate::optim::Kind;
pub use network::Network;
pub use optimizer::{Optimizer, OptimizerSlot, Step};
pub use options::{Activation, Feedback, Initializer, Loss, Options, Outputs, Recurrence};
pub use parameters::{Parameters, TENSORS, Tensor};
pub use run::{backward, evaluate, forward, train};
pub use slots::Slot;
pub use stream::{Input, Stream, StreamSlot};
pub use workspace::Workspace;
