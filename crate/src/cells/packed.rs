//! One weight matrix, packed into panels once per update.

use crate::arena::{Block, grow};
use crate::error::Error;
use crate::linalg;
use crate::simd::Vector;

/// How many rows the products to come will have: one row and several rows read different panels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    One,
    Several,
    Both,
}

impl Rows {
    pub fn of(rows: usize) -> Self {
        if rows == 1 { Rows::One } else { Rows::Several }
    }
}

/// Panels of one width, and the version of the weights in them; 0 is none.
#[derive(Default)]
pub struct Panels {
    pub block: Block,
    version: u64,
}

impl Panels {
    /// Packs as `linalg::pack` does, unless these weights are there already.
    #[inline(never)]
    pub fn pack(
        &mut self,
        weight: &[f32],
        version: u64,
        inner: usize,
        outputs: usize,
        transposed: bool,
        most: usize,
    ) -> Result<(), Error> {
        if self.version != version {
            grow(&mut self.block, linalg::panels_len(inner, outputs))?;
            linalg::pack(&mut self.block, weight, inner, outputs, transposed, most);
            self.version = version;
        }
        Ok(())
    }
}

/// Panels of a weight matrix for `C += A · P`, with P = weightᵀ (`transposed`) or P = weight.
///
/// Packing costs about one pass over the matrix and is repeated only after the weights changed; the panels for one
/// row (28 columns wide) and for several rows (16 wide) are made when first needed.
pub struct Packed {
    inner: usize,
    outputs: usize,
    transposed: bool,
    several: Panels,
    one: Panels,
}

impl Packed {
    /// Forward: weight is `[outputs][inner]`, products are A · weightᵀ.
    pub fn transposed(outputs: usize, inner: usize) -> Self {
        Self::new(outputs, inner, true)
    }

    /// Backward: weight is `[inner][outputs]`, products are A · weight.
    pub fn plain(inner: usize, outputs: usize) -> Self {
        Self::new(outputs, inner, false)
    }

    fn new(outputs: usize, inner: usize, transposed: bool) -> Self {
        Packed { inner, outputs, transposed, several: Panels::default(), one: Panels::default() }
    }

    /// Packs what products of so many rows need, if it is not there yet.
    pub fn prepare(&mut self, weight: &[f32], version: u64, rows: Rows) -> Result<(), Error> {
        if rows != Rows::One {
            self.several.pack(
                weight,
                version,
                self.inner,
                self.outputs,
                self.transposed,
                linalg::SEVERAL_ROWS,
            )?;
        }
        if rows != Rows::Several {
            self.one.pack(weight, version, self.inner, self.outputs, self.transposed, linalg::ONE_ROW)?;
        }
        Ok(())
    }

    /// C += A · P. C is (rows, outputs), A is (rows, inner). `reverse` walks single-row panels backwards, so that two
    /// steps in a row meet the panels still in cache; it changes no bit.
    pub fn multiply<V: Vector>(
        &self,
        c: &mut [f32],
        c_stride: usize,
        a: &[f32],
        a_stride: usize,
        rows: usize,
        reverse: bool,
    ) {
        // Panels for several rows serve one row as well, only slower.
        if rows == 1 && self.one.version >= self.several.version {
            linalg::product_row::<V>(c, a, &self.one.block, self.inner, self.outputs, reverse);
        } else {
            linalg::product::<V>(
                c,
                c_stride,
                a,
                a_stride,
                rows,
                &self.several.block,
                self.inner,
                self.outputs,
            );
        }
    }
}
