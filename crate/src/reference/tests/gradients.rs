//! The twin's gradients against central differences.

use super::*;

const STEP: f64 = 1e-6;
const ABSOLUTE: f64 = 1e-5;
const RELATIVE: f64 = 1e-3;

impl Problem {
    /// Every element of what `part` picks, against the central difference of the objective.
    fn check(&self, what: &str, part: impl Fn(&mut Problem) -> &mut Vec<f64>, analytic: &[f64]) {
        let mut problem = self.clone();
        assert_eq!(part(&mut problem).len(), analytic.len(), "{what}: length");
        for (i, &expected) in analytic.iter().enumerate() {
            let at = part(&mut problem)[i];
            part(&mut problem)[i] = at + STEP;
            let above = problem.objective();
            part(&mut problem)[i] = at - STEP;
            let below = problem.objective();
            part(&mut problem)[i] = at;
            let difference = (above - below) / (2.0 * STEP);
            assert!(
                (difference - expected).abs() <= ABSOLUTE + RELATIVE * difference.abs(),
                "{what}[{i}]: central difference {difference}, got {expected}"
            );
        }
    }
}

#[test]
fn gradients_equal_central_differences() {
    let cases = cases();
    // hidden: every, last, none, with 3 losses; output and both: with 11 pairs of loss and rule, every output under 2
    // teachers, last under none; and every output with 3 losses always taught; times 3 activations, 3 kinds of input
    assert_eq!(cases.len(), (3 * 3 + 2 * (11 * 3 + 3)) * 9);
    for (seed, case) in cases.into_iter().enumerate() {
        let problem = Problem::new(case, seed as u64);
        let (grads, own) = problem.gradients();
        let name = |part: &str| format!("seed {seed}, {case:?}, {part}");
        problem.check(&name("u"), |p| &mut p.net.parameters.u, &grads.u);
        problem.check(&name("w"), |p| &mut p.net.parameters.w, &grads.w);
        problem.check(&name("r"), |p| &mut p.net.parameters.r, &grads.r);
        problem.check(&name("b"), |p| &mut p.net.parameters.b, &grads.b);
        problem.check(&name("v"), |p| &mut p.net.parameters.v, &grads.v);
        problem.check(&name("c"), |p| &mut p.net.parameters.c, &grads.c);
        problem.check(&name("h"), |p| &mut p.nudge, &own.h);
        problem.check(&name("h0"), |p| &mut p.sequence.initial_state, &own.h0);
        problem.check(&name("f0"), |p| &mut p.sequence.initial_feedback, &own.f0);
        if case.inputs == Inputs::Vectors {
            problem.check(&name("x"), vectors, &own.x);
        }
    }
}

fn vectors(problem: &mut Problem) -> &mut Vec<f64> {
    match &mut problem.sequence.input {
        Input::Vectors(x) => x,
        _ => panic!("no vectors"),
    }
}
