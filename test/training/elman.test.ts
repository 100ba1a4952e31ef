// Two tasks of Elman (Finding structure in time, 1990) whose least possible loss is known exactly, drawn from the
// kernel's own generator, so that the data, hence the result, is the same everywhere.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Rnn, type Sequence } from "../../ts/index.js";

/** Uniform numbers in [0, 1): the kernel's draw with this seed, purpose 17, step after step. */
function generator(seed: number): () => number {
  const module = new WebAssembly.Module(
    readFileSync(new URL("../../build/kernel/kernel.wasm", import.meta.url)),
  );
  const { draw } = new WebAssembly.Instance(module).exports as {
    draw: (seed: number, purpose: number, id: number, step: number, update: number) => number;
  };
  let step = 0;
  return () => draw(seed, 17, 0, step++, 0);
}

/** Random b, d and g, each followed by its vowels: ba, dii, guuu; a step says which letter comes next. */
function letters(steps: number, seed: number): Sequence {
  const draw = generator(seed);
  const words = [
    [0, 3],
    [1, 4, 4],
    [2, 5, 5, 5],
  ];
  const inputs: number[] = [];
  while (inputs.length <= steps) inputs.push(...(words[Math.floor(3 * draw())] as number[]));
  return { inputs: Int32Array.from(inputs.slice(0, steps + 1)), targets: "next" };
}

/** Random bits, every third of which is the exclusive or of the two before. */
function temporalXor(steps: number, seed: number): Sequence {
  const draw = generator(seed);
  const inputs = new Int32Array(steps + 1);
  for (let t = 0; t <= steps; t++) {
    inputs[t] = t % 3 === 2 ? (inputs[t - 1] as number) ^ (inputs[t - 2] as number) : draw() < 0.5 ? 0 : 1;
  }
  return { inputs, targets: "next" };
}

test("letters: within 0.01 nats of ln 3 / 3 on letters never seen", async () => {
  const rnn = await Rnn.create({ inputSize: 6, hiddenSize: 20, outputSize: 6, seed: 1 });
  const optimizer = { kind: "adam", learningRate: 0.01 } as const;
  await rnn.fit(letters(20_000, 1), { updates: 600, batchSize: 16, truncate: 16, optimizer });
  const heldOut = await rnn.evaluate(letters(30_000, 2));
  console.log(`letters: ${heldOut.loss.toFixed(4)} nats, floor 0.3662 (seeds 1 and 2)`);
  // A word of 3 letters on average hides ln 3 nats, all in its first letter. The sample's own mean: 10,000 draws.
  expect(heldOut.loss).toBeLessThan(Math.log(3) / 3 + 0.01);
  expect(heldOut.loss).toBeGreaterThan(Math.log(3) / 3 - 0.01);
  rnn.dispose();
});

test("temporal XOR: within 0.02 nats of 2 ln 2 / 3 on bits never seen", async () => {
  const rnn = await Rnn.create({ inputSize: 2, hiddenSize: 32, outputSize: 2, seed: 1 });
  const optimizer = { kind: "adam", learningRate: 0.005 } as const;
  await rnn.fit(temporalXor(96_000, 1), { updates: 2000, batchSize: 32, truncate: 24, optimizer });
  const heldOut = await rnn.evaluate(temporalXor(30_000, 2));
  console.log(`temporal XOR: ${heldOut.loss.toFixed(4)} nats, floor 0.4621 (seeds 1 and 2)`);
  expect(heldOut.loss).toBeLessThan((2 * Math.log(2)) / 3 + 0.02);
  expect(heldOut.loss).toBeGreaterThan((2 * Math.log(2)) / 3 - 0.02);
  rnn.dispose();
});
