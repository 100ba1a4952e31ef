/** The axis of directions, of size 1, is left out in any of the ways in which exporters write `h_n[-1]`. */
import { describe, expect, it } from "vitest";
import { importOnnx, readOnnx } from "../../ts/onnx/index.js";
import { generator } from "../random.js";
import { encode, type Node } from "./graph.js";
import { absent, findJudge } from "./judge.js";

const judge = await findJudge();
const [I, H, O, T, N] = [2, 3, 2, 4, 3];
const seed = 31;
const random = generator(seed);
const tensor = (...shape: number[]) => ({
  shape,
  data: random.floats(shape.reduce((product, size) => product * size, 1)),
});
const weights = {
  W: tensor(1, H, I),
  R: tensor(1, H, H),
  B: tensor(1, 2 * H),
  V: tensor(O, H),
  c: tensor(O),
};
const ints = (...data: number[]) => ({ shape: [data.length], data });

/** A head on Y_h, of which a Slice along an axis is taken first. */
function file(bounds: Readonly<Record<string, readonly number[]>>, opset: 9 | 13): Uint8Array<ArrayBuffer> {
  const asInputs = opset === 13;
  const cut: Node = {
    op: "Slice",
    inputs: ["Y_h", ...(asInputs ? Object.keys(bounds) : [])],
    outputs: ["cut"],
    ...(!asInputs && {
      attributes: Object.fromEntries(Object.entries(bounds).map(([name, list]) => [name, { ints: list }])),
    }),
  };
  const squeeze: Node = asInputs
    ? { op: "Squeeze", inputs: ["cut", "zero"], outputs: ["h"] }
    : { op: "Squeeze", inputs: ["cut"], outputs: ["h"], attributes: { axes: { ints: [0] } } };
  return encode({
    opset,
    nodes: [
      {
        op: "RNN",
        inputs: ["X", "W", "R", "B"],
        outputs: ["", "Y_h"],
        attributes: { hidden_size: { int: H } },
      },
      ...[cut, squeeze],
      { op: "Gemm", inputs: ["h", "V", "c"], outputs: ["o"], attributes: { transB: { int: 1 } } },
    ],
    tensors: {
      ...weights,
      ...(asInputs && {
        zero: ints(0),
        ...Object.fromEntries(Object.entries(bounds).map(([name, list]) => [name, ints(...list)])),
      }),
    },
    inputs: { X: [[T, N, I]] },
    outputs: ["o"],
  });
}

const END = 2 ** 31 - 1;

const good: [string, Readonly<Record<string, readonly number[]>>][] = [
  ["from −1 to the end", { starts: [-1], ends: [END], axes: [0] }],
  ["from 0 to 1", { starts: [0], ends: [1], axes: [0] }],
  ["from the front of a negative axis", { starts: [0], ends: [END], axes: [-3] }],
  ["without axes, which are the first then", { starts: [-1], ends: [END] }],
];

describe(`a Slice of the axis of directions (seed ${seed})`, () => {
  it.each(good)("%s changes nothing", async (_, bounds) => {
    for (const opset of [9, 13] as const) {
      const { rnn } = await importOnnx(file(bounds, opset), { loss: "squared-error" });
      expect(rnn.options).toMatchObject({ outputs: "last", hiddenSize: H, outputSize: O });
      expect(rnn.stateDict().get("weight_ho")?.data).toEqual(weights.V.data);
      rnn.dispose();
    }
  });

  it.skipIf(judge === undefined).each(good)(
    `%s: onnxruntime computes the same (${judge ? "there" : absent})`,
    async (_, bounds) => {
      const x = random.floats(T * N * I);
      const sequences = Array.from({ length: N }, (_, n) => ({
        inputs: Float32Array.from(
          { length: T * I },
          (_, j) => x[(Math.floor(j / I) * N + n) * I + (j % I)] as number,
        ),
      }));
      for (const opset of [9, 13] as const) {
        const model = file(bounds, opset);
        const { rnn } = await importOnnx(model, { loss: "squared-error" });
        const own = rnn.predict(sequences).flatMap((outputs) => [...outputs]);
        const { o } = (await judge?.(model, { X: [x, [T, N, I]] })) ?? {};
        expect(o?.data).toHaveLength(own.length);
        o?.data.forEach((value, i) => {
          expect(Math.abs(value - (own[i] as number))).toBeLessThanOrEqual(2e-6);
        });
        rnn.dispose();
      }
    },
  );

  it.each([
    ["nothing of it", { starts: [0], ends: [0], axes: [0] }],
    ["what lies behind it", { starts: [1], ends: [END], axes: [0] }],
    ["it backwards", { starts: [-1], ends: [END], axes: [0], steps: [-1] }],
    ["one of the sequences", { starts: [-1], ends: [END], axes: [1] }],
    ["a part of the units", { starts: [0], ends: [1], axes: [2] }],
    ["two axes", { starts: [0, 0], ends: [1, 1], axes: [0, 1] }],
  ])("%s is refused", (_, bounds) => {
    expect(() => readOnnx(file(bounds, 13))).toThrow(
      expect.objectContaining({ code: "unsupported", message: expect.stringMatching(/^Slice: /) }),
    );
  });
});
