//! What must not change any bit: how a sequence is batched with others, how it is cut into chunks, how many lanes the
//! vectors have.

mod support;

use recurra::model::{Initializer, Slot, Workspace};
use recurra::simd::{F32x4, Vector};
use support::cases::{SIZES, cases, run};
use support::chunks::forward_in_chunks;
use support::{Batch, Draws, Inputs, Outcome, assert_same_bits, kernel};

fn alone_or_together<V: Vector>() {
    for mut case in cases(&[1, 2, 3, 5, 8, 9, 17, 33]) {
        let together = run::<V>(&mut case.net, &case.batch, 0.5);
        for b in 0..case.batch.count() {
            let alone = run::<V>(&mut case.net, &case.batch.select(&[b]), 0.5);
            let alone = Outcome { gradients: vec![], loss: 0.0, count: 0.0, ..alone };
            together
                .of_sequence(&case.batch, b)
                .assert_same_rows(&format!("{}, sequence {b}", case.name), &alone);
        }
    }
}

#[test]
fn a_sequence_has_the_same_bits_alone_and_in_a_batch_1_lane() {
    alone_or_together::<f32>();
}

#[test]
fn a_sequence_has_the_same_bits_alone_and_in_a_batch_4_lanes() {
    alone_or_together::<F32x4>();
}

#[test]
fn a_sequence_has_the_same_bits_in_any_order_and_any_company() {
    for mut case in cases(&[33, 7, 12]) {
        let together = run::<F32x4>(&mut case.net, &case.batch, 0.5);
        for _ in 0..3 {
            let mut order = case.draws.order(case.batch.count());
            order.truncate(case.draws.between(1, order.len()));
            let chosen = case.batch.select(&order);
            let outcome = run::<F32x4>(&mut case.net, &chosen, 0.5);
            for (i, &b) in order.iter().enumerate() {
                let what = format!("{}, order {order:?}, sequence {b}", case.name);
                outcome
                    .of_sequence(&chosen, i)
                    .assert_same_rows(&what, &together.of_sequence(&case.batch, b));
            }
        }
    }
}

#[test]
fn one_lane_and_four_lanes_give_the_same_bits() {
    for mut case in cases(&[1, 2, 3, 4, 5, 6, 7, 16, 33]) {
        let one = run::<f32>(&mut case.net, &case.batch, 0.37);
        let four = run::<F32x4>(&mut case.net, &case.batch, 0.37);
        four.assert_same(&case.name, &one);
        if case.batch.targets.is_some() {
            let one = kernel::train::<f32>(&mut case.net, &mut Workspace::new(), &case.batch).expect("train");
            let four =
                kernel::train::<F32x4>(&mut case.net, &mut Workspace::new(), &case.batch).expect("train");
            four.assert_same(&format!("{}, train", case.name), &one);
        }
    }
}

/// Forward, each sequence cut at drawn places, the state handed over; a sequence that has ended drops out.
#[test]
fn chunks_give_the_same_bits_as_the_whole() {
    for mut case in cases(&[1, 2, 4, 9, 33]) {
        let batch = case.batch.clone().without_injected();
        let whole = kernel::forward::<F32x4>(&mut case.net, &mut Workspace::new(), &batch).expect("forward");
        for longest in [1, 5] {
            let ws = &mut Workspace::new();
            let parts = forward_in_chunks::<F32x4>(&mut case.net, ws, &batch, &mut case.draws, longest);
            for (b, part) in parts.iter().enumerate() {
                let what = format!("{}, chunks of up to {longest}, sequence {b}", case.name);
                part.assert_same_rows(&what, &whole.of_sequence(&batch, b));
            }
        }
    }
}

/// Length 0: the final state is the initial one, the gradient passes through, and the others notice nothing.
#[test]
fn a_sequence_of_no_steps_ends_where_it_begins() {
    let sizes = SIZES[6];
    let net = &mut kernel::network(sizes, Initializer::Uniform, 5);
    let batch = Batch::full(&mut Draws::new(1), sizes, &[0, 4, 0, 7], true);
    let outcome = run::<F32x4>(net, &batch, 1.0);
    let (initial, d_final) =
        (batch.initial.as_deref().expect("full"), batch.d_final.as_deref().expect("full"));
    for b in [0, 2] {
        let part = b * sizes.hidden..(b + 1) * sizes.hidden;
        assert_same_bits("final state", &outcome.final_state[part.clone()], &initial[part.clone()]);
        assert_same_bits("d_initial", &outcome.d_initial[part.clone()], &d_final[part]);
    }
    let others = run::<F32x4>(net, &batch.select(&[1, 3]), 1.0);
    assert_same_bits("states", &outcome.states, &others.states);
    outcome.assert_same_gradients("gradients", &others.gradients);

    let nothing = run::<F32x4>(net, &batch.select(&[0]), 1.0);
    assert!(nothing.gradients.iter().flatten().all(|gradient| *gradient == 0.0));
}

/// Noise is drawn by a sequence's id and its absolute steps: neither the batch nor a cut changes it.
#[test]
fn noise_has_the_same_bits_in_any_company_and_cut() {
    let mut case = cases(&[9]).pop().expect("a case with vector inputs");
    let lengths = [7, 1, 4, 9];
    let batch = Batch::full(&mut case.draws, case.batch.sizes, &lengths, true);
    let noisy = |batch: &Batch, ids: &[i32], first_steps: &[i32]| {
        let mut ws = Workspace::new();
        kernel::fill(&case.net, &mut ws, batch, 0).expect("fill");
        ws.i32_mut(Slot::Ids).expect("ids").copy_from_slice(ids);
        ws.i32_mut(Slot::FirstSteps).expect("first steps").copy_from_slice(first_steps);
        ws.add_noise(0.3, 5, 17).expect("noise");
        ws.f32(Slot::Inputs).expect("inputs").to_vec()
    };
    let whole = noisy(&batch, &[10, 11, 12, 13], &[0; 4]);
    let width = batch.sizes.input;
    for b in 0..lengths.len() {
        let own = &whole[batch.first_row(b) * width..(batch.first_row(b) + lengths[b]) * width];
        let cut = lengths[b] / 2;
        let mut parts = noisy(&batch.cut(&[b], |_| (0, cut)), &[10 + b as i32], &[0]);
        parts.extend(noisy(&batch.cut(&[b], |_| (cut, lengths[b])), &[10 + b as i32], &[cut as i32]));
        assert_same_bits(&format!("sequence {b}"), &parts, own);
    }
    let Inputs::Vectors(clean) = &batch.inputs else { panic!("no vectors") };
    let noise: Vec<f64> = whole.iter().zip(clean).map(|(noisy, clean)| f64::from(noisy - clean)).collect();
    let mean = noise.iter().sum::<f64>() / noise.len() as f64;
    let deviation = (noise.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / noise.len() as f64).sqrt();
    // 21 x 67 draws: the mean is within 4 of its standard errors 0.3 / sqrt(1407), the deviation of 0.3 / sqrt(2814).
    assert!(mean.abs() < 0.032 && (deviation - 0.3).abs() < 0.023, "mean {mean}, deviation {deviation}");
}
