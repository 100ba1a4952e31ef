/** What onnxruntime computes against what the library does. */
import { expect } from "vitest";
import type { Rnn, Sequence } from "../../ts/index.js";

/** The worst so far: of states, and of outputs in multiples of max(1, max |o|). */
export interface Deviation {
  states: number;
  outputs: number;
}

const BOUND = 2e-6;

type Result = Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>;

/** Inputs of all sequences as T × N × I or N × T × I, with noise where a sequence has ended. */
export function padded(
  sequences: readonly Sequence[],
  T: number,
  I: number,
  batchFirst: boolean,
): Float32Array {
  const N = sequences.length;
  const x = new Float32Array(T * N * I).fill(0.37);
  sequences.forEach(({ inputs }, n) => {
    const values = inputs as Float32Array;
    for (let t = 0; t < values.length / I; t++)
      x.set(values.subarray(t * I, (t + 1) * I), (batchFirst ? n * T + t : t * N + n) * I);
  });
  return x;
}

/** Checks `outputs` or `states`, and `final_state`, up to each sequence's end. */
export function compare(
  rnn: Rnn,
  sequences: readonly Sequence[],
  T: number,
  batchFirst: boolean,
  result: Result,
  worst: Deviation,
  name: string,
): void {
  const { hiddenSize: H, outputSize: O = 0, outputs } = rnn.options;
  const N = sequences.length;
  using pass = rnn.forward(sequences);
  const [states, logits] = [pass.states(), O ? pass.outputs() : []];
  const [stateData, outputData, last] = ["states", "outputs", "final_state"].map((key) => result[key]?.data);
  expect(last?.length, name).toBe(N * H);
  check(last, pass.finalState(), "states");
  for (let n = 0; n < N; n++) {
    const own = states[n] as Float32Array;
    if (O && outputs === "last") check(outputData?.subarray(n * O, (n + 1) * O), logits[n], "outputs");
    for (let t = 0; t < own.length / H; t++) {
      const at = batchFirst ? n * T + t : t * N + n;
      if (stateData)
        check(stateData.subarray(at * H, (at + 1) * H), own.subarray(t * H, (t + 1) * H), "states");
      if (!O || outputs === "last") continue;
      check(outputData?.subarray(at * O, (at + 1) * O), logits[n]?.subarray(t * O, (t + 1) * O), "outputs");
    }
  }

  function check(
    got: Float32Array | undefined,
    expected: Float32Array | undefined,
    kind: keyof Deviation,
  ): void {
    expect(got?.length, name).toBe(expected?.length);
    const magnitudes = (expected ?? []).map(Math.abs);
    const scale = kind === "outputs" ? Math.max(1, ...magnitudes) : 1;
    got?.forEach((value, i) => {
      const deviation = Math.abs(value - (expected?.[i] ?? Number.NaN)) / scale;
      if (!(deviation <= BOUND)) throw new Error(`${name}: ${kind} ${i}: ${value} and ${expected?.[i]}`);
      worst[kind] = Math.max(worst[kind], deviation);
    });
  }
}
