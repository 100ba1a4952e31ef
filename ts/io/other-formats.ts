import { formatError, type RecurraError } from "../errors.js";

/** What makes a file of safetensors out of one that `torch.load` reads. */
const remedy =
  'convert it in Python: safetensors.torch.save_file(torch.load("model.pt", weights_only=True), "model.safetensors")';

/** How files that are often handed over instead begin. */
const others = [
  ["PK", `a zip archive, as torch.save writes; ${remedy}`],
  ["\x80", `a pickle, as torch.save once wrote; ${remedy}`],
  ["\x89HDF", "HDF5, as Keras writes"],
] as const;

/**
 * The error for a file of another well-known format; undefined for one of none. To be asked only where no header begins
 * at byte 8: the length of a header may have the bytes of any of them.
 */
export function otherFormat(bytes: Uint8Array): RecurraError | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  const found = others.find(([magic]) => start.startsWith(magic));
  return found && formatError(`file: expected safetensors, got ${found[1]}`, 0);
}
