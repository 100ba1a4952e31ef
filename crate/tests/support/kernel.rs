//! Running the kernel on a batch.

use recurra::error::Error;
use recurra::model::{self, Initializer, Network, Options, Outputs, Slot, Workspace, flags};
use recurra::simd::Vector;

use super::{Batch, Inputs, Outcome, Sizes, TENSORS};

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
    sum
}

/// Shapes the workspace for the batch and writes the batch into it.
pub fn fill(net: &Network, ws: &mut Workspace, batch: &Batch, extra: u32) -> Result<(), Error> {
    ws.shape(net, batch.count(), batch.rows(), flags_of(batch) | extra)?;
    for (slot, &length) in ws.i32_mut(Slot::Lengths)?.iter_mut().zip(&batch.lengths) {
        *slot = length as i32;
    }
    match &batch.inputs {
        Inputs::Indices(values) => ws.i32_mut(Slot::Inputs)?.copy_from_slice(values),
        Inputs::Vectors(values) => ws.f32_mut(Slot::Inputs)?.copy_from_slice(values),
    }
    if let Some(values) = &batch.targets {
        ws.i32_mut(Slot::Target)?.copy_from_slice(values);
    }
    if let Some(values) = &batch.weights {
        ws.f32_mut(Slot::Weights)?.copy_from_slice(values);
    }
    if let Some(values) = &batch.initial {
        ws.f32_mut(Slot::InitialState)?.copy_from_slice(values);
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

/// What a forward pass leaves, whichever function made it; states and outputs are those of the open slots.
fn forward_outcome(ws: &Workspace, batch: &Batch) -> Result<Outcome<f32>, Error> {
    let results = ws.results();
    Ok(Outcome {
        step_losses: if batch.targets.is_some() { ws.f32(Slot::StepLosses)?.to_vec() } else { vec![] },
        final_state: ws.f32(Slot::FinalState)?.to_vec(),
        loss: if batch.targets.is_some() { results[0] } else { 0.0 },
        count: if batch.targets.is_some() { results[1] } else { 0.0 },
        ..Outcome::default()
    })
}

/// workspace_forward with KEEP; states and outputs read from the tape.
pub fn forward<V: Vector>(
    net: &mut Network,
    ws: &mut Workspace,
    batch: &Batch,
) -> Result<Outcome<f32>, Error> {
    fill(net, ws, batch, flags::KEEP)?;
    model::forward::<V>(net, ws)?;
    let mut outcome = forward_outcome(ws, batch)?;
    outcome.states = read::<V>(net, ws, Slot::States)?;
    if batch.sizes.output > 0 {
        outcome.outputs = read::<V>(net, ws, Slot::Outputs)?;
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
    if let Inputs::Vectors(_) = batch.inputs {
        outcome.d_inputs = read::<V>(net, ws, Slot::GradInputs)?;
    }
    outcome.d_states = read::<V>(net, ws, Slot::GradStates)?;
    if batch.initial.is_some() {
        outcome.d_initial = read::<V>(net, ws, Slot::GradInitialState)?;
    }
    Ok(outcome)
}

/// workspace_train: no tape is kept.
pub fn train<V: Vector>(net: &mut Network, ws: &mut Workspace, batch: &Batch) -> Result<Outcome<f32>, Error> {
    fill(net, ws, batch, 0)?;
    model::train::<V>(net, ws)?;
    let mut outcome = forward_outcome(ws, batch)?;
    outcome.gradients = gradients(net);
    Ok(outcome)
}

/// workspace_evaluate with the slots STATES and OUTPUTS open.
pub fn evaluate<V: Vector>(
    net: &mut Network,
    ws: &mut Workspace,
    batch: &Batch,
) -> Result<Outcome<f32>, Error> {
    fill(net, ws, batch, 0)?;
    ws.open::<V>(net, Slot::States)?;
    if batch.sizes.output > 0 {
        ws.open::<V>(net, Slot::Outputs)?;
    }
    model::evaluate::<V>(net, ws)?;
    let mut outcome = forward_outcome(ws, batch)?;
    outcome.states = ws.f32(Slot::States)?.to_vec();
    if batch.sizes.output > 0 {
        outcome.outputs = ws.f32(Slot::Outputs)?.to_vec();
    }
    Ok(outcome)
}
