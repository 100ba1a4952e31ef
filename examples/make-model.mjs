// Writes model.safetensors, which the hosts of the bare kernel load, and prints what each of them must print too.
//
//     node examples/make-model.mjs [model.safetensors]
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Rnn } from "recurra";

const sha256 = (parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
const rnn = await Rnn.create({ inputSize: 3, hiddenSize: 16, outputSize: 4, seed: 7 });
await writeFile(process.argv[2] ?? "model.safetensors", rnn.save());

// Numbers that every language computes alike: eighths, exact in 32 bits.
const row = (t) => [0, 1, 2].map((k) => (((7 * t + 5 * k) % 17) - 8) / 8);
const steps = (count) => Array.from({ length: count }, (_, t) => t);

const stream = rnn.stream();
const outputs = steps(100).map((t) => stream.step(Float32Array.from(row(t))));
console.log("stream ", sha256(outputs));

// 20 updates, each of one sequence of 40 steps: softmax, Adam, the norm clipped to 5.
const sequence = {
  inputs: Float32Array.from(steps(40).flatMap(row)),
  targets: Int32Array.from(steps(40), (t) => (t % 7) % 4),
};
const optimizer = { kind: "adam", learningRate: 0.01 };
await rnn.fit(sequence, {
  updates: 20,
  batchSize: 1,
  truncate: 40,
  clipNorm: 5,
  schedule: "constant",
  optimizer,
});
console.log("weights", sha256([...rnn.stateDict().values()].map(({ data }) => data)));
