//! Every product equals, bit for bit, the plain loop that adds in order of the summed index.

use super::*;
use crate::simd::{F32x4, Vector};

const SIZES: [usize; 21] = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 27, 28, 29, 31, 32, 33, 56, 57, 65, 67];

/// Fixed pseudo-random numbers (a 64-bit linear congruential generator with Knuth's multiplier).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() as usize % bound
    }

    /// In (−1, 1), with all 24 bits in use, so that another order of summation shows.
    fn values(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| (self.next() as f32 + 0.5) / (1u64 << 30) as f32 - 1.0).collect()
    }

    /// A matrix whose rows are `stride` apart; NaN between the rows and after the last.
    fn matrix(&mut self, rows: usize, columns: usize, stride: usize) -> Vec<f32> {
        let mut matrix = vec![f32::NAN; rows * stride];
        for row in matrix.chunks_mut(stride.max(1)) {
            row[..columns].copy_from_slice(&self.values(columns));
        }
        matrix
    }
}

/// C[i][j] += Σ A[i][k]·B[k][j], each given by its element.
fn plain(
    c: &mut [f32],
    c_stride: usize,
    (rows, inner, outputs): (usize, usize, usize),
    a: impl Fn(usize, usize) -> f32,
    b: impl Fn(usize, usize) -> f32,
) {
    for i in 0..rows {
        for j in 0..outputs {
            let mut sum = c[i * c_stride + j];
            for k in 0..inner {
                sum += a(i, k) * b(k, j);
            }
            c[i * c_stride + j] = sum;
        }
    }
}

/// Bits are equal in the first `columns` of every row; past `padded` columns nothing has changed.
fn check(
    what: &str,
    got: &[f32],
    want: &[f32],
    before: &[f32],
    stride: usize,
    columns: usize,
    padded: usize,
) {
    for (index, ((got, want), before)) in got.iter().zip(want).zip(before).enumerate() {
        let column = index % stride;
        if column < columns {
            assert_eq!(got.to_bits(), want.to_bits(), "{what}: index {index}: {got}, expected {want}");
        } else if column >= padded {
            assert_eq!(got.to_bits(), before.to_bits(), "{what}: index {index} was written: {got}");
        }
    }
}

/// Runs `function` on a copy of `before` inside a larger buffer, none of whose other elements it may write.
fn guarded(what: &str, before: &[f32], function: impl FnOnce(&mut [f32])) -> Vec<f32> {
    let guard = [f32::NAN; 9];
    let mut buffer = [&guard, before, &guard].concat();
    let inside = guard.len()..guard.len() + before.len();
    function(&mut buffer[inside.clone()]);
    let outside = buffer[..inside.start].iter().chain(&buffer[inside.end..]);
    assert!(outside.copied().all(f32::is_nan), "{what}: written outside the output");
    buffer[inside].to_vec()
}

/// Both ways of packing, `len` floats of which all must be written.
fn packed(what: &str, len: usize, one: impl FnOnce(&mut [f32]), other: impl FnOnce(&mut [f32])) -> Vec<f32> {
    let junk = vec![f32::NAN; len];
    let panels = guarded(what, &junk, one);
    assert_eq!(panels, guarded(what, &junk, other), "{what}: the two ways of packing");
    panels
}

fn products<V: Vector>(seed: u64) {
    let mut random = Random(seed);
    for (inner, outputs) in SIZES.iter().flat_map(|&k| SIZES.iter().map(move |&n| (k, n))) {
        let what = format!("seed {seed}, {} lanes, {inner}×{outputs}", V::LANES);
        let padded = outputs.next_multiple_of(4);
        let (c_stride, a_stride) = (padded + random.below(5), inner + random.below(5));
        let w = random.values(outputs * inner);
        let transpose: Vec<f32> =
            (0..inner * outputs).map(|i| w[i % outputs * inner + i / outputs]).collect();
        let a = random.matrix(13, inner, a_stride);
        let before = random.matrix(13, outputs, c_stride);
        let mut want = before.clone();
        plain(&mut want, c_stride, (13, inner, outputs), |i, k| a[i * a_stride + k], |k, j| w[j * inner + k]);

        let panels = packed(
            &what,
            panels_len(inner, outputs),
            |panels| pack(panels, &w, inner, outputs, true, SEVERAL_ROWS),
            |panels| pack(panels, &transpose, inner, outputs, false, SEVERAL_ROWS),
        );
        for rows in 1..=13 {
            let what = format!("{what}, {rows} rows");
            let before = &before[..rows * c_stride];
            let c = guarded(&what, before, |c| {
                product::<V>(c, c_stride, &a, a_stride, rows, &panels, inner, outputs);
            });
            check(&what, &c, &want, before, c_stride, outputs, padded);
        }

        let panels = packed(
            &what,
            panels_len(inner, outputs),
            |panels| pack(panels, &w, inner, outputs, true, ONE_ROW),
            |panels| pack(panels, &transpose, inner, outputs, false, ONE_ROW),
        );
        let before = &before[..c_stride];
        for reverse in [false, true] {
            let c = guarded(&what, before, |c| product_row::<V>(c, &a, &panels, inner, outputs, reverse));
            check(&what, &c, &want, before, c_stride, outputs, padded);
        }
    }
}

fn outer_sums<V: Vector>(seed: u64) {
    let mut random = Random(seed);
    // The numbers of rows go past the depth of a block, whose remainder is the first to be summed.
    for (index, rows) in (0..=13).chain([255, 256, 257, 300, 512, 515]).enumerate() {
        for step in 0..if rows < 20 { SIZES.len() } else { 4 } {
            let (a_cols, b_cols) = (SIZES[(index + step) % 21], SIZES[(5 * index + 8 * step + 3) % 21]);
            let what = format!("seed {seed}, {} lanes, {rows} rows, {a_cols}×{b_cols}", V::LANES);
            let c_stride = b_cols + [0, 0, 3][random.below(3)];
            let (a_stride, b_stride) = (a_cols + random.below(5), b_cols + random.below(5));
            let a = random.matrix(rows.max(1), a_cols, a_stride);
            let b = random.matrix(rows.max(1), b_cols, b_stride);
            let gather: Vec<usize> = (0..rows).map(|_| random.below(rows)).collect();
            let before = random.matrix(a_cols, b_cols, c_stride);

            let mut want = before.clone();
            plain(
                &mut want,
                c_stride,
                (a_cols, rows, b_cols),
                |i, r| a[gather[rows - 1 - r] * a_stride + i],
                |r, j| b[(rows - 1 - r) * b_stride + j],
            );
            // More scratch than needed, as in a workspace that once was larger.
            let needed = outer_scratch_len(a_cols, b_cols);
            let mut scratch = vec![f32::NAN; needed + 5000 * random.below(2)];
            let (a_row, b_row) = (|r: usize| gather[r], |r| r);
            #[rustfmt::skip]
            let c = guarded(&what, &before, |c| outer_sum::<V>(
                c, c_stride, &a, a_stride, a_cols, a_row, &b, b_stride, b_cols, b_row, rows, &mut scratch,
            ));
            check(&what, &c, &want, &before, c_stride, b_cols, b_cols);
            assert!(scratch[needed..].iter().all(|v| v.is_nan()), "{what}: written past the scratch");

            let before = random.values(a_cols);
            let mut want = before.clone();
            plain(
                &mut want,
                a_cols,
                (1, rows, a_cols),
                |_, _| 1.0,
                |r, j| a[gather[rows - 1 - r] * a_stride + j],
            );
            let c = guarded(&what, &before, |c| column_sums::<V>(c, &a, a_stride, rows, |r| gather[r]));
            check(&what, &c, &want, &before, a_cols, a_cols, a_cols);
        }
    }
}

#[test]
fn products_equal_plain_loops() {
    products::<f32>(1);
    products::<F32x4>(1);
}

#[test]
fn outer_sums_equal_plain_loops() {
    outer_sums::<f32>(2);
    outer_sums::<F32x4>(2);
}

#[test]
fn nan_and_infinity_reach_exactly_the_outputs_they_belong_to() {
    let (rows, inner, outputs) = (6, 5, 13);
    for (bad, expect_nan) in [(f32::NAN, true), (f32::INFINITY, false)] {
        let mut a = vec![1.0; rows * inner];
        let mut w = vec![1.0; outputs * inner];
        a[4 * inner + 2] = bad;
        w[9 * inner + 3] = bad;
        let mut panels = vec![0.0; panels_len(inner, outputs)];
        pack(&mut panels, &w, inner, outputs, true, SEVERAL_ROWS);
        let mut c = vec![0.0; rows * 16];
        product::<F32x4>(&mut c, 16, &a, inner, rows, &panels, inner, outputs);
        let mut row_panels = vec![0.0; panels_len(inner, outputs)];
        pack(&mut row_panels, &w, inner, outputs, true, ONE_ROW);
        for i in 0..rows {
            let mut row = vec![0.0; 16];
            product_row::<F32x4>(&mut row, &a[i * inner..], &row_panels, inner, outputs, false);
            for j in 0..outputs {
                for value in [c[i * 16 + j], row[j]] {
                    let hit = i == 4 || j == 9;
                    assert_eq!(value.is_nan(), hit && expect_nan, "row {i}, column {j}: {value}");
                    assert_eq!(value.is_finite(), !hit, "row {i}, column {j}: {value}");
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "c.len()")]
fn a_short_output_is_refused() {
    let panels = vec![0.0; panels_len(4, 6)];
    product::<F32x4>(&mut [0.0; 15], 8, &[0.0; 8], 4, 2, &panels, 4, 6);
}

#[test]
#[should_panic]
fn a_row_outside_its_matrix_is_refused() {
    let mut scratch = vec![0.0; outer_scratch_len(4, 4)];
    let a = [0.0; 12];
    outer_sum::<F32x4>(&mut [0.0; 16], 4, &a, 4, 4, |_| 3, &a, 4, 4, |r| r, 1, &mut scratch);
}

#[test]
fn the_peak_stays_an_ordinary_number() {
    for iterations in [0, 1, 1000, 100_000] {
        assert_eq!(peak::<f32>(iterations).to_bits(), peak::<F32x4>(iterations).to_bits());
        assert!(peak::<f32>(iterations).is_normal());
    }
    assert_eq!(peak_operations::<F32x4>(10), 1040.0);
}
