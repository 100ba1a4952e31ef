// S9, free-running deployment of S8: the same weights in another mode, and seeded sampling that can be repeated.
import { expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { expectSame, parametersOf } from "./common.js";

// Six symbols around: what comes next depends on the symbol before alone.
const O = 6;
const tau = 48;
const data = [{ inputs: tau, targets: Int32Array.from({ length: tau }, (_, t) => (5 * t) % O) }];

test.each(["output", "both"] as const)(
  'recurrence "%s": trained with the true targets, it runs on its own',
  async (recurrence) => {
    for (const feedback of ["outputs", "probabilities", "argmax", "sample"] as const) {
      using rnn = await Rnn.create({
        inputSize: 0,
        hiddenSize: 16,
        outputSize: O,
        recurrence,
        feedback,
        seed: 2,
      });
      await rnn.fit(data, { updates: 400, optimizer: { kind: "adam", learningRate: 0.02 } });
      const before = parametersOf(rnn);
      const [taught, free] = [await rnn.evaluate(data), await rnn.evaluate(data, { teacherForcing: 0 })];
      expect(taught.accuracy).toBeGreaterThan(0.97);
      // A net trained on one-hot rows may leave its path when it is fed other things; symbols are one-hot rows.
      if (feedback === "argmax") expect(free.accuracy).toBe(taught.accuracy);
      expect(parametersOf(rnn)).toEqual(before);

      using a = rnn.forward([{ inputs: tau }], { seed: 7 });
      using b = rnn.forward([{ inputs: tau }], { seed: 7 });
      expectSame(a.feedback()[0] as Floats, b.feedback()[0] as Floats);
      const write = (seed: number) => [...rnn.generate({ steps: tau, seed, temperature: 2 })];
      expect(write(1)).toEqual(write(1));
      expect(write(1)).not.toEqual(write(2));
    }
  },
);

test("generate at temperature 0 goes on with the sequence that was learnt", async () => {
  using rnn = await Rnn.create({
    inputSize: 0,
    hiddenSize: 16,
    outputSize: O,
    recurrence: "output",
    seed: 2,
  });
  await rnn.fit(data, { updates: 400, optimizer: { kind: "adam", learningRate: 0.02 } });
  const written = [
    ...rnn.generate({ prompt: { inputs: 3, targets: Int32Array.of(0, 5, 4) }, steps: 9, temperature: 0 }),
  ];
  expect(written).toEqual([3, 2, 1, 0, 5, 4, 3, 2, 1]);
});
