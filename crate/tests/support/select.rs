//! Parts of a batch: some of its sequences, in any order, and steps of them.

use super::{Batch, Inputs, Targets};

impl Batch {
    /// The batch of sequences `order[0]`, `order[1]`, …
    pub fn select(&self, order: &[usize]) -> Batch {
        self.cut(order, |b| (0, self.lengths[b]))
    }

    /// Of sequence `order[i]` the steps from … to − 1 that `range` gives for it. What belongs to a sequence as a whole
    /// (initial values, with outputs "last" the target) goes along unchanged; first steps count on.
    pub fn cut(&self, order: &[usize], range: impl Fn(usize) -> (usize, usize)) -> Batch {
        let sizes = self.sizes;
        let rows: Vec<usize> = order
            .iter()
            .flat_map(|&b| {
                let ((from, to), first) = (range(b), self.first_row(b));
                first + from..first + to
            })
            .collect();
        let scored = if self.last { order } else { &rows };
        let some = |part: &Option<Vec<f32>>, of: &[usize], width: usize| {
            part.as_deref().map(|values| pick(values, of, width))
        };
        Batch {
            sizes,
            last: self.last,
            lengths: order.iter().map(|&b| range(b).1 - range(b).0).collect(),
            ids: pick(&self.ids, order, 1),
            first_steps: order.iter().map(|&b| self.first_steps[b] + range(b).0 as i32).collect(),
            inputs: match &self.inputs {
                Inputs::Nothing => Inputs::Nothing,
                Inputs::Indices(values) => Inputs::Indices(pick(values, &rows, 1)),
                Inputs::Vectors(values) => Inputs::Vectors(pick(values, &rows, sizes.input)),
            },
            targets: self.targets.as_ref().map(|targets| match targets {
                Targets::Classes(values) => Targets::Classes(pick(values, scored, 1)),
                Targets::Values(values) => Targets::Values(pick(values, scored, sizes.output)),
            }),
            weights: some(&self.weights, scored, 1),
            initial: some(&self.initial, order, sizes.hidden),
            initial_fed: some(&self.initial_fed, order, sizes.output),
            d_outputs: some(&self.d_outputs, scored, sizes.output),
            d_states: some(&self.d_states, &rows, sizes.hidden),
            d_final: some(&self.d_final, order, sizes.hidden),
            forcing: self.forcing,
        }
    }
}

/// Rows `of` a matrix with `width` columns.
pub fn pick<T: Copy>(values: &[T], of: &[usize], width: usize) -> Vec<T> {
    of.iter().flat_map(|&row| &values[row * width..(row + 1) * width]).copied().collect()
}
