import type { StateDict } from "../../ts/types.js";

/** The equations of `Rnn` as they stand in the book, in f64, one sequence at a time: what the kernel is held against. */
export interface TwinInput {
  /** τ rows of I values. */
  x: number[][];
  y?: number[] | undefined;
  weights?: number[] | undefined;
  h0?: number[] | undefined;
  /** dL/do, dL/dh and dL/dh_τ from downstream. */
  dOutputs?: number[][] | undefined;
  dStates?: number[][] | undefined;
  dFinal?: number[] | undefined;
}

type Matrix = number[][];
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const zeros = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => new Array(columns).fill(0));

/** The parameters as f64 matrices. Biases have one row. */
function matrices(parameters: StateDict): Record<string, Matrix> {
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

export const oneHot = (index: number, size: number) =>
  Array.from({ length: size }, (_, i) => (i === index ? 1 : 0));

/** Loss, outputs, states and all gradients of scale · loss plus downstream. */
export function twin(parameters: StateDict, input: TwinInput, scale = 1) {
  const {
    weight_ih: U = [],
    weight_hh: W = [],
    bias_h: b = [],
    weight_ho: V,
    bias_o: c,
  } = matrices(parameters);
  const H = U.length;
  const tau = input.x.length;
  const h: Matrix = [input.h0 ?? new Array(H).fill(0)];
  const o: Matrix = [];
  const p: Matrix = [];
  const losses: number[] = [];
  for (let t = 0; t < tau; t++) {
    const x = input.x[t] as number[];
    const previous = h[t] as number[];
    h.push(U.map((u, i) => Math.tanh((b[0]?.[i] as number) + dot(u, x) + dot(W[i] as number[], previous))));
    if (V === undefined) continue;
    const logits = V.map((v, k) => (c?.[0]?.[k] as number) + dot(v, h[t + 1] as number[]));
    const top = Math.max(...logits);
    const sum = logits.reduce((s, z) => s + Math.exp(z - top), 0);
    o.push(logits);
    p.push(logits.map((z) => Math.exp(z - top) / sum));
    if (input.y) losses.push(Math.log(sum) - ((logits[input.y[t] as number] as number) - top));
  }
  const weight = (t: number) => input.weights?.[t] ?? 1;
  const d: Record<string, Matrix> = {
    weight_ih: zeros(H, U[0]?.length ?? 0),
    weight_hh: zeros(H, H),
    bias_h: zeros(1, H),
  };
  if (V) Object.assign(d, { weight_ho: zeros(V.length, H), bias_o: zeros(1, V.length) });
  const addOuter = (to: Matrix | undefined, left: number[], right: number[]) => {
    for (const [i, row] of (to ?? []).entries())
      for (const j of row.keys()) row[j] = (row[j] as number) + (left[i] as number) * (right[j] as number);
  };
  const dStates = zeros(tau, H);
  const dInputs = zeros(tau, U[0]?.length ?? 0);
  let carried = [...(input.dFinal ?? new Array(H).fill(0))] as number[];
  for (let t = tau - 1; t >= 0; t--) {
    const state = h[t + 1] as number[];
    const dO = (p[t] ?? []).map((value, k) => {
      const own = input.y ? scale * weight(t) * (value - (k === input.y[t] ? 1 : 0)) : 0;
      return own + (input.dOutputs?.[t]?.[k] ?? 0);
    });
    const dH = carried.map((value, i) => {
      const through = V ? V.reduce((sum, row, k) => sum + (row[i] as number) * (dO[k] as number), 0) : 0;
      return value + through + (input.dStates?.[t]?.[i] ?? 0);
    });
    const dA = dH.map((value, i) => value * (1 - (state[i] as number) ** 2));
    dStates[t] = dH;
    dInputs[t] = (dInputs[t] as number[]).map((_, j) =>
      U.reduce((sum, row, i) => sum + (row[j] as number) * (dA[i] as number), 0),
    );
    addOuter(d.weight_ho, dO, state);
    addOuter(d.bias_o, [1], dO);
    addOuter(d.weight_ih, dA, input.x[t] as number[]);
    addOuter(d.weight_hh, dA, h[t] as number[]);
    addOuter(d.bias_h, [1], dA);
    carried = carried.map((_, j) =>
      W.reduce((sum, row, i) => sum + (row[j] as number) * (dA[i] as number), 0),
    );
  }
  const loss = losses.reduce((sum, value, t) => sum + weight(t) * value, 0);
  return {
    loss,
    losses,
    outputs: o,
    probabilities: p,
    states: h.slice(1),
    dParameters: d,
    dInputs,
    dStates,
    dInitial: carried,
  };
}
