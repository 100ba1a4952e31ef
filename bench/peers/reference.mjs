/** The workloads in plain f64 loops, as the equations stand: what every competitor is compared with. */
import { denseInputs, parameterNames, targetsOf } from "./problem.mjs";

/** @param {import("./problem.mjs").Problem} problem */
export function reference(problem) {
  return problem.kind === "train" ? { losses: losses(problem, 3) } : { outputs: outputs(problem) };
}

/** The loss before each of the first `count` updates. */
function losses(problem, count) {
  const weights = Object.fromEntries(
    parameterNames.map((name) => [name, Float64Array.from(problem.weights[name])]),
  );
  return Array.from({ length: count }, () => {
    const tape = forward(problem, weights);
    const { loss, gradients } = backward(problem, weights, tape);
    for (const name of parameterNames) {
      gradients[name].forEach((g, i) => {
        weights[name][i] -= problem.learningRate * g;
      });
    }
    return loss;
  });
}

/** Of a stream (steps, O), with the state carried; otherwise of the last step (batch, O). */
function outputs(problem) {
  const { logits } = forward(problem, problem.weights);
  return [...logits];
}

/** @returns h with rows (steps + 1, batch, H), row 0 all zeros, and the logits of the scored steps. */
function forward(problem, { weight_ih, weight_hh, bias_h, weight_ho, bias_o }) {
  const { I, H, O, steps, batch, atEnd } = problem;
  const x = denseInputs(problem);
  const h = new Float64Array((steps + 1) * batch * H);
  for (let row = batch; row < (steps + 1) * batch; row++) {
    for (let i = 0; i < H; i++) {
      let sum = bias_h[i];
      for (let k = 0; k < I; k++) sum += weight_ih[i * I + k] * x[(row - batch) * I + k];
      for (let k = 0; k < H; k++) sum += weight_hh[i * H + k] * h[(row - batch) * H + k];
      h[row * H + i] = Math.tanh(sum);
    }
  }
  const first = atEnd ? steps * batch : batch;
  const rows = (steps + 1) * batch - first;
  const logits = new Float64Array(rows * O);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < O; o++) {
      let sum = bias_o[o];
      for (let k = 0; k < H; k++) sum += weight_ho[o * H + k] * h[(first + row) * H + k];
      logits[row * O + o] = sum;
    }
  }
  return { x, h, logits, first, rows };
}

/** Softmax cross-entropy, mean over the scored steps, and back-propagation through time. */
function backward(problem, { weight_hh, weight_ho }, { x, h, logits, first, rows }) {
  const { I, H, O, steps, batch } = problem;
  const shapes = { weight_ih: H * I, weight_hh: H * H, bias_h: H, weight_ho: O * H, bias_o: O };
  const gradients = Object.fromEntries(parameterNames.map((name) => [name, new Float64Array(shapes[name])]));
  const targets = targetsOf(problem);
  const d_h = new Float64Array(h.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const o = logits.subarray(row * O, (row + 1) * O);
    const top = Math.max(...o);
    const total = o.reduce((sum, value) => sum + Math.exp(value - top), 0);
    loss += (Math.log(total) + top - o[targets[row]]) / rows;
    for (let j = 0; j < O; j++) {
      const d = (Math.exp(o[j] - top) / total - (j === targets[row] ? 1 : 0)) / rows;
      gradients.bias_o[j] += d;
      for (let k = 0; k < H; k++) {
        gradients.weight_ho[j * H + k] += d * h[(first + row) * H + k];
        d_h[(first + row) * H + k] += d * weight_ho[j * H + k];
      }
    }
  }
  for (let row = (steps + 1) * batch - 1; row >= batch; row--) {
    const before = row - batch;
    for (let i = 0; i < H; i++) {
      const d = d_h[row * H + i] * (1 - h[row * H + i] ** 2);
      gradients.bias_h[i] += d;
      for (let k = 0; k < I; k++) gradients.weight_ih[i * I + k] += d * x[before * I + k];
      for (let k = 0; k < H; k++) {
        gradients.weight_hh[i * H + k] += d * h[before * H + k];
        d_h[before * H + k] += d * weight_hh[i * H + k];
      }
    }
  }
  return { loss, gradients };
}
