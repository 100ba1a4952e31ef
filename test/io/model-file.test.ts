import { beforeAll, describe, expect, test } from "vitest";
import { Rnn, readSafetensors, writeSafetensors } from "../../ts/index.js";
import { readModel } from "../../ts/io/model-file.js";
import type { Tensor } from "../../ts/types.js";
import { activations, inputKinds, kinds, optionsOf, sizesOf } from "../models/combinations.js";
import { codeOf, generator } from "../random.js";
import { bytesOf } from "./measure.js";

let file: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  using rnn = await Rnn.create({ inputSize: 3, hiddenSize: 4, outputSize: 5, metadata: { note: "kept" } });
  file = rnn.save();
});

/** The file with other metadata or tensors. */
function changed(
  metadata: Record<string, string | undefined>,
  change?: (tensors: Map<string, Tensor>) => void,
) {
  const read = readSafetensors(file);
  change?.(read.tensors);
  const all = Object.entries({ ...read.metadata, ...metadata }).filter(([, value]) => value !== undefined);
  return writeSafetensors(read.tensors, Object.fromEntries(all) as Record<string, string>);
}

test("every combination of options is kept, and saved again it is the same file", async () => {
  let files = 0;
  for (const kind of kinds)
    for (const activation of activations)
      for (const inputs of inputKinds) {
        const random = generator(files++);
        const more = { activation, seed: files, metadata: { note: String(files) } };
        using rnn = await Rnn.create(optionsOf(kind, sizesOf(random, kind, inputs), more));
        const saved = rnn.save();
        using loaded = await Rnn.load(saved);
        expect(loaded.options).toEqual(rnn.options);
        expect(loaded.save()).toEqual(saved);
        expect([...loaded.stateDict()]).toEqual([...rnn.stateDict()]);
      }
  expect(files).toBe(423);
});

describe("load refuses", () => {
  const cases: [string, () => Uint8Array<ArrayBuffer>, string, RegExp][] = [
    ["no file", () => new Uint8Array(0), "format", /8 bytes/],
    [
      "text",
      () => new TextEncoder().encode("Call me Ishmael. Some years ago"),
      "format",
      /safetensors, got a text/,
    ],
    ["half a file", () => file.slice(0, file.length / 2), "format", /end of the file/],
    ["a longer file", () => Uint8Array.of(...file, 0, 0), "format", /2 more/],
    [
      "tensors of something else",
      () => writeSafetensors(new Map([["a", { shape: [1], data: Float32Array.of(1) }]])),
      "format",
      /"a"/,
    ],
    ["no tensors", () => writeSafetensors(new Map()), "format", /weight_ih_l0/],
    ["a later version", () => changed({ recurra: "2" }), "format", /version 1, got "2"/],
    ["options that are no JSON", () => changed({ "recurra.options": "{" }), "format", /options of a network/],
    ["no options", () => changed({ "recurra.options": undefined }), "format", /options of a network/],
    ["options that are a list", () => changed({ "recurra.options": "[]" }), "format", /options of a network/],
    [
      "impossible options",
      () => changed({ "recurra.options": '{"inputSize":3,"hiddenSize":-4,"outputSize":5}' }),
      "format",
      /options of a network/,
    ],
    [
      "options that do not go together",
      () =>
        changed({ "recurra.options": '{"inputSize":3,"hiddenSize":4,"outputSize":5,"feedback":"sample"}' }),
      "unsupported",
      /feedback "sample".*recurrence "hidden"/,
    ],
    [
      "options of another network",
      () => changed({ "recurra.options": '{"inputSize":4,"hiddenSize":4,"outputSize":5}' }),
      "shape",
      /weight_ih: expected shape \[4, 4\], got \[4, 3\]/,
    ],
    ["a missing tensor", () => changed({}, (tensors) => tensors.delete("bias_o")), "shape", /bias_o/],
    [
      "a tensor too many",
      () => changed({}, (tensors) => tensors.set("more", { shape: [], data: Float32Array.of(1) })),
      "shape",
      /"more"/,
    ],
  ];
  test.each(cases)("%s", async (_, make, code, message) => {
    await expect(Rnn.load(make())).rejects.toMatchObject({
      name: "RecurraError",
      code,
      message: expect.stringMatching(message),
    });
  });
  test.each([undefined, "name.safetensors", 3, {}])("%s, which is no file", async (wrong) => {
    expect(await codeOf(() => Rnn.load(wrong as never))).toBe("option");
  });
  test("options that contradict the file, or do not exist", async () => {
    await expect(Rnn.load(file, { hiddenSize: 5 })).rejects.toThrow(
      /^hiddenSize: expected 4 as in the file, got 5/,
    );
    await expect(Rnn.load(file, { hidenSize: 4 } as never)).rejects.toThrow(/Did you mean "hiddenSize"/);
  });
});

test("sizes that the tensors do not have are refused before there is a network", () => {
  const options = '{"inputSize":3,"hiddenSize":5000,"outputSize":5000}';
  const empty = (shape: number[]): Tensor => ({ shape, data: new Float32Array(0) });
  const [bias, W, b] = [empty([5000, 0]), empty([0, 5000]), empty([0])];
  const files = [
    changed({ "recurra.options": options }),
    writeSafetensors(new Map([["bias_h", bias]])),
    writeSafetensors(
      new Map([
        ["bias_h", { shape: [1], data: Float32Array.of(1) }],
        ["weight_ih", W],
      ]),
    ),
    writeSafetensors(
      new Map([
        ["weight_hh_l0", W],
        ["weight_ih_l0", bias],
      ]),
    ),
    writeSafetensors(
      new Map([
        ["weight_hh_l0", empty([0, 0])],
        ["weight_ih_l0", W],
        ["bias_ih_l0", b],
      ]),
    ),
  ];
  for (const bytes of files) {
    const read = () => readModel(bytes, {});
    expect(read).toThrow(expect.objectContaining({ name: "RecurraError", code: "shape" }));
    expect(bytesOf(read)).toBeLessThan(5 * bytes.length + 1000);
  }
});

test("metadata can be given anew", async () => {
  using kept = await Rnn.load(file, { hiddenSize: 4 });
  using other = await Rnn.load(file, { metadata: { note: "other" } });
  expect([kept.options.metadata, other.options.metadata]).toEqual([{ note: "kept" }, { note: "other" }]);
});

test("an option that is undefined is not given, whoever wrote the file", async () => {
  const sizes = { inputSize: 3, hiddenSize: 4, metadata: { note: "kept" } };
  const none = Object.fromEntries(
    ["metadata", "outputs", "outputSize", "recurrence", "seed"].map((name) => [name, undefined]),
  );
  for (const names of ["recurra", "pytorch"] as const) {
    using rnn = await Rnn.create({ ...sizes, outputs: "none" });
    const { tensors, metadata } = readSafetensors(rnn.save({ names }));
    // Without what this library adds: a file of anybody's.
    const plain = writeSafetensors(tensors, { note: metadata.note as string });
    for (const bytes of [rnn.save({ names }), plain]) {
      using read = await Rnn.load(bytes, none);
      expect(read.options).toEqual((await Rnn.load(bytes)).options);
      expect(read.options).toMatchObject({ outputs: "none", metadata: { note: "kept" } });
    }
  }
});

describe("PyTorch's names", () => {
  const random = generator(5);
  const [I, H, O] = [3, 4, 5];
  const tensor = (...shape: number[]): Tensor => ({
    shape,
    data: random.floats(shape.reduce((a, b) => a * b, 1)),
  });
  const layer = {
    "rnn.weight_ih_l0": tensor(H, I),
    "rnn.weight_hh_l0": tensor(H, H),
    "rnn.bias_ih_l0": tensor(H),
    "rnn.bias_hh_l0": tensor(H),
  };
  const head = { "decoder.weight": tensor(O, H), "decoder.bias": tensor(O) };
  const write = (tensors: Record<string, Tensor>) =>
    writeSafetensors(new Map(Object.entries(tensors)), { format: "pt" });

  test("one layer and a Linear become a network, the biases summed", async () => {
    using rnn = await Rnn.load(write({ ...head, ...layer }));
    const state = rnn.stateDict();
    expect(rnn.options).toMatchObject({
      inputSize: I,
      hiddenSize: H,
      outputSize: O,
      metadata: { format: "pt" },
    });
    expect(state.get("weight_ih")).toEqual(layer["rnn.weight_ih_l0"]);
    expect(state.get("weight_hh")).toEqual(layer["rnn.weight_hh_l0"]);
    expect(state.get("weight_ho")).toEqual(head["decoder.weight"]);
    expect(state.get("bias_o")).toEqual(head["decoder.bias"]);
    const sum = layer["rnn.bias_ih_l0"].data.map((b, i) => b + (layer["rnn.bias_hh_l0"].data[i] as number));
    expect(state.get("bias_h")?.data).toEqual(sum);
  });

  test("a layer alone ends in its state; without biases they are 0", async () => {
    const { "rnn.weight_ih_l0": ih, "rnn.weight_hh_l0": hh } = layer;
    using rnn = await Rnn.load(write({ weight_ih_l0: ih, weight_hh_l0: hh }));
    expect(rnn.options.outputs).toBe("none");
    expect(rnn.stateDict().get("bias_h")?.data).toEqual(new Float32Array(H));
  });

  test("is taken with options that the file does not hold", async () => {
    using relu = await Rnn.load(write({ ...layer, ...head }), {
      activation: "relu",
      outputs: "last",
      loss: "bernoulli",
    });
    expect(relu.options).toMatchObject({
      activation: "relu",
      outputs: "last",
      loss: "bernoulli",
      recurrence: "hidden",
    });
    const targets = new Float32Array(O).fill(1);
    using pass = relu.forward([{ inputs: new Float32Array(2 * I), targets }]);
    expect(pass.outputs()[0]).toHaveLength(O);
    using headless = await Rnn.load(write(layer), { outputs: "none" });
    expect(headless.stateDict().size).toBe(3);
    await expect(Rnn.load(write({ ...layer, ...head }), { outputs: "none" })).rejects.toThrow(
      /^outputSize: expected none with outputs "none"/,
    );
  });

  const wrong: [string, Record<string, Tensor>, object, string][] = [
    ["a second layer", { ...layer, "rnn.weight_ih_l1": tensor(H, H) }, {}, "unsupported"],
    ["a second direction", { ...layer, "rnn.weight_ih_l0_reverse": tensor(H, I) }, {}, "unsupported"],
    ["an LSTM", { ...layer, "rnn.weight_ih_l0": tensor(4 * H, I) }, {}, "unsupported"],
    ["two Linear layers", { ...layer, ...head, "more.weight": tensor(O, O) }, {}, "format"],
    ["a vector for a matrix", { ...layer, "rnn.weight_hh_l0": tensor(H * H) }, {}, "shape"],
    ["a head of other width", { ...layer, "decoder.weight": tensor(O, H + 1) }, {}, "shape"],
    ["a bias of other length", { ...layer, "rnn.bias_hh_l0": tensor(H + 1) }, {}, "shape"],
    ["sizes that contradict", { ...layer, ...head }, { hiddenSize: 5 }, "shape"],
    ["another recurrence", { ...layer, ...head }, { recurrence: "both" }, "unsupported"],
  ];
  test.each(wrong)("%s is refused", async (_, tensors, options, code) => {
    expect(await codeOf(() => Rnn.load(write(tensors), options))).toBe(code);
  });
});
