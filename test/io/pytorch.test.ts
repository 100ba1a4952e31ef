/** Names: PyTorch's, our own, both, neither; and files of other formats. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecurraError, Rnn, readSafetensors, writeSafetensors } from "../../ts/index.js";
import type { RnnOptions, Tensor } from "../../ts/types.js";
import { codeOf, generator } from "../random.js";

const random = generator(7);
const [I, H, O] = [3, 4, 5];
const tensor = (...shape: number[]): Tensor => ({
  shape,
  data: random.floats(shape.reduce((a, b) => a * b, 1)),
});
type Tensors = Record<string, Tensor>;
const layer = (prefix: string): Tensors => ({
  [`${prefix}weight_ih_l0`]: tensor(H, I),
  [`${prefix}weight_hh_l0`]: tensor(H, H),
  [`${prefix}bias_ih_l0`]: tensor(H),
  [`${prefix}bias_hh_l0`]: tensor(H),
});
const head = (prefix: string): Tensors => ({
  [`${prefix}weight`]: tensor(O, H),
  [`${prefix}bias`]: tensor(O),
});
const file = (tensors: Tensors) => writeSafetensors(new Map(Object.entries(tensors)));

/** The byte where the entry begins of the tensor that a message names last; that of the header if it names none. */
function placeOf(bytes: Uint8Array, message: string): number {
  const [, name] = /"([^"]*)" \(at byte \d+\)$/.exec(message) ?? [];
  const key = `"${name}":`;
  return name === undefined ? 8 : new TextDecoder("latin1").decode(bytes).indexOf(key) + key.length;
}

async function refusal(bytes: BufferSource, options: Partial<RnnOptions> = {}): Promise<RecurraError> {
  try {
    (await Rnn.load(bytes, options)).dispose();
  } catch (error) {
    if (error instanceof RecurraError) return error;
    throw error;
  }
  throw new Error("expected it to be refused");
}

describe("saving with PyTorch's names", () => {
  const sizes = { inputSize: I, hiddenSize: H, outputSize: O, seed: 4 };

  test("gives what load_state_dict takes, and loads again with every option", async () => {
    const options = {
      activation: "relu",
      loss: "bernoulli",
      outputs: "last",
      metadata: { note: "kept" },
    } as const;
    using rnn = await Rnn.create({ ...sizes, ...options });
    const saved = rnn.save({ names: "pytorch" });
    const state = rnn.stateDict();
    expect([...readSafetensors(saved).tensors]).toEqual([
      ["rnn.weight_ih_l0", state.get("weight_ih")],
      ["rnn.weight_hh_l0", state.get("weight_hh")],
      ["rnn.bias_ih_l0", state.get("bias_h")],
      ["rnn.bias_hh_l0", { shape: [H], data: new Float32Array(H) }],
      ["linear.weight", state.get("weight_ho")],
      ["linear.bias", state.get("bias_o")],
    ]);
    using loaded = await Rnn.load(saved);
    expect(loaded.options).toEqual(rnn.options);
    expect([...loaded.stateDict()]).toEqual([...state]);
    expect(loaded.save()).toEqual(rnn.save());
    expect(rnn.save({ names: "recurra" })).toEqual(rnn.save());
    expect((await refusal(saved, { activation: "tanh" })).message).toMatch(/"relu" as in the file/);
  });

  test("leaves out the head of a network without one", async () => {
    using rnn = await Rnn.create({ inputSize: I, hiddenSize: H, outputs: "none" });
    expect([...readSafetensors(rnn.save({ names: "pytorch" })).tensors.keys()]).toEqual(
      ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) => `rnn.${name}_l0`),
    );
  });

  test.each([
    ["recurrence", { recurrence: "output" }],
    ["recurrence", { recurrence: "both" }],
    ["activation", { activation: "identity" }],
    ["inputSize", { inputSize: 0 }],
  ] as const)("refuses what torch.nn.RNN is not: %s %j", async (name, options) => {
    using rnn = await Rnn.create({ ...sizes, ...options });
    expect(() => rnn.save({ names: "pytorch" })).toThrow(
      expect.objectContaining({
        code: "unsupported",
        message: expect.stringMatching(`^${name}: expected .* got`),
      }),
    );
  });

  test("refuses options that do not exist", async () => {
    using rnn = await Rnn.create(sizes);
    expect(() => rnn.save({ names: "torch" } as never)).toThrow(
      /^names: expected "recurra", "pytorch", got "torch"/,
    );
    expect(await codeOf(() => rnn.save({ name: "pytorch" } as never))).toBe("option");
  });
});

describe("our names without our metadata", () => {
  test.each(["hidden", "output", "both"] as const)(
    "recurrence %s and sizes are in the shapes",
    async (recurrence) => {
      using rnn = await Rnn.create({
        inputSize: I,
        hiddenSize: H,
        outputSize: O,
        recurrence,
        activation: "relu",
      });
      using loaded = await Rnn.load(writeSafetensors(rnn.stateDict()), { activation: "relu" });
      expect(loaded.options).toEqual({ ...rnn.options, metadata: {} });
      expect([...loaded.stateDict()]).toEqual([...rnn.stateDict()]);
    },
  );

  test("no inputs, no outputs", async () => {
    using rnn = await Rnn.create({ inputSize: 0, hiddenSize: H, outputs: "none" });
    using loaded = await Rnn.load(writeSafetensors(rnn.stateDict()));
    expect(loaded.options).toEqual(rnn.options);
  });

  const ours = { weight_ih: tensor(H, I), weight_hh: tensor(H, H), bias_h: tensor(H) };
  test.each<[string, Tensors, Partial<RnnOptions>, string, RegExp]>([
    ["half a head", { ...ours, bias_o: tensor(O) }, {}, "shape", /bias_o/],
    [
      "a head without bias",
      { ...ours, weight_ho: tensor(O, H) },
      {},
      "shape",
      /^bias_o: expected .*\[5\], got none/,
    ],
    [
      "a wrong shape",
      { ...ours, weight_hh: tensor(H, I) },
      {},
      "shape",
      /^weight_hh: .*\[4, 4\], got \[4, 3\]/,
    ],
    ["no bias", { weight_ih: ours.weight_ih }, {}, "format", /of this library, got neither \(at byte 8\)/],
    [
      "another name",
      { ...ours, bias: tensor(H), extra: tensor() },
      {},
      "format",
      /got "bias" \(at byte \d+\)/,
    ],
    ["another name, which is empty", { ...ours, "": tensor() }, {}, "format", /got "" \(at byte \d+\)/],
    [
      "another recurrence",
      ours,
      { recurrence: "both" },
      "shape",
      /^recurrence: expected "hidden" as in the file/,
    ],
    ["another size", ours, { inputSize: 2 }, "shape", /^inputSize: expected 3 as in the file, got 2/],
    ["a bias that is a number", { ...ours, bias_h: tensor() }, {}, "option", /^hiddenSize: /],
  ])("%s is refused", async (_, tensors, options, code, message) => {
    const bytes = file(tensors);
    const error = await refusal(bytes, options);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    if (code === "format") expect(error.offset).toBe(placeOf(bytes, error.message));
  });
});

describe("refused by name", () => {
  const [rnn, linear] = [layer("rnn."), head("fc.")];
  const gates = (count: number) => ({
    "lstm.weight_ih_l0": tensor(count * H, I),
    "lstm.weight_hh_l0": tensor(count * H, H),
    "lstm.bias_ih_l0": tensor(count * H),
    "lstm.bias_hh_l0": tensor(count * H),
  });
  const without = (name: string) => Object.fromEntries(Object.entries(rnn).filter(([key]) => key !== name));
  test.each<[string, Tensors, string, RegExp]>([
    [
      "an LSTM",
      gates(4),
      "unsupported",
      /^lstm\.weight_ih_l0: expected one layer of torch\.nn\.RNN in one direction, got an LSTM$/,
    ],
    ["a GRU", gates(3), "unsupported", /^lstm\.weight_ih_l0: expected .*, got a GRU$/],
    [
      "a projection",
      { ...gates(4), "lstm.weight_hr_l0": tensor(2, H) },
      "unsupported",
      /^lstm\.weight_ih_l0: .* an LSTM$/,
    ],
    [
      "a projection alone",
      { ...rnn, "rnn.weight_hr_l0": tensor(2, H) },
      "unsupported",
      /^rnn\.weight_hr_l0: .* an LSTM$/,
    ],
    [
      "two layers",
      { ...rnn, "rnn.weight_ih_l1": tensor(H, H), "rnn.weight_hh_l1": tensor(H, H) },
      "unsupported",
      /^rnn\.weight_ih_l1: expected one layer .* got several layers$/,
    ],
    [
      "both directions",
      { ...rnn, "rnn.weight_ih_l0_reverse": tensor(H, I), "rnn.weight_hh_l0_reverse": tensor(H, H) },
      "unsupported",
      /^rnn\.weight_ih_l0_reverse: .* in one direction, got both directions$/,
    ],
    [
      "two heads",
      { ...rnn, ...linear, ...head("out.") },
      "format",
      /one torch\.nn\.Linear, got "fc\.weight" and "out\.weight" \(at byte \d+\)/,
    ],
    [
      "half of two heads",
      { ...rnn, "a.weight": tensor(O, H), "b.bias": tensor(O) },
      "format",
      /"a\.weight" and "b\.bias"/,
    ],
    [
      "two RNNs",
      { ...rnn, ...layer("encoder.") },
      "format",
      /one torch\.nn\.RNN, got "rnn\.weight_ih_l0" and "encoder\.weight_ih_l0"/,
    ],
    ["one name twice", { ...rnn, "rnn.weight_hh_l00": tensor(H, H) }, "format", /"rnn\.weight_hh_l00"/],
    [
      "PyTorch's names and ours",
      { ...rnn, weight_ih: tensor(H, I) },
      "format",
      /PyTorch's names or our own, got "rnn\.weight_ih_l0" and "weight_ih"/,
    ],
    [
      "another module",
      { ...rnn, ...linear, "norm.running_mean": tensor(H) },
      "format",
      /got "norm\.running_mean"/,
    ],
    ["no weight_hh", without("rnn.weight_hh_l0"), "format", /torch\.nn module with weight_hh, got none/],
    ["no weight_ih", without("rnn.weight_ih_l0"), "format", /torch\.nn module with weight_ih, got none/],
    [
      "a bias without a head",
      { ...rnn, "fc.bias": tensor(O) },
      "format",
      /torch\.nn module with weight, got none/,
    ],
    [
      "other rows",
      { ...rnn, "rnn.weight_ih_l0": tensor(H + 1, I) },
      "shape",
      /^rnn\.weight_ih_l0: expected shape \[4, …\], got \[5, 3\]/,
    ],
    [
      "a long bias",
      { ...rnn, "rnn.bias_hh_l0": tensor(H + 1) },
      "shape",
      /^rnn\.bias_hh_l0: expected shape \[4\], got \[5\]/,
    ],
    [
      "a wide head",
      { ...rnn, ...linear, "fc.weight": tensor(O, H + 1) },
      "shape",
      /^fc\.weight: expected shape \[…, 4\], got \[5, 5\]/,
    ],
    [
      "a head's long bias",
      { ...rnn, ...linear, "fc.bias": tensor(O + 1) },
      "shape",
      /^fc\.bias: expected shape \[5\], got \[6\]/,
    ],
    [
      "a vector as head",
      { ...rnn, "norm.weight": tensor(H) },
      "shape",
      /^norm\.weight: expected shape \[…, 4\], got \[4\]/,
    ],
    [
      "a matrix as bias",
      { ...rnn, "rnn.bias_ih_l0": tensor(2, 2) },
      "shape",
      /^rnn\.bias_ih_l0: expected shape \[4\], got \[2, 2\]/,
    ],
  ])("%s", async (_, tensors, code, message) => {
    const bytes = file(tensors);
    const error = await refusal(bytes);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    if (code === "format") expect(error.offset).toBe(placeOf(bytes, error.message));
  });

  test("a tensor of another type, with its name", async () => {
    const bytes = file(layer(""));
    // As many bytes, and no numbers.
    const text = new TextDecoder("latin1").decode(bytes).replace('"dtype":"F32"', '"dtype":"I32"');
    const error = await refusal(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    expect(error).toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/"weight_ih_l0".*got I32/),
    });
  });

  test("any mixture of names and shapes gives a network or an error that says where", async () => {
    const seed = 20261123;
    const size = fc.integer({ min: 0, max: 4 });
    const name = fc.constantFrom(
      ...Object.keys({ ...layer("a."), ...layer("b."), ...head("a."), ...head("b."), ...head("") }),
      ...["a.weight_ih_l1", "a.weight_hr_l0", "a.bias_ih_l0_reverse", "a.weight_ih_l00", "__proto__"],
      ...["weight_ih", "weight_hh", "weight_oh", "bias_h", "weight_ho", "bias_o"],
    );
    const entry = fc.tuple(name, fc.array(size, { maxLength: 3 }));
    const square = fc.tuple(name, fc.constantFrom([2, 2], [2]));
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(entry, square), { maxLength: 6 }), async (entries) => {
        const bytes = writeSafetensors(new Map(entries.map(([key, shape]) => [key, tensor(...shape)])));
        try {
          using rnn = await Rnn.load(bytes);
          expect(rnn.parameterCount).toBeGreaterThan(0);
          seen.add("network");
        } catch (error) {
          if (!(error instanceof RecurraError)) throw error;
          expect(["format", "shape", "unsupported", "option"]).toContain(error.code);
          if (error.code === "format") expect(error.offset).toBeLessThanOrEqual(bytes.length);
          seen.add(error.code);
        }
      }),
      { seed, numRuns: 3000 },
    );
    expect(seen).toEqual(new Set(["network", "format", "shape", "unsupported", "option"]));
  });
});

describe("files of other formats are named", () => {
  const remedy = /safetensors\.torch\.save_file\(torch\.load\(/;
  test.each<[string, number[], RegExp, RegExp | undefined]>([
    [
      "torch.save",
      [0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0],
      /a zip archive, as torch\.save and Keras write;/,
      remedy,
    ],
    [
      "an old torch.save",
      [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20],
      /a pickle, as torch\.save once wrote;/,
      remedy,
    ],
    ["pickle.dump", [0x80, 4, 0x95, 10, 0, 0, 0, 0, 0, 0], /a pickle,/, remedy],
    ["Keras", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0], /HDF5, as Keras writes \(/, undefined],
  ])("%s", async (_, bytes, message, hint) => {
    const error = await refusal(Uint8Array.from(bytes));
    expect(error).toMatchObject({ code: "format", offset: 0, message: expect.stringMatching(message) });
    if (hint) expect(error.message).toMatch(hint);
  });

  test("a header whose length looks like a pickle is one", () => {
    const bytes = new Uint8Array(8 + 640).fill(0x20);
    bytes.set([0x80, 2, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]);
    expect(readSafetensors(bytes).tensors.size).toBe(0);
  });
});
