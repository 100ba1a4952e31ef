/**
 * The operator's published test cases, from their definition: X, constant or random weights, and
 * H_t = tanh(X_t · Wᵀ + H_{t−1} · Rᵀ + Wb + Rb), computed here in f64.
 */
import { describe, expect, it } from "vitest";
import { importOnnx } from "../../ts/onnx/index.js";
import { generator } from "../random.js";
import { encode } from "./graph.js";
import { absent, findJudge } from "./judge.js";

const judge = await findJudge();

interface Case {
  readonly name: string;
  readonly shape: readonly [number, number, number];
  readonly H: number;
  readonly layout: 0 | 1;
  readonly weight: (count: number) => Float32Array;
  readonly bias?: readonly [Wb: Float32Array, Rb: Float32Array];
  readonly outputs: readonly string[];
}

const ones = (scale: number) => (count: number) => new Float32Array(count).fill(scale);
const random = generator(5);
const drawn = (count: number) => random.floats(count, 0.4);

const cases: readonly Case[] = [
  { name: "defaults", shape: [1, 3, 2], H: 4, layout: 0, weight: ones(0.1), outputs: ["", "Y_h"] },
  {
    name: "initial bias",
    ...{ shape: [1, 3, 3], H: 5, layout: 0, weight: ones(0.1), outputs: ["", "Y_h"] },
    bias: [ones(0.1)(5), ones(0)(5)],
  },
  {
    name: "sequence length",
    ...{ shape: [2, 3, 3], H: 5, layout: 0, weight: drawn, outputs: ["", "Y_h"] },
    bias: [drawn(5), drawn(5)],
  },
  { name: "batchwise", shape: [3, 1, 2], H: 4, layout: 1, weight: ones(0.5), outputs: ["Y", "Y_h"] },
];

/** X counts 1, 2, 3 … row by row. */
const inputsOf = ({ shape }: Case): Float32Array =>
  Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => i + 1);

/** Y, T × N × H in f64. */
function formula(
  { shape, H, layout, bias }: Case,
  x: Float32Array,
  W: Float32Array,
  R: Float32Array,
): number[][][] {
  const [T, N, I] = layout === 1 ? [shape[1], shape[0], shape[2]] : shape;
  const at = (t: number, n: number) => (layout === 1 ? n * T + t : t * N + n) * I;
  let h = Array.from({ length: N }, () => new Array<number>(H).fill(0));
  return Array.from({ length: T }, (_, t) => {
    h = h.map((before, n) =>
      before.map((_, u) => {
        let sum = (bias?.[0][u] ?? 0) + (bias?.[1][u] ?? 0);
        for (let i = 0; i < I; i++) sum += (x[at(t, n) + i] as number) * (W[u * I + i] as number);
        for (let k = 0; k < H; k++) sum += (before[k] as number) * (R[u * H + k] as number);
        return Math.tanh(sum);
      }),
    );
    return h;
  });
}

/** A case as a file, with its inputs and what the formula makes of them. */
function problem(given: Case) {
  const { shape, H, layout, bias, outputs } = given;
  const I = shape[2];
  const [W, R] = [given.weight(H * I), given.weight(H * H)];
  const file = encode({
    nodes: [
      {
        op: "RNN",
        inputs: ["X", "W", "R", ...(bias ? ["B"] : [])],
        outputs,
        attributes: { hidden_size: { int: H }, ...(layout === 1 && { layout: { int: 1 } }) },
      },
    ],
    tensors: {
      W: { shape: [1, H, I], data: W },
      R: { shape: [1, H, H], data: R },
      ...(bias && { B: { shape: [1, 2 * H], data: Float32Array.from([...bias[0], ...bias[1]]) } }),
    },
    inputs: { X: [shape] },
    outputs: outputs.filter((name) => name !== ""),
  });
  const x = inputsOf(given);
  return { file, x, expected: formula(given, x, W, R) };
}

describe("the operator's published cases", () => {
  it.each(cases)("$name", async (given) => {
    const { shape, H, layout, outputs } = given;
    const [I, N, T] = [shape[2], shape[layout === 1 ? 0 : 1], shape[layout === 1 ? 1 : 0]];
    const { file, x, expected } = problem(given);
    const { rnn, outputs: ports } = await importOnnx(file);
    expect(rnn.options).toMatchObject({ inputSize: I, hiddenSize: H, outputs: "none", activation: "tanh" });
    expect(ports.map(({ what, last }) => [what, last])).toEqual(
      outputs.filter((name) => name !== "").map((name) => ["states", name === "Y_h"]),
    );
    const own = (n: number) =>
      Float32Array.from({ length: T * I }, (_, j) => {
        const t = Math.floor(j / I);
        return x[(layout === 1 ? n * T + t : t * N + n) * I + (j % I)] as number;
      });
    using pass = rnn.forward(Array.from({ length: N }, (_, n) => ({ inputs: own(n) })));
    const last = (expected[T - 1] as number[][]).flat();
    [...pass.finalState()].forEach((value, i) => {
      expect(Math.abs(value - (last[i] as number))).toBeLessThanOrEqual(2e-6);
    });
    pass.states().forEach((states, n) => {
      states.forEach((value, i) => {
        const wanted = expected[Math.floor(i / H)]?.[n]?.[i % H] as number;
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(2e-6);
      });
    });
    rnn.dispose();
  });

  it.skipIf(judge === undefined).each(cases.filter(({ layout }) => layout === 0))(
    `$name: onnxruntime computes what the formula says (${judge ? "there" : absent})`,
    async (given) => {
      const { file, x, expected } = problem(given);
      const last = expected.at(-1)?.flat() ?? [];
      const { Y_h } = (await judge?.(file, { X: [x, given.shape] })) ?? {};
      expect(Y_h?.data).toHaveLength(last.length);
      Y_h?.data.forEach((value, i) => {
        expect(Math.abs(value - (last[i] as number))).toBeLessThanOrEqual(2e-6);
      });
    },
  );

  it.skipIf(judge === undefined)(
    `layout 1 is what onnxruntime refuses (${judge ? "there" : absent})`,
    async () => {
      const file = encode({
        nodes: [
          {
            op: "RNN",
            inputs: ["X", "W", "R"],
            outputs: ["Y"],
            attributes: { hidden_size: { int: 1 }, layout: { int: 1 } },
          },
        ],
        tensors: {
          W: { shape: [1, 1, 1], data: Float32Array.of(1) },
          R: { shape: [1, 1, 1], data: Float32Array.of(1) },
        },
        inputs: { X: [[1, 1, 1]] },
        outputs: ["Y"],
      });
      await expect(judge?.(file, { X: [Float32Array.of(1), [1, 1, 1]] })).rejects.toThrow(/layout/);
    },
  );
});
