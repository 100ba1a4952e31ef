//! Matrix products over packed panels.
//!
//! Every product adds to what its output holds, in the order of the summed index, one multiplication and one
//! addition at a time: no result depends on the number of rows, on the kind of panels, on block sizes or on
//! [`Vector::LANES`](crate::simd::Vector::LANES). Lanes are columns of the output, so nothing is ever summed
//! across lanes. The relaxed build may fuse the two operations, and keeps the order.
//!
//! Matrices are row-major; strides and lengths are in floats; nothing need be aligned.
#![allow(unsafe_code)] // the inner loops walk pointers; every public function checks lengths first

mod block;
mod outer;
mod pack;
mod peak;
mod product;
mod row;
mod sums;
#[cfg(test)]
mod tests;

pub use outer::{outer_scratch_len, outer_sum};
pub use pack::{ALL_COLUMNS, ONE_ROW, SEVERAL_ROWS, pack, panels_len};
pub use peak::{peak, peak_operations};
pub use product::product;
pub use row::product_row;
pub use sums::column_sums;

/// The length of a matrix: from its first element to the end of its last row.
fn matrix_len(rows: usize, stride: usize, columns: usize) -> usize {
    if rows == 0 { 0 } else { (rows - 1) * stride + columns }
}
