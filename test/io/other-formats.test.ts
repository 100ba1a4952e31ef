/** Files of other formats in the place of safetensors are named, and never by a length that they do not have. */
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { Rnn, readSafetensors, Trainer } from "../../ts/index.js";
import { exportOnnx } from "../../ts/onnx/index.js";

/** A byte for each letter. */
const bytes = (letters: string): Uint8Array => Buffer.from(letters, "latin1");
/** As gzip packs a file, with the time at which it was changed. */
const gzip = gzipSync("Call me Ishmael.").fill(0x65, 4, 8);
const rnn = await Rnn.create({ inputSize: 3, hiddenSize: 4, outputSize: 3 });
afterAll(() => rnn.dispose());

test.each([
  ["a page", bytes("<!doctype html><title>Not found"), "an HTML page"],
  ["JSON", bytes('{"inputs": [1, 2, 3], "targets": [1]}'), "JSON"],
  ["an array in JSON", bytes('[{"x":0}, {"x":1}]'), "JSON"],
  ["what gzip packed", gzip, "gzip"],
  ["a graph", exportOnnx(rnn), "ONNX; `recurra convert` reads it"],
  ["a graph of torch", bytes("\x08\x08\x12\x07pytorch\x1a\x052.9.0:"), "ONNX; `recurra convert` reads it"],
  ["HDF5", bytes("\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0"), "HDF5, as Keras writes"],
  ["text", bytes("Call me Ishmael. Some years ago"), "a text or something else"],
  ["text of other letters", new TextEncoder().encode("Ωδέ σε φίλε"), "a text or something else"],
  ["noise", bytes("\xff\x07\x91\x44\x02\xf0\xe1\x9a\x33"), "a text or something else"],
])("%s", async (_, file, what) => {
  const message = `file: expected safetensors, got ${what} (at byte 0)`;
  expect(() => readSafetensors(file)).toThrow(
    expect.objectContaining({ code: "format", message, offset: 0 }),
  );
  await expect(Rnn.load(file)).rejects.toThrow(message);
});

test("a longer header than any is told by its length", () => {
  const file = bytes(`\0\0\0\x01\0\0\0\0{}${" ".repeat(40)}`);
  expect(() => readSafetensors(file)).toThrow(
    /^header: expected at most 16000000 bytes, got 16777216 \(at byte 0\)$/,
  );
});

test("a checkpoint is no network's file", async () => {
  const data = { inputs: Int32Array.of(0, 1, 2), targets: "next" } as const;
  using trainer = new Trainer(rnn, data, { updates: 2 });
  await expect(Rnn.load(trainer.save())).rejects.toThrow(
    /^file: expected a network, got a checkpoint: Trainer\.resume takes it/,
  );
  using resumed = await Trainer.resume(trainer.save(), data);
  expect((await resumed.run()).updates).toBe(2);
});

test("a path is no file, and the error says how to read one", async () => {
  await expect(Rnn.load("model.safetensors" as never)).rejects.toThrow(
    'file: expected an ArrayBuffer or a view of one, as readFile of recurra/node gives, got "model.safetensors"',
  );
});
