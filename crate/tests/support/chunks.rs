//! A batch run piece by piece: in chunks of steps, and as live data.

use recurra::model::{Input, Network, Stream, StreamSlot, Workspace};
use recurra::simd::Vector;

use super::select::pick;
use super::{Batch, Draws, Inputs, Outcome, Targets, kernel, twin};

/// Forward, each sequence cut into chunks of 1 to `longest` steps, its state and its feedback handed over; a sequence that has
/// ended drops out of the batch. One outcome for each sequence, without sums.
pub fn forward_in_chunks<V: Vector>(
    net: &mut Network,
    ws: &mut Workspace,
    batch: &Batch,
    draws: &mut Draws,
    longest: usize,
) -> Vec<Outcome<f32>> {
    let count = batch.count();
    let with_r = kernel::feeds_back(net);
    let mut done = vec![0; count];
    let start = |values: &Option<Vec<f32>>, width: usize| values.clone().unwrap_or(vec![0.0; count * width]);
    let mut states = start(&batch.initial, batch.sizes.hidden);
    let mut fed = if with_r { start(&batch.initial_fed, batch.sizes.output) } else { vec![] };
    let mut parts: Vec<Outcome<f32>> = (0..count)
        .map(|b| Outcome {
            final_state: pick(&states, &[b], batch.sizes.hidden),
            final_fed: if with_r { pick(&fed, &[b], batch.sizes.output) } else { vec![] },
            ..Outcome::default()
        })
        .collect();
    loop {
        let alive: Vec<usize> = (0..count).filter(|&b| done[b] < batch.lengths[b]).collect();
        if alive.is_empty() {
            return parts;
        }
        let ends: Vec<usize> =
            (0..count).map(|b| batch.lengths[b].min(done[b] + draws.between(1, longest))).collect();
        let mut chunk = batch.cut(&alive, |b| (done[b], ends[b]));
        chunk.initial = Some(pick(&states, &alive, batch.sizes.hidden));
        chunk.initial_fed = with_r.then(|| pick(&fed, &alive, batch.sizes.output));
        let outcome = kernel::forward::<V>(net, ws, &chunk).expect("forward");
        for (i, &b) in alive.iter().enumerate() {
            let own = outcome.of_sequence(&chunk, i);
            let replace = |values: &mut [f32], row: &[f32]| {
                values[b * row.len()..(b + 1) * row.len()].copy_from_slice(row);
            };
            replace(&mut states, &own.final_state);
            if with_r {
                replace(&mut fed, &own.final_fed);
            }
            let part = &mut parts[b];
            if batch.last {
                // What the last step of each chunk gives; that of the last chunk is the sequence's.
                (part.outputs, part.step_losses) = (vec![], vec![]);
            }
            part.states.extend(own.states);
            part.outputs.extend(own.outputs);
            part.step_losses.extend(own.step_losses);
            part.fed_back.extend(own.fed_back);
            (part.final_state, part.final_fed) = (own.final_state, own.final_fed);
            done[b] = ends[b];
        }
    }
}

/// Forward as live data, a lane for each sequence; a lane whose sequence has ended goes on with anything. What is the true
/// target after a step is written by the host. Draws are those of ids that count up from lane to lane, a common first
/// step, and update 0. One outcome for each sequence: states, outputs of every step, what was fed back, and the last.
pub fn step_by_step<V: Vector>(net: &mut Network, batch: &Batch) -> Vec<Outcome<f32>> {
    let (count, sizes, with_r) = (batch.count(), batch.sizes, kernel::feeds_back(net));
    let mut stream = Stream::new(net, count).expect("stream");
    if let Some(initial) = &batch.initial {
        stream.f32_mut(StreamSlot::State).copy_from_slice(initial);
    }
    if let Some(initial) = &batch.initial_fed {
        stream.f32_mut(StreamSlot::Feedback).copy_from_slice(initial);
    }
    if let Some(forcing) = batch.forcing {
        stream.set_draws(forcing.seed, batch.ids[0] as u32, batch.first_steps[0] as u64);
    }
    let mut parts = vec![Outcome::<f32>::default(); count];
    for t in 0..batch.lengths.iter().copied().max().unwrap_or(0) {
        let rows: Vec<usize> =
            (0..count).map(|b| batch.first_row(b) + t.min(batch.lengths[b].saturating_sub(1))).collect();
        let rows: Vec<usize> = rows.into_iter().map(|row| row.min(batch.rows() - 1)).collect();
        let input = match &batch.inputs {
            Inputs::Nothing => Input::Nothing,
            Inputs::Indices(values) => {
                stream.i32_mut(StreamSlot::Indices).copy_from_slice(&pick(values, &rows, 1));
                Input::Indices
            }
            Inputs::Vectors(values) => {
                stream.f32_mut(StreamSlot::Vectors).copy_from_slice(&pick(values, &rows, sizes.input));
                Input::Vectors
            }
        };
        let before = if with_r { stream.f32(StreamSlot::Feedback).to_vec() } else { vec![] };
        stream.step::<V>(net, input).expect("step");
        for b in (0..count).filter(|&b| t < batch.lengths[b]) {
            let part = &mut parts[b];
            part.final_state = pick(stream.f32(StreamSlot::State), &[b], sizes.hidden);
            part.states.extend(&part.final_state);
            if sizes.output > 0 {
                part.outputs.extend(pick(stream.f32(StreamSlot::Outputs), &[b], sizes.output));
            }
            if with_r {
                if twin::is_taught(batch, b, t) {
                    let target = target(batch, batch.first_row(b) + t);
                    let place = b * sizes.output..(b + 1) * sizes.output;
                    stream.f32_mut(StreamSlot::Feedback)[place].copy_from_slice(&target);
                }
                part.fed_back.extend(pick(&before, &[b], sizes.output));
                part.final_fed = pick(stream.f32(StreamSlot::Feedback), &[b], sizes.output);
            }
        }
    }
    parts
}

/// The target of a row as values, one-hot for a class.
pub fn target(batch: &Batch, row: usize) -> Vec<f32> {
    match batch.targets.as_ref().expect("targets") {
        Targets::Classes(classes) => {
            (0..batch.sizes.output).map(|i| if i as i32 == classes[row] { 1.0 } else { 0.0 }).collect()
        }
        Targets::Values(values) => pick(values, &[row], batch.sizes.output),
    }
}
