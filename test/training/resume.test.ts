import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dataset, type FitOptions, type RnnOptions, readSafetensors, Trainer } from "../../ts/index.js";
import { bitsOf, classed, create, dense, pieces, text, trained, valued } from "./common.js";

const lengths = [9, 14, 3, 0, 11, 6, 8];
const runs: Record<string, { data: Dataset; options: FitOptions; net?: Partial<RnnOptions> }> = {
  "lanes, adam, cosine": { data: text(200), options: { updates: 13, batchSize: 3, truncate: 8 } },
  "lanes over several epochs, momentum, decay": {
    data: text(64),
    options: {
      epochs: 3,
      batchSize: 3,
      truncate: 5,
      schedule: { warmup: 3, decay: 0.5 },
      optimizer: { kind: "sgd", momentum: 0.9 },
    },
  },
  "sequences in windows, rmsprop": {
    data: pieces(lengths, 7),
    options: { epochs: 2, batchSize: 2, truncate: 4, seed: 5, optimizer: { kind: "rmsprop" } },
  },
  "whole sequences, frozen recurrence": {
    data: pieces(lengths, 7),
    options: {
      updates: 11,
      batchSize: 2,
      freeze: ["weight_hh"],
      optimizer: { kind: "adam", weightDecay: 0.1 },
    },
  },
  "vectors with noise": {
    data: dense(lengths),
    options: { epochs: 2, batchSize: 3, truncate: 5, inputNoise: 0.3, seed: 9 },
  },
  "lanes of a network with R, the dial turning": {
    data: text(64),
    options: {
      epochs: 2,
      batchSize: 3,
      truncate: 5,
      seed: 4,
      teacherForcing: { from: 1, to: 0.25, updates: 6 },
    },
    net: { recurrence: "both", feedback: "sample" },
  },
  "values fed back, in windows under a budget": {
    data: valued(lengths),
    options: { epochs: 2, batchSize: 2, truncate: 6, memoryBudget: 20_000, teacherForcing: 0.5 },
    net: { recurrence: "output", loss: "squared-error" },
  },
  "the last output, in windows": {
    data: classed([9, 14, 3, 1, 11, 6, 8]),
    options: { epochs: 2, batchSize: 2, truncate: 4 },
    net: { recurrence: "both", outputs: "last" },
  },
};

/** Everything a checkpoint holds but the time training took. */
function contentOf(trainer: Trainer) {
  const { tensors, metadata } = readSafetensors(trainer.save());
  const { elapsed: _elapsed, ...plain } = JSON.parse(metadata["recurra.checkpoint"] as string);
  return { tensors, plain };
}

describe.each(Object.entries(runs))("%s", (_name, { data, options, net }) => {
  test("the same call gives the same bits, another seed of the network others", async () => {
    const bits = await trained(data, options, net);
    expect(await trained(data, options, net)).toEqual(bits);
  });

  test("saved and resumed after any update, it ends in the bits of the uninterrupted run", async () => {
    const whole = new Trainer(await create(net), data, options);
    const history = await whole.run();
    const bits = bitsOf(whole.rnn);
    expect(history.stopped).toBe("done");

    const stepped = new Trainer(await create(net), data, options);
    for (let update = 0; update < history.updates; update++) {
      const resumed = await Trainer.resume(stepped.save(), data);
      const rest = await resumed.run();
      expect(bitsOf(resumed.rnn), `resumed after update ${update}`).toEqual(bits);
      expect(rest.losses).toEqual(history.losses);
      expect(rest.gradientNorms).toEqual(history.gradientNorms);
      expect(rest.updates).toBe(history.updates);
      resumed.dispose();
      resumed.rnn.dispose();
      expect((await stepped.run({ updates: 1 })).updates).toBe(update + 1);
    }
    expect(bitsOf(stepped.rnn)).toEqual(bits);
    expect(contentOf(stepped)).toEqual(contentOf(whole));
    for (const trainer of [whole, stepped]) {
      trainer.dispose();
      trainer.rnn.dispose();
    }
  });
});

test("cut into runs anywhere, saved anywhere, the end is the same", async () => {
  const { data, options } = runs["sequences in windows, rmsprop"] as { data: Dataset; options: FitOptions };
  const whole = new Trainer(await create(), data, options);
  const total = (await whole.run()).updates;
  const bits = bitsOf(whole.rnn);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { maxLength: 4 }),
      async (parts) => {
        let trainer = new Trainer(await create(), data, options);
        let done = 0;
        for (const [updates, saved] of parts) {
          if (done + updates > total) break;
          done = (await trainer.run({ updates })).updates;
          if (!saved) continue;
          const file = trainer.save();
          trainer.dispose();
          trainer.rnn.dispose();
          trainer = await Trainer.resume(file, data);
        }
        await trainer.run();
        expect(bitsOf(trainer.rnn)).toEqual(bits);
        trainer.dispose();
        trainer.rnn.dispose();
      },
    ),
    { seed: 4, numRuns: 20 },
  );
});

describe("a finished run is extended", () => {
  const data = text(120);
  const options: FitOptions = { updates: 6, batchSize: 3, truncate: 8, schedule: "constant" };

  test("by new limits at resume: with a constant rate, in the bits of the longer run", async () => {
    const short = new Trainer(await create(), data, options);
    await short.run();
    const longer = await Trainer.resume(short.save(), data, { updates: 15 });
    const history = await longer.run();
    expect(history.updates).toBe(15);
    expect(bitsOf(longer.rnn)).toEqual(await trained(data, { ...options, updates: 15 }));
  });

  test("by limits of run", async () => {
    const trainer = new Trainer(await create(), data, options);
    expect((await trainer.run()).updates).toBe(6);
    expect((await trainer.run()).updates).toBe(6);
    expect((await trainer.run({ updates: 9 })).updates).toBe(15);
    expect(bitsOf(trainer.rnn)).toEqual(await trained(data, { ...options, updates: 15 }));
    // 119 steps in 3 lanes of 40 are 5 windows: the next end of an epoch is after update 20.
    expect((await trainer.run({ epochs: 1 })).updates).toBe(20);
    expect((await trainer.run({ updates: 2 })).updates).toBe(22);
    expect((await trainer.run({ epochs: 1 })).updates).toBe(25);
  });

  test("without limits in the options those of the first run are the run's, one epoch if there are none", async () => {
    const { updates: _updates, ...rest } = options;
    const trainer = new Trainer(await create(), data, { ...rest, schedule: "cosine" });
    await trainer.run({ updates: 9 });
    expect(bitsOf(trainer.rnn)).toEqual(await trained(data, { ...rest, schedule: "cosine", updates: 9 }));
    const other = new Trainer(await create(), data, rest);
    expect((await other.run()).updates).toBe(5);
  });
});
