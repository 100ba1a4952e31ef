import { arrayKind, isDetached } from "../checks.js";
import { shapeError, show } from "../errors.js";

/**
 * An array of this type and exactly this length, which it has not because its buffer was transferred. Throws "shape".
 *
 * @param expected What is wanted, for messages, if it is more than its type and length.
 */
export function checkArray(
  type: "Int32Array" | "Float32Array",
  what: string,
  values: unknown,
  length: number,
  expected?: string,
): void {
  // Texts are made where they are needed: a stream comes by at every step.
  if (arrayKind(values) !== type)
    throw shapeError(what, expected ?? `a ${type} of length ${length}`, show(values));
  const array = values as Int32Array | Float32Array;
  if (array.length !== length) throw shapeError(what, `length ${length}`, array.length);
  if (length === 0 && isDetached(array))
    throw shapeError(what, "an array with a buffer", "one whose buffer was transferred");
}

/** A Float32Array of exactly this length. */
export function checkFloats(what: string, values: unknown, length: number): asserts values is Float32Array {
  checkArray("Float32Array", what, values, length);
}

/** Every index in 0 … bound − 1. */
export function checkIndices(name: string, of: string, indices: Int32Array, bound: number): void {
  checkRange(name, of, indices, bound - 1);
}

/**
 * Every number in 0 … most, which NaN is not.
 *
 * @param expected What is wanted, for messages, if it is more than that.
 */
export function checkRange(
  name: string,
  of: string,
  values: Int32Array | Float32Array,
  most: number,
  expected?: string,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value <= most))
      throw shapeError(`${name}[${i}]${of}`, expected ?? `0 … ${most}`, value);
  }
}
