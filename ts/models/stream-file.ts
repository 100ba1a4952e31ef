import { seedRule } from "../checks.js";
import { digestOf, lettersOf } from "../data/digest.js";
import { formatError } from "../errors.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import { feedsBack, parameterShapes } from "../options.js";
import type { Bytes, BytesLike, Floats } from "../types.js";
import type { Internals } from "./internals.js";
import { checkTensors } from "./parameters.js";

/** All that a stream carries from step to step. */
interface StreamState {
  /** B × H. */
  readonly state: Floats;
  /** B × O; only with R. */
  readonly feedback: Floats | undefined;
  /** Steps so far: the number of the next draw. */
  readonly steps: number;
  readonly seed: number;
}

/** A safetensors file of what a stream of B lanes carries. */
export function writeStream(
  found: Internals,
  { state, feedback, steps, seed }: StreamState,
  B: number,
): Bytes {
  const data = [state, feedback];
  const tensors = new Map(
    shapesOf(found, B).map(([name, shape], i) => [name, { shape, data: data[i] as Floats }]),
  );
  return writeSafetensors(tensors, {
    "recurra.stream": markOf(found),
    "recurra.steps": String(steps),
    "recurra.seed": String(seed),
  });
}

/** Reads what {@link writeStream} wrote for the same network. Throws "format" or "shape" for anything else. */
export function readStream(found: Internals, file: BytesLike, B: number): StreamState {
  const { tensors, metadata } = readSafetensors(file);
  if (metadata["recurra.stream"] !== markOf(found))
    throw formatError("stream: expected one saved by this network with these parameters, got another", 8);
  const [state, feedback] = checkTensors("stream", tensors, shapesOf(found, B)) as [Floats, Floats?];
  const [steps, seed] = ["recurra.steps", "recurra.seed"].map((name) =>
    seedRule(name, Number(metadata[name] ?? Number.NaN)),
  ) as [number, number];
  return { state, feedback, steps, seed };
}

const shapesOf = ({ options }: Internals, B: number): [name: string, shape: number[]][] => [
  ["state", [B, options.hiddenSize]],
  ...(feedsBack(options) ? [["feedback", [B, options.outputSize]] as [string, number[]]] : []),
];

/** Marks a saved stream: the version of its form, and what tells a network, options and parameters, from another. */
const markOf = ({ kernel, network, options }: Internals): string =>
  `2 ${digestOf([
    lettersOf(Object.values(options).join()),
    ...parameterShapes(options).map(([, slot]) => kernel.i32(network, slot)),
  ])}`;
