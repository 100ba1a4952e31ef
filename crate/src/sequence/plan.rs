//! The order of rows: which step of which sequence stands where.

use core::ops::Range;

use crate::arena::{Block, grow};
use crate::error::{Cause, Error};

/// Sequences per shard. A batch is cut into shards in the caller's order; parameter gradients are summed within a
/// shard and the shards' sums then added in ascending order, so that a shard is what one worker can take. The number
/// is part of the promise of equal bits: changing it changes every recorded hash.
pub const SHARD: usize = 8;

/// Where everything of a batch stands, from nothing but the lengths. Reused from batch to batch. All blocks hold i32.
#[derive(Default)]
pub struct Plan {
    sequences: usize,
    rows: usize,
    /// Caller's number of the sequence at each position: within a shard the longest first, else as given.
    order: Block,
    /// Length of the sequence at each position.
    lengths: Block,
    /// Two numbers per shard, and once more for the end: its place in `starts`, and its first row.
    shards: Block,
    /// Per shard, `steps + 1` entries: the row, counted in the shard, at which each step starts.
    starts: Block,
    /// Per row: the caller's row, and the row of the tape that holds the state before it.
    caller_rows: Block,
    previous: Block,
}

/// One shard of a plan.
#[derive(Clone, Copy)]
pub struct Shard {
    pub sequences: usize,
    pub steps: usize,
    pub rows: usize,
    /// Sequences of all shards before this one, and rows likewise.
    pub sequences_before: usize,
    pub rows_before: usize,
    /// Its place in `Plan::starts`.
    starts: usize,
}

/// Consecutive steps of a shard: all of them, or as many as there is memory for. Its tape has one row per sequence of
/// the shard in front, for the states before the first step, then the rows of its steps.
#[derive(Clone, Copy)]
pub struct Segment {
    pub shard: Shard,
    /// Steps `first..end`.
    pub first: usize,
    pub end: usize,
    /// Where its rows begin, counted in the shard, and how many there are.
    pub row: usize,
    pub rows: usize,
}

impl Segment {
    /// Where its rows begin, counted in the batch.
    pub fn rows_before(&self) -> usize {
        self.shard.rows_before + self.row
    }
}

impl Plan {
    /// Lays out sequences of these lengths, whose sum must be `rows`. On an error the plan is empty.
    pub fn layout(&mut self, lengths: &[i32], rows: usize) -> Result<(), Error> {
        (self.sequences, self.rows) = (0, 0);
        let mut left = rows;
        for (sequence, &length) in lengths.iter().enumerate() {
            if length < 0 || length as usize > left {
                let (sequence, got) = (sequence as i32, length as i64);
                return Err(Cause::BadShape { sequence, got, expected: left }.into());
            }
            left -= length as usize;
        }
        if left > 0 {
            let got = (rows - left) as i64;
            return Err(Cause::BadShape { sequence: -1, got, expected: rows }.into());
        }
        let shards = lengths.len().div_ceil(SHARD);
        grow(&mut self.order, lengths.len())?;
        grow(&mut self.lengths, lengths.len())?;
        grow(&mut self.shards, 2 * shards + 2)?;
        // The longest sequence of a shard has no more steps than the shard has rows.
        grow(&mut self.starts, rows + shards)?;
        grow(&mut self.caller_rows, rows)?;
        grow(&mut self.previous, rows)?;
        (self.sequences, self.rows) = (lengths.len(), rows);
        for index in 0..shards {
            self.fill(index, lengths);
        }
        Ok(())
    }

    /// One shard, after all before it.
    fn fill(&mut self, index: usize, lengths: &[i32]) {
        let position = index * SHARD;
        let lengths = &lengths[position..lengths.len().min(position + SHARD)];
        let order = &mut self.order.as_i32_mut()[position..][..lengths.len()];
        let sorted = &mut self.lengths.as_i32_mut()[position..][..lengths.len()];
        let shards = &mut self.shards.as_i32_mut()[2 * index..][..4];
        let [mut start, first] = [shards[0] as usize, shards[1] as usize];
        // The shard's rows are the same ones in the caller's order.
        let mut first_rows = [0; SHARD];
        let mut next = first as i32;
        for (lane, &length) in lengths.iter().enumerate() {
            first_rows[lane] = next;
            next += length;
            // Sinks to its place; equal lengths stay in the caller's order.
            let mut place = lane;
            while place > 0 && sorted[place - 1] < length {
                (order[place], sorted[place]) = (order[place - 1], sorted[place - 1]);
                place -= 1;
            }
            (order[place], sorted[place]) = (lane as i32, length);
        }
        let starts = self.starts.as_i32_mut();
        let rows = &mut self.caller_rows.as_i32_mut()[first..next as usize];
        let previous = &mut self.previous.as_i32_mut()[first..next as usize];
        let (mut alive, mut before, mut row) = (lengths.len(), 0, 0);
        for t in 0..sorted[0] {
            while sorted[alive - 1] <= t {
                alive -= 1;
            }
            starts[start] = row as i32;
            start += 1;
            let after = lengths.len() + row;
            for lane in 0..alive {
                rows[row] = first_rows[order[lane] as usize] + t;
                previous[row] = (before + lane) as i32;
                row += 1;
            }
            before = after;
        }
        starts[start] = row as i32;
        (shards[2], shards[3]) = (start as i32 + 1, next);
        for lane in order {
            *lane += position as i32;
        }
    }

    /// How many shards there are.
    pub fn len(&self) -> usize {
        self.sequences.div_ceil(SHARD)
    }

    pub fn is_empty(&self) -> bool {
        self.sequences == 0
    }

    pub fn shards(&self) -> impl Iterator<Item = Shard> {
        (0..self.len()).map(|index| self.shard(index))
    }

    #[inline(never)]
    pub fn shard(&self, index: usize) -> Shard {
        let [starts, row, next_starts, next_row] =
            core::array::from_fn(|i| self.shards.as_i32()[2 * index + i] as usize);
        Shard {
            sequences: SHARD.min(self.sequences - index * SHARD),
            steps: next_starts - starts - 1,
            rows: next_row - row,
            sequences_before: index * SHARD,
            rows_before: row,
            starts,
        }
    }

    /// Caller's numbers of a shard's sequences, by position.
    pub fn order(&self, shard: &Shard) -> &[i32] {
        &self.order.as_i32()[shard.sequences_before..][..shard.sequences]
    }

    /// Steps `first..end` of a shard.
    #[inline(never)]
    pub fn segment(&self, shard: &Shard, first: usize, end: usize) -> Segment {
        let starts = &self.starts.as_i32()[shard.starts..];
        let row = starts[first] as usize;
        Segment { shard: *shard, first, end, row, rows: starts[end] as usize - row }
    }

    /// Per row of a segment, the caller's row.
    pub fn caller_rows(&self, segment: &Segment) -> &[i32] {
        &self.caller_rows.as_i32()[segment.rows_before()..][..segment.rows]
    }

    /// Likewise, of all shards.
    pub fn all_caller_rows(&self) -> &[i32] {
        &self.caller_rows.as_i32()[..self.rows]
    }

    /// Per row of a shard, the row of the shard's whole tape with the state before it.
    pub fn previous(&self, shard: &Shard) -> &[i32] {
        &self.previous.as_i32()[shard.rows_before..][..shard.rows]
    }

    /// First row of step t of a segment, or the number of rows if t is its end.
    pub fn start(&self, segment: &Segment, t: usize) -> usize {
        self.starts.as_i32()[segment.shard.starts + t] as usize - segment.row
    }

    /// Sequences that have a step t.
    pub fn alive(&self, shard: &Shard, t: usize) -> usize {
        let starts = &self.starts.as_i32()[shard.starts..];
        if t < shard.steps { (starts[t + 1] - starts[t]) as usize } else { 0 }
    }

    /// Row of a segment's tape before step t: states are handed on from here.
    pub fn tape_before(&self, segment: &Segment, t: usize) -> usize {
        if t == segment.first { 0 } else { segment.shard.sequences + self.start(segment, t - 1) }
    }

    /// Positions of the sequences whose last step is in a segment; with the first segment, also of those without steps.
    pub fn ended(&self, segment: &Segment) -> Range<usize> {
        let from = self.alive(&segment.shard, segment.end);
        let to = if segment.first == 0 {
            segment.shard.sequences
        } else {
            self.alive(&segment.shard, segment.first)
        };
        from..to
    }

    /// Row of a segment's tape with the last state of the sequence at `position`, which has ended in it.
    pub fn last(&self, segment: &Segment, position: usize) -> usize {
        let length = self.lengths.as_i32()[segment.shard.sequences_before + position] as usize;
        position + self.tape_before(segment, length)
    }

    /// Whether some step has one sequence alive, and whether some step has several.
    pub fn step_rows(&self) -> (bool, bool) {
        let (mut one, mut several) = (false, false);
        for shard in self.shards() {
            // Rows per step fall, so the first and the last step tell.
            if shard.steps > 0 {
                one |= self.alive(&shard, shard.steps - 1) == 1;
                several |= self.alive(&shard, 0) > 1;
            }
        }
        (one, several)
    }
}

#[cfg(test)]
mod tests;
