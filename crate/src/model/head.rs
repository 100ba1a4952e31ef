//! The output side of a shard: outputs, loss and its gradient, a block of rows at a time.

use super::buffers::Pass;
use super::run::Work;
use super::shard::scatter;
use super::slots::Slot;
use super::workspace::Workspace;
use super::{Tensor, flags};
use crate::cells::{add_outer, add_rows, stride};
use crate::loss;
use crate::math;
use crate::simd::Vector;

/// Goes through the shard's outputs block by block: computed here, or those kept. Forward, from the first to the last:
/// losses; o and ŷ go to OUTPUTS and PREDICTIONS if they are open. Backward, from the last to the first:
/// dL/do = scale · weight · (ŷ − onehot(y)) plus what comes from downstream, ∇V and ∇c (10.22)–(10.24), and Vᵀ dL/do
/// added to `buffers.d`.
#[inline(never)]
pub(super) fn pass<V: Vector>(work: &mut Work<'_>) {
    let height = work.workspace.buffers.block_rows;
    let blocks = work.shard.rows.div_ceil(height);
    for block in 0..blocks {
        let block = if work.pass.goes_back() { blocks - 1 - block } else { block };
        let start = block * height;
        let rows = height.min(work.shard.rows - start);
        self::block::<V>(work, start, rows);
    }
}

/// The rows from `start` on, counted in the shard.
#[inline(never)]
fn block<V: Vector>(work: &mut Work<'_>, start: usize, rows: usize) {
    let options = work.network.options;
    let (hidden, output) = (options.hidden_size, options.output_size);
    let (row, width) = (stride(hidden), stride(output));
    let Some(layer) = &work.network.output else {
        return;
    };
    let (pass, scale) = (work.pass, work.scale);
    let Workspace { shape, slots, batch, buffers, .. } = &mut *work.workspace;
    let at = work.tape.start + (work.shard.sequences + start) * row;
    let states = &buffers.tape[at..];
    let block = &mut buffers.block[..rows * width];
    let first = work.shard.rows_before + start;
    let kept = buffers.logits.get_mut(first * width..(first + rows) * width);
    if pass != Pass::Backward {
        layer.outputs::<V>(block, work.network.parameters.value(Tensor::BiasO), states, rows);
    }
    match (pass, kept) {
        (Pass::Forward, Some(kept)) => kept.copy_from_slice(block),
        (Pass::Backward, Some(kept)) => block.copy_from_slice(kept),
        _ => {}
    }
    let caller_rows = &batch.plan.all_caller_rows()[first..first + rows];
    if !pass.goes_back()
        && let Some(outputs) = slots.if_open(Slot::Outputs)
    {
        scatter(outputs, output, block, width, caller_rows);
    }
    let targets = shape.has(flags::TARGETS);
    for (r, &caller_row) in caller_rows.iter().enumerate() {
        let logits = &mut block[r * width..][..output];
        let caller_row = caller_row as usize;
        if targets {
            let weight = slots.weight(shape, caller_row);
            let target = batch.targets.as_i32()[first + r] as usize;
            let (loss, correct) = loss::cross_entropy::<V>(logits, target);
            slots.f32_mut(Slot::StepLosses)[caller_row] = loss;
            if correct {
                work.correct += weight as f64;
            }
            if pass.goes_back() {
                loss::cross_entropy_backward::<V>(logits, target, scale * weight);
            }
        } else if pass.goes_back() {
            logits.fill(0.0);
        } else if slots.has(Slot::Predictions) {
            math::softmax_in_place::<V>(logits);
        }
        if pass.goes_back()
            && let Some(downstream) = slots.if_open(Slot::DOutputs)
        {
            add_rows::<V>(logits, &downstream[caller_row * output..], 0, 1);
        }
    }
    if pass.goes_back() {
        let parameters = &mut work.network.parameters;
        let layout = parameters.layout();
        let (weight_ho, bias_o) = (layout.range(Tensor::WeightHo), layout.range(Tensor::BiasO));
        let gradients =
            if work.shard.sequences_before == 0 { &mut parameters.gradients } else { &mut buffers.partial };
        add_rows::<V>(&mut gradients[bias_o], block, width, rows);
        let (a, b) = ((&*block, width, output), (states, row, hidden));
        add_outer::<V>(&mut gradients[weight_ho], a, b, None, rows, &mut buffers.scratch);
        layer.states_gradient::<V>(&mut buffers.d[at..], block, rows);
    } else if let Some(predictions) = slots.if_open(Slot::Predictions) {
        scatter(predictions, output, block, width, caller_rows);
    }
}
