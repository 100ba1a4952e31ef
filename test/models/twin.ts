import type { Activation, Feedback, Loss, StateDict } from "../../ts/types.js";

/** The equations of `Rnn` as they stand in the book, in f64, one sequence at a time: what the kernel is held against. */
export interface TwinInput {
  /** τ rows of I values. */
  x: number[][];
  /** A row of O per scored step: one-hot for an index. */
  y?: number[][] | undefined;
  /** Per scored step. */
  weights?: number[] | undefined;
  h0?: number[] | undefined;
  f0?: number[] | undefined;
  /** What entered step t through R where that is a constant: targets, draws; elsewhere undefined. */
  given?: (number[] | undefined)[] | undefined;
  /** dL/do, dL/dh and dL/dh_τ from downstream. */
  dOutputs?: number[][] | undefined;
  dStates?: number[][] | undefined;
  dFinal?: number[] | undefined;
}

/** What parameters do not say; the rest of a network's options may be there too. */
export interface TwinOptions {
  activation?: Activation;
  outputs?: "every" | "last" | "none";
  loss?: Loss;
  feedback?: Feedback;
}

type Matrix = number[][];
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const zeros = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => new Array(columns).fill(0));

/** The parameters as f64 matrices. Biases have one row. */
export function matrices(parameters: StateDict): Record<string, Matrix> {
  return Object.fromEntries(
    [...parameters].map(([name, { shape, data }]) => {
      const columns = shape.at(-1) as number;
      const rows = shape.length === 1 ? 1 : (shape[0] as number);
      return [
        name,
        Array.from({ length: rows }, (_, r) => [...data.subarray(r * columns, (r + 1) * columns)]),
      ];
    }),
  );
}

export const oneHot = (index: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => (i === index ? 1 : 0));

const activations = { tanh: Math.tanh, relu: (a: number) => Math.max(a, 0), identity: (a: number) => a };
/** The derivative, from the state. */
const slopes = {
  tanh: (h: number) => 1 - h * h,
  relu: (h: number) => (h > 0 ? 1 : 0),
  identity: () => 1,
};

const softmax = (o: number[]) => {
  const top = Math.max(...o);
  const sum = o.reduce((s, z) => s + Math.exp(z - top), 0);
  return o.map((z) => Math.exp(z - top) / sum);
};
const predictions: Record<Loss, (o: number[]) => number[]> = {
  "cross-entropy": softmax,
  "squared-error": (o) => o,
  bernoulli: (o) => o.map((z) => 1 / (1 + Math.exp(-z))),
};
const losses: Record<Loss, (o: number[], y: number[]) => number> = {
  "cross-entropy": (o, y) => {
    const top = Math.max(...o);
    return Math.log(o.reduce((s, z) => s + Math.exp(z - top), 0)) + top - dot(o, y);
  },
  "squared-error": (o, y) => o.reduce((sum, z, k) => sum + (z - (y[k] as number)) ** 2 / 2, 0),
  bernoulli: (o, y) =>
    o.reduce(
      (sum, z, k) => sum + Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - z * (y[k] as number),
      0,
    ),
};

/** The loss, outputs, states and all gradients of scale · loss plus downstream. */
export function twin(
  parameters: StateDict | Record<string, Matrix>,
  input: TwinInput,
  scale = 1,
  options: TwinOptions = {},
) {
  const own = (parameters instanceof Map ? matrices(parameters) : parameters) as Record<string, Matrix>;
  const { weight_ih: U = [], weight_hh: W, weight_oh: R, bias_h: b = [[]], weight_ho: V, bias_o: c } = own;
  const { activation = "tanh", outputs = "every", loss: kind = "cross-entropy", feedback } = options;
  const bias = b[0] as number[];
  const [H, O, I] = [bias.length, V?.length ?? 0, U[0]?.length ?? 0];
  const tau = input.x.length;
  const h: Matrix = [input.h0 ?? new Array(H).fill(0)];
  const o: Matrix = [];
  const p: Matrix = [];
  const fed: Matrix = [];
  for (let t = 0; t < tau; t++) {
    const before = t === 0 ? (input.f0 ?? new Array(O).fill(0)) : undefined;
    const f = before ?? input.given?.[t] ?? ((feedback === "outputs" ? o : p)[t - 1] as number[]);
    fed.push(f);
    h.push(
      bias.map((value, i) =>
        activations[activation](
          value +
            (I ? dot(U[i] as number[], input.x[t] as number[]) : 0) +
            (W ? dot(W[i] as number[], h[t] as number[]) : 0) +
            (R ? dot(R[i] as number[], f) : 0),
        ),
      ),
    );
    if (!V) continue;
    o.push(V.map((v, k) => (c?.[0]?.[k] as number) + dot(v, h[t + 1] as number[])));
    p.push(predictions[kind](o[t] as number[]));
  }
  /** Which row of the scored steps step t is. */
  const rowOf = (t: number) => (outputs === "last" ? (t === tau - 1 ? 0 : -1) : t);
  const scored = o.filter((_, t) => rowOf(t) >= 0);
  const stepLosses = input.y ? scored.map((row, q) => losses[kind](row, input.y?.[q] as number[])) : [];
  const weight = (q: number) => input.weights?.[q] ?? 1;

  const d: Record<string, Matrix> = Object.fromEntries(
    Object.entries(own).map(([name, rows]) => [name, zeros(rows.length, rows[0]?.length ?? 0)]),
  );
  const addOuter = (to: Matrix | undefined, left: number[], right: number[]) => {
    for (const [i, row] of (to ?? []).entries())
      for (const j of row.keys()) row[j] = (row[j] as number) + (left[i] as number) * (right[j] as number);
  };
  const back = (matrix: Matrix | undefined, vector: number[], width: number) =>
    Array.from({ length: width }, (_, j) =>
      (matrix ?? []).reduce((sum, row, i) => sum + (row[j] as number) * (vector[i] as number), 0),
    );
  const dStates = zeros(tau, H);
  const dInputs = zeros(tau, I);
  let dH = [...(input.dFinal ?? new Array(H).fill(0))] as number[];
  let dF = new Array(O).fill(0) as number[];
  for (let t = tau - 1; t >= 0; t--) {
    const q = rowOf(t);
    const [row, state] = [p[t] ?? [], h[t + 1] as number[]];
    const isOwn = t + 1 < tau && input.given?.[t + 1] === undefined;
    const inner = dot(row, dF);
    const dO = row.map((value, k) => {
      const through = dF[k] as number;
      let sum = q >= 0 ? (input.dOutputs?.[q]?.[k] ?? 0) : 0;
      if (q >= 0 && input.y) sum += scale * weight(q) * (value - (input.y[q]?.[k] as number));
      if (!isOwn) return sum;
      if (feedback === "outputs" || kind === "squared-error") return sum + through;
      return sum + value * (kind === "bernoulli" ? (1 - value) * through : through - inner);
    });
    const fromOutputs = back(V, dO, H);
    const full = dH.map((value, i) => value + (fromOutputs[i] as number) + (input.dStates?.[t]?.[i] ?? 0));
    const dA = full.map((value, i) => value * slopes[activation](state[i] as number));
    dStates[t] = full;
    dInputs[t] = back(U, dA, I);
    if (V) {
      addOuter(d.weight_ho, dO, state);
      addOuter(d.bias_o, [1], dO);
    }
    if (I) addOuter(d.weight_ih, dA, input.x[t] as number[]);
    addOuter(d.weight_hh, dA, h[t] as number[]);
    addOuter(d.weight_oh, dA, fed[t] as number[]);
    addOuter(d.bias_h, [1], dA);
    dH = back(W, dA, H);
    dF = back(R, dA, O);
  }
  return {
    loss: stepLosses.reduce((sum, value, q) => sum + weight(q) * value, 0),
    losses: stepLosses,
    /** At scored steps. */
    outputs: scored,
    /** At every step. */
    probabilities: p,
    states: h.slice(1),
    /** What entered each step through R. */
    fed,
    dParameters: d,
    dInputs,
    dStates,
    dInitial: dH,
    dInitialFeedback: dF,
  };
}
