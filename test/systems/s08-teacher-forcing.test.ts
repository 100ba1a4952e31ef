// S8, teacher-forced training of a net that feeds its output back: all steps at once give the weights of the
// step-by-step loop after N updates, bit for bit, with memory that does not grow with τ beyond the data.
import { expect, test } from "vitest";
import { createRuntime, Optimizer, Rnn } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";
import { expectSame, parametersOf } from "./common.js";

const random = generator(20261122);

test.each(["cross-entropy", "squared-error", "bernoulli"] as const)(
  "%s: at once and step by step",
  async (loss) => {
    const [I, O, tau, updates] = [5, 4, 37, 12];
    const net = { inputSize: I, hiddenSize: 9, outputSize: O, recurrence: "output", loss, seed: 3 } as const;
    const inputs = random.indices(tau, I);
    const isSymbol = loss === "cross-entropy";
    const targets = isSymbol ? random.indices(tau, O) : random.floats(tau * O).map(Math.abs);
    const width = isSymbol ? 1 : O;
    using whole = await Rnn.create(net);
    const optimizer = { kind: "sgd", learningRate: 0.25 } as const;
    await whole.fit([{ inputs, targets }], {
      updates,
      optimizer,
      schedule: "constant",
      clipNorm: Number.POSITIVE_INFINITY,
    });

    using loop = await Rnn.create(net);
    using by = new Optimizer(loop, optimizer);
    const fed = (t: number) =>
      isSymbol
        ? Float32Array.from({ length: O }, (_, k) => Number(k === targets[t]))
        : (targets as Floats).slice(t * O, t * O + O);
    for (let update = 0; update < updates; update++) {
      // One step after the other, each with its own pass; gradients are added from the last step to the first.
      const steps = Array.from(inputs, (_, t) => {
        using pass = loop.forward([
          {
            inputs: inputs.slice(t, t + 1),
            targets: targets.slice(t * width, t * width + width) as Floats,
            ...(t > 0 && { initialFeedback: fed(t - 1) }),
          },
        ]);
        return pass.backward({ scale: 1 / tau }).parameters;
      });
      const sums = loop.stateDict();
      for (const [name, { data }] of sums) {
        data.fill(0);
        for (const step of [...steps].reverse())
          step.get(name)?.data.forEach((value, i) => {
            data[i] = (data[i] as number) + value;
          });
      }
      by.step({ parameters: sums });
    }
    expectSame(parametersOf(loop), parametersOf(whole));
  },
);

test("teacher-forced training of R alone needs no tape", async () => {
  const H = 64;
  const grown = async (tau: number) => {
    using runtime = await createRuntime();
    using rnn = await Rnn.create(
      { inputSize: 4, hiddenSize: H, outputSize: 4, recurrence: "output" },
      runtime,
    );
    const data = [{ inputs: random.indices(tau, 4), targets: random.indices(tau, 4) }];
    await rnn.fit(data, { updates: 2 });
    return runtime.bytes;
  };
  const [short, long] = [await grown(1000), await grown(33_000)];
  // 32,000 more steps: an input, a target and a loss each, in a workspace that may double as it grows; a state of 64 floats
  // per step would be 8 MB.
  expect(long - short).toBeLessThan(32_000 * 4 * 10);
});

test("with W as well, BPTT under teacher forcing learns", async () => {
  using rnn = await Rnn.create({ inputSize: 0, hiddenSize: 16, outputSize: 3, recurrence: "both", seed: 1 });
  // Three symbols twice each, around and around.
  const targets = Int32Array.from({ length: 60 }, (_, t) => (t >> 1) % 3);
  const data = [{ inputs: 60, targets }];
  await rnn.fit(data, { updates: 300, optimizer: { kind: "adam", learningRate: 0.02 } });
  expect((await rnn.evaluate(data)).accuracy).toBeGreaterThan(0.97);
});
