//! Unfolding: h_t = φ(a_t + W h_{t−1}) over the steps of a segment (DL book, figure 10.3).

use super::{Plan, Segment};
use crate::cells::{Cell, stride};
use crate::simd::Vector;

/// What happens between the steps t − 1 and t, given the states of the one and the pre-activations of the other: the
/// network's own output is fed back. Also called before the first step and after the last one, with what there is.
pub type Between<'a> = &'a mut dyn FnMut(usize, &[f32], &mut [f32]);

/// Runs the steps of a segment. `tape` is (sequences + rows, stride H): the states before in front, then
/// a_t = b + U x_t (+ R y_{t−1}) of every row, each overwritten by h_t.
pub fn forward<V: Vector>(
    cell: &Cell,
    hidden: usize,
    plan: &Plan,
    segment: &Segment,
    tape: &mut [f32],
    mut between: Option<Between<'_>>,
) {
    let row = stride(hidden);
    let sequences = segment.shard.sequences;
    if !cell.is_recurrent() && between.is_none() {
        // Nothing ties the steps together: all at once.
        cell.step::<V>(&mut tape[sequences * row..], &[], 0, segment.rows, false);
        return;
    }
    for t in segment.first..segment.end {
        let start = plan.start(segment, t);
        let alive = plan.start(segment, t + 1) - start;
        let (before, now) = tape.split_at_mut((sequences + start) * row);
        let previous = &before[plan.tape_before(segment, t) * row..];
        let now = &mut now[..alive * row];
        if let Some(between) = &mut between {
            between(t, previous, now);
        }
        // Odd steps walk the panels backwards: measured +4 to +8 points at batch 1, nothing elsewhere.
        cell.step::<V>(now, previous, row, alive, t % 2 == 1);
    }
    if let Some(between) = &mut between {
        between(segment.end, &tape[plan.tape_before(segment, segment.end) * row..], &mut []);
    }
}
