//! Something to lose: a net and a workspace with results, and a look at every bit of them.

use recurra::error::Cause;
use recurra::model::{self, Initializer, Network, Slot, Workspace};
use recurra::simd::F32x4;

use super::{Batch, Draws, Sizes, bits, kernel};

pub const SIZES: Sizes = Sizes { input: 5, hidden: 6, output: 7 };
pub const LENGTHS: [usize; 3] = [4, 1, 6];

const RESULTS: [Slot; 10] = [
    Slot::FinalState,
    Slot::FinalFed,
    Slot::StepLosses,
    Slot::States,
    Slot::Outputs,
    Slot::FedBack,
    Slot::GradInputs,
    Slot::GradStates,
    Slot::GradInitialState,
    Slot::GradInitialFeedback,
];

/// A net and a workspace that have results to lose.
pub struct Fixture {
    pub net: Network,
    pub ws: Workspace,
    pub batch: Batch,
    /// With a tape (forward and backward), or without (train and evaluate).
    pub keep: bool,
}

/// Every bit that a refused call must leave alone.
#[derive(Debug, PartialEq)]
pub struct Bits {
    parameters: Vec<Vec<u32>>,
    gradients: Vec<Vec<u32>>,
    slots: Vec<Vec<u32>>,
    results: [u64; 4],
}

impl Fixture {
    pub fn new(vectors: bool, keep: bool) -> Fixture {
        let net = kernel::network(SIZES, Initializer::Uniform, 1);
        Fixture::of(net, Batch::full(&mut Draws::new(1), SIZES, &LENGTHS, vectors), keep)
    }

    /// This net after a pass over this batch, which has targets if no tape is to be kept.
    pub fn of(net: Network, batch: Batch, keep: bool) -> Fixture {
        let mut fixture = Fixture { net, ws: Workspace::new(), batch, keep };
        let Fixture { net, ws, batch, .. } = &mut fixture;
        if keep {
            kernel::forward_backward::<F32x4>(net, ws, batch, 1.0).expect("kernel");
        } else {
            kernel::train::<F32x4>(net, ws, batch).expect("train");
            ws.open::<F32x4>(net, Slot::States).expect("open");
            ws.open::<F32x4>(net, Slot::Outputs).expect("open");
            model::evaluate::<F32x4>(net, ws).expect("evaluate");
        }
        fixture
    }

    /// Parameters, gradients and every slot that there is.
    pub fn results(&self) -> Bits {
        let of = |tensors: Vec<Vec<f32>>| tensors.iter().map(|tensor| bits(tensor)).collect();
        let slots = RESULTS.iter().map(|&slot| self.ws.f32(slot).map_or(vec![], bits)).collect();
        Bits {
            parameters: of(kernel::parameters(&self.net)),
            gradients: of(kernel::gradients(&self.net)),
            slots,
            results: self.ws.results().map(f64::to_bits),
        }
    }

    /// Runs the passes over the workspace as it stands; each must fail, with the same error, and change nothing.
    #[track_caller]
    pub fn refused(&mut self, what: &str) -> Cause {
        let before = self.results();
        let Fixture { net, ws, .. } = self;
        let errors = if self.keep {
            vec![model::forward::<F32x4>(net, ws).expect_err(what).cause()]
        } else {
            vec![
                model::train::<F32x4>(net, ws).expect_err(what).cause(),
                model::evaluate::<F32x4>(net, ws).expect_err(what).cause(),
            ]
        };
        assert_eq!(self.results(), before, "{what}: changed something");
        assert!(errors.iter().all(|error| *error == errors[0]), "{what}: {errors:?}");
        errors[0]
    }

    /// After a fault is mended, everything is as it ever was.
    #[track_caller]
    pub fn works_again(&mut self, what: &str) {
        let Fixture { net, ws, batch, .. } = self;
        let again = kernel::forward_backward::<F32x4>(net, ws, batch, 1.0).expect(what);
        let fresh = kernel::forward_backward::<F32x4>(net, &mut Workspace::new(), batch, 1.0).expect(what);
        again.assert_same(what, &fresh);
    }
}
