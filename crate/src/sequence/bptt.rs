//! Back-propagation through time (DL book, section 10.2.2).

use super::{Plan, Segment};
use crate::cells::{Cell, stride};
use crate::simd::Vector;

/// What reaches the states of step t by way of the outputs that were fed back: given dL/dh_t so far, to add to, and
/// dL/da_{t+1}.
pub type Through<'a> = &'a mut dyn FnMut(usize, &mut [f32], &[f32]);

/// Goes back from a segment's last step to its first:
///
///   dL/dh_t += Wᵀ dL/da_{t+1},   dL/da_t = diag(φ′) dL/dh_t                (10.20), (10.21)
///
/// `d` stands like the tape, (sequences + rows, stride H). In: what reaches each state from its own output and from
/// downstream. Out: dL/da of every row, and in front, for the first segment, dL/dh_0. `carried` is dL/da of the step
/// after the last one. `d_states`, of the same form unless it is empty, receives dL/dh in full.
#[allow(clippy::too_many_arguments)] // a tape, two gradients of its form, and what they hang on
pub fn backward<V: Vector>(
    cell: &Cell,
    hidden: usize,
    plan: &Plan,
    segment: &Segment,
    tape: &[f32],
    d: &mut [f32],
    carried: &[f32],
    d_states: &mut [f32],
    mut through: Option<Through<'_>>,
) {
    let row = stride(hidden);
    let shard = &segment.shard;
    // Once more for the states before the first step.
    let from = segment.first as isize - (segment.first == 0) as isize;
    for t in (from..segment.end as isize).rev() {
        // Rows of this step, of which the first ones have a next step.
        let (at, alive, next) = match usize::try_from(t) {
            Ok(t) => (shard.sequences + plan.start(segment, t), plan.alive(shard, t), t + 1),
            Err(_) => (0, shard.sequences, 0),
        };
        let to_next = if t < 0 { shard.sequences } else { at + alive };
        let (now, after) = d.split_at_mut(to_next * row);
        let now = &mut now[at * row..];
        let after = if next == segment.end { carried } else { &after[..] };
        let next_alive = plan.alive(shard, next);
        let after = &after[..next_alive * row];
        if t >= 0
            && let Some(through) = &mut through
        {
            through(t as usize, now, after);
        }
        if next_alive > 0 {
            cell.hand_back::<V>(now, after, next_alive, next % 2 == 1);
        }
        if t >= 0 {
            let rows = at * row..(at + alive) * row;
            if let Some(d_states) = d_states.get_mut(rows.clone()) {
                d_states.copy_from_slice(now);
            }
            cell.differentiate::<V>(now, &tape[rows]);
        }
    }
}
