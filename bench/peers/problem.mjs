/**
 * Reads the folder of one workload: sizes, weights and data, the same for every competitor.
 * The net is h_t = tanh(b + U x_t + W h_{t-1}), o_t = c + V h_t, with h_0 = 0.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The workload is one that a library cannot do, or the library is not there. */
export class Skip extends Error {}

/** Parameters in the order of the equation, with their shapes. */
export const parameterNames = ["weight_ih", "weight_hh", "bias_h", "weight_ho", "bias_o"];
export const shapesOf = ({ I, H, O }) => ({
  weight_ih: [H, I],
  weight_hh: [H, H],
  bias_h: [H],
  weight_ho: [O, H],
  bias_o: [O],
});

/**
 * @typedef {object} Problem
 * @property {string} workload
 * @property {"train" | "stream" | "predict"} kind
 * @property {number} I
 * @property {number} H
 * @property {number} O
 * @property {number} steps
 * @property {number} batch
 * @property {number} learningRate
 * @property {boolean} atEnd only the last step has an output
 * @property {Record<string, Float32Array>} weights by the names above, row by row
 * @property {Int32Array | undefined} symbols (batch, steps), each standing for a one-hot vector
 * @property {Float32Array | undefined} vectors (batch, steps, I); of a stream (steps, I)
 * @property {Int32Array | undefined} targets (batch, steps) or, at the end, (batch)
 */

/** @returns {Problem} */
export function readProblem(folder) {
  const { files, ...problem } = JSON.parse(readFileSync(join(folder, "problem.json"), "utf8"));
  const read = (file) => {
    if (file === undefined) return undefined;
    const bytes = readFileSync(join(folder, file));
    const Numbers = file.endsWith(".i32") ? Int32Array : Float32Array;
    return new Numbers(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  const inputs = read(files.symbols ?? files.vectors ?? files.inputs);
  const targets = read(files.targets);
  const { kind, batch, I } = problem;
  return {
    learningRate: 0.1,
    ...problem,
    ...(kind === "stream" && { batch: 1, steps: inputs.length / I }),
    weights: Object.fromEntries(parameterNames.map((name) => [name, read(files[name])])),
    symbols: inputs instanceof Int32Array ? inputs : undefined,
    vectors: inputs instanceof Float32Array ? inputs : undefined,
    targets,
    atEnd: kind === "predict" || (kind === "train" && targets.length === batch),
  };
}

/** Dense inputs, time first: (steps, batch, I); symbols become one-hot vectors. */
export function denseInputs({ symbols, vectors, steps, batch, I }) {
  const dense = new Float32Array(steps * batch * I);
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < batch; b++) {
      const [row, source] = [(t * batch + b) * I, b * steps + t];
      if (symbols) dense[row + symbols[source]] = 1;
      else dense.set(vectors.subarray(source * I, (source + 1) * I), row);
    }
  }
  return dense;
}

/** (batch, steps) to (steps, batch). */
export function timeFirst(values, { steps, batch }) {
  return values.map((_, i) => values[(i % batch) * steps + Math.floor(i / batch)]);
}

/** Targets in the order of the scored outputs, time first: (steps, batch) or (batch). */
export const targetsOf = (problem) => (problem.atEnd ? problem.targets : timeFirst(problem.targets, problem));

/** (rows, columns) to (columns, rows). */
export function transposed(values, rows, columns) {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}
