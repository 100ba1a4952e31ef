// S7, one output at the end: the gradient handed in by a downstream module gives the θ-gradient of the end-to-end one,
// and the output belongs to each sequence's own last step.
import { expect, test } from "vitest";
import { Optimizer, Rnn, type Tensor } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";
import { expectSame, lastRow } from "./common.js";

const random = generator(20261122);
const lengths = [7, 1, 200, 33, 2];
const O = 4;
const sizes = { inputSize: 3, hiddenSize: 10, outputSize: O, seed: 5 };
const data = lengths.map((steps) => ({
  inputs: random.floats(steps * 3),
  targets: random.integer(0, O - 1),
}));

test("the output is that of each sequence's own last step", async () => {
  using last = await Rnn.create({ ...sizes, outputs: "last" });
  using every = await Rnn.create(sizes);
  every.loadStateDict(last.stateDict());
  const bare = data.map(({ inputs }) => ({ inputs }));
  using a = last.forward(data);
  using b = every.forward(bare);
  a.outputs().forEach((outputs, i) => {
    expectSame(outputs, lastRow(b.outputs()[i] as Floats, O));
  });
  last.predict(bare).forEach((row, i) => {
    expect(row).toHaveLength(O);
    expectSame(row, lastRow(every.predict(bare)[i] as Floats, O));
  });
  // On a stream, where nobody knows which step is the last, every step gives o.
  using stream = last.stream();
  const { inputs } = data[3] as { inputs: Floats };
  for (let t = 0; t < 33; t++)
    expectSame(
      stream.step(inputs.slice(t * 3, t * 3 + 3)),
      (b.outputs()[3] as Floats).slice(t * O, t * O + O),
    );
  expect([a.count, ...a.stepLosses().map(({ length }) => length)]).toEqual([5, 1, 1, 1, 1, 1]);
});

test("dL/do injected gives the gradient of the built-in loss", async () => {
  using rnn = await Rnn.create({ ...sizes, outputs: "last" });
  using scored = rnn.forward(data);
  using bare = rnn.forward(data.map(({ inputs }) => ({ inputs })));
  const outputs = rnn
    .predict(data)
    .map((p, b) => p.map((value, k) => value - Number(k === data[b]?.targets)));
  const [built, injected] = [scored.backward().parameters, bare.backward({ outputs }).parameters];
  for (const [name, { data: values }] of built) expectSame((injected.get(name) as Tensor).data, values, name);
});

test("a head written outside the library, over h_τ, learns the same weights", async () => {
  using inside = await Rnn.create({ ...sizes, outputs: "last" });
  const { outputSize: _size, ...bare } = sizes;
  using body = await Rnn.create({ ...bare, outputs: "none" });
  const start = inside.stateDict();
  body.loadStateDict(new Map([...start].filter(([name]) => !name.endsWith("o") || name === "weight_oh")));
  const V = Float64Array.from((start.get("weight_ho") as Tensor).data);
  const c = Float64Array.from((start.get("bias_o") as Tensor).data);
  const [H, rate] = [10, 0.1];
  using a = new Optimizer(inside, { kind: "sgd", learningRate: rate });
  using b = new Optimizer(body, { kind: "sgd", learningRate: rate });
  for (let update = 0; update < 20; update++) {
    using whole = inside.forward(data);
    a.step(whole.backward());
    using pass = body.forward(data.map(({ inputs }) => ({ inputs })));
    const states = pass.finalState();
    const finalState = new Float32Array(states.length);
    const [dV, dc] = [new Float64Array(V.length), new Float64Array(O)];
    data.forEach(({ targets }, s) => {
      const h = states.subarray(s * H, (s + 1) * H);
      const o = Array.from(
        c,
        (value, k) => value + h.reduce((total, x, j) => total + x * (V[k * H + j] as number), 0),
      );
      const total = o.reduce((t, z) => t + Math.exp(z), 0);
      o.forEach((z, k) => {
        const d = Math.exp(z) / total - Number(k === targets);
        (dc[k] as number) += d;
        for (let j = 0; j < H; j++) {
          (dV[k * H + j] as number) += d * (h[j] as number);
          (finalState[s * H + j] as number) += d * (V[k * H + j] as number);
        }
      });
    });
    b.step(pass.backward({ finalState }));
    dV.forEach((d, i) => {
      (V[i] as number) -= rate * d;
    });
    dc.forEach((d, i) => {
      (c[i] as number) -= rate * d;
    });
  }
  const end = inside.stateDict();
  const outside = new Map<string, ArrayLike<number>>([
    ...[...body.stateDict()].map(([name, { data: values }]) => [name, values] as const),
    ["weight_ho", V],
    ["bias_o", c],
  ]);
  for (const [name, { data: values }] of end) {
    const other = outside.get(name) as ArrayLike<number>;
    values.forEach((value, i) => {
      expect(Math.abs(value - (other[i] as number)), `${name}[${i}]`).toBeLessThan(
        1e-5 * Math.max(1, Math.abs(value)),
      );
    });
  }
});
