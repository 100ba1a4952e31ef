// S5, back-propagation through time: gradients agree with an independent implementation in f64, which itself agrees with
// central differences (test/models/twin.test.ts), and the tape grows as a straight line over τ.
import { expect, test } from "vitest";
import { Rnn, type Tensor } from "../../ts/index.js";
import { oneHot, twin } from "../models/twin.js";
import { generator } from "../random.js";

test("gradients over 60 steps agree with f64", async () => {
  const random = generator(20261122);
  const [I, H, O, tau] = [11, 24, 7, 60];
  using rnn = await Rnn.create({
    inputSize: I,
    hiddenSize: H,
    outputSize: O,
    initializer: "orthogonal",
    seed: 2,
  });
  const inputs = random.indices(tau, I);
  const targets = random.indices(tau, O);
  using pass = rnn.forward([{ inputs, targets }]);
  const gradients = pass.backward();
  const wanted = twin(rnn.stateDict(), {
    x: Array.from(inputs, (index) => oneHot(index, I)),
    y: Array.from(targets, (index) => oneHot(index, O)),
  });
  const compare = (what: string, got: Float32Array, right: number[]) => {
    const error = Math.sqrt(right.reduce((s, value, i) => s + ((got[i] as number) - value) ** 2, 0));
    const size = Math.sqrt(right.reduce((s, value) => s + value ** 2, 0));
    expect(error / size, what).toBeLessThan(1e-5);
  };
  for (const [name, rows] of Object.entries(wanted.dParameters))
    compare(name, (gradients.parameters.get(name) as Tensor).data, rows.flat());
  compare("dL/dh", gradients.states[0] as Float32Array, wanted.dStates.flat());
  compare("dL/dh₀", gradients.initialState, wanted.dInitial);
});

test("the tape is a straight line over τ, and less under a budget, with the same gradients", async () => {
  using rnn = await Rnn.create({ inputSize: 5, hiddenSize: 8, outputSize: 5 });
  const run = (tau: number, memoryBudget?: number) => {
    const inputs = generator(tau).indices(tau + 1, 5);
    using pass = rnn.forward([{ inputs, targets: "next" }], memoryBudget ? { memoryBudget } : {});
    return {
      bytes: pass.tapeBytes,
      gradients: [...pass.backward().parameters.values()].map(({ data }) => [...data]),
    };
  };
  const bytes = [1000, 2000, 3000, 4000].map((tau) => run(tau).bytes);
  const steps = bytes.slice(1).map((value, i) => value - (bytes[i] as number));
  expect(new Set(steps).size).toBe(1);
  // At least a state of 8 floats per step.
  expect(steps[0]).toBeGreaterThanOrEqual(1000 * 8 * 4);
  const [whole, little] = [run(4000), run(4000, (bytes[3] as number) >> 2)];
  expect(little.bytes).toBeLessThanOrEqual((bytes[3] as number) >> 2);
  expect(little.gradients).toEqual(whole.gradients);
});
