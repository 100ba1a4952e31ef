//! One shard forward and backward through time.

use super::buffers::Pass;
use super::parameters::Layout;
use super::run::Work;
use super::slots::{Shape, Slot};
use super::workspace::Workspace;
use super::{Tensor, flags};
use crate::cells::{add_outer, add_rows, stride};
use crate::sequence;
use crate::simd::Vector;

/// Fills the shard's tape: initial states in front, a = b + U x of all rows at once, then h over the steps. Writes
/// FINAL_STATE, and STATES if it is open and this is not training.
#[inline(never)]
pub(super) fn forward<V: Vector>(work: &mut Work<'_>) {
    let (input, hidden) = (work.network.options.input_size, work.network.options.hidden_size);
    let row = stride(hidden);
    let shard = &work.shard;
    let (cell, bias_h) = (&work.network.cell, work.network.parameters.value(Tensor::BiasH));
    let Workspace { shape, slots, batch, buffers, .. } = &mut *work.workspace;
    let plan = &batch.plan;
    let tape = &mut buffers.tape[work.tape.clone()];
    let (initial, rows) = tape.split_at_mut(shard.sequences * row);
    if shape.has(flags::INITIAL) {
        gather(initial, row, slots.f32(Slot::InitialState), hidden, plan.order(shard));
    } else {
        initial.fill(0.0);
    }
    cell.start_bias(rows, bias_h);
    if shape.has(flags::VECTORS) {
        gather(&mut buffers.inputs, input, slots.f32(Slot::Inputs), input, plan.caller_rows(shard));
        if shard.rows > 0 {
            cell.add_inputs::<V>(rows, &buffers.inputs, shard.rows);
        }
    } else if input > 0 {
        let symbols = &batch.symbols.as_i32()[shard.rows_before..];
        for (a, &x) in rows.chunks_exact_mut(row).zip(symbols) {
            cell.add_index::<V>(a, x as usize);
        }
    }
    sequence::forward::<V>(cell, hidden, plan, shard, tape);
    let states = &tape[shard.sequences * row..];
    if work.pass != Pass::Train
        && let Some(open) = slots.if_open(Slot::States)
    {
        scatter(open, hidden, states, row, plan.caller_rows(shard));
    }
    let final_state = slots.f32_mut(Slot::FinalState);
    for (position, &sequence) in plan.order(shard).iter().enumerate() {
        scatter(final_state, hidden, &tape[plan.last(shard, position) * row..], row, &[sequence]);
    }
}

/// Before a shard's gradients: clears where they are added, and makes `d` what reaches each state from downstream, the
/// open D_STATES, and D_FINAL_STATE at each sequence's last step.
#[inline(never)]
pub(super) fn start_gradients(work: &mut Work<'_>) {
    let (input, hidden) = (work.network.options.input_size, work.network.options.hidden_size);
    let row = stride(hidden);
    let shard = &work.shard;
    let Workspace { shape, slots, batch, buffers, .. } = &mut *work.workspace;
    let from = added_from(work.network.parameters.layout(), shape, input);
    if let Some(partial) = buffers.partial.get_mut(from..) {
        partial.fill(0.0);
    }
    let d = &mut buffers.d[work.tape.clone()];
    d.fill(0.0);
    if let Some(given) = slots.if_open(Slot::DStates) {
        let rows = &mut d[shard.sequences * row..];
        gather(rows, row, given, hidden, batch.plan.caller_rows(shard));
    }
    if let Some(given) = slots.if_open(Slot::DFinalState) {
        for (position, &sequence) in batch.plan.order(shard).iter().enumerate() {
            let last = &mut d[batch.plan.last(shard, position) * row..][..hidden];
            for (d, &given) in last.iter_mut().zip(&given[sequence as usize * hidden..]) {
                *d += given;
            }
        }
    }
}

/// Back through time over `d`, which holds what reaches each state from its output and from downstream; then the
/// gradients of b and W, (10.22) and (10.26), and of U are added, to the network's directly for the first shard, and
/// by way of `buffers.partial` for the others, so that the sum of a shard does not depend on what came before it.
#[inline(never)]
pub(super) fn backward<V: Vector>(work: &mut Work<'_>) {
    let (input, hidden) = (work.network.options.input_size, work.network.options.hidden_size);
    let row = stride(hidden);
    let shard = &work.shard;
    let parameters = &mut work.network.parameters;
    let layout = *parameters.layout();
    let total = &mut parameters.gradients;
    let Workspace { shape, slots, batch, buffers, .. } = &mut *work.workspace;
    let plan = &batch.plan;
    let tape = &buffers.tape[work.tape.clone()];
    let d = &mut buffers.d[work.tape.clone()];
    let d_states = buffers.d_states.get_mut(work.tape.clone()).unwrap_or(&mut []);
    sequence::backward::<V>(&work.network.cell, hidden, plan, shard, tape, d, d_states);
    let d = &d[shard.sequences * row..];
    let rows = shard.rows;
    let first = shard.sequences_before == 0;
    let gradients = if first { &mut *total } else { &mut buffers.partial };
    add_rows::<V>(&mut gradients[layout.range(Tensor::BiasH)], d, row, rows);
    let scratch = &mut buffers.scratch;
    let weight_hh = &mut gradients[layout.range(Tensor::WeightHh)];
    let states = (tape, row, hidden);
    add_outer::<V>(weight_hh, (d, row, hidden), states, Some(plan.previous(shard)), rows, scratch);
    if shape.has(flags::VECTORS) {
        gather(&mut buffers.inputs, input, slots.f32(Slot::Inputs), input, plan.caller_rows(shard));
        let weight_ih = &mut gradients[layout.range(Tensor::WeightIh)];
        let inputs = (&buffers.inputs[..], input, input);
        add_outer::<V>(weight_ih, (d, row, hidden), inputs, None, rows, scratch);
    }
    if !first {
        let from = added_from(&layout, shape, input);
        add_rows::<V>(&mut total[from..], &buffers.partial[from..], 0, 1);
    }
    if input > 0 && !shape.has(flags::VECTORS) {
        let symbols = &batch.symbols.as_i32()[shard.rows_before..][..rows];
        for (r, &x) in symbols.iter().enumerate().rev() {
            buffers.marks[x as usize] = 1.0;
            let column = &mut buffers.columns[x as usize * row..][..hidden];
            add_rows::<V>(column, &d[r * row..], 0, 1);
        }
        add_columns(
            &mut total[layout.range(Tensor::WeightIh)],
            &mut buffers.marks,
            &mut buffers.columns,
            row,
        );
    }
}

/// Where in the parameters a shard's gradients are added: for index inputs ∇U, the first tensor, goes another way,
/// symbol by symbol.
fn added_from(layout: &Layout, shape: &Shape, input: usize) -> usize {
    if input > 0 && !shape.has(flags::VECTORS) { layout.range(Tensor::WeightIh).end } else { 0 }
}

/// Adds the shard's ∇Uᵀ to `total`, ∇U (H, I), symbol by symbol of those that occurred, and clears it for the next
/// shard: with a large vocabulary most columns are never touched.
fn add_columns(total: &mut [f32], marks: &mut [f32], columns: &mut [f32], row: usize) {
    let input = marks.len();
    for (x, mark) in marks.iter_mut().enumerate() {
        if *mark != 0.0 {
            *mark = 0.0;
            let mut column = x * row;
            let mut at = x;
            while at < total.len() {
                total[at] += columns[column];
                columns[column] = 0.0;
                at += input;
                column += 1;
            }
        }
    }
}

/// to[r] = from[rows[r]], where the rows of `to` are `stride` apart.
#[inline(never)]
fn gather(to: &mut [f32], stride: usize, from: &[f32], columns: usize, rows: &[i32]) {
    for (to, &row) in to.chunks_exact_mut(stride).zip(rows) {
        to[..columns].copy_from_slice(&from[row as usize * columns..][..columns]);
    }
}

/// to[rows[r]] = from[r], where the rows of `from` are `stride` apart.
#[inline(never)]
pub(super) fn scatter(to: &mut [f32], columns: usize, from: &[f32], stride: usize, rows: &[i32]) {
    for (from, &row) in from.chunks_exact(stride).zip(rows) {
        to[row as usize * columns..][..columns].copy_from_slice(&from[..columns]);
    }
}
