// The bare kernel in plain JavaScript: loads a model, streams 100 steps, trains 20 updates.
//
//     node examples/plain-js/host.mjs dist/kernel.wasm model.safetensors
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const [kernelFile, modelFile] = process.argv.slice(2);
if (modelFile === undefined) {
  console.error("usage: node host.mjs kernel.wasm model.safetensors (examples/make-model.mjs writes one)");
  process.exit(2);
}
const { instance } = await WebAssembly.instantiate(await readFile(kernelFile), {});
const kernel = instance.exports;
if (kernel.abi_version() !== 1) throw new Error(`expected ABI 1, got ${kernel.abi_version()}`);

/** Every answer below 0 is a status. */
function check(answer) {
  if (answer >= 0) return answer;
  throw new Error(`status ${answer}, details ${[0, 1, 2, 3].map((which) => kernel.error_detail(which))}`);
}

/** A slot as it lies in memory now; ask again after every call. */
function slot(Type, handle, number) {
  const address = check(kernel.slot_address(handle, number));
  return new Type(kernel.memory.buffer, address, check(kernel.slot_length(handle, number)));
}

/** A safetensors file: the length of the header (8 bytes), the header in JSON, the numbers. */
function readModel(bytes) {
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length));
  const data = bytes.subarray(8 + length);
  const parts = Object.entries(tensors).map(([name, { data_offsets: ends }]) => [
    name,
    data.subarray(...ends),
  ]);
  return { options: JSON.parse(metadata["recurra.options"]), tensors: new Map(parts) };
}

// Parameters in the order of their slots, and options as the numbers that network_create takes.
const names = ["weight_ih", "weight_hh", "weight_oh", "bias_h", "weight_ho", "bias_o"];
const choices = {
  recurrence: ["hidden", "output", "both"],
  outputs: ["every", "last", "none"],
  activation: ["tanh", "relu", "identity"],
  loss: ["cross-entropy", "squared-error", "bernoulli"],
  feedback: ["outputs", "probabilities", "argmax", "sample"],
};

const { options, tensors } = readModel(await readFile(modelFile));
const { inputSize, hiddenSize, outputSize = 0 } = options;
// A net without outputs has no loss and no feedback: 0 then.
const numbers = Object.entries(choices).map(([name, list]) => Math.max(0, list.indexOf(options[name])));
const network = check(kernel.network_create(inputSize, hiddenSize, outputSize, ...numbers));
for (const [name, bytes] of tensors) {
  const { buffer, byteOffset, byteLength } = slot(Float32Array, network, names.indexOf(name));
  new Uint8Array(buffer, byteOffset, byteLength).set(bytes);
}
check(kernel.network_changed(network));

const row = (t) => [0, 1, 2].map((k) => (((7 * t + 5 * k) % 17) - 8) / 8);

// Live: one row goes in, one row of outputs comes out (slots 1 and 3), the state stays in the stream.
const outputs = createHash("sha256");
const stream = check(kernel.stream_create(network, 1));
for (let t = 0; t < 100; t++) {
  slot(Float32Array, stream, 1).set(row(t));
  check(kernel.stream_step(stream, 2));
  outputs.update(slot(Float32Array, stream, 3));
}
console.log("stream ", outputs.digest("hex"));

// Training: one sequence of 40 steps, vectors (flag 1) with targets (flag 2); Adam, the norm clipped to 5.
const workspace = check(kernel.workspace_create(network));
check(kernel.workspace_shape(workspace, 1, 40, 1 + 2));
const steps = Array.from({ length: 40 }, (_, t) => t);
slot(Int32Array, workspace, 0).set([40]);
slot(Float32Array, workspace, 1).set(steps.flatMap(row));
slot(Int32Array, workspace, 2).set(steps.map((t) => (t % 7) % 4));
const optimizer = check(kernel.optimizer_create(network, 1));
for (let update = 0; update < 20; update++) {
  check(kernel.workspace_train(workspace));
  check(kernel.optimizer_step(optimizer, 0.01, 5, 0, 0.9, 0.999, 1e-8, 0));
}
const weights = createHash("sha256");
for (const name of tensors.keys()) weights.update(slot(Float32Array, network, names.indexOf(name)));
console.log("weights", weights.digest("hex"));
