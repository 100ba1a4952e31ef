//! Gradients of weights that indices enter: one column per symbol, summed as a row.

use super::buffers::grow_rows;
use crate::arena::{Block, grow};
use crate::cells::add_rows;
use crate::error::Error;
use crate::simd::Vector;

/// Gradients by symbol, (symbols, stride H): rows that are not marked with 1 in `marks` are 0.
#[derive(Default)]
pub(super) struct Columns {
    pub sums: Block,
    pub marks: Block,
}

impl Columns {
    pub fn reserve(&mut self, symbols: usize, hidden: usize) -> Result<(), Error> {
        grow_rows(&mut self.sums, symbols, hidden)?;
        grow(&mut self.marks, symbols)
    }
}

/// Adds dL/da of each row from the last to row `from` to the column of the symbol that entered it.
#[inline(always)]
pub(super) fn add_by_symbol<V: Vector>(
    columns: &mut Columns,
    d: &[f32],
    row: usize,
    hidden: usize,
    from: usize,
    symbol: impl Fn(usize) -> usize,
    rows: usize,
) {
    for r in (from..rows).rev() {
        let x = symbol(r);
        columns.marks[x] = 1.0;
        add_rows::<V>(&mut columns.sums[x * row..][..hidden], &d[r * row..], 0, 1);
    }
}

/// Adds the shard's ∇Uᵀ to `total`, ∇U (H, symbols), symbol by symbol of those that occurred, and clears it for the
/// next shard: with a large vocabulary most columns are never touched.
#[inline(never)]
pub(super) fn add_columns(total: &mut [f32], columns: &mut Columns, row: usize, symbols: usize) {
    let Columns { sums, marks } = columns;
    for (x, mark) in marks[..symbols].iter_mut().enumerate() {
        if *mark != 0.0 {
            *mark = 0.0;
            let mut column = x * row;
            let mut at = x;
            while at < total.len() {
                total[at] += sums[column];
                sums[column] = 0.0;
                at += symbols;
                column += 1;
            }
        }
    }
}
