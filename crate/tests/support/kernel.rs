//! Running the kernel on a batch.

use recurra::error::Error;
use recurra::model::{self, Initializer, Network, Options, Outputs, Recurrence, Slot, Workspace, flags};
use recurra::simd::Vector;

use super::{Batch, Inputs, Outcome, Sizes, TENSORS, Targets};

/// An initialised net with hidden recurrence, and outputs at every step if O > 0.
pub fn network(sizes: Sizes, initializer: Initializer, seed: u64) -> Network {
    let mut net = Network::new(options(sizes)).expect("network");
    net.initialize(initializer, seed).expect("initialize");
    net
}

pub fn options(sizes: Sizes) -> Options {
    Options {
        input_size: sizes.input,
        hidden_size: sizes.hidden,
        output_size: sizes.output,
        outputs: if sizes.output == 0 { Outputs::None } else { Outputs::Every },
        ..Options::default()
    }
}

/// Whether the net has R.
pub fn feeds_back(net: &Network) -> bool {
    net.options().recurrence != Recurrence::Hidden
}

/// The flags a batch asks for, without KEEP.
pub fn flags_of(batch: &Batch) -> u32 {
    let mut sum = 0;
    if let Inputs::Vectors(_) = batch.inputs {
        sum |= flags::VECTORS;
    }
    if batch.targets.is_some() {
        sum |= flags::TARGETS;
    }
    if batch.weights.is_some() {
        sum |= flags::STEP_WEIGHTS;
    }
    if batch.initial.is_some() {
        sum |= flags::INITIAL;
    }
    if batch.initial_fed.is_some() {
        sum |= flags::INITIAL_FED;
    }
    sum
}

/// Shapes the workspace for the batch and writes the batch into it.
pub fn fill(net: &Network, ws: &mut Workspace, batch: &Batch, extra: u32) -> Result<(), Error> {
    ws.shape(net, batch.count(), batch.rows(), flags_of(batch) | extra)?;
    for (slot, &length) in ws.i32_mut(Slot::Lengths)?.iter_mut().zip(&batch.lengths) {
        *slot = length as i32;
    }
    ws.i32_mut(Slot::Ids)?.copy_from_slice(&batch.ids);
    ws.i32_mut(Slot::FirstSteps)?.copy_from_slice(&batch.first_steps);
    match &batch.inputs {
        Inputs::Nothing => {}
        Inputs::Indices(values) => ws.i32_mut(Slot::Inputs)?.copy_from_slice(values),
        Inputs::Vectors(values) => ws.f32_mut(Slot::Inputs)?.copy_from_slice(values),
    }
    match &batch.targets {
        None => {}
        Some(Targets::Classes(values)) => ws.i32_mut(Slot::Target)?.copy_from_slice(values),
        Some(Targets::Values(values)) => ws.f32_mut(Slot::Target)?.copy_from_slice(values),
    }
    let optional = [
        (Slot::Weights, &batch.weights),
        (Slot::InitialState, &batch.initial),
        (Slot::InitialFeedback, &batch.initial_fed),
    ];
    for (slot, values) in optional {
        if let Some(values) = values {
            ws.f32_mut(slot)?.copy_from_slice(values);
        }
    }
    if let Some(forcing) = batch.forcing {
        ws.set_forcing(forcing.teacher, forcing.seed, forcing.update)?;
    }
    Ok(())
}

/// Opens the slots of the downstream gradients the batch has and fills them.
pub fn inject<V: Vector>(net: &mut Network, ws: &mut Workspace, batch: &Batch) -> Result<(), Error> {
    let parts = [
        (Slot::DOutputs, &batch.d_outputs),
        (Slot::DStates, &batch.d_states),
        (Slot::DFinalState, &batch.d_final),
    ];
    for (slot, values) in parts {
        if let Some(values) = values {
            ws.open::<V>(net, slot)?;
            ws.f32_mut(slot)?.copy_from_slice(values);
        }
    }
    Ok(())
}

/// The gradients the network holds now, in the order of [`TENSORS`].
pub fn gradients(net: &Network) -> Vec<Vec<f32>> {
    TENSORS.iter().map(|&tensor| net.gradient(tensor).to_vec()).collect()
}

/// The parameters the network holds now, in the order of [`TENSORS`].
pub fn parameters(net: &Network) -> Vec<Vec<f32>> {
    TENSORS.iter().map(|&tensor| net.parameter(tensor).to_vec()).collect()
}

/// Opens an optional slot and copies what it holds.
fn read<V: Vector>(net: &mut Network, ws: &mut Workspace, slot: Slot) -> Result<Vec<f32>, Error> {
    ws.open::<V>(net, slot)?;
    Ok(ws.f32(slot)?.to_vec())
}

/// What a forward pass leaves, whichever function made it: all that is there without being asked for.
fn left_by_forward(net: &Network, ws: &Workspace, batch: &Batch) -> Result<Outcome<f32>, Error> {
    let results = ws.results();
    let mut outcome = Outcome { final_state: ws.f32(Slot::FinalState)?.to_vec(), ..Outcome::default() };
    if batch.targets.is_some() {
        outcome.step_losses = ws.f32(Slot::StepLosses)?.to_vec();
        (outcome.loss, outcome.count) = (results[0], results[1]);
    }
    if feeds_back(net) {
        outcome.final_fed = ws.f32(Slot::FinalFed)?.to_vec();
    }
    Ok(outcome)
}

/// The optional slots that a forward pass fills, and where their content goes.
fn optional<'a>(net: &Network, outcome: &'a mut Outcome<f32>) -> Vec<(Slot, &'a mut Vec<f32>)> {
    let mut slots = vec![(Slot::States, &mut outcome.states)];
    if net.options().output_size > 0 {
        slots.push((Slot::Outputs, &mut outcome.outputs));
    }
    if feeds_back(net) {
        slots.push((Slot::FedBack, &mut outcome.fed_back));
    }
    slots
}

/// workspace_forward with KEEP; the optional slots are read from the tape.
pub fn forward<V: Vector>(
    net: &mut Network,
    ws: &mut Workspace,
    batch: &Batch,
) -> Result<Outcome<f32>, Error> {
    fill(net, ws, batch, flags::KEEP)?;
    model::forward::<V>(net, ws)?;
    let mut outcome = left_by_forward(net, ws, batch)?;
    for (slot, content) in optional(net, &mut outcome) {
        *content = read::<V>(net, ws, slot)?;
    }
    Ok(outcome)
}

/// workspace_forward and workspace_backward with everything they can give.
pub fn forward_backward<V: Vector>(
    net: &mut Network,
    ws: &mut Workspace,
    batch: &Batch,
    scale: f32,
) -> Result<Outcome<f32>, Error> {
    let mut outcome = forward::<V>(net, ws, batch)?;
    inject::<V>(net, ws, batch)?;
    model::backward::<V>(net, ws, scale)?;
    outcome.gradients = gradients(net);
    read_gradients::<V>(net, ws, batch, &mut outcome)?;
    Ok(outcome)
}

/// Opens the slots of the gradients of rows and of what stood before them.
pub fn read_gradients<V: Vector>(
    net: &mut Network,
    ws: &mut Workspace,
    batch: &Batch,
    outcome: &mut Outcome<f32>,
) -> Result<(), Error> {
    if let Inputs::Vectors(_) = batch.inputs {
        outcome.d_inputs = read::<V>(net, ws, Slot::GradInputs)?;
    }
    outcome.d_states = read::<V>(net, ws, Slot::GradStates)?;
    if batch.initial.is_some() {
        outcome.d_initial = read::<V>(net, ws, Slot::GradInitialState)?;
    }
    if batch.initial_fed.is_some() {
        outcome.d_initial_fed = read::<V>(net, ws, Slot::GradInitialFeedback)?;
    }
    Ok(())
}

/// workspace_train: no tape is kept.
pub fn train<V: Vector>(net: &mut Network, ws: &mut Workspace, batch: &Batch) -> Result<Outcome<f32>, Error> {
    fill(net, ws, batch, 0)?;
    model::train::<V>(net, ws)?;
    let mut outcome = left_by_forward(net, ws, batch)?;
    outcome.gradients = gradients(net);
    Ok(outcome)
}

/// workspace_evaluate with the optional slots open before it.
pub fn evaluate<V: Vector>(
    net: &mut Network,
    ws: &mut Workspace,
    batch: &Batch,
) -> Result<Outcome<f32>, Error> {
    fill(net, ws, batch, 0)?;
    let slots: Vec<Slot> = optional(net, &mut Outcome::default()).into_iter().map(|(slot, _)| slot).collect();
    for slot in slots {
        ws.open::<V>(net, slot)?;
    }
    model::evaluate::<V>(net, ws)?;
    let mut outcome = left_by_forward(net, ws, batch)?;
    for (slot, content) in optional(net, &mut outcome) {
        *content = ws.f32(slot)?.to_vec();
    }
    Ok(outcome)
}
