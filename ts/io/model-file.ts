import { checkNames, failure, formatError, RecurraError, show } from "../errors.js";
import { isReserved, optionNames, publicOptions, type ResolvedOptions, resolveOptions } from "../options.js";
import type { Bytes, RnnOptions, StateDict, Tensor } from "../types.js";
import { readPytorch } from "./pytorch.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** Version of the model file, under the key that marks a file as ours. */
const KEY = "recurra";
const VERSION = "1";
/** Where the header starts: the place that errors about metadata name. */
const HEADER = 8;

/**
 * The metadata of a network's file: `recurra` the version of the format, `recurra.options` the options as JSON, and
 * the user's own under their own names, which `resolveOptions` keeps from starting with "recurra".
 */
export function modelMetadata(options: ResolvedOptions): Record<string, string> {
  const { metadata, ...rest } = publicOptions(options);
  return { ...metadata, [KEY]: VERSION, [`${KEY}.options`]: JSON.stringify(rest) };
}

/** A network as a safetensors file. */
export function writeModel(options: ResolvedOptions, tensors: StateDict): Bytes {
  return writeSafetensors(tensors, modelMetadata(options));
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
 * A network's options and tensors from a file: one of ours, or one with PyTorch's names, to which the caller adds the
 * options that it does not hold. Throws "format" for a file that is neither, "option" for options that contradict it.
 */
export function readModel(
  file: BufferSource,
  given: Partial<RnnOptions>,
): { options: ResolvedOptions; tensors: Map<string, Tensor> } {
  checkNames("options", given, optionNames);
  const { tensors, metadata } = readSafetensors(file);
  if (metadata[KEY] === undefined) return readPytorch(tensors, { metadata: ownPart(metadata), ...given });
  const saved = readOptions(metadata);
  const { metadata: kept, ...options } = publicOptions(saved);
  const { metadata: own = kept, ...asked } = given;
  for (const [name, value] of Object.entries(asked)) {
    const had = options[name as keyof typeof options];
    if (value !== undefined && value !== had)
      throw failure("option", `${name}: expected ${show(had)} as in the file, got ${show(value)}`);
  }
  return { options: resolveOptions({ ...options, metadata: own } as RnnOptions), tensors };
}
