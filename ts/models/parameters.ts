import { checkName, shapeError, show } from "../errors.js";
import { checkTensor } from "../io/safetensors.js";
import { parameterShapes } from "../options.js";
import type { Floats, StateDict, Tensor } from "../types.js";
import type { Internals } from "./internals.js";

/** The first slot of the parameters, or of their gradients (`NetworkSlot.GRADIENT`). */
type First = 0 | 8;

/** Copies of a network's parameters or of their gradients, in the order of the file. */
export function readParameters(
  { kernel, network, options }: Internals,
  first: First = 0,
): Map<string, Tensor> {
  return new Map(
    parameterShapes(options).map(([name, slot, shape]) => [
      name,
      { shape, data: kernel.f32(network, first + slot).slice() },
    ]),
  );
}

/**
 * Writes all parameters, or all their gradients. Names and shapes are checked first: throws "shape", with nothing
 * written.
 */
export function writeParameters(found: Internals, what: string, tensors: StateDict, first: First = 0): void {
  const { kernel, network } = found;
  const all = parameterShapes(found.options);
  const data = checkTensors(
    what,
    tensors,
    all.map(([name, , shape]) => [name, shape]),
  );
  all.forEach(([, slot], i) => {
    kernel.f32(network, first + slot).set(data[i] as Floats);
  });
  if (first > 0) return;
  found.changes++;
  kernel.run(what, (exports) => exports.network_changed(network));
}

/**
 * The data of tensors that have to be exactly the expected ones: all names, no other, each of its shape. Throws "shape".
 *
 * @param expected Names and shapes, in the order of what is returned.
 */
export function checkTensors(
  what: string,
  tensors: StateDict,
  expected: readonly (readonly [name: string, shape: readonly number[]])[],
): Floats[] {
  if (typeof tensors?.get !== "function" || typeof tensors.keys !== "function")
    throw shapeError(what, "a Map of tensors by name", show(tensors));
  const names = expected.map(([name]) => name);
  for (const name of tensors.keys()) checkName("shape", what, name, names);
  return expected.map(([name, shape]) => {
    const tensor = tensors.get(name);
    const wanted = `shape [${shape.join(", ")}]`;
    if (!tensor) throw shapeError(name, `a tensor of ${wanted}`, "none");
    const got = Array.isArray(tensor.shape) ? `[${tensor.shape.join(", ")}]` : show(tensor.shape);
    if (wanted !== `shape ${got}`) throw shapeError(name, wanted, got);
    return checkTensor(name, tensor);
  });
}
