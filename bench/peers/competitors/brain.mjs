/** brain.js: its recurrent net does work of the same shape, but it is not the same function. */
import { readFileSync } from "node:fs";
import brain from "brain.js";
import { Skip } from "../problem.mjs";

const { version } = JSON.parse(
  readFileSync(new URL("../node_modules/brain.js/package.json", import.meta.url), "utf8"),
);

const differs = [
  "relu for tanh",
  "an embedding before U",
  "START and END tokens",
  "weights of its own",
  "RMSProp with clipping and decay for SGD, and a rate of 1e-6, as with larger ones it diverges",
].join(", ");

/** @param {import("../problem.mjs").Problem} problem */
export function open({ kind, symbols, I, H, O, steps, batch }) {
  if (kind !== "train" || !symbols)
    throw new Skip("brain.js takes symbols, and carries no state between calls");
  if (batch !== 1) throw new Skip("brain.js trains one sequence at a time");
  const net = new brain.recurrent.RNN({
    inputSize: I,
    inputRange: I,
    outputSize: O,
    hiddenLayers: [H],
    learningRate: 1e-6,
  });
  net.initialize();
  // START is one more step before the symbols.
  const sequence = Array.from(symbols.subarray(0, steps - 1));
  return {
    label: `brain.js ${version}`,
    versions: { "brain.js": version },
    differs,
    update() {
      const error = net.trainPattern(sequence, true);
      if (!Number.isFinite(error)) throw new Error(`brain.js: expected a finite error, got ${error}`);
      return error;
    },
    reset() {},
  };
}
