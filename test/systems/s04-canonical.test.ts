// S4, the canonical net: one-hot inputs as indices equal dense ones, and the loss is the sum of the steps' negative
// log-likelihoods.
import { expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";
import { expectSame, logSoftmax, sum } from "./common.js";

const random = generator(20261122);
const lengths = [12, 1, 30, 7];
const [I, H, O] = [9, 17, 5];
const data = lengths.map((steps) => ({
  inputs: random.indices(steps, I),
  targets: random.indices(steps, O),
}));

test("indices and one-hot vectors are the same inputs", async () => {
  using rnn = await Rnn.create({ inputSize: I, hiddenSize: H, outputSize: O, seed: 6 });
  const dense = data.map(({ inputs, targets }) => {
    const rows = new Float32Array(inputs.length * I);
    inputs.forEach((index, t) => {
      rows[t * I + index] = 1;
    });
    return { inputs: rows, targets };
  });
  using a = rnn.forward(data);
  using b = rnn.forward(dense);
  a.outputs().forEach((outputs, i) => {
    expectSame(b.outputs()[i] as Floats, outputs);
  });
  expect(b.loss).toBe(a.loss);
  const [left, right] = [a.backward().parameters, b.backward().parameters];
  for (const [name, { data: values }] of left)
    values.forEach((value, i) => {
      expect(Math.abs(value - (right.get(name)?.data[i] as number))).toBeLessThan(
        1e-5 * Math.max(1, Math.abs(value)),
      );
    });
});

test("the loss is Σ −log softmax(o_t)[y_t]", async () => {
  using rnn = await Rnn.create({ inputSize: I, hiddenSize: H, outputSize: O, seed: 6 });
  using pass = rnn.forward(data);
  const steps = pass.stepLosses();
  pass.outputs().forEach((outputs, b) => {
    data[b]?.targets.forEach((y, t) => {
      const wanted = -(logSoftmax(outputs.slice(t * O, t * O + O))[y] as number);
      // exp, log and four additions in f32 of numbers below 8.
      expect(Math.abs((steps[b]?.[t] as number) - wanted)).toBeLessThan(4e-6);
    });
  });
  const total = sum(steps.map((own) => sum(own)));
  expect(Math.abs(pass.loss - total)).toBeLessThan(1e-9 * total);
  expect(pass.count).toBe(sum(lengths));
});
