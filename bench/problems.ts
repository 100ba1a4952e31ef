/** W1 to W6 as problems that programs of any language can read, for comparisons. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Rnn } from "../ts/index.js";
import { skewedSymbols, waves } from "./data.js";
import type { Problem, ProblemFiles } from "./problem.js";
import type { Workload } from "./workload.js";

type Shape = Omit<Problem, "workload" | "files" | "learningRate">;

const text = (H: number, steps: number, batch: number): Shape => ({
  ...{ kind: "train", outputs: "every" },
  ...{ I: 65, V: 65, H, O: 65, steps, batch },
});

export const shapes: Readonly<Record<string, Shape>> = {
  W1: text(128, 100, 1),
  W2: text(256, 64, 32),
  W3: text(512, 64, 64),
  W4: { kind: "stream", outputs: "every", I: 32, H: 128, O: 10, steps: 64, batch: 1 },
  W5: { kind: "predict", outputs: "last", I: 64, H: 256, O: 10, steps: 100, batch: 32 },
  W6: { kind: "train", outputs: "last", I: 28, H: 128, O: 10, steps: 28, batch: 64 },
};

/** Writes problem.json and its arrays into an empty folder. */
export async function writeProblem(folder: string, workload: string): Promise<Problem> {
  const shape = shapes[workload];
  if (shape === undefined) throw new Error(`there is no problem ${workload}`);
  const write = (name: string, values: Float32Array | Int32Array): string => {
    const file = `${name}.${values instanceof Int32Array ? "i32" : "f32"}`;
    // Every engine that runs this is little-endian: WebAssembly is.
    writeFileSync(join(folder, file), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return file;
  };
  const { kind, I, V, H, O, steps, batch } = shape;
  const rnn = await Rnn.create({ inputSize: I, hiddenSize: H, outputSize: O, seed: 1 });
  const weights: Record<string, string> = {};
  for (const [name, { data }] of rnn.stateDict()) weights[name] = write(name, data);
  rnn.dispose();
  const files: Record<string, string> = weights;
  if (V === undefined) {
    const sequences = Array.from({ length: batch }, (_, b) => waves(steps, I, b % O));
    files.vectors = write("vectors", joined(sequences));
    if (kind === "train")
      files.targets = write(
        "targets",
        Int32Array.from(sequences, (_, b) => b % O),
      );
  } else {
    const symbols = skewedSymbols(batch * (steps + 1), V);
    const cut = (from: number) =>
      Int32Array.from({ length: batch * steps }, (_, i) =>
        Number(symbols[Math.floor(i / steps) * (steps + 1) + (i % steps) + from]),
      );
    files.symbols = write("symbols", cut(0));
    files.targets = write("targets", cut(1));
  }
  const problem: Problem = {
    workload,
    ...shape,
    learningRate: 0.1,
    files: files as unknown as ProblemFiles,
  };
  writeFileSync(join(folder, "problem.json"), `${JSON.stringify(problem, null, 2)}\n`);
  return problem;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Of what a rate is, and how many a round has. */
export function unitsOf({ kind, outputs, steps, batch }: Shape): {
  unit: Workload["unit"];
  perRound: number;
} {
  if (kind === "stream") return { unit: "µs/step", perRound: steps };
  return outputs === "last"
    ? { unit: "sequences/s", perRound: batch }
    : { unit: "tokens/s", perRound: batch * steps };
}
