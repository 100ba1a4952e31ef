//! One segment of a shard forward and backward through time.

use super::columns::{add_by_symbol, add_columns};
use super::fed::{self, Own, Teaching, Through, teaching};
use super::forcing::Feed;
use super::parameters::Layout;
use super::rows::{gather, scatter};
use super::run::Work;
use super::slots::{Shape, Slot};
use super::workspace::Workspace;
use super::{Tensor, flags, open};
use crate::cells::{RowMap, add_outer, add_rows, stride};
use crate::sequence::{self, Shard};
use crate::simd::Vector;

/// Fills the segment's tape: a = b + U x + R y′ of all rows at once, then h over the steps, own outputs fed back on the
/// way. Writes FINAL_STATE and FINAL_FED of the sequences that end, and STATES and FED_BACK if they are open.
#[inline(never)]
pub(super) fn forward<V: Vector>(work: &mut Work<'_>) {
    let segment = work.segment;
    let shard = &segment.shard;
    let (input, hidden) = (work.network.options.input_size, work.network.options.hidden_size);
    let width = stride(work.network.options.output_size);
    let row = stride(hidden);
    let tape = work.tape();
    let feed = work.workspace.feed();
    let (cell, bias_h) = (&work.network.cell, work.network.parameters.value(Tensor::BiasH));
    let Workspace { shape, slots, batch, buffers, forcing, .. } = &mut *work.workspace;
    let plan = &batch.plan;
    let tape = &mut buffers.tape[tape];
    let rows = &mut tape[shard.sequences * row..];
    cell.start_bias(rows, bias_h);
    if shape.has(flags::VECTORS) {
        gather(&mut buffers.inputs, input, slots.f32(Slot::Inputs), input, plan.caller_rows(&segment));
        if segment.rows > 0 {
            cell.input.add::<V>(rows, &buffers.inputs, input, segment.rows);
        }
    } else if input > 0 {
        let symbols = &batch.symbols.as_i32()[segment.rows_before()..];
        for (a, &x) in rows.chunks_exact_mut(row).zip(symbols) {
            cell.input.add_index::<V>(a, x as usize);
        }
    }
    let fed_at = if feed == Feed::Own { work.base * width } else { 0 };
    if feed == Feed::Nothing {
        sequence::forward::<V>(cell, hidden, plan, &segment, tape, None);
    } else {
        let mut teaching = teaching!(work, shape, slots, batch, forcing);
        let fed = &mut buffers.fed[fed_at..];
        teaching.end(feed == Feed::Own);
        if feed == Feed::Own
            && let Some(layer) = &work.network.output
        {
            let bias_o = work.network.parameters.value(Tensor::BiasO);
            let mut own = Own { teaching, cell, layer, bias_o, fed, step: &mut buffers.step };
            let between = &mut |t: usize, before: &[f32], now: &mut [f32]| own.between::<V>(t, before, now);
            sequence::forward::<V>(cell, hidden, plan, &segment, tape, Some(between));
        } else {
            fed::add_taught::<V>(cell, rows, fed, &teaching, feed);
            sequence::forward::<V>(cell, hidden, plan, &segment, tape, None);
        }
    }
    let final_state = slots.f32_mut(Slot::FinalState);
    for position in plan.ended(&segment) {
        let sequence = plan.order(shard)[position];
        scatter(final_state, hidden, &tape[plan.last(&segment, position) * row..], row, &[sequence]);
    }
    open::hand_out::<V>(work, Slot::States);
    open::hand_out::<V>(work, Slot::FedBack);
}

/// Before the way back through a shard: clears where its gradients are added.
#[inline(never)]
pub(super) fn clear(work: &mut Work<'_>, shard: &Shard) {
    let Workspace { shape, buffers, .. } = &mut *work.workspace;
    let from = added_from(work.network.parameters.layout(), shape, work.network.options.input_size);
    if shard.sequences_before > 0
        && let Some(partial) = buffers.partial.get_mut(from..)
    {
        partial.fill(0.0);
    }
}

/// Before a segment's gradients: makes `d` what reaches each state from downstream, the open D_STATES, and
/// D_FINAL_STATE at each sequence's last step.
#[inline(never)]
pub(super) fn start_gradients(work: &mut Work<'_>) {
    let hidden = work.network.options.hidden_size;
    let row = stride(hidden);
    let segment = work.segment;
    let tape = work.tape();
    let width = stride(work.network.options.output_size);
    let Workspace { slots, batch, buffers, .. } = &mut *work.workspace;
    let d = &mut buffers.d[tape];
    d.fill(0.0);
    if let Some(given) = slots.if_open(Slot::DStates) {
        let rows = &mut d[segment.shard.sequences * row..];
        gather(rows, row, given, hidden, batch.plan.caller_rows(&segment));
    }
    if let Some(given) = slots.if_open(Slot::DFinalState) {
        for position in batch.plan.ended(&segment) {
            let sequence = batch.plan.order(&segment.shard)[position] as usize;
            let last = &mut d[batch.plan.last(&segment, position) * row..][..hidden];
            for (d, &given) in last.iter_mut().zip(&given[sequence * hidden..]) {
                *d += given;
            }
        }
    }
    let rows = work.base * width..(work.base + segment.rows) * width;
    if let Some(d_outputs) = buffers.d_outputs.get_mut(rows) {
        d_outputs.fill(0.0);
    }
}

/// Back through time over `d`, which holds what reaches each state from its output and from downstream; then the
/// gradients of b and W, (10.22) and (10.26), of U and of R are added, to the network's directly for the first shard,
/// and by way of `buffers.partial` for the others, so that the sum of a shard does not depend on what came before it.
#[inline(never)]
pub(super) fn backward<V: Vector>(work: &mut Work<'_>) {
    let options = work.network.options;
    let (input, hidden, output) = (options.input_size, options.hidden_size, options.output_size);
    let (row, width) = (stride(hidden), stride(output));
    let segment = work.segment;
    let (shard, rows) = (&segment.shard, segment.rows);
    let feed = work.workspace.feed();
    let flows_back = feed == Feed::Own && options.feedback.is_differentiable();
    let at = work.tape();
    let fed_at = if feed == Feed::Own { work.base * width } else { 0 };
    let Workspace { shape, slots, batch, buffers, forcing, segments, .. } = &mut *work.workspace;
    let plan = &batch.plan;
    let tape = &buffers.tape[at.clone()];
    let all_d = &mut buffers.d[at.clone()];
    let d_states = buffers.d_states.get_mut(at).unwrap_or(&mut []);
    let fresh = if segment.first == 0 { plan.alive(shard, 0) } else { 0 };
    let mut through = None;
    if let (true, Some(layer)) = (flows_back, &work.network.output) {
        through = Some(Through {
            teaching: teaching!(work, shape, slots, batch, forcing),
            cell: &work.network.cell,
            layer,
            fed: &buffers.fed[fed_at..],
            d_outputs: &mut buffers.d_outputs[fed_at..],
            step: &mut buffers.step,
        });
    }
    let mut step = |t: usize, now: &mut [f32], next: &[f32]| {
        if let Some(through) = &mut through {
            through.step::<V>(t, now, next);
        }
    };
    let through: Option<sequence::Through<'_>> = if flows_back { Some(&mut step) } else { None };
    let carried = &buffers.carried;
    let cell = &work.network.cell;
    sequence::backward::<V>(cell, hidden, plan, &segment, tape, all_d, carried, d_states, through);
    let d = &all_d[shard.sequences * row..];
    if segments.several {
        let alive = plan.alive(shard, segment.first) * row;
        buffers.carried[..alive].copy_from_slice(&d[..alive]);
    }
    if work.again {
        return;
    }
    let parameters = &mut work.network.parameters;
    let layout = *parameters.layout();
    let first = shard.sequences_before == 0;
    let gradients = if first { &mut parameters.gradients } else { &mut buffers.partial };
    let scratch = &mut buffers.scratch;
    add_rows::<V>(&mut gradients[layout.range(Tensor::BiasH)], d, row, rows);
    let from_d = (d, row, hidden);
    if cell.is_recurrent() {
        let previous = &plan.previous(shard)[segment.row..];
        let map = RowMap { rows: previous, same: plan.alive(shard, segment.first), shift: segment.row };
        let weight_hh = &mut gradients[layout.range(Tensor::WeightHh)];
        add_outer::<V>(weight_hh, from_d, (tape, row, hidden), Some(map), rows, scratch);
    }
    if shape.has(flags::VECTORS) {
        gather(&mut buffers.inputs, input, slots.f32(Slot::Inputs), input, plan.caller_rows(&segment));
        let weight_ih = &mut gradients[layout.range(Tensor::WeightIh)];
        add_outer::<V>(weight_ih, from_d, (&buffers.inputs, input, input), None, rows, scratch);
    } else if input > 0 {
        let symbols = &batch.symbols.as_i32()[segment.rows_before()..][..rows];
        add_by_symbol::<V>(&mut buffers.input_columns, d, row, hidden, 0, |r| symbols[r] as usize, rows);
    }
    let weight_oh = &mut gradients[layout.range(Tensor::WeightOh)];
    let mut vectors = rows;
    if feed == Feed::Classes {
        let (rows_of, classes) = (plan.caller_rows(&segment), batch.targets.as_i32());
        let class = |r: usize| classes[rows_of[r] as usize - 1] as usize;
        add_by_symbol::<V>(&mut buffers.fed_columns, d, row, hidden, fresh, class, rows);
        // The sums go on with what the sequences began with, a vector.
        if segment.first == 0 {
            add_columns(weight_oh, &mut buffers.fed_columns, row, output);
        }
        vectors = if shape.has(flags::INITIAL_FED) { fresh } else { 0 };
    }
    if feed != Feed::Nothing {
        if feed != Feed::Own && vectors > 0 {
            // With a kept tape, another shard's rows may stand there.
            teaching!(work, shape, slots, batch, forcing).taught_rows(&mut buffers.fed, vectors);
        }
        add_outer::<V>(weight_oh, from_d, (&buffers.fed[fed_at..], width, output), None, vectors, scratch);
    }
    if flows_back {
        let d_outputs = &buffers.d_outputs[fed_at..];
        add_rows::<V>(&mut gradients[layout.range(Tensor::BiasO)], d_outputs, width, rows);
        let states = (&tape[shard.sequences * row..], row, hidden);
        let weight_ho = &mut gradients[layout.range(Tensor::WeightHo)];
        add_outer::<V>(weight_ho, (d_outputs, width, output), states, None, rows, scratch);
    }
}

/// After the way back through a shard: adds its gradients to the network's.
#[inline(never)]
pub(super) fn finish<V: Vector>(work: &mut Work<'_>) {
    if work.again {
        return;
    }
    let (input, hidden) = (work.network.options.input_size, work.network.options.hidden_size);
    let row = stride(hidden);
    let parameters = &mut work.network.parameters;
    let layout = *parameters.layout();
    let total = &mut parameters.gradients;
    let Workspace { shape, buffers, .. } = &mut *work.workspace;
    if work.segment.shard.sequences_before > 0 {
        let from = added_from(&layout, shape, input);
        add_rows::<V>(&mut total[from..], &buffers.partial[from..], 0, 1);
    }
    if input > 0 && !shape.has(flags::VECTORS) {
        add_columns(&mut total[layout.range(Tensor::WeightIh)], &mut buffers.input_columns, row, input);
    }
}

/// Where in the parameters a shard's gradients are added: for index inputs ∇U, the first tensor, goes another way,
/// symbol by symbol.
fn added_from(layout: &Layout, shape: &Shape, input: usize) -> usize {
    if input > 0 && !shape.has(flags::VECTORS) { layout.range(Tensor::WeightIh).end } else { 0 }
}
