//! Against the formulas as the books write them.

use super::*;

/// The textbook in f64, one element, and the error that f32 may make.
struct Textbook {
    p: f64,
    m: f64,
    v: f64,
    bound: f64,
}

impl Textbook {
    fn step(&mut self, kind: Kind, g: f64, t: i32) {
        let before = self.p;
        let memory = match kind {
            Kind::Sgd(Sgd { learning_rate, momentum }) => {
                self.v = momentum * self.v + g;
                self.p -= learning_rate * self.v;
                1.0 / (1.0 - momentum)
            }
            Kind::Adam(Adam { learning_rate, beta1, beta2, epsilon, weight_decay }) => {
                self.p -= learning_rate * weight_decay * self.p;
                self.m = beta1 * self.m + (1.0 - beta1) * g;
                self.v = beta2 * self.v + (1.0 - beta2) * g * g;
                let m_hat = self.m / (1.0 - beta1.powi(t));
                let v_hat = self.v / (1.0 - beta2.powi(t));
                self.p -= learning_rate * m_hat / (v_hat.sqrt() + epsilon);
                1.0 / (1.0 - beta2)
            }
            Kind::RmsProp(RmsProp { learning_rate, decay, epsilon }) => {
                self.v = decay * self.v + (1.0 - decay) * g * g;
                self.p -= learning_rate * g / (self.v.sqrt() + epsilon);
                1.0 / (1.0 - decay)
            }
        };
        // Each step rounds p a few times, and its own length in about ten operations of its own and in the four of
        // each remembered update of the state; cancellation in m is at most as large as steps of length 0.01.
        let unit = f64::from(f32::EPSILON) / 2.0;
        let length = (self.p - before).abs() + 0.01;
        self.bound +=
            unit * (3.0 * self.p.abs().max(before.abs()) + (10.0 + 4.0 * memory.min(f64::from(t))) * length);
    }
}

#[test]
fn agrees_with_the_textbook_over_100_updates() {
    let len = 67;
    for kind in kinds() {
        let mut run = Run::new(kind, draws(0, len));
        let mut textbook: Vec<Textbook> =
            run.params.iter().map(|&p| Textbook { p: p.into(), m: 0.0, v: 0.0, bound: 0.0 }).collect();
        for t in 1..=100 {
            let grads = draws(t, len);
            run.step::<F32x4>(&grads, 0.5);
            for (book, g) in textbook.iter_mut().zip(grads) {
                book.step(kind, f64::from(g) * 0.5, t as i32);
            }
        }
        for (i, (book, &p)) in textbook.iter().zip(&run.params).enumerate() {
            let error = (f64::from(p) - book.p).abs();
            assert!(
                error <= book.bound,
                "{kind:?} element {i}: {p} for {}, error {error:e} > {:e}",
                book.p,
                book.bound
            );
            // The bound must be able to tell a wrong formula from rounding.
            assert!(book.bound < 1e-4, "{:e}", book.bound);
        }
    }
}
