/** Model files of the command line, and what their metadata says about symbols. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  createRuntime,
  type FitOptions,
  RecurraError,
  Rnn,
  type Runtime,
  readSafetensors,
  Vocabulary,
} from "../index.js";
import { readFile } from "../io/files.js";
import type { Invocation } from "./arguments.js";
import type { Unit } from "./corpus.js";
import { notModel } from "./other-files.js";

export const fileNames = {
  model: "model.safetensors",
  checkpoint: "checkpoint.safetensors",
  report: "report.html",
} as const;

/** The keys that `recurra train` writes into a model's metadata. */
export const metadataKeys = {
  /** `Vocabulary.toJSON()`. */
  vocabulary: "vocabulary",
  /** How often each symbol stood in the training part, a JSON array by index: for the baseline. */
  counts: "symbolCounts",
  /** What a net reads before it writes, a JSON array of symbols: see `contextOf`. */
  context: "context",
  /** The share of the text that was held out. */
  heldOut: "heldOut",
  /** How it learned, a JSON object. */
  learning: "learning",
  /** What the text, or the file of sequences, was called. */
  name: "name",
  /** generate, classify, forecast or tag. */
  task: "task",
  /** Of sequences: which columns are what, a JSON object. */
  reading: "reading",
  /** Classes by index, a JSON array, and how often each was learned from. */
  labels: "labels",
  labelCounts: "labelCounts",
  /** `Scaler.toJSON()` of what goes in, and of what is forecast. */
  inputScaling: "inputScaling",
  targetScaling: "targetScaling",
  /** How the held-out part was chosen: "sequence" or "time". */
  split: "split",
} as const;

/** MODEL on the command line: a file, or the folder that `train` wrote. */
export function modelFile(path: string): string {
  try {
    if (statSync(path).isDirectory()) return join(path, fileNames.model);
  } catch {
    // Reading it says why it cannot be read.
  }
  return path;
}

/** One runtime with the kernel that --kernel names; none (the shared one) where the flag is absent. */
export async function runtimeFor(invocation: Invocation): Promise<Runtime | undefined> {
  const kernel = invocation.text("kernel");
  if (kernel === undefined || kernel === "simd") return undefined;
  const module = new Uint8Array(readFileSync(new URL("./kernel-relaxed.wasm", import.meta.url)));
  return createRuntime({ kernel: "relaxed", module });
}

export interface TextModel {
  readonly rnn: Rnn;
  readonly vocabulary: Vocabulary;
  readonly unit: Unit;
  /** Of the training part; absent in models that were not written by `recurra train`. */
  readonly counts: readonly number[] | undefined;
  /** What it reads before it writes; absent in models that were not written by `recurra train`. */
  readonly context: Int32Array | undefined;
}

/** Reads a model file's bytes. Of a file that is none it is said what to do with it. */
export async function readModel<T>(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await naming(file, work);
  } catch (error) {
    throw error instanceof RecurraError && error.code === "format" ? notModel(error, file, bytes) : error;
  }
}

/** Loads a network, whatever it learned. */
export async function loadNetwork(path: string, runtime?: Runtime): Promise<{ file: string; rnn: Rnn }> {
  const file = modelFile(path);
  const bytes = readFile(file);
  return { file, rnn: await readModel(file, bytes, () => Rnn.load(bytes, undefined, runtime)) };
}

/** Loads a model of text. A file that is none is refused with what is missing. */
export async function loadTextModel(path: string, runtime?: Runtime): Promise<TextModel> {
  const { file, rnn } = await loadNetwork(path, runtime);
  const metadata = rnn.options.metadata ?? {};
  const json = metadata[metadataKeys.vocabulary];
  if (json === undefined) {
    const task = metadata[metadataKeys.task];
    const message =
      task === undefined
        ? `${file} holds no vocabulary: it is not a model of text written by recurra train`
        : `${file} is no model of text: it learned to ${task}; recurra predict uses it`;
    throw new RecurraError({ code: "format", message });
  }
  const vocabulary = await naming(file, () => Vocabulary.fromJSON(json));
  const fits = rnn.options.inputSize === vocabulary.size && rnn.options.outputSize === vocabulary.size;
  if (!fits) {
    const { inputSize, outputSize } = rnn.options;
    const sizes = `${inputSize} inputs and ${outputSize ?? "no"} outputs`;
    const message = `${file}: expected as many inputs and outputs as symbols (${vocabulary.size}), got ${sizes}`;
    throw new RecurraError({ code: "format", message });
  }
  return {
    rnn,
    vocabulary,
    unit: unitOf(json),
    counts: readCounts(metadata[metadataKeys.counts], vocabulary.size),
    context: readContext(metadata[metadataKeys.context], vocabulary.size),
  };
}

/** Whether symbols are characters or bytes. */
export function unitOf(vocabularyJson: string): Unit {
  return vocabularyJson === Vocabulary.bytes().toJSON() ? "byte" : "character";
}

function readCounts(json: string | undefined, size: number): number[] | undefined {
  const counts = readIntegers(json);
  return counts?.length === size ? counts : undefined;
}

function readContext(json: string | undefined, size: number): Int32Array | undefined {
  const symbols = readIntegers(json);
  return symbols?.every((symbol) => symbol < size) ? Int32Array.from(symbols) : undefined;
}

/** A JSON array of integers from 0; undefined for anything else. */
function readIntegers(json: string | undefined): number[] | undefined {
  if (json === undefined) return undefined;
  try {
    const list: unknown = JSON.parse(json);
    const fits = Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
    return fits ? (list as number[]) : undefined;
  } catch {
    return undefined;
  }
}

export interface CheckpointInfo {
  /** The limits of the run. */
  readonly totals: Pick<FitOptions, "updates" | "epochs" | "seconds">;
  readonly update: number;
}

/** What a checkpoint says about its run; undefined for other files. */
export function checkpointInfo(metadata: Readonly<Record<string, string>>): CheckpointInfo | undefined {
  const json = metadata["recurra.checkpoint"];
  if (json === undefined) return undefined;
  try {
    const { totals, update } = JSON.parse(json) as CheckpointInfo;
    if (Number.isSafeInteger(update) && typeof totals === "object" && totals !== null)
      return { totals, update };
  } catch {
    // Said below.
  }
  throw new RecurraError({
    code: "format",
    message: "expected the state of a run as JSON, got something else",
  });
}

/** The same for a file that has to be a checkpoint, with all its metadata. */
export function readCheckpoint(
  bytes: Uint8Array<ArrayBuffer>,
): CheckpointInfo & { metadata: Readonly<Record<string, string>> } {
  const { metadata } = readSafetensors(bytes);
  const info = checkpointInfo(metadata);
  if (info !== undefined) return { ...info, metadata };
  throw new RecurraError({ code: "format", message: "expected a checkpoint, got another file" });
}

/** Puts the file's name before the library's message. */
export async function naming<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RecurraError) || error.message.startsWith(file)) throw error;
    throw new RecurraError({
      code: error.code,
      message: `${file}: ${error.message}`,
      cause: error,
      ...(error.offset === undefined ? {} : { offset: error.offset }),
    });
  }
}
