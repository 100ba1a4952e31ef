/** `recurra convert`: files of either format, there and back. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rnn, writeSafetensors } from "../../ts/index.js";
import { readOnnx } from "../../ts/onnx/index.js";
import { encode } from "../onnx/graph.js";
import { generator } from "../random.js";
import { freshDist, recurra, workFolder } from "./program.js";

const folder = workFolder();
const cwd = folder.path;
const run = (...args: string[]) => recurra(["convert", ...args], { cwd });
const bytes = (name: string) => new Uint8Array(readFileSync(join(cwd, name)));

beforeAll(async () => {
  await freshDist();
  const options = { inputSize: 3, hiddenSize: 5, outputSize: 4, loss: "bernoulli", seed: 3 } as const;
  using rnn = await Rnn.create({ ...options, metadata: { about: "ä" } });
  folder.file("net.safetensors", rnn.save());
}, 300_000);
afterAll(() => folder.remove());

describe("recurra convert", () => {
  it("goes to ONNX and back to the same parameters, loss and metadata", async () => {
    const there = await run("net.safetensors", "net.onnx");
    expect(there).toEqual({ code: 0, stdout: expect.stringMatching(/^net\.onnx {2}\d/), stderr: "" });
    expect((await run("net.onnx", "again.safetensors")).code).toBe(0);
    using rnn = await Rnn.load(bytes("net.safetensors"));
    using again = await Rnn.load(bytes("again.safetensors"));
    expect(again.options).toEqual({ ...rnn.options, seed: 0 });
    expect(again.stateDict()).toEqual(rnn.stateDict());
  });

  it("writes the form that is asked for", async () => {
    const flags = ["--layout", "1", "--initial-state", "--sequence-lengths"];
    expect((await run("net.safetensors", "one.onnx", ...flags)).code).toBe(0);
    const { inputs, outputs } = readOnnx(bytes("one.onnx"));
    expect(inputs.x.axes.join("")).toBe("NTI");
    expect(inputs.initialState?.axes.join("")).toBe("N1H");
    expect(inputs.sequenceLengths?.name).toBe("sequence_lengths");
    expect(outputs[0]?.axes.join("")).toBe("NTO");
    expect((await run("net.safetensors", "two.onnx", "--batch-first")).code).toBe(0);
    expect(readOnnx(bytes("two.onnx")).inputs.x.axes.join("")).toBe("NTI");
  });

  it("takes PyTorch's names and what they do not say", async () => {
    const random = generator(4);
    const tensor = (...shape: number[]) => ({
      shape,
      data: random.floats(shape.reduce((product, size) => product * size, 1)),
    });
    const tensors = new Map([
      ["rnn.weight_ih_l0", tensor(5, 3)],
      ["rnn.weight_hh_l0", tensor(5, 5)],
      ["rnn.bias_ih_l0", tensor(5)],
      ["rnn.bias_hh_l0", tensor(5)],
      ["head.weight", tensor(2, 5)],
      ["head.bias", tensor(2)],
    ]);
    folder.file("torch.safetensors", writeSafetensors(tensors));
    const flags = ["--activation", "relu", "--outputs", "last", "--loss", "squared-error"];
    expect(await run("torch.safetensors", "torch.onnx", ...flags)).toMatchObject({ code: 0, stderr: "" });
    expect(readOnnx(bytes("torch.onnx")).options).toMatchObject({
      ...{ inputSize: 3, hiddenSize: 5, outputSize: 2 },
      ...{ activation: "relu", outputs: "last", loss: "squared-error" },
    });
  });

  it("writes over nothing without leave", async () => {
    folder.file("taken.onnx", "mine");
    const refused = await run("net.safetensors", "taken.onnx");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toBe("error: taken.onnx exists; write over it with --force\n");
    expect(readFileSync(join(cwd, "taken.onnx"), "utf8")).toBe("mine");
    expect((await run("net.safetensors", "taken.onnx", "--force")).code).toBe(0);
  });

  it.each([
    [
      ["net.safetensors", "net.pt"],
      2,
      /^error: OUT: expected a name that ends in \.onnx or \.safetensors, got net\.pt/,
    ],
    [["net.safetensors"], 2, /^error: OUT is missing/],
    [["net.onnx", "x.safetensors", "--layout", "1"], 2, /^error: --layout: for OUT in ONNX only/],
    [["none.onnx", "x.safetensors"], 1, /^error: cannot read none\.onnx: no such file/],
    [["broken.onnx", "x.safetensors"], 1, /^error: broken\.onnx: .*\(at byte 0\)\n$/],
    [["gru.onnx", "x.safetensors"], 1, /^error: gru\.onnx: operator GRU: expected RNN/],
    [["start.onnx", "x.safetensors"], 1, /^error: start\.onnx: initial_h: expected none or an input/],
    [
      ["fed.safetensors", "x.onnx"],
      1,
      /^error: fed\.safetensors: recurrence "output": does not go with ONNX/,
    ],
  ])("%j ends with code %i and one sentence", async (args, code, message) => {
    folder.file("broken.onnx", new Uint8Array(20).fill(0xff));
    const ones = (...shape: number[]) => ({
      shape,
      data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1),
    });
    const graph = (op: string) => ({
      nodes: [{ op, inputs: ["x", "W", "R", "", "", "h0"], outputs: ["Y"] }],
      tensors: { W: ones(1, 2, 2), R: ones(1, 2, 2), h0: ones(1, 3, 2) },
      inputs: { x: [["T", 3, 2]] as const },
      outputs: ["Y"],
    });
    folder.file("gru.onnx", encode(graph("GRU")));
    folder.file("start.onnx", encode(graph("RNN")));
    using fed = await Rnn.create({ inputSize: 2, hiddenSize: 2, outputSize: 2, recurrence: "output" });
    folder.file("fed.safetensors", fed.save());
    const result = await run(...args);
    expect(result.stderr).toMatch(message);
    expect([result.code, result.stdout]).toEqual([code, ""]);
    expect(existsSync(join(cwd, "x.safetensors")) || existsSync(join(cwd, "x.onnx"))).toBe(false);
  });
});
