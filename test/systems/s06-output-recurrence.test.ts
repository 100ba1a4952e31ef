// S6, recurrence from the output only: both trainings work (BPTT through o; step by step under teacher forcing), and the
// recall bit is solved by S4 and not by S6.
import { describe, expect, test } from "vitest";
import { type FitOptions, Rnn, type RnnOptions } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";
import { expectSame, recall, sum } from "./common.js";

const seed = 20261122;

describe("both trainings work", () => {
  // y_t = 0.9 y_{t−1} + x_t, y_0 = 0: o_{t−1} is all the memory that is needed.
  const random = generator(seed);
  const data = Array.from({ length: 32 }, () => {
    const inputs = random.floats(20, 0.3);
    let y = 0;
    return { inputs, targets: inputs.map((x) => (y = 0.9 * y + x)) };
  });
  const net = {
    inputSize: 1,
    hiddenSize: 8,
    outputSize: 1,
    recurrence: "output",
    loss: "squared-error",
    activation: "identity",
    seed: 1,
  } as const;
  const options: FitOptions = {
    updates: 300,
    batchSize: 16,
    optimizer: { kind: "adam", learningRate: 0.02 },
  };

  test.each([
    ["BPTT through o", 0],
    ["step by step, independently, under teacher forcing", 1],
  ])("%s", async (_, teacherForcing) => {
    using rnn = await Rnn.create(net);
    const before = await rnn.evaluate(data, { teacherForcing: 0 });
    await rnn.fit(data, { ...options, teacherForcing });
    const after = await rnn.evaluate(data, { teacherForcing: 0 });
    expect(before.rmse).toBeGreaterThan(0.2);
    expect(after.rmse, `seed ${seed}`).toBeLessThan(0.02);
  });
});

test("under teacher forcing every step stands alone: one-step sequences give the same bits", async () => {
  const random = generator(seed);
  using rnn = await Rnn.create({
    inputSize: 6,
    hiddenSize: 12,
    outputSize: 4,
    recurrence: "output",
    seed: 2,
  });
  const tau = 25;
  const inputs = random.indices(tau, 6);
  const targets = random.indices(tau, 4);
  using whole = rnn.forward([{ inputs, targets }]);
  const steps = Array.from(inputs, (_, t) => ({
    inputs: inputs.slice(t, t + 1),
    targets: targets.slice(t, t + 1),
    initialFeedback: Float32Array.from({ length: 4 }, (_, k) => Number(t > 0 && k === targets[t - 1])),
  }));
  using apart = rnn.forward(steps);
  expectSame(
    apart.outputs().flatMap((row) => [...row]),
    whole.outputs()[0] as Floats,
  );
  expectSame(
    apart.stepLosses().flatMap((row) => [...row]),
    whole.stepLosses()[0] as Floats,
  );
  // No gradient flows from step to step.
  const states = apart.backward().states.flatMap((row) => [...row]);
  expectSame(states, whole.backward().states[0] as Floats);
});

describe("the recall bit", () => {
  const tau = 6;
  const data = [0, 1].map((bit) => recall(bit, tau));
  const lastLoss = (rnn: Rnn) => {
    using pass = rnn.forward(data);
    return sum(pass.stepLosses().map((losses) => losses[tau - 1] as number)) / 2;
  };
  const train = async (recurrence: "hidden" | "output") => {
    const rnn = await Rnn.create({
      inputSize: 4,
      hiddenSize: 12,
      outputSize: 2,
      recurrence,
      seed: 3,
    } as RnnOptions);
    await rnn.fit(data, { updates: 600, optimizer: { kind: "adam", learningRate: 0.02 }, seed });
    const found = lastLoss(rnn);
    rnn.dispose();
    return found;
  };
  test("is remembered by W", async () => {
    expect(await train("hidden")).toBeLessThan(0.01);
  });
  test("is not by R, whose targets say nothing of it", async () => {
    expect(Math.abs((await train("output")) - Math.LN2)).toBeLessThan(0.02);
  });
});
