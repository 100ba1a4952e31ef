//! Losses of one scored row and their derivatives with respect to o.
//!
//! | loss | L | ∂L/∂o |
//! |---|---|---|
//! | cross-entropy | −log ŷ_y, ŷ = softmax(o) | ŷ − onehot(y) |
//! | squared error | Σ ½(o − y)² | o − y |
//! | Bernoulli | Σ −y log σ(o) − (1 − y) log(1 − σ(o)) | σ(o) − y |

use super::forward::one_hot;
use super::matrix::row;
use super::{Loss, Real, Target};

/// exp(o_i) / Σ exp(o), with the largest o taken away first so that nothing overflows.
pub fn softmax<R: Real>(o: &[R]) -> Vec<R> {
    let largest = largest(o);
    let mut y_hat: Vec<R> = o.iter().map(|&o| (o - largest).exp()).collect();
    let mut sum = R::ZERO;
    for &term in &y_hat {
        sum += term;
    }
    for term in &mut y_hat {
        *term = *term / sum;
    }
    y_hat
}

/// σ(o), without overflow on either side.
pub(super) fn sigmoid<R: Real>(o: R) -> R {
    let tail = (-o.abs()).exp();
    if o < R::ZERO { tail / (R::ONE + tail) } else { R::ONE / (R::ONE + tail) }
}

fn largest<R: Real>(o: &[R]) -> R {
    let mut largest = o[0];
    for &value in o {
        if value > largest {
            largest = value;
        }
    }
    largest
}

/// L of scored row `q`, whose outputs are `o`.
pub(super) fn value<R: Real>(loss: Loss, o: &[R], target: &Target<R>, q: usize) -> R {
    let mut sum = R::ZERO;
    match (loss, target) {
        (Loss::CrossEntropy, Target::Classes(y)) => {
            let largest = largest(o);
            for &value in o {
                sum += (value - largest).exp();
            }
            sum.ln() - (o[y[q]] - largest)
        }
        (Loss::SquaredError, Target::Values(y)) => {
            for (&o, &y) in o.iter().zip(row(y, q, o.len())) {
                sum += R::from_f64(0.5) * (o - y) * (o - y);
            }
            sum
        }
        (Loss::Bernoulli, Target::Values(y)) => {
            // −y log σ(o) − (1 − y) log(1 − σ(o)) = max(o, 0) − o y + log(1 + exp(−|o|))
            for (&o, &y) in o.iter().zip(row(y, q, o.len())) {
                let positive = if o > R::ZERO { o } else { R::ZERO };
                sum += positive - o * y + (-o.abs()).exp().ln_1p();
            }
            sum
        }
        _ => panic!("{loss:?} does not go with these targets"),
    }
}

/// ∂L/∂o of scored row `q`.
pub(super) fn derivative<R: Real>(loss: Loss, o: &[R], target: &Target<R>, q: usize) -> Vec<R> {
    match (loss, target) {
        (Loss::CrossEntropy, Target::Classes(y)) => {
            let mut d_o = softmax(o);
            d_o[y[q]] = d_o[y[q]] - R::ONE;
            d_o
        }
        (Loss::SquaredError, Target::Values(y)) => {
            o.iter().zip(row(y, q, o.len())).map(|(&o, &y)| o - y).collect()
        }
        (Loss::Bernoulli, Target::Values(y)) => {
            o.iter().zip(row(y, q, o.len())).map(|(&o, &y)| sigmoid(o) - y).collect()
        }
        _ => panic!("{loss:?} does not go with these targets"),
    }
}

/// What [`super::Feedback::Probabilities`] feeds back.
pub(super) fn probabilities<R: Real>(loss: Loss, o: &[R]) -> Vec<R> {
    match loss {
        Loss::CrossEntropy => softmax(o),
        Loss::SquaredError => o.to_vec(),
        Loss::Bernoulli => o.iter().map(|&o| sigmoid(o)).collect(),
    }
}

/// What [`super::Feedback::Argmax`] feeds back.
pub(super) fn most_likely<R: Real>(loss: Loss, o: &[R]) -> Vec<R> {
    match loss {
        Loss::CrossEntropy => {
            let largest = largest(o);
            one_hot(o.len(), o.iter().position(|&o| o == largest).expect("no outputs, or NaN"))
        }
        Loss::SquaredError => panic!("a real vector has no most likely value"),
        // σ(o) > ½ is o > 0.
        Loss::Bernoulli => o.iter().map(|&o| if o > R::ZERO { R::ONE } else { R::ZERO }).collect(),
    }
}

/// ∂L/∂o from ∂L/∂f, where f = probabilities(o).
pub(super) fn probabilities_backward<R: Real>(loss: Loss, f: &[R], d_f: &[R]) -> Vec<R> {
    match loss {
        Loss::CrossEntropy => {
            // softmax: ∂f_i/∂o_j = f_i (δ_ij − f_j)
            let mut mean = R::ZERO;
            for (&f, &d_f) in f.iter().zip(d_f) {
                mean += f * d_f;
            }
            f.iter().zip(d_f).map(|(&f, &d_f)| f * (d_f - mean)).collect()
        }
        Loss::SquaredError => d_f.to_vec(),
        Loss::Bernoulli => f.iter().zip(d_f).map(|(&f, &d_f)| d_f * f * (R::ONE - f)).collect(),
    }
}
