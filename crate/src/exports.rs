//! The ABI: the only module that knows of WebAssembly. Numbers in, a number out; see crate/include/recurra.h, which
//! documents every function here in the same order.

#![allow(unsafe_code)] // one global state, see `Global`

use core::cell::UnsafeCell;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::arena;
use crate::error::{Cause, Error, integer_within, unsupported, within};
use crate::handles::{Handles, Object, unknown};
use crate::linalg;
use crate::model::{
    self, Activation, Feedback, Initializer, Input, Kind, Loss, Network, Optimizer, Options, Outputs,
    Recurrence, Slot, Step, Stream, Workspace,
};
use crate::random::Key;
use crate::simd::Best;

/// Version of this interface: hosts compare it with the one they were written for.
const ABI: i32 = 1;

struct Global(UnsafeCell<Handles>);

// SAFETY: a module instance has one thread, so no two references to the handles are alive at once: `with` hands out one
// at a time and nothing called from it comes back here, since the module imports nothing.
unsafe impl Sync for Global {}

static HANDLES: Global = Global(UnsafeCell::new(Handles::new()));

fn with<T>(run: impl FnOnce(&mut Handles) -> T) -> T {
    // SAFETY: see `Global`.
    run(unsafe { &mut *HANDLES.0.get() })
}

/// Runs on the handles; an error becomes its status.
fn status(run: impl FnOnce(&mut Handles) -> Result<i32, Error>) -> i32 {
    with(|handles| run(handles).unwrap_or_else(Error::status))
}

#[inline(never)]
fn natural(argument: i32, got: i32) -> Result<(), Error> {
    integer_within(argument, got as isize, 0, i32::MAX)
}

const MAX_SEED: f64 = 9_007_199_254_740_991.0;

#[inline(never)]
fn seed(argument: i32, got: f64) -> Result<u64, Error> {
    within(argument, got, 0.0, MAX_SEED)?;
    let whole = got as u64;
    if whole as f64 == got {
        Ok(whole)
    } else {
        Err(Cause::BadOption { argument, got, min: 0.0, max: MAX_SEED }.into())
    }
}

fn create(
    handles: &mut Handles,
    make: impl FnOnce(&mut Handles) -> Result<Object, Error>,
) -> Result<i32, Error> {
    let place = handles.reserve()?;
    let object = make(handles)?;
    Ok(handles.insert(place, object))
}

#[wasm_bindgen]
pub fn abi_version() -> i32 {
    ABI
}

#[wasm_bindgen]
pub fn error_detail(which: i32) -> f64 {
    Error::details().get(which as usize).copied().unwrap_or(0.0)
}

#[wasm_bindgen]
pub fn memory_limit(bytes: f64) -> i32 {
    status(|_| {
        within(0, bytes, 65536.0, arena::MAX_LIMIT as f64)?;
        arena::set_limit(bytes as usize);
        Ok(0)
    })
}

#[wasm_bindgen]
pub fn memory_used() -> f64 {
    arena::used() as f64
}

#[wasm_bindgen]
pub fn slot_address(handle: i32, slot: i32) -> i32 {
    status(|handles| Ok(place(handles, handle, slot)?.0 as i32))
}

#[wasm_bindgen]
pub fn slot_length(handle: i32, slot: i32) -> i32 {
    status(|handles| Ok(place(handles, handle, slot)?.1 as i32))
}

fn slot_of(code: i32) -> Result<Slot, Error> {
    Slot::from_code(code).ok_or_else(|| unsupported(1))
}

/// Address and number of elements of a slot.
#[inline(never)]
fn place(handles: &mut Handles, handle: i32, slot: i32) -> Result<(usize, usize), Error> {
    let place = match handles.get(handle)? {
        Object::Network(network) => network.parameters().place(slot),
        Object::Workspace(_, workspace) => Slot::from_code(slot).and_then(|slot| workspace.place(slot)),
        Object::Optimizer(_, optimizer) => optimizer.place(slot),
        Object::Stream(_, stream) => stream.place(slot),
    };
    place.ok_or_else(|| unsupported(1))
}

#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // plain numbers: there is nothing else a host could pass
pub fn network_create(
    input_size: i32,
    hidden_size: i32,
    output_size: i32,
    recurrence: i32,
    outputs: i32,
    activation: i32,
    loss: i32,
    feedback: i32,
) -> i32 {
    status(|handles| {
        let options = Options {
            input_size: input_size as usize,
            hidden_size: hidden_size as usize,
            output_size: output_size as usize,
            recurrence: Recurrence::from_code(recurrence, 3)?,
            outputs: Outputs::from_code(outputs, 4)?,
            activation: Activation::from_code(activation, 5)?,
            loss: Loss::from_code(loss, 6)?,
            feedback: Feedback::from_code(feedback, 7)?,
        };
        create(handles, |_| Network::new(options).map(Object::Network))
    })
}

#[wasm_bindgen]
pub fn network_free(network: i32) -> i32 {
    status(|handles| handles.remove(network, |object| matches!(object, Object::Network(_))).map(|()| 0))
}

#[wasm_bindgen]
pub fn network_initialize(network: i32, initializer: i32, seed_value: f64) -> i32 {
    status(|handles| {
        let network = handles.network(network)?;
        network.initialize(Initializer::from_code(initializer, 1)?, seed(2, seed_value)?).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn network_changed(network: i32) -> i32 {
    status(|handles| {
        handles.network(network)?.set_changed();
        Ok(0)
    })
}

#[wasm_bindgen]
pub fn workspace_create(network: i32) -> i32 {
    status(|handles| {
        handles.network(network)?;
        create(handles, |_| Ok(Object::Workspace(network, Workspace::new())))
    })
}

#[wasm_bindgen]
pub fn workspace_free(workspace: i32) -> i32 {
    status(|handles| handles.remove(workspace, |object| matches!(object, Object::Workspace(..))).map(|()| 0))
}

fn workspace(handles: &mut Handles, handle: i32) -> Result<(&mut Network, &mut Workspace), Error> {
    match handles.with_network(handle)? {
        (Object::Workspace(_, workspace), network) => Ok((network, workspace)),
        _ => Err(unknown()),
    }
}

#[wasm_bindgen]
pub fn workspace_shape(workspace_handle: i32, sequences: i32, rows: i32, flags: i32) -> i32 {
    status(|handles| {
        let (network, workspace) = workspace(handles, workspace_handle)?;
        workspace.shape(network, sequences as usize, rows as usize, flags as u32).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_forward(workspace_handle: i32) -> i32 {
    status(|handles| {
        let (network, workspace) = workspace(handles, workspace_handle)?;
        model::forward::<Best>(network, workspace).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_backward(workspace_handle: i32, scale: f64) -> i32 {
    status(|handles| {
        let (network, workspace) = workspace(handles, workspace_handle)?;
        within(1, scale, -1e30, 1e30)?;
        model::backward::<Best>(network, workspace, scale as f32).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_train(workspace_handle: i32) -> i32 {
    status(|handles| {
        let (network, workspace) = workspace(handles, workspace_handle)?;
        model::train::<Best>(network, workspace).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_evaluate(workspace_handle: i32) -> i32 {
    status(|handles| {
        let (network, workspace) = workspace(handles, workspace_handle)?;
        model::evaluate::<Best>(network, workspace).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_add_noise(workspace_handle: i32, deviation: f64, seed_value: f64, update: i32) -> i32 {
    status(|handles| {
        let (_, workspace) = workspace(handles, workspace_handle)?;
        within(1, deviation, 0.0, 1e30)?;
        natural(3, update)?;
        workspace.add_noise(deviation, seed(2, seed_value)?, update as u32).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_forcing(workspace_handle: i32, teacher_forcing: f64, seed_value: f64, update: i32) -> i32 {
    status(|handles| {
        let (_, workspace) = workspace(handles, workspace_handle)?;
        natural(3, update)?;
        workspace.set_forcing(teacher_forcing, seed(2, seed_value)?, update as u32).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_budget(workspace_handle: i32, bytes: f64) -> i32 {
    status(|handles| {
        let (_, workspace) = workspace(handles, workspace_handle)?;
        within(1, bytes, 0.0, MAX_SEED)?;
        workspace.set_budget(bytes as usize).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_count(workspace_handle: i32, count: f64) -> i32 {
    status(|handles| {
        let (_, workspace) = workspace(handles, workspace_handle)?;
        workspace.set_count(count).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_open(workspace_handle: i32, slot: i32) -> i32 {
    status(|handles| {
        let (network, workspace) = workspace(handles, workspace_handle)?;
        let slot = slot_of(slot)?;
        workspace.open::<Best>(network, slot).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn workspace_close(workspace_handle: i32, slot: i32) -> i32 {
    status(|handles| {
        let (_, workspace) = workspace(handles, workspace_handle)?;
        let slot = slot_of(slot)?;
        workspace.close(slot).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn optimizer_create(network: i32, kind: i32) -> i32 {
    status(|handles| {
        integer_within(1, kind as isize, 0, 2)?;
        let kind = match kind {
            0 => Kind::Sgd,
            1 => Kind::Adam,
            _ => Kind::RmsProp,
        };
        create(handles, |handles| {
            Ok(Object::Optimizer(network, Optimizer::new(handles.network(network)?, kind)?))
        })
    })
}

#[wasm_bindgen]
pub fn optimizer_free(optimizer: i32) -> i32 {
    status(|handles| handles.remove(optimizer, |object| matches!(object, Object::Optimizer(..))).map(|()| 0))
}

#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // as for network_create
pub fn optimizer_step(
    optimizer: i32,
    learning_rate: f64,
    clip_norm: f64,
    frozen: i32,
    a: f64,
    b: f64,
    c: f64,
    d: f64,
) -> i32 {
    status(|handles| {
        let frozen = frozen as u32;
        match handles.with_network(optimizer)? {
            (Object::Optimizer(_, optimizer), network) => {
                let step = Step { learning_rate, clip_norm, frozen, a, b, c, d };
                optimizer.step::<Best>(network, step).map(|_| 0)
            }
            _ => Err(unknown()),
        }
    })
}

#[wasm_bindgen]
pub fn stream_create(network: i32, lanes: i32) -> i32 {
    status(|handles| {
        create(handles, |handles| {
            Ok(Object::Stream(network, Stream::new(handles.network(network)?, lanes as usize)?))
        })
    })
}

#[wasm_bindgen]
pub fn stream_free(stream: i32) -> i32 {
    status(|handles| handles.remove(stream, |object| matches!(object, Object::Stream(..))).map(|()| 0))
}

fn stream(handles: &mut Handles, handle: i32) -> Result<(&mut Network, &mut Stream), Error> {
    match handles.with_network(handle)? {
        (Object::Stream(_, stream), network) => Ok((network, stream)),
        _ => Err(unknown()),
    }
}

#[wasm_bindgen]
pub fn stream_step(stream_handle: i32, kind: i32) -> i32 {
    status(|handles| {
        let (network, stream) = stream(handles, stream_handle)?;
        integer_within(1, kind as isize, 0, 2)?;
        let input = match kind {
            0 => Input::Nothing,
            1 => Input::Indices,
            _ => Input::Vectors,
        };
        stream.step::<Best>(network, input).map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn stream_sample(stream_handle: i32, temperature: f64, seed_value: f64, first_id: i32, step: i32) -> i32 {
    status(|handles| {
        let (network, stream) = stream(handles, stream_handle)?;
        within(1, temperature, 0.0, 1e30)?;
        natural(3, first_id)?;
        natural(4, step)?;
        stream
            .sample::<Best>(network, temperature, seed(2, seed_value)?, first_id as u32, step as u64)
            .map(|()| 0)
    })
}

#[wasm_bindgen]
pub fn stream_draws(stream_handle: i32, seed_value: f64, first_id: i32, step: f64) -> i32 {
    status(|handles| {
        let (_, stream) = stream(handles, stream_handle)?;
        natural(2, first_id)?;
        stream.set_draws(seed(1, seed_value)?, first_id as u32, seed(3, step)?);
        Ok(0)
    })
}

#[wasm_bindgen]
pub fn draw(seed_value: f64, purpose: i32, id: i32, step: i32, update: i32) -> f64 {
    let drawn = || {
        integer_within(1, purpose as isize, 0, 255)?;
        natural(2, id)?;
        natural(3, step)?;
        natural(4, update)?;
        let seed = seed(0, seed_value)?;
        Ok(Key { seed, purpose: purpose as u8, id: id as u32, update: update as u32 }.uniform(step as u64))
    };
    match drawn() {
        Ok(value) => value,
        Err(error) => status(|_| Err(error)) as f64,
    }
}

#[wasm_bindgen]
pub fn peak(iterations: i32) -> f64 {
    match natural(0, iterations) {
        Ok(()) => linalg::peak::<Best>(iterations as u32) as f64,
        Err(error) => status(|_| Err(error)) as f64,
    }
}
