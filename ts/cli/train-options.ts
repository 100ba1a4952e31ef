/** What the flags of `recurra train` mean to the library. */
import { type FitOptions, type OptimizerOptions, RecurraError, type RnnOptions } from "../index.js";
import { type Invocation, UsageError } from "./arguments.js";
import type { Task } from "./reading/series.js";
import { fixed } from "./train-flags.js";

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

/** What is taken where the command line says nothing. */
export interface Defaults {
  readonly hiddenSize: number;
  readonly initializer: NonNullable<RnnOptions["initializer"]>;
  readonly batchSize: number;
  /** Undefined: whole sequences. */
  readonly truncate: number | undefined;
  readonly learningRate: number;
  readonly clipNorm: number;
  readonly inputNoise: number;
}

/** What every network has. */
export function sizesOf(
  invocation: Invocation,
  { hiddenSize, initializer }: Defaults,
): Required<Pick<RnnOptions, "hiddenSize" | "initializer" | "seed">> {
  return {
    hiddenSize: invocation.number("hidden-size") ?? hiddenSize,
    initializer: (invocation.text("initializer") as Defaults["initializer"] | undefined) ?? initializer,
    seed: invocation.number("seed") ?? 0,
  };
}

/** How much is held out where nothing is said. */
export const heldOutShare = (invocation: Invocation, task: Task): number =>
  invocation.number("held-out") ?? (task === "generate" ? 0.1 : 0.2);

/** Names with commas between them. */
export const listOf = (text: string | undefined): string[] | undefined =>
  text
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** Patience that never ends. */
export const endless = 2 ** 31 - 1;

/** When training ends; `deadline` in seconds: an end that no schedule is stretched to. */
export type Limits = Pick<FitOptions, "updates" | "epochs" | "seconds" | "patience"> & {
  readonly deadline?: number;
};

/** The limits that were given. */
export function givenLimits(invocation: Invocation): Pick<FitOptions, "updates" | "epochs" | "seconds"> {
  const limit = (name: "updates" | "epochs" | "seconds"): object => {
    const value = invocation.number(name);
    return value === undefined ? {} : { [name]: value };
  };
  return { ...limit("updates"), ...limit("epochs"), ...limit("seconds") };
}

/** How a net learns; it travels in the model's metadata, for `inspect` and for --resume. */
export type Learning = {
  [K in "batchSize" | "optimizer" | "schedule" | "clipNorm" | "seed"]: NonNullable<FitOptions[K]>;
} & Pick<FitOptions, "truncate" | "inputNoise" | "teacherForcing">;

export function learningOptions(invocation: Invocation, defaults: Defaults): Learning {
  const kind = invocation.text("optimizer") as OptimizerOptions["kind"];
  const truncate = invocation.number("truncate") ?? defaults.truncate;
  const inputNoise = invocation.number("input-noise") ?? defaults.inputNoise;
  const teacherForcing = invocation.number("teacher-forcing");
  return {
    batchSize: invocation.number("batch-size") ?? defaults.batchSize,
    ...(truncate === undefined ? {} : { truncate }),
    optimizer: { kind, learningRate: invocation.number("learning-rate") ?? defaults.learningRate },
    schedule: invocation.text("schedule") as "cosine" | "constant",
    clipNorm: invocation.number("clip-norm") ?? defaults.clipNorm,
    ...(inputNoise === 0 ? {} : { inputNoise }),
    ...(teacherForcing === undefined ? {} : { teacherForcing }),
    seed: invocation.number("seed") ?? 0,
  };
}

/** What {@link learningOptions} gave, from a checkpoint's metadata. */
export function readLearning(json: string | undefined): Learning {
  const message = "expected a checkpoint written by recurra train, got a file without its settings";
  try {
    const learning = JSON.parse(json ?? "") as Learning;
    if (Number.isSafeInteger(learning.batchSize) && typeof learning.optimizer.kind === "string")
      return learning;
  } catch (cause) {
    throw new RecurraError({ code: "format", message, cause });
  }
  throw new RecurraError({ code: "format", message });
}

/** Names and values for the page, as one would type them. */
export function settingsOf(
  network: Readonly<RnnOptions>,
  { optimizer, ...learning }: Learning,
  limits: Limits,
): (readonly [string, string])[] {
  const { batchSize, truncate, schedule, clipNorm, inputNoise, teacherForcing, seed } = learning;
  const values = {
    "hidden-size": network.hiddenSize,
    initializer: network.initializer,
    "batch-size": batchSize,
    truncate,
    optimizer: optimizer.kind,
    "learning-rate": optimizer.learningRate,
    schedule,
    "clip-norm": clipNorm,
    "input-noise": inputNoise,
    "teacher-forcing": teacherForcing,
    seed,
    ...limits,
    // Patience without end only keeps the best net.
    ...(limits.patience === endless ? { patience: undefined } : {}),
  };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === "string" ? value : JSON.stringify(value)] as const],
  );
}
