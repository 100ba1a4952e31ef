import { checkNames, failure, formatError, RecurraError, shapeError, show } from "../errors.js";
import { checkTensors } from "../models/parameters.js";
import {
  isReserved,
  optionNames,
  parameterShapes,
  publicOptions,
  type ResolvedOptions,
  resolveOptions,
} from "../options.js";
import type { Bytes, BytesLike, RnnOptions, SaveOptions, StateDict, Tensor } from "../types.js";
import { fromPytorch, pytorchName, toPytorch } from "./pytorch.js";
import { readPlaced, writeSafetensors } from "./safetensors.js";
import { HEADER } from "./safetensors-header.js";

/** Version of the model file, under the key that marks a file as ours. */
const KEY = "recurra";
const VERSION = "1";
/** Every parameter that a network may have. */
const ourNames = ["weight_ih", "weight_hh", "weight_oh", "bias_h", "weight_ho", "bias_o"];

/**
 * The metadata of a network's file: `recurra` the version of the format, `recurra.options` the options as JSON, and
 * the user's own under their own names, which `resolveOptions` keeps from starting with "recurra".
 */
export function modelMetadata(options: ResolvedOptions): Record<string, string> {
  const { metadata, ...rest } = publicOptions(options);
  return { ...metadata, [KEY]: VERSION, [`${KEY}.options`]: JSON.stringify(rest) };
}

/** A network as a safetensors file. Throws "unsupported" for one that PyTorch's names cannot say. */
export function writeModel(
  options: ResolvedOptions,
  tensors: StateDict,
  names: SaveOptions["names"] = "recurra",
): Bytes {
  const named = names === "pytorch" ? toPytorch(options, tensors) : tensors;
  return writeSafetensors(named, modelMetadata(options));
}

/** The options of a file of ours. Throws "format". */
export function readOptions(metadata: Readonly<Record<string, string>>): ResolvedOptions {
  if (metadata[KEY] !== VERSION) {
    const got = metadata[KEY] === undefined ? "none" : show(metadata[KEY]);
    throw formatError(`file: expected a recurra model of version ${VERSION}, got ${got}`, HEADER);
  }
  try {
    const options = JSON.parse(metadata[`${KEY}.options`] ?? "") as RnnOptions;
    return resolveOptions({ ...options, metadata: ownPart(metadata) });
  } catch (error) {
    // What a later version saved is well formed, and this version may say what it lacks.
    if (error instanceof RecurraError && error.code !== "option") throw error;
    throw formatError("file: expected the options of a network in its metadata, got others", HEADER, error);
  }
}

/** The user's part of a file's metadata. */
const ownPart = (metadata: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => !isReserved(key)));

/**
 * A network's options and tensors from a file: one that `Rnn.save` wrote, or one with PyTorch's names or our own and
 * nothing else, to which the caller adds the options that it does not hold. Throws "format" for a file that is none of
 * these, "option" or "shape" for options that contradict it, "unsupported" for nets of another kind.
 */
export function readModel(
  file: BytesLike,
  asked: Partial<RnnOptions>,
): { options: ResolvedOptions; tensors: Map<string, Tensor> } {
  checkNames("options", asked, optionNames);
  // What is undefined is not given.
  const given: Partial<RnnOptions> = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  );
  const { tensors: found, metadata, placeOf } = readPlaced(file);
  if (metadata[`${KEY}.checkpoint`])
    throw formatError("file: expected a network, got a checkpoint: Trainer.resume takes it", HEADER);
  const theirs = pytorchName(found.keys());
  const ours = ourNames.find((name) => found.has(name));
  if (theirs !== undefined && ours !== undefined)
    throw formatError(
      `file: expected PyTorch's names or our own, got ${show(theirs)} and ${show(ours)}`,
      placeOf(ours),
    );
  const tensors = theirs === undefined ? found : fromPytorch(found, placeOf);
  const options =
    metadata[KEY] === undefined
      ? optionsOf(tensors, placeOf, { metadata: ownPart(metadata), ...given }, theirs)
      : savedOptions(metadata, given);
  // Before memory is set aside: options and shapes without numbers may name any size.
  checkTensors(
    "tensors",
    tensors,
    parameterShapes(options).map(([name, , shape]) => [name, shape]),
  );
  return { options, tensors };
}

/** The options of a file of ours, which may be given again, but not otherwise, and metadata instead of its own. */
function savedOptions(
  metadata: Readonly<Record<string, string>>,
  given: Partial<RnnOptions>,
): ResolvedOptions {
  const saved = readOptions(metadata);
  const { metadata: kept, ...options } = publicOptions(saved);
  const { metadata: own = kept, ...asked } = given;
  for (const [name, value] of Object.entries(asked)) {
    const had = options[name as keyof typeof options];
    if (value !== had)
      throw failure("option", `${name}: expected ${show(had)} as in the file, got ${show(value)}`);
  }
  return resolveOptions({ ...options, metadata: own } as RnnOptions);
}

/** The given options, completed by what names and shapes say: sizes, recurrence, and whether there are outputs. */
function optionsOf(
  tensors: StateDict,
  placeOf: (name: string) => number,
  given: Partial<RnnOptions>,
  pytorch: string | undefined,
): ResolvedOptions {
  const stranger = [...tensors.keys()].find((name) => !ourNames.includes(name));
  const bias = tensors.get("bias_h");
  if (stranger !== undefined || !bias) {
    const expected = "expected rnn.weight_ih_l0, … of PyTorch or weight_ih, bias_h, … of this library";
    throw formatError(
      `file: ${expected}, got ${stranger === undefined ? "neither" : show(stranger)}`,
      placeOf(stranger ?? ""),
    );
  }
  const R = tensors.get("weight_oh");
  const V = tensors.get("weight_ho");
  const recurrence = R ? (tensors.has("weight_hh") ? "both" : "output") : "hidden";
  if (pytorch !== undefined && (given.recurrence ?? recurrence) !== recurrence)
    throw failure(
      "unsupported",
      `recurrence: expected "hidden" with PyTorch's names, got ${show(given.recurrence)}`,
    );
  const fixed = {
    recurrence,
    inputSize: tensors.get("weight_ih")?.shape[1] ?? 0,
    hiddenSize: bias.shape[0],
    ...(V && { outputSize: V.shape[0] }),
  };
  for (const [name, had] of Object.entries(fixed)) {
    const asked = given[name as keyof RnnOptions];
    if (asked !== undefined && asked !== had)
      throw shapeError(name, `${show(had)} as in the file`, show(asked));
  }
  return resolveOptions({ ...(!V && { outputs: "none" }), ...given, ...fixed } as RnnOptions);
}
