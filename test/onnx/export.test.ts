/** Networks of ours in onnxruntime: the same states and outputs, and the same network when read again. */
import { describe, expect, it } from "vitest";
import { Rnn, type RnnOptions, type Sequence } from "../../ts/index.js";
import { exportOnnx, importOnnx, readOnnx } from "../../ts/onnx/index.js";
import { activations } from "../models/combinations.js";
import { bits, codeOf, generator } from "../random.js";
import { compare, type Deviation, padded } from "./compare.js";
import { absent, findJudge } from "./judge.js";

const judge = await findJudge();
const COUNT = 216;
const SEED = 61;

/** A network with weights that keep its states from growing, and as many sequences as the batch has. */
async function problem(seed: number) {
  const random = generator(seed);
  const [I, H, O] = [random.integer(1, 12), random.integer(1, 24), random.integer(1, 9)];
  const outputs = (["every", "last", "none"] as const)[seed % 3] as "every" | "last" | "none";
  const activation = activations[Math.floor(seed / 3) % 3] as (typeof activations)[number];
  const options = {
    ...{ inputSize: I, hiddenSize: H, outputs, activation, seed },
    ...(outputs === "none" ? {} : { outputSize: O, loss: "squared-error" as const }),
  } as RnnOptions;
  const rnn = await Rnn.create(options);
  const tensors = rnn.stateDict();
  // States of relu and identity stay near 1, as those of tanh do: the bound of states is absolute.
  const range = {
    weight_ih: activation === "tanh" ? 1.5 : 0.7 / Math.sqrt(I),
    weight_hh: 0.9 / H,
    bias_h: 0.5,
  };
  for (const [name, { data }] of tensors)
    data.set(random.floats(data.length, range[name as keyof typeof range] ?? 1.5));
  rnn.loadStateDict(tensors);
  const N = random.integer(1, 5);
  const steps = random.integer(1, 20);
  const ragged = random.next() < 0.5;
  const lengths = Array.from({ length: N }, (_, i) => (ragged && i > 0 ? random.integer(1, steps) : steps));
  const initial = random.next() < 0.5;
  const sequences: Sequence[] = lengths.map((length) => ({
    inputs: random.floats(length * I),
    ...(initial && { initialState: random.floats(H) }),
  }));
  return { rnn, I, H, O, N, T: steps, lengths, sequences, ragged, initial, random };
}

describe.skipIf(judge === undefined)(
  `exportOnnx, judged by onnxruntime (${judge ? "there" : absent})`,
  () => {
    it(`gives the same states and outputs in ${COUNT} networks`, async () => {
      const worst: Deviation = { states: 0, outputs: 0 };
      for (let i = 0; i < COUNT; i++) {
        const { rnn, I, H, N, T, lengths, sequences, ragged, initial } = await problem(SEED + i);
        const batchFirst = i % 2 === 1;
        const model = exportOnnx(rnn, { batchFirst, initialState: initial, sequenceLengths: ragged });
        const order = (t: number, n: number) => (batchFirst ? [n, t] : [t, n]);
        const states = sequences.flatMap(({ initialState = [] }) => [...initialState]);
        const result = await judge?.(model, {
          x: [padded(sequences, T, I, batchFirst), [...order(T, N), I]],
          ...(initial && { initial_state: [Float32Array.from(states), [1, N, H]] }),
          ...(ragged && { sequence_lengths: [Int32Array.from(lengths), [N]] }),
        });
        compare(rnn, sequences, T, batchFirst, result ?? {}, worst, `seed ${SEED + i}`);
        rnn.dispose();
      }
      console.log(`export: ${COUNT} networks, seeds from ${SEED}, worst deviation`, worst);
      expect(worst.states).toBeGreaterThan(0);
    }, 120_000);
  },
);

describe("exportOnnx", () => {
  it("is read again to the same bits, whatever the layout", async () => {
    for (let i = 0; i < 60; i++) {
      const { rnn, initial, ragged } = await problem(1000 + i);
      const layout = (i % 2) as 0 | 1;
      const batchFirst = i % 4 < 2;
      const file = exportOnnx(rnn, { layout, batchFirst, initialState: initial, sequenceLengths: ragged });
      const { rnn: again, inputs, outputs } = await importOnnx(file);
      const { seed: _, ...mine } = rnn.options;
      expect(again.options).toMatchObject(mine);
      for (const [name, { shape, data }] of rnn.stateDict()) {
        expect(again.stateDict().get(name)?.shape).toEqual(shape);
        expect(bits(again.stateDict().get(name)?.data as Float32Array)).toEqual(bits(data));
      }
      expect(inputs.x).toEqual({ name: "x", axes: batchFirst ? ["N", "T", "I"] : ["T", "N", "I"] });
      expect(inputs.initialState?.axes).toEqual(
        initial ? (layout ? ["N", "1", "H"] : ["1", "N", "H"]) : undefined,
      );
      expect(inputs.sequenceLengths?.name).toBe(ragged ? "sequence_lengths" : undefined);
      const time = batchFirst ? ["N", "T"] : ["T", "N"];
      const axes = { every: [...time, "O"], last: ["N", "O"], none: [...time, "H"] };
      expect(outputs[0]?.axes).toEqual(axes[rnn.options.outputs ?? "every"]);
      expect(
        exportOnnx(again, { layout, batchFirst, initialState: initial, sequenceLengths: ragged }),
      ).toEqual(file);
      rnn.dispose();
      again.dispose();
    }
  });

  it("keeps metadata and loss", async () => {
    const metadata = { vocabulary: "äöü", __proto: "1" };
    using rnn = await Rnn.create({ inputSize: 3, hiddenSize: 2, outputSize: 3, loss: "bernoulli", metadata });
    const { options } = readOnnx(exportOnnx(rnn));
    expect(options.metadata).toEqual(metadata);
    expect(options.loss).toBe("bernoulli");
  });

  it("refuses by name what the operator cannot do", async () => {
    const sizes = { inputSize: 3, hiddenSize: 2, outputSize: 3 };
    using fed = await Rnn.create({ ...sizes, recurrence: "output" });
    using alone = await Rnn.create({ ...sizes, inputSize: 0 });
    using rnn = await Rnn.create(sizes);
    expect(() => exportOnnx(fed)).toThrow(/^recurrence "output": does not go with ONNX/);
    expect(() => exportOnnx(alone)).toThrow(/^inputSize 0: does not go with ONNX/);
    expect(() => exportOnnx(rnn, { layout: 2 as 1 })).toThrow("layout: expected 0 or 1, got 2");
    expect(() => exportOnnx(rnn, { batch: 1 } as never)).toThrow(
      /^export options: expected layout, .*got "batch"$/,
    );
    expect(() => exportOnnx(rnn, { batchFirst: 1 as never })).toThrow(
      "batchFirst: expected true or false, got 1",
    );
    expect(await codeOf(() => exportOnnx(fed))).toBe("unsupported");
    expect(await codeOf(() => exportOnnx(rnn, { layout: 2 as 1 }))).toBe("option");
  });
});
