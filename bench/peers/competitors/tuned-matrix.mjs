/**
 * Matrix products in plain JavaScript, by blocked dot products on numbers of 64 bits: engines have no vector
 * instructions for JavaScript, and compute with f32 by converting to f64 and back.
 *
 * C[n][i] += sum over k of A[i][k] B[n][k]. A is packed in panels of four rows, [panel][k][4], and B stands row by
 * row. Twelve sums at a time, 4 of A × 3 of B, are what fits the 16 registers of x86 beside the operands; they reach
 * what one scalar multiplication and addition per cycle allow. All sizes are multiples of 4, padded with zeros.
 */

export const padded = (size) => (size + 3) & ~3;

/** Columns of A and B that stay in the first cache while all pairs of their rows are gone through. */
const block = 256;

/**
 * @param {Float64Array} out overwritten, rows * columns
 * @param {Float64Array} from A[i][k] is from[start + i * rowStride + k * columnStride]
 */
export function pack(out, from, start, rows, columns, rowStride, columnStride, scale = 1) {
  let at = 0;
  for (let i = 0; i < rows; i += 4) {
    for (let k = 0; k < columns; k++) {
      let source = start + i * rowStride + k * columnStride;
      for (const end = at + 4; at < end; at++, source += rowStride) out[at] = scale * from[source];
    }
  }
}

/**
 * @param {Float64Array} C accumulated into: `count` rows from `c` on, each of `rows` numbers
 * @param {Float64Array} A packed, rows × columns
 * @param {Float64Array} B `count` rows from `b` on, `stride` apart
 */
export function multiply(C, c, A, rows, columns, B, b, stride, count) {
  const triples = count - (count % 3);
  for (let k = 0; k < columns; k += block) {
    const length = Math.min(block, columns - k);
    for (let i = 0; i < rows; i += 4) {
      const a = i * columns + 4 * k;
      for (let n = 0; n < triples; n += 3)
        fourByThree(C, c + n * rows + i, rows, A, a, B, b + n * stride + k, stride, length);
      for (let n = triples; n < count; n++)
        fourByOne(C, c + n * rows + i, A, a, B, b + n * stride + k, length);
    }
  }
}

function fourByThree(C, c, row, A, a, B, b0, stride, length) {
  let [s00, s10, s20, s30] = [0, 0, 0, 0];
  let [s01, s11, s21, s31] = [0, 0, 0, 0];
  let [s02, s12, s22, s32] = [0, 0, 0, 0];
  const end = (b0 + length) | 0;
  let b1 = (b0 + stride) | 0;
  let b2 = (b1 + stride) | 0;
  // `| 0` keeps the indices integers of 32 bits, without a check for overflow.
  for (; b0 < end; b0 = (b0 + 1) | 0, b1 = (b1 + 1) | 0, b2 = (b2 + 1) | 0, a = (a + 4) | 0) {
    const x = B[b0];
    const y = B[b1];
    const z = B[b2];
    let w = A[a];
    s00 += w * x;
    s01 += w * y;
    s02 += w * z;
    w = A[(a + 1) | 0];
    s10 += w * x;
    s11 += w * y;
    s12 += w * z;
    w = A[(a + 2) | 0];
    s20 += w * x;
    s21 += w * y;
    s22 += w * z;
    w = A[(a + 3) | 0];
    s30 += w * x;
    s31 += w * y;
    s32 += w * z;
  }
  add(C, c, s00, s10, s20, s30);
  add(C, c + row, s01, s11, s21, s31);
  add(C, c + 2 * row, s02, s12, s22, s32);
}

/** Even and odd columns apart: an addition takes four cycles, so four sums alone would wait for each other. */
function fourByOne(C, c, A, a, B, b, length) {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let [t0, t1, t2, t3] = [0, 0, 0, 0];
  const end = (b + length) | 0;
  for (; b < end; b = (b + 2) | 0, a = (a + 8) | 0) {
    const x = B[b];
    const y = B[(b + 1) | 0];
    s0 += A[a] * x;
    s1 += A[(a + 1) | 0] * x;
    s2 += A[(a + 2) | 0] * x;
    s3 += A[(a + 3) | 0] * x;
    t0 += A[(a + 4) | 0] * y;
    t1 += A[(a + 5) | 0] * y;
    t2 += A[(a + 6) | 0] * y;
    t3 += A[(a + 7) | 0] * y;
  }
  add(C, c, s0 + t0, s1 + t1, s2 + t2, s3 + t3);
}

function add(C, c, s0, s1, s2, s3) {
  C[c] += s0;
  C[c + 1] += s1;
  C[c + 2] += s2;
  C[c + 3] += s3;
}

/** (rows, columns) of `from` to (columns, stride) of `out`, in squares that fit the first cache. */
export function transpose(out, stride, from, rows, columns) {
  for (let top = 0; top < rows; top += 16) {
    const bottom = Math.min(top + 16, rows);
    for (let k = 0; k < columns; k++) {
      for (let r = top; r < bottom; r++) out[k * stride + r] = from[r * columns + k];
    }
  }
}
