import type { Carried } from "../data/window.js";
import { checkNames, formatError, optionError } from "../errors.js";
import { modelMetadata, readOptions } from "../io/model-file.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import type { Internals } from "../models/internals.js";
import { checkTensors, readParameters } from "../models/parameters.js";
import { feedsBack, parameterShapes, type ResolvedOptions } from "../options.js";
import type { Bytes, BytesLike, FitOptions, Floats, StateDict, Tensor } from "../types.js";
import type { LoopState } from "./loop.js";
import { type Moments, momentShapes } from "./moments.js";
import { fitNames, type Limits, type Recipe, resolveFit } from "./options.js";
import type { ValidatorState } from "./validator.js";

/** What a run needs to go on, beside what the kernel holds. */
export interface Saved extends LoopState {
  readonly recipe: Recipe;
  readonly totals: Limits;
  readonly patience: number | undefined;
  /** Whether the data is one sequence. */
  readonly single: boolean;
  /** Digest of the data. */
  readonly data: string;
  readonly validation: (ValidatorState & { readonly data: string }) | undefined;
  /** With patience, once there was an evaluation. */
  readonly best: StateDict | undefined;
}

/** Everything a run needs to go on. */
export interface Checkpoint extends Saved {
  readonly options: ResolvedOptions;
  readonly parameters: StateDict;
  readonly moments: StateDict;
}

/** The key in the file's metadata under which the plain part stands, as JSON. */
const KEY = "recurra.checkpoint";
const VERSION = 1;

/**
 * A checkpoint as one safetensors file: parameters under their names, `adam.first.…` and what else the optimizer
 * remembers, `lanes.state` (lanes, H) and with R `lanes.feedback` (lanes, O) within an epoch, `losses` and `gradientNorms`, `best.…` with patience; in its
 * metadata, beside what a model's file says, as JSON: options, place in the data, evaluations and digests.
 */
export function writeCheckpoint(found: Internals, moments: Moments, saved: Saved): Bytes {
  const { carried, losses, gradientNorms, best, ...plain } = saved;
  const vector = (data: Tensor["data"]) => ({ shape: [data.length], data });
  const tensors = new Map<string, Tensor>([
    ...readParameters(found),
    ...moments.tensors(),
    ["losses", vector(losses)],
    ["gradientNorms", vector(gradientNorms)],
    ...[...(best ?? [])].map(([name, tensor]) => [`best.${name}`, tensor] as const),
  ]);
  for (const [name, field, width] of carriedTensors(found.options)) {
    const data = carried?.[field];
    if (data) tensors.set(name, { shape: [data.length / width, width], data });
  }
  const text = JSON.stringify({ version: VERSION, ...plain }, nameInfinite);
  return writeSafetensors(tensors, { ...modelMetadata(found.options), [KEY]: text });
}

/** What is carried: name in the file, field, width of a row. */
const carriedTensors = (options: ResolvedOptions) =>
  [
    ["lanes.state", "states", options.hiddenSize],
    ["lanes.feedback", "feedback", options.outputSize],
  ].slice(0, feedsBack(options) ? 2 : 1) as [name: string, field: keyof Carried, width: number][];

/** JSON knows no NaN and no Infinity. */
const nameInfinite = (_key: string, value: unknown) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
const readInfinite = (_key: string, value: unknown) =>
  /^(NaN|-?Infinity)$/.test(value as string) ? Number(value) : value;

/** Reads what {@link writeCheckpoint} wrote. Throws "format" for anything else. */
export function readCheckpoint(file: BytesLike): Checkpoint {
  const { tensors, metadata } = readSafetensors(file);
  const options = readOptions(metadata);
  try {
    return readTensors(JSON.parse(metadata[KEY] ?? "", readInfinite), tensors, options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw formatError(`checkpoint: expected what Trainer.save wrote; ${why}`, 8, cause);
  }
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isDigest = (value: unknown) => /^[0-9a-f]{64}$/.test(value as string);

/** Whether the plain part is right; the recipe, limits and place in the data are checked where they are used. */
function isSaved(plain: Saved & { readonly version: number }): boolean {
  const { version, update, elapsed, single, data, cursor, patience, validation } = plain;
  const { entries, best, misses } = validation ?? { entries: [], best: 0, misses: 0 };
  return (
    version === VERSION &&
    isCount(update) &&
    elapsed >= 0 &&
    Number.isFinite(elapsed) &&
    typeof single === "boolean" &&
    Object(cursor) === cursor &&
    [data, validation?.data ?? data].every(isDigest) &&
    [patience ?? 0, misses].every(isCount) &&
    [best, ...entries.flatMap(Object.values)].every((figure) => typeof figure === "number")
  );
}

function readTensors(
  plain: Saved & { readonly version: number },
  tensors: StateDict,
  options: ResolvedOptions,
): Checkpoint {
  if (!isSaved(plain)) throw optionError(KEY, `a place in training, version ${VERSION}`, plain);
  const { update, single } = plain;
  const shapes = parameterShapes(options).map(([name, , shape]) => [name, shape] as const);
  const parameters = shapes.map(([name]) => name);
  const { recipe } = resolveFit(toOptions(plain), { lanes: single, dense: true, options });
  const moments = momentShapes(recipe.optimizer.kind, options);
  const hasBest = tensors.has(`best.${parameters[0]}`);
  const lanes = tensors.get("lanes.state")?.shape[0];
  const carried = lanes === undefined ? [] : carriedTensors(options);
  checkTensors("tensors", tensors, [
    ...shapes,
    ...moments,
    ["losses", [update]],
    ["gradientNorms", [update]],
    ...(hasBest ? shapes.map(([name, shape]) => [`best.${name}`, shape] as const) : []),
    ...carried.map(([name, , width]) => [name, [lanes ?? 0, width]] as const),
  ]);
  const fields = Object.fromEntries(
    carried.map(([name, field]) => [field, (tensors.get(name) as Tensor).data]),
  ) as { states: Floats };
  const pick = (entries: readonly (readonly [name: string, shape: unknown])[], prefix = "") =>
    new Map(entries.map(([name]) => [name, tensors.get(prefix + name) as Tensor]));
  return {
    ...plain,
    options,
    recipe,
    parameters: pick(shapes),
    moments: pick(moments),
    best: hasBest ? pick(shapes, "best.") : undefined,
    carried: lanes === undefined ? undefined : { feedback: new Float32Array(0), ...fields },
    losses: (tensors.get("losses") as Tensor).data,
    gradientNorms: (tensors.get("gradientNorms") as Tensor).data,
  };
}

/** The options of a checkpoint, as `fit` takes them; without validation data, which it does not hold. */
function toOptions({ recipe, totals }: Pick<Saved, "recipe" | "totals">): FitOptions {
  const { truncate, ...rest } = recipe;
  return { ...rest, ...(truncate < Number.POSITIVE_INFINITY && { truncate }), ...totals } as FitOptions;
}

/** The options of a checkpoint with those given over them, as `Trainer.resume` documents. Throws "option". */
export function mergeOptions(
  { recipe, totals, patience }: Checkpoint,
  given: Partial<FitOptions>,
): FitOptions {
  checkNames("fit options", given, fitNames);
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const keep = (name: string, saved: unknown, value: unknown) => {
    if (value !== saved) throw optionError(name, `${JSON.stringify(saved)}, as in the checkpoint`, value);
  };
  for (const name of ["batchSize", "truncate", "seed"] as const)
    if (name in chosen) keep(name, recipe[name], chosen[name]);
  if ("optimizer" in chosen)
    keep("optimizer.kind", recipe.optimizer.kind, (Object(chosen.optimizer) as { kind?: unknown }).kind);
  const limited = ["epochs", "updates", "seconds"].some((name) => name in chosen);
  return {
    ...toOptions({ recipe, totals: limited ? {} : totals }),
    patience,
    ...chosen,
  } as FitOptions;
}
