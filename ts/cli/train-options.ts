/** The flags of `recurra train`, and what they mean to the library. */
import { type FitOptions, type OptimizerOptions, RecurraError, type RnnOptions } from "../index.js";
import { type Command, type Flag, type Invocation, UsageError } from "./arguments.js";

const positive = { min: 0, above: true } as const;
const count = { kind: "integer", min: 1, max: 2 ** 31 - 1, value: "N" } as const;

/** What the network is. */
const network: readonly Flag[] = [
  { ...count, name: "hidden-size", default: 256, help: "hidden units" },
  {
    name: "initializer",
    kind: "choice",
    choices: ["uniform", "orthogonal", "identity"],
    default: "uniform",
    help: "what the weights are at first",
  },
  { name: "bytes", kind: "switch", help: "symbols are bytes instead of characters: learns any file" },
];

/** How it learns. */
const learning: readonly Flag[] = [
  { ...count, name: "batch-size", default: 8, help: "pieces of the text read side by side" },
  { ...count, name: "truncate", default: 32, help: "steps that gradients flow back" },
  {
    name: "optimizer",
    kind: "choice",
    choices: ["adam", "sgd", "rmsprop"],
    default: "adam",
    help: "how gradients become updates",
  },
  {
    ...positive,
    name: "learning-rate",
    kind: "number",
    value: "RATE",
    default: 0.002,
    help: "size of the updates",
  },
  {
    name: "schedule",
    kind: "choice",
    choices: ["cosine", "constant"],
    default: "cosine",
    help: "how the rate goes on: falling to 1 % at the end, or as it is",
  },
  {
    ...positive,
    name: "clip-norm",
    kind: "number",
    value: "NORM",
    default: 5,
    help: "greatest norm of a gradient",
  },
  { name: "seed", kind: "integer", min: 0, value: "SEED", default: 0, help: "decides the initial weights" },
  {
    name: "held-out",
    kind: "number",
    min: 0,
    above: true,
    max: 0.9,
    value: "SHARE",
    default: 0.1,
    help: "the end of the text that is kept for measuring",
  },
];

const limits: readonly Flag[] = [
  { ...count, name: "updates", help: "updates of the weights" },
  { ...count, name: "epochs", help: "passes over the text" },
  { ...positive, name: "seconds", kind: "number", value: "S", help: "time spent training" },
];

const files: readonly Flag[] = [
  {
    name: "out",
    kind: "text",
    value: "FOLDER",
    help: "where the results go (NAME-model, in the current folder)",
  },
  {
    name: "name",
    kind: "text",
    value: "NAME",
    help: "what the text is called (the file's name without its ending)",
  },
  { name: "report", kind: "text", value: "FILE", help: "where the page of curves goes (FOLDER/report.html)" },
  { name: "resume", kind: "switch", help: "go on from the checkpoint in the folder" },
  { name: "force", kind: "switch", help: "start anew over earlier results" },
];

const other: readonly Flag[] = [
  {
    name: "kernel",
    kind: "choice",
    choices: ["simd", "relaxed"],
    default: "simd",
    help: "relaxed is faster where the engine has it, but not the same bits everywhere",
  },
  { name: "json", kind: "switch", help: "print one JSON document instead of words" },
  {
    name: "showcase",
    kind: "switch",
    help: "end with how to do the same on one's own text, as npm start does",
  },
];

/** The groups of flags, as the help text shows them. */
export const trainFlags: Command["groups"] = [
  { title: "Limits (whichever comes first)", flags: limits },
  { title: "Files", flags: files },
  { title: "Network", flags: network },
  { title: "Learning", flags: learning },
  { title: "Other", flags: other },
];

/** Flags that a checkpoint has fixed. */
const fixed = [...network, ...learning].map(({ name }) => name);

/** --resume goes with new limits and files only; everything else is part of the checkpoint. */
export function checkTogether(invocation: Invocation): void {
  const { command } = invocation;
  if (!invocation.has("resume")) return;
  if (invocation.has("force"))
    throw new UsageError("--resume goes on, --force starts anew: give one of them", command);
  const given = invocation.which(...fixed);
  if (given.length === 0) return;
  const are = given.length === 1 ? "is" : "are";
  throw new UsageError(`${given.join(", ")} ${are} part of the checkpoint: leave out with --resume`, command);
}

export function networkOptions(
  invocation: Invocation,
  size: number,
  metadata: Readonly<Record<string, string>>,
): RnnOptions {
  return {
    inputSize: size,
    outputSize: size,
    hiddenSize: invocation.number("hidden-size") ?? 256,
    initializer: invocation.text("initializer") as NonNullable<RnnOptions["initializer"]>,
    seed: invocation.number("seed") ?? 0,
    metadata,
  };
}

/** The limits that were given. */
export function givenLimits(invocation: Invocation): Pick<FitOptions, "updates" | "epochs" | "seconds"> {
  const limit = (name: "updates" | "epochs" | "seconds"): object => {
    const value = invocation.number(name);
    return value === undefined ? {} : { [name]: value };
  };
  return { ...limit("updates"), ...limit("epochs"), ...limit("seconds") };
}

/** How a net learns; it travels in the model's metadata, for `inspect` and for --resume. */
export type Learning = Required<
  Pick<FitOptions, "batchSize" | "truncate" | "optimizer" | "schedule" | "clipNorm" | "seed">
>;

export function learningOptions(invocation: Invocation): Learning {
  const kind = invocation.text("optimizer") as OptimizerOptions["kind"];
  return {
    batchSize: invocation.number("batch-size") ?? 8,
    truncate: invocation.number("truncate") ?? 32,
    optimizer: { kind, learningRate: invocation.number("learning-rate") ?? 0.002 },
    schedule: invocation.text("schedule") as "cosine" | "constant",
    clipNorm: invocation.number("clip-norm") ?? 5,
    seed: invocation.number("seed") ?? 0,
  };
}

/** What {@link learningOptions} gave, from a checkpoint's metadata. */
export function readLearning(json: string | undefined): Learning {
  const message = "expected a checkpoint written by recurra train, got a file without its settings";
  try {
    const learning = JSON.parse(json ?? "") as Learning;
    if (Number.isSafeInteger(learning.batchSize) && Number.isSafeInteger(learning.truncate)) return learning;
  } catch (cause) {
    throw new RecurraError({ code: "format", message, cause });
  }
  throw new RecurraError({ code: "format", message });
}

/** Names and values for the page, as one would type them. */
export function settingsOf(
  network: Readonly<RnnOptions>,
  { batchSize, truncate, optimizer, schedule, clipNorm, seed }: Learning,
  limits: object,
): (readonly [string, string])[] {
  const values = {
    "hidden-size": network.hiddenSize,
    initializer: network.initializer,
    "batch-size": batchSize,
    truncate,
    optimizer: optimizer.kind,
    "learning-rate": optimizer.learningRate,
    schedule,
    "clip-norm": clipNorm,
    seed,
    ...limits,
  };
  return Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
}
