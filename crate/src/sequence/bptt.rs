//! Back-propagation through time (DL book, section 10.2.2).

use super::{Plan, Shard};
use crate::cells::{Cell, stride};
use crate::simd::Vector;

/// Goes back from the last step to the first:
///
///   dL/da_t = diag(1 − h_t²) dL/dh_t,   dL/dh_{t−1} += Wᵀ dL/da_t          (10.20), (10.21)
///
/// `d` stands like the tape, (sequences + rows, stride H). In: what reaches each state from its own output and from
/// downstream. Out: dL/da of every row, and in front dL/dh_0. `d_states`, of the same form unless it is empty, receives
/// dL/dh in full.
pub fn backward<V: Vector>(
    cell: &Cell,
    hidden: usize,
    plan: &Plan,
    shard: &Shard,
    tape: &[f32],
    d: &mut [f32],
    d_states: &mut [f32],
) {
    let row = stride(hidden);
    for t in (0..shard.steps).rev() {
        let start = plan.start(shard, t);
        let alive = plan.start(shard, t + 1) - start;
        let at = (shard.sequences + start) * row;
        let (before, now) = d.split_at_mut(at);
        let now = &mut now[..alive * row];
        if let Some(d_states) = d_states.get_mut(at..at + alive * row) {
            d_states.copy_from_slice(now);
        }
        let d_previous = &mut before[plan.tape_before(shard, t) * row..][..alive * row];
        cell.step_backward::<V>(now, &tape[at..at + alive * row], d_previous, alive, t % 2 == 1);
    }
}
