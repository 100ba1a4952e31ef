/** A SimpleRNN of Keras, converted as docs/interchange.md says, computes what Keras does: make-keras.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import { farthest, joined } from "./goldens.js";

const contentOf = (name: string) => readFileSync(new URL(name, import.meta.url));

test("outputs are those of Keras", async () => {
  const golden = JSON.parse(contentOf("keras.jsonl").toString()) as { inputs: number[]; outputs: number[] };
  const page = readFileSync(new URL("../../docs/interchange.md", import.meta.url), "utf8");
  const script = contentOf("make-keras.py").toString();
  const [lines = ""] = /^kernel, recurrent_kernel[\s\S]*?"bias_o": dense_bias\}$/m.exec(page) ?? [];
  expect(lines.split("\n").length).toBeGreaterThan(3);
  expect(script).toContain(lines);

  using rnn = await Rnn.load(contentOf("keras.safetensors"), { loss: "squared-error" });
  const half = golden.inputs.length / 2;
  const [first, second] = [golden.inputs.slice(0, half), golden.inputs.slice(half)];
  using pass = rnn.forward([{ inputs: Float32Array.from(first) }, { inputs: Float32Array.from(second) }]);
  const outputs = joined(pass.outputs());
  expect(outputs).toHaveLength(golden.outputs.length);
  expect(golden.outputs.length).toBe(24);
  expect(farthest(outputs, golden.outputs)).toBeLessThanOrEqual(2e-6);
});
