//! Does the f32 kernel compute what the textbook's f64 net computes, and as well as an f32 loop can?
//!
//! Over 240 drawn nets and batches: states within 2e-6, outputs within 2e-6·max(1, max|o|), every gradient tensor
//! within 1e-5 of its norm (+ 1e-6). And as a share of these bounds, the worst error is no more than 1.5 times that of the
//! simplest sequential f32 loop on the same problems, the mean error no more than 1.1 times. The worst error of
//! parameters' gradients is taken of all tensors together: that of a single bias, whose terms may cancel to almost
//! nothing, is luck in both. `cargo test --test agreement -- --nocapture` prints all of them.

mod support;

use recurra::model::{self, Initializer, Network, Slot, Workspace};
use recurra::reference::{Net, cast, softmax};
use recurra::simd::{F32x4, Vector};
use support::errors::Errors;
use support::{Batch, Draws, Outcome, Sizes, TENSOR_NAMES, Targets, assert_same_bits, kernel, twin};

const PROBLEMS: u64 = 240;
/// Kernel against sequential loop: worst error over all problems …
const RATIO: f64 = 1.5;
/// … and error in the geometric mean over the problems, where luck evens out.
const MEAN_RATIO: f64 = 1.1;

struct Problem {
    net: Network,
    batch: Batch,
    scale: f32,
}

fn problem(seed: u64) -> Problem {
    let draws = &mut Draws::new(seed);
    // A third small, where remainders of blocks are everything; the rest up to the ends of the ranges.
    let largest = if seed.is_multiple_of(3) { 9 } else { 67 };
    let sizes = Sizes {
        input: draws.between(1, largest),
        hidden: draws.between(1, largest),
        output: if seed % 8 == 7 { 0 } else { draws.between(1, largest) },
    };
    let count = if seed.is_multiple_of(2) { draws.between(1, 33) } else { draws.between(1, 5) };
    let longest = draws.between(1, 50);
    let lengths = Batch::lengths(draws, count, longest);
    let vectors = draws.coin();
    let batch = Batch::some(draws, sizes, &lengths, vectors);
    let initializer =
        [Initializer::Uniform, Initializer::Uniform, Initializer::Orthogonal, Initializer::Identity]
            [draws.below(4)];
    let net = kernel::network(sizes, initializer, seed);
    // As in training (loss ÷ count), or the sum as it is.
    let scale = if draws.coin() { 1.0 / batch.rows() as f32 } else { 1.0 };
    Problem { net, batch, scale }
}

/// Prints both and holds them against the bounds and against each other.
fn judge(title: &str, kernel: &Errors, sequential: &Errors) {
    println!("{title}: largest share of the bound (seed), kernel | sequential loop | mean of kernel ÷ loop");
    for (got, yardstick) in kernel.0.iter().zip(&sequential.0) {
        let (name, ratio) = (got.name, got.mean_ratio(yardstick));
        let ((seed, share), (plain_seed, plain)) = (got.worst(), yardstick.worst());
        println!("  {name:<14} {share:8.4} ({seed:>3}) | {plain:8.4} ({plain_seed:>3}) | {ratio:.2}");
        assert!(share <= 1.0, "{title}, {name}: error is {share} of the bound, seed {seed}");
        assert!(ratio <= MEAN_RATIO, "{title}, {name}: on the mean {ratio} times the loop's error");
        let alone = !TENSOR_NAMES.contains(&name);
        assert!(!alone || share <= RATIO * plain, "{title}, {name}: {share} of the bound, the loop {plain}");
    }
}

fn run<V: Vector>(problem: &mut Problem) -> Outcome<f32> {
    let Problem { net, batch, scale } = problem;
    kernel::forward_backward::<V>(net, &mut Workspace::new(), batch, *scale).expect("kernel")
}

#[test]
fn kernel_agrees_with_the_twin() {
    let (mut one_lane, mut four_lanes, mut plain) = (Errors::default(), Errors::default(), Errors::default());
    for seed in 0..PROBLEMS {
        let problem = &mut problem(seed);
        let net: Net<f64> = twin::net(&problem.net);
        let expected = twin::forward_backward(&net, &problem.batch, problem.scale, None);
        let sequential = twin::forward_backward(&net.cast::<f32>(), &problem.batch, problem.scale, None);
        plain.compare(seed, &sequential.outcome, &expected);
        let outcome = run::<f32>(problem);
        one_lane.compare(seed, &outcome, &expected);
        check_sums(seed, &outcome, &expected.outcome);
        let outcome = run::<F32x4>(problem);
        four_lanes.compare(seed, &outcome, &expected);
        check_sums(seed, &outcome, &expected.outcome);
    }
    judge("1 lane", &one_lane, &plain);
    judge("4 lanes", &four_lanes, &plain);
}

/// The sums over the batch are f64 sums of f32 losses.
fn check_sums(seed: u64, got: &Outcome<f32>, expected: &Outcome<f64>) {
    let rows = expected.step_losses.len() as f64;
    assert!(
        (got.count - expected.count).abs() <= 1e-6 * rows,
        "seed {seed}: {} for {}",
        got.count,
        expected.count
    );
    // Weights are below 2, and each loss may be off by 1e-5.
    assert!(
        (got.loss - expected.loss).abs() <= 2e-5 * rows,
        "seed {seed}: {} for {}",
        got.loss,
        expected.loss
    );
}

/// The third of the results: weights of the rows whose largest output is the target.
#[test]
fn accuracy_is_counted() {
    for seed in 0..20 {
        let mut problem = problem(seed * 8);
        let net: Net<f64> = twin::net(&problem.net);
        let Some(Targets::Classes(targets)) = problem.batch.targets.clone() else {
            continue;
        };
        let outputs = twin::forward_backward(&net, &problem.batch, 1.0, None).outcome.outputs;
        let mut ws = Workspace::new();
        kernel::evaluate::<F32x4>(&mut problem.net, &mut ws, &problem.batch).expect("evaluate");
        let expected: f64 = (targets.iter().zip(outputs.chunks(problem.batch.sizes.output)).enumerate())
            .filter(|(_, (target, o))| {
                o.iter().enumerate().all(|(i, &value)| i == **target as usize || value < o[**target as usize])
            })
            .map(|(q, _)| problem.batch.weights.as_ref().map_or(1.0, |weights| f64::from(weights[q])))
            .sum();
        let got = ws.results()[2];
        assert!(
            (got - expected).abs() < 1e-9 * expected.max(1.0),
            "seed {}: expected {expected}, got {got}",
            seed * 8
        );
    }
}

/// PREDICTIONS are softmax(OUTPUTS): terms exact to a few ulp, sums of at most 67 of them.
#[test]
fn predictions_are_probabilities() {
    for seed in 0..40 {
        let Problem { mut net, batch, .. } = problem(seed);
        if batch.sizes.output == 0 {
            continue;
        }
        let mut ws = Workspace::new();
        let outputs = kernel::forward::<F32x4>(&mut net, &mut ws, &batch).expect("forward").outputs;
        ws.open::<F32x4>(&mut net, Slot::Predictions).expect("open");
        let kept = ws.f32(Slot::Predictions).expect("slot").to_vec();
        for (o, predictions) in outputs.chunks(batch.sizes.output).zip(kept.chunks(batch.sizes.output)) {
            for (got, expected) in predictions.iter().zip(softmax(&cast::<f32, f64>(o))) {
                assert!(
                    (f64::from(*got) - expected).abs() < 1e-6,
                    "seed {seed}: expected {expected}, got {got}"
                );
            }
        }
        kernel::fill(&net, &mut ws, &batch, 0).expect("fill");
        ws.open::<F32x4>(&mut net, Slot::Predictions).expect("open");
        model::evaluate::<F32x4>(&mut net, &mut ws).expect("evaluate");
        assert_same_bits(&format!("seed {seed}"), ws.f32(Slot::Predictions).expect("slot"), &kept);
    }
}
