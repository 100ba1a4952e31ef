//! The twin against things known exactly.

use super::*;

#[test]
fn an_index_is_a_one_hot_vector() {
    for case in cases().into_iter().filter(|case| case.inputs == Inputs::Indices) {
        let problem = Problem::new(case, 1);
        let mut dense = problem.clone();
        let Input::Indices(indices) = &problem.sequence.input else { unreachable!() };
        let mut x = vec![0.0; indices.len() * 3];
        for (t, index) in indices.iter().enumerate() {
            x[t * 3 + index] = 1.0;
        }
        dense.sequence.input = Input::Vectors(x);
        let ((grads, own), (dense_grads, dense_own)) = (problem.gradients(), dense.gradients());
        assert_eq!(grads, dense_grads);
        assert_eq!(own.x, dense_own.x);
        assert_eq!(problem.objective(), dense.objective());
    }
}

/// Worked out by hand, with squared error and φ = identity: u = 2, w = 3, b = 1, v = 5, c = −1, x = (1, 2), h0 = 1,
/// y = (28, 112). Then h = (2 + 3 + 1, 4 + 18 + 1) = (6, 23), o = (29, 114), L = (½, 2), ∇o = (1, 2), ∇h₂ = 5·2 = 10,
/// ∇h₁ = 5·1 + 3·10 = 35.
#[test]
fn two_steps_by_hand() {
    let net = Net {
        input_size: 1,
        hidden_size: 1,
        output_size: 1,
        outputs: Outputs::Every,
        activation: Activation::Identity,
        loss: Loss::SquaredError,
        parameters: Parameters {
            u: vec![2.0],
            w: vec![3.0],
            r: vec![],
            b: vec![1.0],
            v: vec![5.0],
            c: vec![-1.0],
        },
    };
    let sequence = Sequence {
        steps: 2,
        input: Input::Vectors(vec![1.0, 2.0]),
        target: Some(Target::Values(vec![28.0, 112.0])),
        weights: None,
        initial_state: vec![1.0],
        initial_feedback: vec![],
        feedback: Feedback::Outputs,
        teacher: vec![],
        given: vec![],
    };
    let forward = net.forward(&sequence);
    assert_eq!(forward.states, [6.0, 23.0]);
    assert_eq!(forward.outputs, [29.0, 114.0]);
    assert_eq!(forward.step_losses, [0.5, 2.0]);
    assert_eq!(forward.final_state(&sequence), [23.0]);
    let mut grads = net.parameters.zeros_like();
    let own = net.backward(&sequence, &forward, 1.0, &Injected::default(), &mut grads);
    let expected = Parameters {
        u: vec![35.0 + 20.0],
        w: vec![35.0 + 60.0],
        r: vec![],
        b: vec![45.0],
        v: vec![6.0 + 46.0],
        c: vec![3.0],
    };
    assert_eq!(grads, expected);
    assert_eq!((own.h, own.x, own.h0), (vec![35.0, 10.0], vec![70.0, 20.0], vec![105.0]));
}

#[test]
fn gradients_add_up_over_sequences() {
    let problem = Problem::new(CANONICAL, 3);
    let (once, _) = problem.gradients();
    let mut twice = once.clone();
    let forward = problem.net.forward(&problem.sequence);
    problem.net.backward(&problem.sequence, &forward, problem.scale, &problem.injected, &mut twice);
    for (twice, once) in twice.w.iter().zip(&once.w) {
        assert!((twice - 2.0 * once).abs() <= 1e-14 * once.abs().max(1.0));
    }
}

#[test]
fn a_sequence_of_no_steps_ends_where_it_begins() {
    let mut problem = Problem::new(Case { inputs: Inputs::Vectors, ..CANONICAL }, 4);
    problem.sequence.steps = 0;
    let forward = problem.net.forward(&problem.sequence);
    assert_eq!(forward.final_state(&problem.sequence), problem.sequence.initial_state);
    let mut grads = problem.net.parameters.zeros_like();
    let own = problem.net.backward(&problem.sequence, &forward, 1.0, &problem.injected, &mut grads);
    assert_eq!(own.h0, problem.injected.d_final);
    assert_eq!(grads, problem.net.parameters.zeros_like());
}

/// Teacher forcing is maximum likelihood: the probabilities exp(−loss) of all 3⁵ target sequences sum to 1.
#[test]
fn probabilities_of_all_target_sequences_sum_to_one() {
    for recurrence in [Recurrence::Hidden, Recurrence::Output, Recurrence::Both] {
        let mut problem = Problem::new(Case { recurrence, ..CANONICAL }, 5);
        let mut sum = 0.0;
        for number in 0..3usize.pow(5) {
            let classes = (0..5).map(|t| number / 3usize.pow(t) % 3).collect();
            problem.sequence.target = Some(Target::Classes(classes));
            let loss: f64 = problem.net.forward(&problem.sequence).step_losses.iter().sum();
            sum += (-loss).exp();
        }
        assert!((sum - 1.0).abs() < 1e-12, "{recurrence:?}: {sum}");
    }
}

/// Rounding alone parts the two precisions: 5 steps of sums of at most 8 terms below 1 in size.
#[test]
fn the_f32_loop_is_the_same_net() {
    for (seed, case) in cases().into_iter().enumerate() {
        if case.activation != Activation::Tanh {
            continue;
        }
        let problem = Problem::new(case, seed as u64);
        let (wide, narrow) = (&problem.net, problem.net.cast::<f32>());
        let expected = wide.forward(&problem.sequence).states;
        let states: Vec<f64> = cast(&narrow.forward(&problem.sequence.cast()).states);
        for (t, (state, expected)) in states.iter().zip(&expected).enumerate() {
            assert!((state - expected).abs() < 1e-5, "seed {seed}, {case:?}, {t}: {state}, {expected}");
        }
    }
}

#[test]
fn losses_do_not_overflow() {
    let o = [1000.0, -1000.0, 0.0];
    assert_eq!(loss::value(Loss::CrossEntropy, &o, &Target::Classes(vec![1]), 0), 2000.0);
    assert_eq!(loss::value(Loss::Bernoulli, &o, &Target::Values(vec![0.0, 1.0, 0.5]), 0), 2000.0 + 2f64.ln());
    assert_eq!(softmax(&o), [1.0, 0.0, 0.0]);
    assert_eq!(loss::derivative(Loss::Bernoulli, &o, &Target::Values(vec![1.0; 3]), 0), [0.0, -1.0, -0.5]);
}

/// f_0 of a net whose outputs are its bias, with the target fed back, and by each rule.
#[test]
fn what_is_fed_back() {
    let fed_back = |loss, feedback, taught, target: Target<f64>, c: [f64; 3]| {
        let case = Case { recurrence: Recurrence::Output, loss, feedback, ..CANONICAL };
        let mut problem = Problem::new(case, 6);
        problem.net.parameters.v.fill(0.0);
        problem.net.parameters.c = c.to_vec();
        let mut sequence =
            Sequence { steps: 1, target: Some(target), teacher: vec![taught], ..problem.sequence };
        sequence.given.truncate(3);
        let given = sequence.given.clone();
        let f = problem.net.forward(&sequence).fed_back;
        if feedback == Feedback::Given && !taught {
            f.iter().zip(given).map(|(f, g)| f - g).collect()
        } else {
            f
        }
    };
    let (class, values) = (Target::Classes(vec![2]), Target::Values(vec![0.25, 1.0, 0.5]));
    let o = [-1.0, 2.0, 2.0];
    for feedback in [Feedback::Outputs, Feedback::Probabilities, Feedback::Argmax, Feedback::Given] {
        assert_eq!(fed_back(Loss::CrossEntropy, feedback, true, class.clone(), o), [0.0, 0.0, 1.0]);
        assert_eq!(fed_back(Loss::Bernoulli, feedback, true, values.clone(), o), [0.25, 1.0, 0.5]);
    }
    for loss in [Loss::CrossEntropy, Loss::Bernoulli] {
        let target = || if loss == Loss::CrossEntropy { class.clone() } else { values.clone() };
        assert_eq!(fed_back(loss, Feedback::Outputs, false, target(), o), o);
        assert_eq!(fed_back(loss, Feedback::Given, false, target(), o), [0.0; 3]);
        let probabilities = fed_back(loss, Feedback::Probabilities, false, target(), o);
        assert_eq!(probabilities, loss::probabilities(loss, &o));
    }
    // The first of the largest; and every one above a half.
    assert_eq!(fed_back(Loss::CrossEntropy, Feedback::Argmax, false, class, o), [0.0, 1.0, 0.0]);
    assert_eq!(fed_back(Loss::Bernoulli, Feedback::Argmax, false, values.clone(), o), [0.0, 1.0, 1.0]);
    assert_eq!(fed_back(Loss::SquaredError, Feedback::Probabilities, false, values, o), o);
}
