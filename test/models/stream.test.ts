import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rnn, writeSafetensors } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { bits, codeOf, generator } from "../random.js";

const random = generator(20261122);
let rnn: Rnn;
beforeAll(async () => {
  rnn = await Rnn.create({ inputSize: 7, hiddenSize: 13, outputSize: 5, seed: 3 });
});
afterAll(() => rnn.dispose());

describe("each step has the bits of the same step of forward", () => {
  for (const lanes of [1, 2, 3, 9]) {
    for (const kind of ["indices", "vectors"] as const) {
      test(`${lanes} lanes of ${kind}`, () => {
        const width = kind === "indices" ? 1 : 7;
        const sequences = Array.from({ length: lanes }, () => ({
          inputs: kind === "indices" ? random.indices(12, 7) : random.floats(12 * 7),
        }));
        using pass = rnn.forward(sequences);
        const [outputs, states] = [pass.outputs(), pass.states()];
        using stream = rnn.stream({ batchSize: lanes });
        const input = kind === "indices" ? new Int32Array(lanes) : new Float32Array(lanes * 7);
        for (let t = 0; t < 12; t++) {
          for (const [lane, { inputs }] of sequences.entries()) {
            input.set(inputs.subarray(t * width, (t + 1) * width), lane * width);
          }
          const step = stream.step(input);
          for (let lane = 0; lane < lanes; lane++) {
            const wanted = (outputs[lane] as Floats).slice(t * 5, t * 5 + 5);
            expect(bits(step.slice(lane * 5, lane * 5 + 5))).toEqual(bits(wanted));
            const state = (states[lane] as Floats).slice(t * 13, t * 13 + 13);
            expect(bits(stream.state().slice(lane * 13, lane * 13 + 13))).toEqual(bits(state));
          }
        }
      });
    }
  }

  test("without outputs a step gives the states", async () => {
    using net = await Rnn.create({ inputSize: 2, hiddenSize: 3, outputs: "none" });
    using pass = net.forward([{ inputs: Float32Array.of(1, 2, 3, 4) }]);
    using stream = net.stream();
    stream.step(Float32Array.of(1, 2));
    expect(stream.step(Float32Array.of(3, 4))).toEqual((pass.states()[0] as Floats).slice(3));
  });
});

test("a network without inputs steps by itself", async () => {
  using net = await Rnn.create({ inputSize: 0, hiddenSize: 4, outputSize: 2 });
  using pass = net.forward([{ inputs: 6, initialState: new Float32Array(4) }]);
  using stream = net.stream();
  const out = new Float32Array(2);
  const got = Array.from({ length: 6 }, (_, t) => [
    ...(t % 2 ? stream.step() : stream.step(undefined, { out })),
  ]);
  expect(Float32Array.from(got.flat())).toEqual(pass.outputs()[0]);
  expect(await codeOf(() => stream.step(1))).toBe("shape");
  expect(() => stream.step(new Float32Array(0))).toThrow(/^input: expected none with inputSize 0/);
});

test("out is filled and returned, and no other array is shared", () => {
  using stream = rnn.stream();
  const out = new Float32Array(5);
  expect(stream.step(1, { out })).toBe(out);
  const first = out.slice();
  stream.step(2);
  expect(out).toEqual(first);
});

test("memory that grows between two steps does not matter", () => {
  using stream = rnn.stream();
  using other = rnn.stream();
  stream.step(1);
  other.step(1);
  // A batch of 200,000 rows needs far more memory than there was.
  using pass = rnn.forward([{ inputs: random.indices(200_000, 7) }]);
  expect(bits(stream.step(2))).toEqual(bits(other.step(2)));
  expect(pass.count).toBe(0);
});

test("parameters that change are used from the next step on", async () => {
  using net = await Rnn.create({ inputSize: 7, hiddenSize: 13, outputSize: 5, seed: 4 });
  using stream = net.stream();
  using wanted = rnn.stream();
  stream.step(1);
  net.loadStateDict(rnn.stateDict());
  stream.reset();
  expect(stream.step(1)).toEqual(wanted.step(1));
});

test("reset zeroes one lane, or all", () => {
  using stream = rnn.stream({ batchSize: 3 });
  stream.step(Int32Array.of(1, 2, 3));
  const before = stream.state();
  stream.reset(1);
  const after = stream.state();
  expect([...after.subarray(13, 26)].every((h) => h === 0)).toBe(true);
  expect(after.slice(0, 13)).toEqual(before.slice(0, 13));
  expect(after.slice(26)).toEqual(before.slice(26));
  stream.reset();
  expect(stream.state().every((h) => h === 0)).toBe(true);
});

describe("save and restore", () => {
  test("take up where it was, bit for bit", () => {
    using stream = rnn.stream({ batchSize: 2 });
    stream.step(Int32Array.of(1, 2));
    const saved = stream.save();
    const wanted = bits(stream.step(Int32Array.of(3, 4)));
    using other = rnn.stream({ batchSize: 2 });
    other.restore(saved);
    expect(bits(other.step(Int32Array.of(3, 4)))).toEqual(wanted);
    stream.restore(saved.buffer);
    expect(stream.save()).toEqual(saved);
  });

  test("refuse what is not this network's, and change nothing", async () => {
    using stream = rnn.stream({ batchSize: 2 });
    stream.step(Int32Array.of(1, 2));
    const state = stream.state();
    const saved = stream.save();
    using other = await Rnn.create({ inputSize: 7, hiddenSize: 13, outputSize: 5, seed: 4 });
    using foreign = other.stream({ batchSize: 2 });
    using wide = rnn.stream({ batchSize: 3 });
    const wrong: [unknown, string][] = [
      [new Uint8Array(0), "format"],
      [saved.slice(0, -1), "format"],
      [rnn.save(), "format"],
      [writeSafetensors(new Map(), { "recurra.stream": "2" }), "format"],
      [foreign.save(), "format"],
      [wide.save(), "shape"],
      ["text", "option"],
    ];
    for (const [bytes, code] of wrong) expect(await codeOf(() => stream.restore(bytes as never))).toBe(code);
    expect(stream.state()).toEqual(state);
    expect(stream.save()).toEqual(saved);
  });
});

describe("wrong input", () => {
  const cases: [string, unknown, unknown, number, string][] = [
    ["nothing", undefined, undefined, 1, "shape"],
    ["a negative index", -1, undefined, 1, "shape"],
    ["an index of I", 7, undefined, 1, "shape"],
    ["a fraction", 1.5, undefined, 1, "shape"],
    ["NaN", Number.NaN, undefined, 1, "shape"],
    ["2³² + 1", 2 ** 32 + 1, undefined, 1, "shape"],
    ["text", "1", undefined, 1, "shape"],
    ["a list", [1], undefined, 1, "shape"],
    ["one number for two lanes", 1, undefined, 2, "shape"],
    ["one index too many", Int32Array.of(1, 2), undefined, 1, "shape"],
    ["an index of I in lane 1", Int32Array.of(1, 7), undefined, 2, "shape"],
    ["too few values", new Float32Array(6), undefined, 1, "shape"],
    ["doubles", new Float64Array(7), undefined, 1, "shape"],
    ["an out of other length", 1, { out: new Float32Array(4) }, 1, "shape"],
    ["an out of other type", 1, { out: new Float64Array(5) }, 1, "shape"],
    ["an unknown option", 1, { outt: 1 }, 1, "option"],
    ["a target", 1, { target: Int32Array.of(1) }, 1, "unsupported"],
  ];
  test.each(cases)("%s is refused and nothing moves", async (_, input, options, batchSize, code) => {
    using stream = rnn.stream({ batchSize });
    expect(await codeOf(() => stream.step(input as never, options as never))).toBe(code);
    expect(stream.state().every((h) => h === 0)).toBe(true);
  });
  test.each([Number.NaN, 0, -1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, "2", null])(
    "batchSize %s is refused",
    async (batchSize) => {
      expect(await codeOf(() => rnn.stream({ batchSize: batchSize as never }))).toBe("option");
    },
  );
  test.each([-1, 0.5, Number.NaN, 2 ** 53, "0", null])("seed %s is refused", async (seed) => {
    expect(await codeOf(() => rnn.stream({ seed: seed as never }))).toBe("option");
  });
  test.each([-1, 1, 0.5, Number.NaN, "0", null])("lane %s of 1 is refused", async (lane) => {
    using stream = rnn.stream();
    expect(await codeOf(() => stream.reset(lane as never))).toBe("option");
  });
});

test("after dispose every use says so", async () => {
  const stream = rnn.stream();
  const saved = stream.save();
  stream.dispose();
  stream.dispose();
  const uses = [
    () => stream.step(1),
    () => stream.state(),
    () => stream.reset(),
    () => stream.save(),
    () => stream.restore(saved),
  ];
  for (const use of uses) expect(await codeOf(use)).toBe("disposed");
});
