//! The output side of a segment: outputs, loss and its gradient, a block of rows at a time.

use super::forcing::Feed;
use super::options::Outputs;
use super::rows::scatter;
use super::run::Work;
use super::slots::Slot;
use super::workspace::Workspace;
use super::{Tensor, flags};
use crate::cells::{add_outer, add_rows, stride};
use crate::loss;
use crate::sequence::SHARD;
use crate::simd::Vector;

/// Goes through the segment's outputs block by block: computed here, or those kept. Forward, from the first to the last:
/// losses; o and ŷ go to OUTPUTS and PREDICTIONS if they are open. Backward, from the last to the first:
/// dL/do = scale · weight · (ŷ − y) plus what comes from downstream, ∇V and ∇c (10.22)–(10.24), and Vᵀ dL/do
/// added to `buffers.d`. Where the loss flows back through what was fed back, dL/do is only laid down in
/// `buffers.d_outputs`: the rest follows with the way back through time.
#[inline(never)]
pub(super) fn pass<V: Vector>(work: &mut Work<'_>) {
    let options = work.network.options;
    if options.outputs == Outputs::None {
        return;
    }
    let last = options.outputs == Outputs::Last;
    let height = work.workspace.buffers.block_rows;
    let scored = if last { work.workspace.batch.plan.ended(&work.segment).len() } else { work.segment.rows };
    let blocks = scored.div_ceil(height);
    for block in 0..blocks {
        let block = if work.pass.goes_back() { blocks - 1 - block } else { block };
        let start = block * height;
        self::block::<V>(work, start, height.min(scored - start), last);
    }
}

/// The scored rows from `start` on: with "every" the rows of the segment, with `last` the sequences that end in it, the
/// longest at the end, so that gradients are added from the last step to the first.
#[inline(never)]
fn block<V: Vector>(work: &mut Work<'_>, start: usize, rows: usize, last: bool) {
    let options = work.network.options;
    let (hidden, output) = (options.hidden_size, options.output_size);
    let (row, width) = (stride(hidden), stride(output));
    let Some(layer) = &work.network.output else {
        return;
    };
    let (pass, scale, segment) = (work.pass, work.scale, work.segment);
    let back = pass.goes_back();
    let keeps = work.workspace.keeps_outputs();
    let flows_back = back && work.workspace.feed() == Feed::Own && options.feedback.is_differentiable();
    let Workspace { shape, slots, batch, buffers, .. } = &mut *work.workspace;
    let plan = &batch.plan;
    let sequences = segment.shard.sequences;

    // Where the states of these rows stand on the segment's tape, and the rows in the caller's order.
    let mut ends = [0; SHARD];
    let mut ended = [0; SHARD];
    if last {
        for (i, position) in plan.ended(&segment).rev().enumerate() {
            ends[i] = plan.last(&segment, position);
            ended[i] = plan.order(&segment.shard)[position];
        }
    }
    let callers =
        if last { &ended[start..start + rows] } else { &plan.caller_rows(&segment)[start..start + rows] };
    let at = (work.base + sequences + start) * row;
    let states = if last {
        for (to, &end) in buffers.ends.chunks_exact_mut(row).zip(&ends[start..start + rows]) {
            to.copy_from_slice(&buffers.tape[(work.base + end) * row..][..row]);
        }
        &buffers.ends[..rows * row]
    } else {
        &buffers.tape[at..]
    };

    let block = &mut buffers.block[..rows * width];
    let first = if last { segment.shard.sequences_before } else { segment.rows_before() } + start;
    let kept = if keeps { buffers.logits.get_mut(first * width..(first + rows) * width) } else { None };
    match kept {
        Some(kept) if back => block.copy_from_slice(kept),
        kept => {
            layer.outputs::<V>(block, work.network.parameters.value(Tensor::BiasO), states, rows);
            if let Some(kept) = kept {
                kept.copy_from_slice(block);
            }
            if let Some(outputs) = slots.if_open(Slot::Outputs) {
                scatter(outputs, output, block, width, callers);
            }
        }
    }
    let targets = shape.has(flags::TARGETS);
    let predicts = !back && slots.has(Slot::Predictions);
    for (o, &caller_row) in block.chunks_exact_mut(width).zip(callers) {
        let o = &mut o[..output];
        let caller_row = caller_row as usize;
        if targets {
            let weight = slots.weight(shape, caller_row);
            let target = batch.target(slots, &options, caller_row);
            let (loss, correct) = options.loss.of::<V>(o, target);
            if correct {
                work.correct += weight as f64;
            }
            if back {
                loss::gradient::<V>(o, target, scale * weight);
            }
            slots.f32_mut(Slot::StepLosses)[caller_row] = loss;
        } else if back {
            o.fill(0.0);
        } else if predicts {
            options.loss.predict::<V>(o);
        }
        if back && let Some(downstream) = slots.if_open(Slot::DOutputs) {
            add_rows::<V>(o, &downstream[caller_row * output..], 0, 1);
        }
    }
    if let Some(predictions) = slots.if_open(Slot::Predictions)
        && predicts
    {
        scatter(predictions, output, block, width, callers);
    }
    if !back {
        return;
    }
    if flows_back {
        for (r, from) in block.chunks_exact(width).enumerate() {
            let to = work.base + if last { ends[start + r] - sequences } else { start + r };
            buffers.d_outputs[to * width..][..width].copy_from_slice(from);
        }
        return;
    }
    if !work.again {
        let parameters = &mut work.network.parameters;
        let layout = parameters.layout();
        let (weight_ho, bias_o) = (layout.range(Tensor::WeightHo), layout.range(Tensor::BiasO));
        let gradients = if segment.shard.sequences_before == 0 {
            &mut parameters.gradients
        } else {
            &mut buffers.partial
        };
        add_rows::<V>(&mut gradients[bias_o], block, width, rows);
        let (a, b) = ((&*block, width, output), (states, row, hidden));
        add_outer::<V>(&mut gradients[weight_ho], a, b, None, rows, &mut buffers.scratch);
    }
    if last {
        let d_ends = &mut buffers.ends[SHARD.min(shape.sequences) * row..][..rows * row];
        for (to, &end) in d_ends.chunks_exact_mut(row).zip(&ends[start..start + rows]) {
            to.copy_from_slice(&buffers.d[(work.base + end) * row..][..row]);
        }
        layer.states_gradient::<V>(d_ends, block, rows);
        for (from, &end) in d_ends.chunks_exact(row).zip(&ends[start..start + rows]) {
            buffers.d[(work.base + end) * row..][..row].copy_from_slice(from);
        }
    } else {
        layer.states_gradient::<V>(&mut buffers.d[at..], block, rows);
    }
}
