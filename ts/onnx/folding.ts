/** Constants made of constants, as exporters that do not fold them leave them in the graph. */
import { axisOf, type Call } from "./call.js";
import { formatError, unsupported } from "./errors.js";
import type { Constant } from "./tensors.js";

/** What constants that are computed may take: together `budget` bytes from now on, each `largest`. */
export interface Budget {
  budget: number;
  readonly largest: number;
}

/** Takes the bytes of some f32 or integers from the budget. Throws "unsupported" if that is too much. */
export function spend(call: Call, reading: Budget, count: number): void {
  reading.budget -= 4 * count;
  if (reading.budget < 0 || 4 * count > reading.largest)
    throw unsupported(`${call.what}: expected computed constants no larger than the file, got larger ones`);
}

/** Transpose of a constant of f32. */
export function transposed(call: Call, reading: Budget, value: Constant, order: readonly number[]): Constant {
  const { floats, shape } = value;
  if (floats === undefined) throw unsupported(`${call.what}: expected float32, got integers`);
  spend(call, reading, floats.length);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis] as number);
  const steps = order.map((axis) => strides[axis] as number);
  const index = sizes.map(() => 0);
  let from = 0;
  const data = new Float32Array(floats.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = floats[from] as number;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (sizes[axis] as number)) break;
      from -= (steps[axis] as number) * (sizes[axis] as number);
      index[axis] = 0;
    }
  }
  return { ...value, shape: sizes, floats: data };
}

/** Concat of constants of f32 along an axis that only axes of size 1 stand before, or of integers in one row. */
export function concatenated(
  call: Call,
  reading: Budget,
  parts: readonly Constant[],
  axis: number,
): Constant {
  const [first] = parts as [Constant];
  const along = axisOf(call, axis, first.shape.length);
  const total = parts.reduce((sum, part) => sum + (part.shape[along] ?? 0), 0);
  const shape = first.shape.map((size, i) => (i === along ? total : size));
  const others = (part: Constant) => part.shape.map((size, i) => (i === along ? "*" : size)).join();
  if (parts.some((part) => others(part) !== others(first) || !part.floats !== !first.floats))
    throw formatError(`${call.what}: expected tensors that differ along one axis only`, call.offset);
  if (first.shape.slice(0, along).some((size) => size !== 1))
    throw unsupported(`${call.what}: expected constants one after the other, got interleaved ones`);
  const count = shape.reduce((product, size) => product * size, 1);
  spend(call, reading, count);
  if (first.floats === undefined) return { ...first, shape, ints: parts.flatMap(({ ints = [] }) => ints) };
  const floats = new Float32Array(count);
  let at = 0;
  for (const part of parts) {
    floats.set(part.floats ?? [], at);
    at += part.floats?.length ?? 0;
  }
  return { ...first, shape, floats };
}
