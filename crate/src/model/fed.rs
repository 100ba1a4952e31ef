//! What enters through R: true targets, known beforehand, or the network's own outputs, step by step.

use super::batch::Batch;
use super::flags;
use super::forcing::{Feed, Forcing};
use super::options::Options;
use super::slots::{Shape, Slot, Slots};
use crate::cells::{Cell, OutputLayer, add_rows, stride};
use crate::feedback::teach;
use crate::sequence::Segment;
use crate::simd::Vector;

/// A segment, and what is needed to tell what was fed back in it. All but `slots` only read.
pub(super) struct Teaching<'a> {
    pub options: &'a Options,
    pub shape: &'a Shape,
    pub slots: &'a mut Slots,
    pub batch: &'a Batch,
    pub forcing: &'a Forcing,
    pub segment: &'a Segment,
}

/// The sight of a segment that `fed` needs, from the parts of a workspace.
macro_rules! teaching {
    ($work:ident, $shape:ident, $slots:ident, $batch:ident, $forcing:ident) => {
        Teaching {
            options: &$work.network.options,
            shape: $shape,
            slots: $slots,
            batch: $batch,
            forcing: $forcing,
            segment: &$work.segment,
        }
    };
}
pub(super) use teaching;

impl Teaching<'_> {
    /// The caller's number of the sequence in lane `lane`, whatever the step.
    fn sequence(&self, lane: usize) -> usize {
        self.batch.plan.order(&self.segment.shard)[lane] as usize
    }

    /// Whether f of step t, counted in the sequence, is the target.
    fn teaches(&self, lane: usize, t: usize) -> bool {
        let sequence = self.sequence(lane);
        let (key, step) = self.forcing.draw(self.slots, sequence, t);
        self.forcing.teaches(self.options, self.shape, key.id, step)
    }

    /// `f` (O) becomes the initial feedback of a sequence: zeros if none was given.
    pub fn initial(&self, f: &mut [f32], sequence: usize) {
        if self.shape.has(flags::INITIAL_FED) {
            f.copy_from_slice(&self.slots.f32(Slot::InitialFeedback)[sequence * f.len()..][..f.len()]);
        } else {
            f.fill(0.0);
        }
    }

    /// `f` (O) becomes the target of a scored row.
    pub fn target(&self, f: &mut [f32], row: usize) {
        teach(f, self.batch.target(self.slots, self.options, row));
    }

    /// Rows of the segment that have no row before them: those of a sequence's first step.
    pub fn fresh(&self) -> usize {
        if self.segment.first == 0 { self.batch.plan.alive(&self.segment.shard, 0) } else { 0 }
    }

    /// `f` (O) becomes what enters row `r` of the segment when all is taught.
    pub fn taught(&self, f: &mut [f32], r: usize) {
        if r < self.fresh() {
            self.initial(f, self.sequence(r));
        } else {
            // The caller's rows of a sequence follow one another.
            self.target(f, self.batch.plan.caller_rows(self.segment)[r] as usize - 1);
        }
    }

    /// The same for the first `rows` rows; `fed` is (rows, stride O).
    pub fn taught_rows(&self, fed: &mut [f32], rows: usize) {
        let output = self.options.output_size;
        for (r, fed) in fed.chunks_exact_mut(stride(output)).take(rows).enumerate() {
            self.taught(&mut fed[..output], r);
        }
    }

    /// FINAL_FED of the sequences that end in the segment: the last target, if all is taught; of those without steps what
    /// they begin with.
    pub fn end(&mut self, own: bool) {
        let output = self.options.output_size;
        let plan = &self.batch.plan;
        let beginning = plan.alive(&self.segment.shard, 0);
        // Aside, as the other slots are read meanwhile.
        let mut final_fed = core::mem::take(self.slots.block(Slot::FinalFed));
        for position in plan.ended(self.segment) {
            let sequence = self.sequence(position);
            let f = &mut final_fed[sequence * output..][..output];
            if position >= beginning {
                self.initial(f, sequence);
            } else if !own {
                let row = plan.last(self.segment, position) - self.segment.shard.sequences;
                self.target(f, plan.caller_rows(self.segment)[row] as usize);
            }
        }
        *self.slots.block(Slot::FinalFed) = final_fed;
    }
}

/// The network's own outputs on their way from step to step.
pub(super) struct Own<'a> {
    pub teaching: Teaching<'a>,
    pub cell: &'a Cell,
    pub layer: &'a OutputLayer,
    pub bias_o: &'a [f32],
    /// What enters each row of the segment, then what enters the step after it; (tape rows, stride O).
    pub fed: &'a mut [f32],
    /// (sequences, stride O); overwritten.
    pub step: &'a mut [f32],
}

impl Own<'_> {
    /// Between the steps t − 1 and t: o = c + V h_{t−1}, f of it, and a_t += R f.
    pub fn between<V: Vector>(&mut self, t: usize, before: &[f32], now: &mut [f32]) {
        let width = stride(self.teaching.options.output_size);
        let segment = self.teaching.segment;
        if t > segment.first {
            self.leave::<V>(t - 1, before);
        }
        if t < segment.end {
            let start = self.teaching.batch.plan.start(segment, t);
            let alive = self.teaching.batch.plan.alive(&segment.shard, t);
            self.cell.fed.add::<V>(now, &self.fed[start * width..], width, alive);
        }
    }

    /// f of step t, for the next step, or for FINAL_FED if there is none.
    #[inline(never)]
    fn leave<V: Vector>(&mut self, t: usize, states: &[f32]) {
        let teaching = &mut self.teaching;
        let Options { output_size: output, feedback, loss, .. } = *teaching.options;
        let width = stride(output);
        let (plan, shard) = (&teaching.batch.plan, &teaching.segment.shard);
        let (start, next) = (plan.start(teaching.segment, t), plan.start(teaching.segment, t + 1));
        let (alive, next_alive) = (next - start, plan.alive(shard, t + 1));
        self.layer.outputs::<V>(self.step, self.bias_o, states, alive);
        for (lane, f) in self.step.chunks_exact_mut(width).take(alive).enumerate() {
            let f = &mut f[..output];
            if teaching.teaches(lane, t) {
                let row = plan.caller_rows(teaching.segment)[start + lane];
                teaching.target(f, row as usize);
            } else {
                let (key, step) = teaching.forcing.draw(teaching.slots, teaching.sequence(lane), t);
                feedback.apply::<V>(loss, f, key, step);
            }
            let to = if lane < next_alive {
                &mut self.fed[(next + lane) * width..][..output]
            } else {
                let sequence = teaching.sequence(lane);
                &mut teaching.slots.f32_mut(Slot::FinalFed)[sequence * output..][..output]
            };
            to.copy_from_slice(f);
        }
    }
}

/// The way of the loss back through what was fed back.
pub(super) struct Through<'a> {
    pub teaching: Teaching<'a>,
    pub cell: &'a Cell,
    pub layer: &'a OutputLayer,
    pub fed: &'a [f32],
    /// dL/do of the segment's rows, (rows, stride O).
    pub d_outputs: &'a mut [f32],
    pub step: &'a mut [f32],
}

impl Through<'_> {
    /// dL/do_t += (∂f_t/∂o_t)ᵀ Rᵀ dL/da_{t+1} where f_t was the network's own, then dL/dh_t += Vᵀ dL/do_t.
    #[inline(never)]
    pub fn step<V: Vector>(&mut self, t: usize, d_states: &mut [f32], d_next: &[f32]) {
        let teaching = &self.teaching;
        let Options { output_size: output, feedback, loss, .. } = *teaching.options;
        let width = stride(output);
        let (plan, shard) = (&teaching.batch.plan, &teaching.segment.shard);
        let (start, next) = (plan.start(teaching.segment, t), plan.start(teaching.segment, t + 1));
        let next_alive = plan.alive(shard, t + 1);
        let d_outputs = &mut self.d_outputs[start * width..next * width];
        if next_alive > 0 {
            let d_fed = &mut self.step[..next_alive * width];
            d_fed.fill(0.0);
            self.cell.fed.gradient::<V>(d_fed, d_next, next_alive);
            for (lane, d) in d_fed.chunks_exact_mut(width).enumerate() {
                if !teaching.teaches(lane, t) {
                    let d = &mut d[..output];
                    feedback.backward(loss, d, &self.fed[(next + lane) * width..][..output]);
                    add_rows::<V>(&mut d_outputs[lane * width..][..output], d, 0, 1);
                }
            }
        }
        self.layer.states_gradient::<V>(d_states, d_outputs, next - start);
    }
}

/// a += R f of all rows of the segment at once, where f is known beforehand. `a` is (rows, stride H).
pub(super) fn add_taught<V: Vector>(
    cell: &Cell,
    a: &mut [f32],
    fed: &mut [f32],
    teaching: &Teaching<'_>,
    feed: Feed,
) {
    let (hidden, width) = (stride(teaching.options.hidden_size), stride(teaching.options.output_size));
    let fresh = teaching.fresh();
    // A class is a row of Rᵀ; only what a sequence begins with is a vector.
    let vectors = match feed {
        Feed::Values => teaching.segment.rows,
        Feed::Classes if teaching.shape.has(flags::INITIAL_FED) => fresh,
        _ => 0,
    };
    if vectors > 0 {
        teaching.taught_rows(fed, vectors);
        cell.fed.add::<V>(a, fed, width, vectors);
    }
    if feed == Feed::Classes {
        let rows = teaching.batch.plan.caller_rows(teaching.segment);
        let classes = teaching.batch.targets.as_i32();
        for (a, &row) in a.chunks_exact_mut(hidden).zip(rows).skip(fresh) {
            cell.fed.add_index::<V>(a, classes[row as usize - 1] as usize);
        }
    }
}

/// What a segment's feedback starts from, in front of `fed`: the initial feedback.
pub(super) fn start_own(teaching: &Teaching<'_>, fed: &mut [f32]) {
    let output = teaching.options.output_size;
    for (lane, fed) in fed.chunks_exact_mut(stride(output)).take(teaching.fresh()).enumerate() {
        teaching.initial(&mut fed[..output], teaching.sequence(lane));
    }
}
