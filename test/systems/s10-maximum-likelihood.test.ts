// S10, the maximum-likelihood reading: p(y₁ … y_τ | x) is a product of the steps' probabilities under teacher forcing, so
// Σ_y p(y) = 1 over every y, and −log p(y) is the teacher-forced loss.
import { expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";
import { logSoftmax, sum } from "./common.js";

const [O, tau] = [3, 5];
/** Every sequence of τ symbols. */
const all = Array.from({ length: O ** tau }, (_, n) =>
  Int32Array.from({ length: tau }, (_, t) => Math.floor(n / O ** t) % O),
);

test.each(["output", "both"] as const)('recurrence "%s"', async (recurrence) => {
  const random = generator(20261122);
  using rnn = await Rnn.create({ inputSize: 2, hiddenSize: 8, outputSize: O, recurrence, seed: 9 });
  // Weights 3 times as large, so that probabilities are far from uniform.
  const tensors = rnn.stateDict();
  for (const { data } of tensors.values()) data.set(data.map((value) => 3 * value));
  rnn.loadStateDict(tensors);

  // p(y₁) must not see x₂: what it may see of x as a whole is a summary of it, the final state of another net (S7).
  using reader = await Rnn.create({ inputSize: 2, hiddenSize: 8, outputs: "none", seed: 1 });
  const inputs = random.floats(tau * 2);
  using summary = reader.forward([{ inputs }]);
  const given = { inputs, initialState: summary.finalState() };

  using pass = rnn.forward(all.map((targets) => ({ ...given, targets })));
  const logs = pass.stepLosses().map((losses) => -sum(losses));
  expect(Math.abs(sum(logs.map(Math.exp)) - 1)).toBeLessThan(1e-5);
  expect(Math.abs(pass.loss + sum(logs))).toBeLessThan(1e-6 * pass.loss);
  expect(Math.max(...logs) - Math.min(...logs)).toBeGreaterThan(1);

  // log p(y) by the chain rule, from conditional probabilities read one step at a time.
  for (const n of [0, 7, 100, 242]) {
    const y = all[n] as Int32Array;
    let log = 0;
    for (let t = 0; t < tau; t++) {
      const before = y.subarray(0, t);
      const prompt = { ...given, inputs: inputs.slice(0, 2 * (t + 1)), targets: Int32Array.of(...before, 0) };
      using prefix = rnn.forward([prompt]);
      const row = (prefix.outputs()[0] as Floats).subarray(-O);
      log += logSoftmax(row)[y[t] as number] as number;
    }
    expect(Math.abs(log - (logs[n] as number))).toBeLessThan(1e-5);
  }
});
