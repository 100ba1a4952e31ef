//! A budget for the tape changes time and memory, never a bit: states are computed again from checkpoints. The least
//! budget is named by the refusal of a smaller one.

mod support;

use recurra::error::{Cause, Error};
use recurra::model::{self, Network, Slot, Workspace, flags};
use recurra::simd::F32x4;
use support::systems::{Problem, systems};
use support::{Batch, Outcome, assert_same_bits, kernel};

const TAPE: usize = 3;

/// The lines with ragged batches, long enough for checkpoints to matter; some reach a second shard.
fn problems() -> impl Iterator<Item = Problem> {
    let ragged = systems().into_iter().enumerate().filter(|(_, system)| system.ragged);
    ragged.map(|(line, system)| {
        let mut problem = system.problem(line as u64);
        let Problem { draws, batch, .. } = &mut problem;
        let (count, longest) =
            if line % 5 == 0 { (draws.between(8, 10), 12) } else { (draws.between(1, 3), 40) };
        let lengths = system.lengths(draws, count, longest);
        *batch = system.batch(draws, batch.sizes, &lengths);
        problem.name = format!("line {line}, {system:?}, {:?}, lengths {lengths:?}", problem.batch.sizes);
        problem
    })
}

/// Forward, backward and all slots under a budget.
fn run(net: &mut Network, batch: &Batch, budget: usize) -> Result<(Outcome<f32>, f64), Error> {
    let ws = &mut Workspace::new();
    ws.set_budget(budget)?;
    let outcome = kernel::forward_backward::<F32x4>(net, ws, batch, 0.5)?;
    Ok((outcome, ws.results()[TAPE]))
}

/// As `run`, one shape and one call of train.
fn train(net: &mut Network, batch: &Batch, budget: usize) -> Result<(Outcome<f32>, f64), Error> {
    let ws = &mut Workspace::new();
    ws.set_budget(budget)?;
    let outcome = kernel::train::<F32x4>(net, ws, batch)?;
    Ok((outcome, ws.results()[TAPE]))
}

type Pass = fn(&mut Network, &Batch, usize) -> Result<(Outcome<f32>, f64), Error>;

/// Budgets from the least that does to more than enough, each with the bits of no budget at all. Returns the least as a
/// share of what the plain pass needs.
fn check(name: &str, pass: Pass, problem: &mut Problem, batch: &Batch) -> f64 {
    let Problem { net, draws, .. } = problem;
    let (plain, full) = pass(net, batch, 0).expect(name);
    let told = |result: Result<(Outcome<f32>, f64), Error>, budget: usize| match result.map_err(Error::cause)
    {
        Err(Cause::OutOfMemory { requested, limit, .. }) => {
            assert_eq!(limit, budget, "{name}: the budget, as it was told");
            requested
        }
        other => {
            panic!("{name}, budget {budget}: expected OutOfMemory, got {:?}", other.map(|(_, tape)| tape))
        }
    };
    let least = told(pass(net, batch, 1), 1);
    assert!(least > 1 && least as f64 <= full, "{name}: at least {least} of {full} bytes");
    let full = full as usize;
    let budgets = [
        least,
        least + (full - least) / 4,
        draws.between(least, full),
        draws.between(least, full),
        full,
        2 * full,
    ];
    for budget in budgets {
        let what = format!("{name}, budget {budget} of {full}");
        let (outcome, tape) = pass(net, batch, budget).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(tape <= budget as f64, "{what}: {tape} bytes");
        assert!(budget > least || tape == least as f64, "{what}: {tape} bytes under the least budget");
        outcome.assert_same(&what, &plain);
    }
    let before = kernel::gradients(net);
    assert_eq!(told(pass(net, batch, least - 1), least - 1), least, "{name}: the least is always the same");
    assert_eq!(kernel::gradients(net), before, "{name}: a refusal changed gradients");
    least as f64 / full as f64
}

#[test]
fn forward_and_backward_give_the_same_bits_under_any_budget() {
    let mut shares = vec![];
    for mut problem in problems() {
        let (name, batch) = (problem.name.clone(), problem.batch.clone());
        shares.push(check(&name, run, &mut problem, &batch));
    }
    report("forward and backward", &shares);
}

#[test]
fn training_gives_the_same_bits_under_any_budget() {
    let mut shares = vec![];
    for mut problem in problems().filter(|problem| problem.batch.targets.is_some()) {
        let (name, batch) = (problem.name.clone(), problem.batch.clone().without_injected());
        shares.push(check(&format!("{name}, train"), train, &mut problem, &batch));
    }
    report("train", &shares);
}

fn report(what: &str, shares: &[f64]) {
    let least = shares.iter().copied().fold(f64::MAX, f64::min);
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    println!(
        "{what}, {} problems: least budget / plain tape: {least:.3} at best, {mean:.3} on the mean",
        shares.len()
    );
    assert!(least < 0.5, "{what}: no problem in which a budget saves half of the tape");
}

/// The budget stays through shapes until it is set again; a refused pass leaves the results of the one before it.
#[test]
fn a_budget_stays_until_it_is_set_again() {
    for problem in problems().step_by(7) {
        let Problem { name, mut net, batch, .. } = problem;
        let ws = &mut Workspace::new();
        let plain = kernel::forward_backward::<F32x4>(&mut net, ws, &batch, 0.5).expect(&name);
        ws.set_budget(1).expect(&name);
        for _ in 0..2 {
            kernel::fill(&net, ws, &batch, flags::KEEP).expect(&name);
            let error = model::forward::<F32x4>(&mut net, ws).expect_err(&name).cause();
            assert!(matches!(error, Cause::OutOfMemory { limit: 1, .. }), "{name}: {error:?}");
            let error = model::backward::<F32x4>(&mut net, ws, 0.5).expect_err(&name).cause();
            assert_eq!(error, Cause::OutOfOrder, "{name}: backward after a refused forward");
        }
        assert_eq!(kernel::gradients(&net), plain.gradients, "{name}");
        ws.set_budget(0).expect(&name);
        kernel::forward_backward::<F32x4>(&mut net, ws, &batch, 0.5).expect(&name).assert_same(&name, &plain);
    }
}

/// Under the least budget too, slots may be opened before the pass, or after it in any order and more than once.
#[test]
fn slots_hold_the_same_bits_under_the_least_budget() {
    for problem in problems() {
        let Problem { name, mut net, batch, .. } = problem;
        let (plain, _) = run(&mut net, &batch, 0).expect(&name);
        let Some(Cause::OutOfMemory { requested: least, .. }) =
            run(&mut net, &batch, 1).err().map(Error::cause)
        else {
            panic!("{name}: a budget of one byte is enough");
        };
        let mut slots = vec![(Slot::GradStates, &plain.d_states), (Slot::States, &plain.states)];
        if !plain.outputs.is_empty() {
            slots.push((Slot::Outputs, &plain.outputs));
        }
        if !plain.fed_back.is_empty() {
            slots.push((Slot::FedBack, &plain.fed_back));
            slots.push((Slot::GradInitialFeedback, &plain.d_initial_fed));
        }
        slots.push((Slot::GradInitialState, &plain.d_initial));
        let early: Vec<Slot> =
            slots.iter().map(|(slot, _)| *slot).filter(|slot| (*slot as i32) < 23).collect();
        for early in [&early[..], &[]] {
            let ws = &mut Workspace::new();
            ws.set_budget(least).expect(&name);
            kernel::fill(&net, ws, &batch, flags::KEEP).expect(&name);
            for &slot in early {
                ws.open::<F32x4>(&mut net, slot).expect(&name);
            }
            model::forward::<F32x4>(&mut net, ws).expect(&name);
            kernel::inject::<F32x4>(&mut net, ws, &batch).expect(&name);
            let check = |ws: &Workspace, slot: Slot, expected: &[f32]| {
                assert_same_bits(&format!("{name}, {slot:?}"), ws.f32(slot).expect(&name), expected);
            };
            for (slot, expected) in slots.iter().filter(|(slot, _)| early.contains(slot)) {
                check(ws, *slot, expected);
            }
            model::backward::<F32x4>(&mut net, ws, 0.5).expect(&name);
            for (slot, expected) in slots.iter().chain(slots.iter().rev()) {
                ws.open::<F32x4>(&mut net, *slot).expect(&name);
                check(ws, *slot, expected);
            }
            assert_eq!(kernel::gradients(&net), plain.gradients, "{name}: opening slots changed gradients");
        }
    }
}

/// What a budget made the kernel forget is computed again from the same parameters and the same gradients handed in, or not
/// at all; and neither the dial nor the budget can be turned between forward and backward.
#[test]
fn nothing_is_computed_again_from_other_numbers() {
    for problem in problems().step_by(3) {
        let Problem { name, mut net, batch, .. } = problem;
        let Some(Cause::OutOfMemory { requested: least, .. }) =
            run(&mut net, &batch, 1).err().map(Error::cause)
        else {
            panic!("{name}: a budget of one byte is enough");
        };
        let ws = &mut Workspace::new();
        let refused = |what: &str, result: Result<(), Error>| {
            assert_eq!(result.map_err(Error::cause), Err(Cause::OutOfOrder), "{name}: {what}");
        };
        ws.set_budget(least).expect(&name);
        let plain = kernel::forward_backward::<F32x4>(&mut net, ws, &batch, 0.5).expect(&name);
        let tight = ws.results()[TAPE] < run(&mut net, &batch, 0).expect(&name).1;
        if tight {
            ws.close(Slot::DStates).expect(&name);
            refused("states' gradients without D_STATES", ws.open::<F32x4>(&mut net, Slot::GradStates));
        }
        kernel::forward_backward::<F32x4>(&mut net, ws, &batch, 0.5).expect(&name).assert_same(&name, &plain);
        net.set_changed();
        if tight {
            refused("states of other parameters", ws.open::<F32x4>(&mut net, Slot::States));
        }
        refused("backward with other parameters", model::backward::<F32x4>(&mut net, ws, 0.5));
        kernel::forward::<F32x4>(&mut net, ws, &batch).expect(&name);
        ws.set_budget(0).expect(&name);
        refused("backward with another budget", model::backward::<F32x4>(&mut net, ws, 0.5));
        if let Some(forcing) = batch.forcing {
            kernel::forward::<F32x4>(&mut net, ws, &batch).expect(&name);
            ws.set_forcing(forcing.teacher / 2.0, 1, 1).expect(&name);
            refused("backward with another dial", model::backward::<F32x4>(&mut net, ws, 0.5));
        }
        kernel::forward_backward::<F32x4>(&mut net, ws, &batch, 0.5).expect(&name).assert_same(&name, &plain);
    }
}
