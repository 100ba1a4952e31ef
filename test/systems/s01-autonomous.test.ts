// S1, the autonomous system h_t = f(h_{t−1}; θ): a roll of T steps equals T single steps, bit for bit.
import { expect, test } from "vitest";
import { Rnn, type RnnOptions } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";
import { expectSame } from "./common.js";

const random = generator(20261122);

test.each([
  { outputs: "none" },
  { outputs: "every", outputSize: 3 },
  { outputs: "every", outputSize: 3, recurrence: "output" },
  { outputs: "every", outputSize: 3, recurrence: "both", feedback: "sample" },
])("a roll equals single steps: %o", async (changes) => {
  for (const activation of ["tanh", "relu", "identity"] as const) {
    using rnn = await Rnn.create({
      inputSize: 0,
      hiddenSize: 9,
      seed: 2,
      activation,
      ...changes,
    } as RnnOptions);
    const T = 50;
    const initialState = random.floats(9);
    using roll = rnn.forward([{ inputs: T, initialState }], { seed: 4 });
    let given: object = { initialState };
    for (let t = 0; t < T; t++) {
      using single = rnn.forward([{ inputs: 1, ...given }], { seed: 4, firstStep: t });
      expectSame(
        single.states()[0] as Floats,
        (roll.states()[0] as Floats).slice(t * 9, t * 9 + 9),
        `step ${t}`,
      );
      given = {
        initialState: single.finalState(),
        ...("recurrence" in changes && { initialFeedback: single.finalFeedback() }),
      };
    }
  }
});

test("it learns a trajectory by BPTT and goes on along it", async () => {
  // A point on a circle, 12 steps a turn: squared error on 24 steps, then 24 more that it never saw.
  using rnn = await Rnn.create({
    inputSize: 0,
    hiddenSize: 16,
    outputSize: 2,
    loss: "squared-error",
    initializer: "orthogonal",
    seed: 1,
  });
  const circle = (from: number, steps: number) =>
    Float32Array.from({ length: 2 * steps }, (_, i) =>
      (i % 2 ? Math.sin : Math.cos)((2 * Math.PI * (from + (i >> 1))) / 12),
    );
  const initialState = random.floats(16);
  const data = [{ inputs: 24, targets: circle(0, 24), initialState }];
  const before = await rnn.evaluate(data);
  await rnn.fit(data, { updates: 600, optimizer: { kind: "adam", learningRate: 0.01 } });
  const after = await rnn.evaluate(data);
  expect(after.rmse).toBeLessThan(0.05);
  expect(before.rmse).toBeGreaterThan(0.5);
  const rows = rnn.forecast({ prompt: { inputs: 24, initialState }, steps: 24 });
  const wanted = circle(24, 24);
  const error = Math.sqrt(rows.reduce((s, value, i) => s + (value - (wanted[i] as number)) ** 2, 0) / 48);
  expect(error).toBeLessThan(0.3);
});
