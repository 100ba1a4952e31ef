//! How many steps a pass takes at a time: all of them, or as many as the budget of memory allows.

use super::buffers::Pass;
use super::forcing::Feed;
use super::workspace::Workspace;
use super::{Network, flags};
use crate::cells::stride;
use crate::error::{Cause, Error};
use crate::sequence::SHARD;

/// Steps at a time where nothing need be kept: rows enough for the products, and a tape that stays in the cache.
const STEPS: usize = 64;

/// The cut of a pass.
#[derive(Clone, Copy, Default)]
pub(super) struct Segments {
    pub steps: usize,
    /// More than one segment to a shard, on the way back.
    pub several: bool,
    /// Nothing is kept between `forward` and `backward`: the way back runs forward again.
    pub recompute: bool,
    /// The steps do not need each other: no state and no output of the network's own goes from one to the next.
    pub independent: bool,
    /// Rows of a segment at most.
    pub rows: usize,
    /// Rows of its tape, or of all tapes if they are kept; and of checkpoints.
    pub tape_rows: usize,
    pub checkpoints: usize,
    /// Of the tape: states, gradients, what is fed back, checkpoints.
    pub bytes: usize,
}

impl Workspace {
    /// Bytes for the tape of a pass; 0: as many as it takes. Whether they suffice, the pass knows.
    pub fn set_budget(&mut self, bytes: usize) -> Result<(), Error> {
        self.budget = bytes;
        self.forget();
        Ok(())
    }

    /// Chooses the segments of a pass over the plan. OutOfMemory if the budget is below what any cut needs.
    pub(super) fn cut(&self, network: &Network, pass: Pass) -> Result<Segments, Error> {
        let (sequences, keeps) = (SHARD.min(self.shape.sequences), self.shape.has(flags::KEEP));
        let (mut longest, mut most_rows) = (1, 0);
        for shard in self.batch.plan.shards() {
            longest = longest.max(shard.steps);
            most_rows = most_rows.max(shard.rows);
        }
        let independent = !network.cell.is_recurrent() && self.feed() != Feed::Own;
        let cut = |steps: usize, back: bool| {
            let rows = most_rows.min(steps.saturating_mul(sequences));
            let several = back && steps < longest;
            let states_from = several && !independent;
            let checkpoints = if states_from { (longest.div_ceil(steps) - 1) * sequences } else { 0 };
            let mut segments = Segments {
                steps,
                several,
                recompute: keeps,
                independent,
                rows,
                tape_rows: rows + sequences,
                checkpoints,
                bytes: 0,
            };
            segments.bytes = self.tape_bytes(&segments, back);
            segments
        };
        let fits = |segments: &Segments| self.budget == 0 || segments.bytes <= self.budget;
        let whole = Segments { recompute: false, ..cut(longest, true) };
        let mut best = whole;
        if keeps {
            best.tape_rows = self.shape.rows + self.shape.sequences;
            best.bytes = self.tape_bytes(&best, true);
        }
        if independent && !keeps || !fits(&best) {
            best = cut(if independent { STEPS.min(longest) } else { longest }, true);
            // One more segment each time. The checkpoints soon outweigh what a shorter segment saves.
            let mut count = longest.div_ceil(best.steps);
            let mut least = best.bytes;
            while !fits(&best) {
                count += 1;
                let worse = count > longest || !independent && count.saturating_mul(count) / 8 > longest;
                if worse {
                    return Err(Cause::OutOfMemory { requested: least, limit: self.budget, used: 0 }.into());
                }
                best = cut(longest.div_ceil(count), true);
                least = least.min(best.bytes);
            }
        }
        let goes_back = pass.goes_back();
        if goes_back || keeps && !best.recompute {
            return Ok(best);
        }
        Ok(Segments { recompute: best.recompute, ..cut(STEPS.min(best.steps), false) })
    }

    fn tape_bytes(&self, segments: &Segments, back: bool) -> usize {
        let own = self.feed() == Feed::Own;
        let row = stride(self.options.hidden_size);
        let width = if own { stride(self.options.output_size) } else { 0 };
        let flows_back = back && self.options.feedback.is_differentiable();
        let states = row * (1 + back as usize + (back && self.shape.has(flags::KEEP)) as usize);
        let per_row = states + width * (1 + flows_back as usize);
        let carried = if segments.several { SHARD.min(self.shape.sequences) * row } else { 0 };
        let floats = segments.tape_rows as u64 * per_row as u64
            + segments.checkpoints as u64 * (row + width) as u64
            + carried as u64;
        usize::try_from(floats * 4).unwrap_or(usize::MAX)
    }
}
