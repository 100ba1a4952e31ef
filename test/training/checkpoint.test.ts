import { describe, expect, test } from "vitest";
import {
  type FitOptions,
  readSafetensors,
  type Sequence,
  Trainer,
  writeSafetensors,
} from "../../ts/index.js";
import { bitsOf, create, pieces, rejection, text } from "./common.js";

const data = text(200);
const options: FitOptions = { updates: 12, batchSize: 3, truncate: 8, seed: 4, clipNorm: 2, inputNoise: 0 };

async function checkpoint(more: FitOptions = {}, on: Sequence | readonly Sequence[] = data) {
  const rnn = await create({ metadata: { note: 'a "note"', vocabulary: '{"kind":"bytes"}' } });
  const trainer = new Trainer(rnn, on, { ...options, ...more });
  await trainer.run({ updates: 5 });
  return trainer.save();
}

test("a resumed trainer's network has the options and metadata of the first", async () => {
  const resumed = await Trainer.resume(await checkpoint(), data);
  const { metadata, hiddenSize, seed } = resumed.rnn.options;
  expect({ metadata, hiddenSize, seed }).toEqual({
    metadata: { note: 'a "note"', vocabulary: '{"kind":"bytes"}' },
    hiddenSize: 7,
    seed: 3,
  });
});

test("saving changes nothing: saved twice, the file is the same", async () => {
  const rnn = await create();
  const trainer = new Trainer(rnn, data, options);
  await trainer.run({ updates: 3 });
  const before = bitsOf(rnn);
  expect(trainer.save()).toEqual(trainer.save());
  expect(bitsOf(rnn)).toEqual(before);
  const resumed = await Trainer.resume(trainer.save(), data);
  expect(resumed.save()).toEqual(trainer.save());
});

describe("other data is refused, and both digests are named", () => {
  const changed = (change: (inputs: Int32Array) => void): Sequence => {
    const inputs = (data.inputs as Int32Array).slice();
    change(inputs);
    return { inputs, targets: "next" };
  };
  const others: [string, Sequence | readonly Sequence[]][] = [
    ["one symbol", changed((inputs) => inputs.fill(((inputs[100] as number) + 1) % 5, 100, 101))],
    ["its last symbol", changed((inputs) => inputs.fill(((inputs[199] as number) + 1) % 5, 199))],
    ["a step more", text(201)],
    ["a list of one", [data]],
    ["weights", { ...data, weights: new Float32Array(199).fill(1) }],
    ["an id", { ...data, id: 7 }],
  ];
  test.each(others)("%s", async (_name, other) => {
    const { code, message } = await rejection(Trainer.resume(await checkpoint(), other));
    expect(code).toBe("option");
    expect(message).toMatch(/data: .*[0-9a-f]{64}.*[0-9a-f]{64}/);
  });

  test("a copy is the same data", async () => {
    const trainer = await Trainer.resume(
      await checkpoint(),
      changed(() => {}),
    );
    expect((await trainer.run()).updates).toBe(12);
  });

  test("validation data too, and it may not go missing", async () => {
    const file = await checkpoint({ validation: text(30, 2), patience: 5 });
    expect(await rejection(Trainer.resume(file, data, { validation: text(30, 3) }))).toMatchObject({
      code: "option",
      message: expect.stringContaining("validation"),
    });
    expect(await rejection(Trainer.resume(file, data))).toMatchObject({ code: "option" });
    expect((await (await Trainer.resume(file, data, { validation: text(30, 2) })).run()).updates).toBe(12);
  });
});

describe("options at resume", () => {
  test.each([
    { batchSize: 4 },
    { truncate: 9 },
    { seed: 5 },
    { optimizer: { kind: "sgd" } },
    { optimizer: {} },
    { batchsize: 3 },
    { updates: -1 },
    { clipNorm: 0 },
    { patience: 3 },
  ])("%j is refused", async (given) => {
    expect(await rejection(Trainer.resume(await checkpoint(), data, given as FitOptions))).toMatchObject({
      code: "option",
    });
  });

  test("the same ones are fine, and change nothing", async () => {
    const file = await checkpoint();
    const [plain, given] = [await Trainer.resume(file, data), await Trainer.resume(file, data, options)];
    await Promise.all([plain.run(), given.run()]);
    expect(bitsOf(given.rnn)).toEqual(bitsOf(plain.rnn));
  });

  test("rate, clipping, schedule and frozen parameters hold from there on", async () => {
    const file = await checkpoint();
    const before = (await Trainer.resume(file, data)).rnn.stateDict();
    const trainer = await Trainer.resume(file, data, {
      freeze: ["weight_ih", "bias_h"],
      schedule: "constant",
    });
    await trainer.run();
    const after = trainer.rnn.stateDict();
    expect(after.get("weight_ih")).toEqual(before.get("weight_ih"));
    expect(after.get("bias_h")).toEqual(before.get("bias_h"));
    expect(after.get("weight_hh")).not.toEqual(before.get("weight_hh"));
    const still = await Trainer.resume(file, data, { optimizer: { kind: "adam", learningRate: 0 } });
    await still.run();
    expect([...still.rnn.stateDict()]).toEqual([...before]);
  });
});

describe("a file that is no checkpoint is refused with code format", () => {
  const change = async (
    edit: (plain: Record<string, unknown>, tensors: ReturnType<typeof readSafetensors>["tensors"]) => void,
  ) => {
    const { tensors, metadata } = readSafetensors(
      await checkpoint({ truncate: 4 }, pieces([9, 14, 3, 11], 7)),
    );
    const plain = JSON.parse(metadata["recurra.checkpoint"] as string);
    edit(plain, tensors);
    return writeSafetensors(tensors, { ...metadata, "recurra.checkpoint": JSON.stringify(plain) });
  };
  const wrong: [string, Parameters<typeof change>[0]][] = [
    ["another version", (plain) => Object.assign(plain, { version: 2 })],
    ["no recipe", (plain) => Object.assign(plain, { recipe: undefined })],
    [
      "a wrong option",
      (plain) => Object.assign(plain, { recipe: { ...(plain.recipe as object), batchSize: 0 } }),
    ],
    ["a wrong limit", (plain) => Object.assign(plain, { totals: { updates: 0.5 } })],
    ["no cursor", (plain) => Object.assign(plain, { cursor: null })],
    [
      "a place that is not there",
      (plain) => Object.assign(plain, { cursor: { epoch: 0, group: 99, window: 0, steps: 0 } }),
    ],
    [
      "a negative place",
      (plain) => Object.assign(plain, { cursor: { epoch: -1, group: 0, window: 0, steps: 0 } }),
    ],
    [
      "a window beyond the last",
      (plain) => Object.assign(plain, { cursor: { epoch: 0, group: 0, window: 50, steps: 0 } }),
    ],
    ["a negative time", (plain) => Object.assign(plain, { elapsed: -1 })],
    ["no digest", (plain) => Object.assign(plain, { data: "x" })],
    ["more updates than losses", (plain) => Object.assign(plain, { update: 6 })],
    ["no moments", (_plain, tensors) => void tensors.delete("adam.second.weight_hh")],
    ["no losses", (_plain, tensors) => void tensors.delete("losses")],
    ["no parameters", (_plain, tensors) => void tensors.delete("weight_hh")],
    [
      "a tensor too many",
      (_plain, tensors) => void tensors.set("extra", { shape: [1], data: new Float32Array(1) }),
    ],
    [
      "states of another size",
      (_plain, tensors) => void tensors.set("lanes.state", { shape: [9, 7], data: new Float32Array(63) }),
    ],
  ];
  test.each(wrong)("%s", async (_name, edit) => {
    const file = await change(edit);
    expect(await rejection(Trainer.resume(file, pieces([9, 14, 3, 11], 7)))).toMatchObject({
      code: "format",
    });
  });

  test("left as it is, it resumes", async () => {
    const resumed = await Trainer.resume(await change(() => {}), pieces([9, 14, 3, 11], 7));
    expect((await resumed.run()).updates).toBe(12);
  });

  test("a model, rubbish, a truncated file", async () => {
    const file = await checkpoint();
    for (const bytes of [
      (await create()).save(),
      new Uint8Array(0),
      new Uint8Array(100),
      file.slice(0, -1),
      file.slice(0, 200),
    ]) {
      expect(await rejection(Trainer.resume(bytes, data))).toMatchObject({ code: "format" });
    }
    expect(await rejection(Trainer.resume("file" as unknown as Uint8Array<ArrayBuffer>, data))).toMatchObject(
      { code: "option" },
    );
  });
});
