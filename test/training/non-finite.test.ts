import { describe, expect, test } from "vitest";
import { type FitOptions, readSafetensors, type Tensor, Trainer } from "../../ts/index.js";
import { bitsOf, create, dense, text } from "./common.js";

const data = text(3000);
const options: FitOptions = { updates: 300, batchSize: 4, truncate: 8 };

describe("a loss or norm that is not finite", () => {
  const unclipped = { clipNorm: Number.POSITIVE_INFINITY };
  /** Optimizers, and by what weight_ho is multiplied before. */
  const wild: [string, number, FitOptions][] = [
    [
      "sgd that overshoots f32",
      1e30,
      { ...unclipped, optimizer: { kind: "sgd", learningRate: 1e30, momentum: 0.9 } },
    ],
    ["sgd, logits beyond f32", 1e39, { optimizer: { kind: "sgd" } }],
    ["rmsprop, logits beyond f32", 1e39, { optimizer: { kind: "rmsprop" } }],
    ["adam, weight decay", 1, { optimizer: { kind: "adam", learningRate: 1e30, weightDecay: 1e7 } }],
    ["adam, weight decay beyond 0", 1, { optimizer: { kind: "adam", learningRate: 10, weightDecay: 1e7 } }],
  ];

  test.each(wild)(
    "stops before the update, names it, and keeps the last good state: %s",
    async (_name, factor, more) => {
      const rnn = await create();
      const parameters = rnn.stateDict();
      const { shape, data: values } = parameters.get("weight_ho") as Tensor;
      const large = values.map((value) => Math.max(-3.4e38, Math.min(3.4e38, value * factor)));
      rnn.loadStateDict(parameters.set("weight_ho", { shape, data: large }));
      let bits = bitsOf(rnn);
      const trainer = new Trainer(rnn, data, { ...options, schedule: "constant", ...more });
      let moments = readSafetensors(trainer.save()).tensors;
      let history = await trainer.run({ updates: 1 });
      while (history.stopped === "done") {
        bits = bitsOf(rnn);
        moments = readSafetensors(trainer.save()).tensors;
        expect(history.updates).toBeLessThan(20);
        history = await trainer.run({ updates: 1 });
      }
      expect(history.stopped).toBe("non-finite");
      expect(history.nonFinite?.update).toBe(history.updates + 1);
      const { loss, gradientNorm } = history.nonFinite as { loss: number; gradientNorm: number };
      expect(Number.isFinite(loss) && Number.isFinite(gradientNorm)).toBe(false);
      expect(history.losses.every(Number.isFinite)).toBe(true);
      expect(bitsOf(rnn)).toEqual(bits);
      expect(readSafetensors(trainer.save()).tensors).toEqual(moments);
      for (const tensor of rnn.stateDict().values()) expect(tensor.data.every(Number.isFinite)).toBe(true);
      // What is saved then is the last good state, and goes on to fail in the same way.
      const resumed = await Trainer.resume(trainer.save(), data);
      expect((await resumed.run({ updates: 1 })).nonFinite).toEqual(history.nonFinite);
      expect(bitsOf(resumed.rnn)).toEqual(bits);
    },
  );

  test("so does input that is not finite, and the trainer goes on to fail at the same update", async () => {
    const bad = dense([6, 6, 6]);
    (bad[1] as { inputs: Float32Array }).inputs[3] = Number.NaN;
    const rnn = await create();
    const trainer = new Trainer(rnn, bad, { batchSize: 1, updates: 10 });
    const history = await trainer.run();
    expect(history.stopped).toBe("non-finite");
    const before = bitsOf(rnn);
    expect((await trainer.run()).nonFinite?.update).toBe(history.nonFinite?.update);
    expect(bitsOf(rnn)).toEqual(before);
  });
});
