/** Arrangements of axes: what Squeeze, Unsqueeze, Transpose and Reshape do to names and to sizes. */
import { axesOf, type Call } from "./call.js";
import { formatError, MOST_AXES, showShape, unsupported } from "./errors.js";

/** The axes that Squeeze and Unsqueeze name: an attribute until operator set 12, an input since. */
export function namedAxes(call: Call): readonly number[] | undefined {
  const attribute = call.intList("axes");
  if (call.input(1) === undefined) return attribute;
  if (attribute === undefined) return call.ints(1, "axes").ints;
  throw formatError(`${call.what}: expected axes once, got an attribute and an input`, call.offset);
}

/** Transpose's permutation of `rank` axes; absent: reversed. */
export function permutation(call: Call, rank: number): number[] {
  const perm = call.intList("perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (perm.length !== rank || perm.some((axis) => axis < 0))
    throw formatError(`${call.what}: expected perm of ${rank} axes, got ${showShape(perm)}`, call.offset);
  return axesOf(call, perm, rank);
}

/** Without the axes that are named, each of which `isOne`. */
export function squeezed<T>(
  call: Call,
  axes: readonly T[],
  named: readonly number[],
  isOne: (axis: T) => boolean,
): T[] {
  const gone = axesOf(call, named, axes.length);
  for (const axis of gone)
    if (!isOne(axes[axis] as T))
      throw unsupported(`${call.what}: expected an axis of size 1, got axis ${axis}`);
  return axes.filter((_, i) => !gone.includes(i));
}

function checkRank(call: Call, rank: number): void {
  if (rank > MOST_AXES) throw unsupported(`${call.what}: expected at most ${MOST_AXES} axes, got ${rank}`);
}

/** With new axes, which stand at the places named in the result. */
export function unsqueezed<T>(call: Call, axes: readonly T[], named: readonly number[], one: T): T[] {
  const rank = axes.length + named.length;
  checkRank(call, rank);
  const places = axesOf(call, named, rank);
  const old = axes.values();
  return Array.from({ length: rank }, (_, i) => (places.includes(i) ? one : (old.next().value as T)));
}

/**
 * Axes after Reshape to a constant shape. Reshape keeps the order of the numbers, so the letters of all axes, one after
 * the other, are only grouped anew: 0 takes the group of the axis at its place, 1 none, a size the letters whose known
 * sizes it is the product of, −1 what is left between those before and those after it. Throws "unsupported" where that
 * cannot be told.
 */
export function regrouped(
  call: Call,
  axes: readonly string[],
  shape: readonly number[],
  sizeOf: (letter: string) => number | undefined,
): string[] {
  checkRank(call, shape.length);
  const letters = [...axes.join("")];
  const refuse = () =>
    unsupported(
      `${call.what}: expected a shape that groups the axes ${showShape(axes)}, got ${showShape(shape)}`,
    );
  const open = shape.indexOf(-1);
  if (open >= 0 && shape.indexOf(-1, open + 1) >= 0)
    throw formatError(`${call.what}: expected −1 at most once in ${showShape(shape)}`, call.offset);
  const result = shape.map(() => "");
  const take = (i: number, fromEnd: boolean): void => {
    const size = shape[i] as number;
    const pop = () => (fromEnd ? letters.pop() : letters.shift());
    const put = (letter: string) => {
      result[i] = fromEnd ? letter + result[i] : result[i] + letter;
    };
    if (size === 0) {
      if (i >= axes.length) throw refuse();
      for (const _ of axes[i] as string) put(pop() ?? "?");
      if (result[i] !== axes[i]) throw refuse();
      return;
    }
    if (size === 1) {
      // An axis whose size is known to be 1 is as good as none; taken here, it keeps its name.
      const next = letters.at(fromEnd ? -1 : 0);
      if (next !== undefined && sizeOf(next) === 1) put(pop() as string);
      return;
    }
    for (let product = 1; product < size; ) {
      const letter = pop();
      const factor = letter === undefined ? undefined : sizeOf(letter);
      if (letter === undefined || factor === undefined || size % (product * factor) !== 0) throw refuse();
      product *= factor;
      put(letter);
    }
  };
  if (shape.some((size) => size < -1)) throw refuse();
  for (let i = 0; i < (open < 0 ? shape.length : open); i++) take(i, false);
  for (let i = shape.length - 1; open >= 0 && i > open; i--) take(i, true);
  if (open >= 0) result[open] = letters.join("");
  else if (letters.length > 0) throw refuse();
  return result;
}
