//! Unfolding: h_t = tanh(a_t + W h_{t−1}) over the steps of a shard (DL book, figure 10.3).

use super::{Plan, Shard};
use crate::cells::{Cell, stride};
use crate::simd::Vector;

/// Runs all steps of a shard. `tape` is (sequences + rows, stride H): initial states in front, then a_t = b + U x_t of
/// every row, each overwritten by h_t.
pub fn forward<V: Vector>(cell: &Cell, hidden: usize, plan: &Plan, shard: &Shard, tape: &mut [f32]) {
    let row = stride(hidden);
    for t in 0..shard.steps {
        let start = plan.start(shard, t);
        let alive = plan.start(shard, t + 1) - start;
        let (before, now) = tape.split_at_mut((shard.sequences + start) * row);
        let previous = &before[plan.tape_before(shard, t) * row..];
        // Odd steps walk the panels backwards: measured +4 to +8 points at batch 1, nothing elsewhere.
        cell.step::<V>(&mut now[..alive * row], previous, row, alive, t % 2 == 1);
    }
}
