//! Copies of weights in the order in which the products read them: panels of adjacent columns, each
//! \[inner\]\[width\], one after the other. Columns that only fill up the last panel repeat the last column.

use crate::simd::{Best, Vector};

/// The most vectors of 4 columns in a panel for [`product`](super::product).
pub const SEVERAL_ROWS: usize = 4;

/// The same for [`product_row`](super::product_row): 7 sums, and what feeds them, fit into V8's registers, and
/// nearly hide the latency of an addition.
pub const ONE_ROW: usize = 7;

/// All columns in one panel: a transposed copy of the matrix, its rows filled up to a multiple of 4.
pub const ALL_COLUMNS: usize = usize::MAX;

/// Floats in the panels of a matrix.
pub fn panels_len(inner: usize, outputs: usize) -> usize {
    inner * outputs.next_multiple_of(4)
}

/// The number of panels of at most `most` vectors of 4 columns, and of vectors in all of them.
/// Panel i has the vectors from fours·i/count on: as few panels as possible, as equal as possible, since a
/// narrow one takes as long as one with four vectors.
pub fn panel_count(outputs: usize, most: usize) -> (usize, usize) {
    let fours = outputs.div_ceil(4);
    (fours.div_ceil(most), fours)
}

/// dst ← the panels of W, or of Wᵀ if `transposed`: for the products X·W with `w` \[inner\]\[outputs\], and X·Wᵀ
/// with `w` \[outputs\]\[inner\].
pub fn pack(dst: &mut [f32], w: &[f32], inner: usize, outputs: usize, transposed: bool, most: usize) {
    assert!(dst.len() >= panels_len(inner, outputs));
    assert!(w.len() >= inner * outputs);
    let (step, column_step) = if transposed { (1, inner) } else { (outputs, 1) };
    let (count, fours) = panel_count(outputs, most);
    for i in 0..count {
        let (first, last) = (fours * i / count, fours * (i + 1) / count);
        for four in first..last {
            let column = |j: usize| (4 * four + j).min(outputs - 1) * column_step;
            let columns = [column(0), column(1), column(2), column(3)];
            let adjacent = !transposed && 4 * four + 4 <= outputs;
            let row = 4 * (last - first);
            // SAFETY: row k < inner of vector `four` < fours of `dst`, whose panel starts at column 4·first; and
            // element k of four columns of `w`, all below `outputs`. The lengths were checked above.
            unsafe {
                let mut to = dst.as_mut_ptr().add(4 * (first * inner + four - first));
                let mut from = w.as_ptr();
                // Four rows of four columns at a time: packing takes 2.4 % of W1, and took 4 % element by element.
                let fours_of_rows = if transposed { inner / 4 } else { 0 };
                for _ in 0..fours_of_rows {
                    Best::transpose(columns.map(|column| from.add(column)), to, row);
                    to = to.wrapping_add(4 * row);
                    from = from.wrapping_add(4);
                }
                for _ in 4 * fours_of_rows..inner {
                    if adjacent {
                        *to.cast::<[f32; 4]>() = *from.add(columns[0]).cast::<[f32; 4]>();
                    } else {
                        *to.cast::<[f32; 4]>() = columns.map(|column| *from.add(column));
                    }
                    to = to.wrapping_add(row);
                    from = from.wrapping_add(step);
                }
            }
        }
    }
}
