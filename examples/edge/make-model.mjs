// Writes model.safetensors, which the worker embeds: a net that has learned nothing yet. Put yours in its place.
import { existsSync, writeFileSync } from "node:fs";
import { Rnn } from "recurra";

if (!existsSync("model.safetensors")) {
  const rnn = await Rnn.create({ inputSize: 3, hiddenSize: 16, outputSize: 4, seed: 7 });
  writeFileSync("model.safetensors", rnn.save());
}
console.log("listening on http://127.0.0.1:8787; worker.js says what to send");
