/**
 * The best we know to do in plain JavaScript, without WebAssembly: full back-propagation through time on typed
 * arrays, where all products but the recurrent ones go through for all steps at once. What a library of this kind
 * should be compared with.
 */
import { denseInputs, targetsOf, timeFirst } from "../problem.mjs";
import { multiply, pack, padded, transpose } from "./tuned-matrix.mjs";

/** @param {import("../problem.mjs").Problem} problem */
export function open(problem) {
  const build = { train: training, stream: streaming, predict: predicting }[problem.kind];
  return { label: "plain JavaScript, hand-tuned", versions: {}, ...build(problem) };
}

/** Weights as (inputs, outputs), padded; U then holds a row for each symbol. */
function parametersOf({ weights, I, H, O }) {
  const matrix = (name, rows, columns) => {
    const stride = padded(rows);
    const values = new Float64Array(padded(columns) * stride);
    weights[name].forEach((value, i) => {
      values[(i % columns) * stride + Math.floor(i / columns)] = value;
    });
    return values;
  };
  return {
    U: matrix("weight_ih", H, I),
    W: matrix("weight_hh", H, H),
    b: matrix("bias_h", H, 1).slice(0, padded(H)),
    V: matrix("weight_ho", O, H),
    c: matrix("bias_o", O, 1).slice(0, padded(O)),
  };
}

/** Rows of inputs, time first, padded to a multiple of 4 numbers each. */
function paddedInputs(problem) {
  const { I, steps, batch } = problem;
  const dense = denseInputs(problem);
  const stride = padded(I);
  const x = new Float64Array(steps * batch * stride);
  for (let row = 0; row < steps * batch; row++) x.set(dense.subarray(row * I, (row + 1) * I), row * stride);
  return x;
}

/** Math.tanh takes three times as long; this one is as exact where sums of products are concerned. */
const tanh = (x) => 1 - 2 / (Math.exp(2 * x) + 1);

/** h of all steps, with the zeros of step 0 before them, and the logits of those that are scored. */
function forwardPass(problem, parameters) {
  const { symbols, steps, batch, atEnd } = problem;
  const [I, H, O] = [problem.I, problem.H, problem.O].map(padded);
  const rows = steps * batch;
  const first = atEnd ? rows : batch;
  const order = symbols && timeFirst(symbols, problem);
  const x = symbols ? undefined : paddedInputs(problem);
  const packedU = symbols ? undefined : new Float64Array(H * I);
  const packedW = new Float64Array(H * H);
  const packedV = new Float64Array(O * H);
  const h = new Float64Array((rows + batch) * H);
  const logits = new Float64Array((rows + batch - first) * O);

  function run() {
    const { U, W, b, V, c } = parameters;
    pack(packedW, W, 0, H, H, 1, H);
    pack(packedV, V, 0, O, H, 1, O);
    for (let row = 0; row < rows; row++) {
      const at = (row + batch) * H;
      if (order) for (let i = 0, u = order[row] * H; i < H; i++) h[at + i] = b[i] + U[u + i];
      else h.set(b, at);
    }
    if (x) {
      pack(packedU, U, 0, H, I, 1, H);
      multiply(h, batch * H, packedU, H, I, x, 0, I, rows);
    }
    for (let at = batch * H; at < h.length; at += batch * H) {
      multiply(h, at, packedW, H, H, h, at - batch * H, H, batch);
      for (let i = at; i < at + batch * H; i++) h[i] = tanh(h[i]);
    }
    for (let at = 0; at < logits.length; at += O) logits.set(c, at);
    multiply(logits, 0, packedV, O, H, h, first * H, H, logits.length / O);
  }
  return { run, h, logits, order, x, first };
}

function training(problem) {
  const { steps, batch, learningRate } = problem;
  const [I, H, O] = [problem.I, problem.H, problem.O].map(padded);
  const parameters = parametersOf(problem);
  const given = parametersOf(problem);
  const { run, h, logits, order, x, first } = forwardPass(problem, parameters);
  const targets = targetsOf(problem);
  const rows = steps * batch;
  const long = padded(rows);
  const scored = logits.length / O;
  const d_h = new Float64Array(rows * H);
  const backW = new Float64Array(H * H);
  const backV = new Float64Array(H * O);
  // Columns of gradients, as the products that sum over all rows read them. Room for a padded sum beyond the rows.
  const columns = new Float64Array(Math.max(H, O) * long);
  const stride = padded(rows + batch) + 4;
  const h_columns = new Float64Array(H * stride + 4);
  const x_columns = x && new Float64Array(I * long);
  if (x) transpose(x_columns, long, x, rows, I);
  const { U, W, b, V, c } = parameters;

  function update() {
    run();
    const loss = softmax(logits, targets, problem.O, O);
    pack(backV, V, 0, H, O, O, 1);
    pack(backW, W, 0, H, H, H, 1);
    d_h.fill(0);
    multiply(d_h, (first - batch) * H, backV, H, O, logits, 0, O, scored);
    for (let at = (rows - batch) * H; at >= 0; at -= batch * H) {
      for (let i = at, k = at + batch * H; i < at + batch * H; i++, k++) d_h[i] *= 1 - h[k] * h[k];
      if (at > 0) multiply(d_h, at - batch * H, backW, H, H, d_h, at, H, batch);
    }
    // From here on weights change: minus the learning rate times the gradient is added to them at once.
    transpose(h_columns, stride, h, rows + batch, H);
    packColumns(columns, logits, scored, O, -learningRate);
    multiply(V, 0, columns, O, padded(scored), h_columns, first, stride, H);
    addRows(c, logits, -learningRate);
    packColumns(columns, d_h, rows, H, -learningRate);
    multiply(W, 0, columns, H, long, h_columns, 0, stride, H);
    if (x) multiply(U, 0, columns, H, long, x_columns, 0, long, I);
    else scatter(U, d_h, order, H, -learningRate);
    addRows(b, d_h, -learningRate);
    return loss;
  }
  return {
    update,
    reset() {
      for (const name of Object.keys(given)) parameters[name].set(given[name]);
    },
  };
}

/** Packs the transposed rows; a sum over padded rows gets zeros. */
function packColumns(out, from, rows, columns, scale) {
  const long = padded(rows);
  if (long !== rows) out.fill(0);
  for (let i = 0; i < columns; i += 4) {
    let at = i * long;
    for (let r = 0, source = i; r < rows; r++, source += columns, at += 4) {
      out[at] = scale * from[source];
      out[at + 1] = scale * from[source + 1];
      out[at + 2] = scale * from[source + 2];
      out[at + 3] = scale * from[source + 3];
    }
  }
}

/** The mean cross-entropy; logits, `stride` numbers a row, are replaced by their gradients. */
function softmax(logits, targets, size, stride) {
  const share = 1 / targets.length;
  let loss = 0;
  for (let row = 0, at = 0; row < targets.length; row++, at += stride) {
    const end = at + size;
    let top = logits[at];
    for (let i = at + 1; i < end; i++) if (logits[i] > top) top = logits[i];
    const target = at + targets[row];
    const own = logits[target] - top;
    let total = 0;
    for (let i = at; i < end; i++) {
      logits[i] = Math.exp(logits[i] - top);
      total += logits[i];
    }
    loss += Math.log(total) - own;
    const scale = share / total;
    for (let i = at; i < end; i++) logits[i] *= scale;
    logits[target] -= share;
    for (let i = end; i < at + stride; i++) logits[i] = 0;
  }
  return loss * share;
}

/** sum[i] += scale * from[row][i], over all rows */
function addRows(sum, from, scale) {
  for (let row = 0; row < from.length; row += sum.length) {
    for (let i = 0; i < sum.length; i++) sum[i] += scale * from[row + i];
  }
}

/** table[order[row]][i] += scale * from[row][i] */
function scatter(table, from, order, size, scale) {
  for (let row = 0, at = 0; row < order.length; row++, at += size) {
    for (let i = 0, u = order[row] * size; i < size; i++) table[u + i] += scale * from[at + i];
  }
}

function predicting(problem) {
  const { run, logits } = forwardPass(problem, parametersOf(problem));
  const { O, batch } = problem;
  return {
    predict() {
      run();
      return Float32Array.from(
        { length: batch * O },
        (_, i) => logits[Math.floor(i / O) * padded(O) + (i % O)],
      );
    },
  };
}

/** One product for both: [U W] times x and h, which stand in one row. */
function streaming(problem) {
  const { vectors } = problem;
  const [I, H, O] = [problem.I, problem.H, problem.O].map(padded);
  const { U, W, b, V, c } = parametersOf(problem);
  const packed = new Float64Array(H * (I + H));
  const both = new Float64Array((I + H) * H);
  both.set(U);
  both.set(W, I * H);
  pack(packed, both, 0, H, I + H, 1, H);
  const packedV = new Float64Array(O * H);
  pack(packedV, V, 0, O, H, 1, O);
  const row = new Float64Array(I + H);
  const sum = new Float64Array(H);
  const logits = new Float64Array(O);
  return {
    step(t, out) {
      for (let i = 0, at = t * problem.I; i < problem.I; i++, at++) row[i] = vectors[at];
      sum.set(b);
      multiply(sum, 0, packed, H, I + H, row, 0, I + H, 1);
      for (let i = 0; i < H; i++) row[I + i] = tanh(sum[i]);
      logits.set(c);
      multiply(logits, 0, packedV, O, H, row, I, H, 1);
      for (let i = 0; i < out.length; i++) out[i] = logits[i];
    },
    restart: () => void row.fill(0),
  };
}
