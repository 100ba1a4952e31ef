/** Training and evaluation by any number of workers gives the bits of one thread. */
import { describe, expect, test } from "vitest";
import { type FitOptions, type RnnOptions, readSafetensors, type Sequence, Trainer } from "../../ts/index.js";
import { bitsOf, classed, create, dense, pieces, text, valued } from "../training/common.js";
import { makeCrew, trainedBy, wide } from "./crew.js";

/** 24 unequal lengths, one of them 0. */
const lengths = Array.from({ length: 24 }, (_, i) => (i * 7) % 29);
const filled = lengths.map((length) => length + 1);
/** Weights in thirds, whose sums depend on their order. */
const weighed = pieces(filled, 32).map(
  (piece, i): Sequence => ({
    ...piece,
    weights: Float32Array.from({ length: filled[i] as number }, (_, t) => ((t + i) % 4) / 3),
  }),
);

interface Case {
  readonly name: string;
  readonly data: Sequence | readonly Sequence[];
  readonly options: FitOptions;
  readonly net?: Partial<RnnOptions>;
  /** Shards of a batch. */
  readonly shards: number;
}

const cases: readonly Case[] = [
  {
    name: "lanes of one sequence, states carried",
    data: text(2000),
    options: { batchSize: 20, truncate: 8 },
    shards: 3,
  },
  {
    name: "more lanes than workers can share evenly",
    data: text(3000),
    options: { batchSize: 33, truncate: 6 },
    shards: 5,
  },
  { name: "unequal sequences", data: pieces(lengths, 32), options: { batchSize: 17 }, shards: 3 },
  {
    name: "unequal sequences in windows",
    data: pieces(lengths, 32),
    options: { batchSize: 24, truncate: 9 },
    shards: 3,
  },
  { name: "weights", data: weighed, options: { batchSize: 20 }, shards: 3 },
  {
    name: "vectors with noise",
    data: dense(filled),
    options: { batchSize: 20, inputNoise: 0.3, truncate: 12 },
    shards: 3,
  },
  {
    name: "an output at the end, in windows",
    data: classed(filled),
    options: { batchSize: 20, truncate: 13 },
    net: { outputs: "last" },
    shards: 3,
  },
  {
    name: "targets fed back",
    data: pieces(lengths, 32),
    options: { batchSize: 20 },
    net: { recurrence: "both" },
    shards: 3,
  },
  {
    name: "values fed back, without W",
    data: valued(filled),
    options: { batchSize: 20 },
    net: { recurrence: "output", loss: "squared-error" },
    shards: 3,
  },
  {
    name: "the dial half way, through probabilities",
    data: text(2000),
    options: { batchSize: 20, truncate: 8, teacherForcing: { from: 1, to: 0, updates: 6 } },
    net: { recurrence: "both" },
    shards: 3,
  },
  {
    name: "drawn symbols fed back",
    data: pieces(lengths, 32),
    options: { batchSize: 20, teacherForcing: 0.3 },
    net: { recurrence: "both", feedback: "sample" },
    shards: 3,
  },
  {
    name: "its own output fed back to the end",
    data: classed(filled),
    options: { batchSize: 20 },
    net: { recurrence: "both", outputs: "last" },
    shards: 3,
  },
  {
    name: "parameters that stay, another optimizer",
    data: text(2000),
    options: {
      batchSize: 20,
      truncate: 8,
      freeze: ["weight_hh", "bias_o"],
      optimizer: { kind: "rmsprop" },
      clipNorm: 0.1,
    },
    shards: 3,
  },
  {
    name: "little memory",
    data: text(2000),
    options: { batchSize: 20, truncate: 50, memoryBudget: 80_000 },
    shards: 3,
  },
  {
    name: "Bernoulli outputs",
    data: valued(filled),
    options: { batchSize: 20 },
    net: { loss: "bernoulli", recurrence: "both" },
    shards: 3,
  },
];

describe.each(cases)("$name", ({ data, options, net, shards }) => {
  const whole: FitOptions = { updates: 14, seed: 5, ...options, validation: data, patience: 3 };

  test.each([1, 2, 3])("%i workers", async (count) => {
    const alone = await trainedBy(0, data, whole, net);
    expect(alone.history.workers).toBe(0);
    const { bits, history, file } = await trainedBy(count, data, whole, net);
    expect(history.workers).toBe(Math.min(count, shards));
    expect(bits).toEqual(alone.bits);
    expect({ ...history, workers: 0 }).toEqual(alone.history);
    const read = (bytes: Uint8Array) => {
      const { tensors, metadata } = readSafetensors(bytes as Uint8Array<ArrayBuffer>);
      const plain = JSON.parse(metadata["recurra.checkpoint"] as string) as object;
      return { tensors, plain: { ...plain, elapsed: 0 } };
    };
    expect(read(file)).toEqual(read(alone.file));
  });
});

test("a run saved with one number of workers goes on with another", async () => {
  const data = text(2000);
  const options: FitOptions = { updates: 20, batchSize: 20, truncate: 8 };
  const alone = await trainedBy(0, data, options);
  const rnn = await create(wide);
  const first = makeCrew(2);
  const trainer = new Trainer(rnn, data, { ...options, workers: first.options });
  await trainer.run({ updates: 1 });
  await first.there();
  expect((await trainer.run({ updates: 6 })).workers).toBe(2);
  const second = makeCrew(3);
  const resumed = await Trainer.resume(trainer.save(), data, { workers: second.options });
  await resumed.run({ updates: 1 });
  await second.there();
  expect((await resumed.run()).workers).toBe(3);
  expect(bitsOf(resumed.rnn)).toEqual(alone.bits);
  trainer.dispose();
  resumed.dispose();
});

describe("evaluate", () => {
  test.each([
    ["many sequences", weighed.map(({ initialState: _state, ...piece }) => piece), {}],
    ["one sequence", text(6000), {}],
    ["values", valued(filled), { loss: "squared-error", recurrence: "both" }],
    ["the last step", classed(filled), { outputs: "last" }],
  ] as const)("of %s", async (_, data, net) => {
    const rnn = await create({ ...net, hiddenSize: 600 });
    const alone = await rnn.evaluate(data);
    for (const workers of [1, 2, 3]) {
      const crew = makeCrew(workers);
      // The steps are too many multiply-adds to be computed here meanwhile.
      expect(await rnn.evaluate(data, { workers: crew.options })).toEqual(alone);
      expect(crew.workers.length).toBeGreaterThan(0);
    }
    rnn.dispose();
  });
});
