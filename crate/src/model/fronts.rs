//! What stands in front of a segment's tape: where its steps take up from.

use super::fed::{self, Teaching, teaching};
use super::flags;
use super::forcing::Feed;
use super::rows::gather;
use super::run::Work;
use super::slots::Slot;
use super::workspace::Workspace;
use crate::cells::stride;

/// The states before the first step, in front of the tape, and what is fed into it.
#[inline(never)]
pub(super) fn start(work: &mut Work<'_>) {
    let hidden = work.network.options.hidden_size;
    let (row, tape) = (stride(hidden), work.tape());
    let width = stride(work.network.options.output_size);
    let own = work.workspace.feed() == Feed::Own;
    let Workspace { shape, slots, batch, buffers, forcing, .. } = &mut *work.workspace;
    let sequences = work.segment.shard.sequences;
    let initial = &mut buffers.tape[tape][..sequences * row];
    if shape.has(flags::INITIAL) {
        gather(initial, row, slots.f32(Slot::InitialState), hidden, batch.plan.order(&work.segment.shard));
    } else {
        initial.fill(0.0);
    }
    if own {
        let teaching = teaching!(work, shape, slots, batch, forcing);
        fed::start_own(&teaching, &mut buffers.fed[work.base * width..]);
    }
}

/// Hands the states after the segment, and what is fed back from there, on to the front, where the next one begins.
#[inline(never)]
pub(super) fn carry(work: &mut Work<'_>) {
    let segment = work.segment;
    let (row, width) = (stride(work.network.options.hidden_size), stride(work.network.options.output_size));
    let own = work.workspace.feed() == Feed::Own;
    let Workspace { batch, buffers, .. } = &mut *work.workspace;
    let alive = batch.plan.alive(&segment.shard, segment.end);
    let from = batch.plan.tape_before(&segment, segment.end) * row;
    buffers.tape.copy_within(from..from + alive * row, 0);
    if own {
        buffers.fed.copy_within(segment.rows * width..(segment.rows + alive) * width, 0);
    }
}

/// Keeps what is in front of the tape as checkpoint `index`.
pub(super) fn save(work: &mut Work<'_>, index: usize) {
    checkpoint(work, index, |front, kept| kept.copy_from_slice(front));
}

/// Puts checkpoint `index` in front of the tape.
pub(super) fn restore(work: &mut Work<'_>, index: usize) {
    checkpoint(work, index, |front, kept| front.copy_from_slice(kept));
}

#[inline(always)]
fn checkpoint(work: &mut Work<'_>, index: usize, copy: impl Fn(&mut [f32], &mut [f32])) {
    let (row, width) = (stride(work.network.options.hidden_size), stride(work.network.options.output_size));
    let own = work.workspace.feed() == Feed::Own;
    let buffers = &mut work.workspace.buffers;
    let sequences = work.segment.shard.sequences;
    let at = index * sequences;
    copy(&mut buffers.tape[..sequences * row], &mut buffers.checkpoints[at * row..][..sequences * row]);
    if own {
        let kept = &mut buffers.checkpoints_fed[at * width..][..sequences * width];
        copy(&mut buffers.fed[..sequences * width], kept);
    }
}
