import { checkNames, failure, optionError, typeName } from "./errors.js";

/** The greatest i32: no size or index of the kernel is above it. */
export const MAX_INT = 0x7fffffff;

/** The greatest finite f32, (2 − 2⁻²³) · 2¹²⁷. */
export const MAX_FLOAT = 3.4028234663852886e38;

/** The most memory an instance can have: 2³¹ bytes without the last page. */
export const MAX_MEMORY = 0x7fff0000;

/** Returns a value that is right, and throws "option" with `name` for one that is not. */
export type Rule<T = unknown> = (name: string, value: unknown) => T;

/** What {@link checkOptions} makes of options with these rules. */
export type Checked<R extends Readonly<Record<string, Rule>>> = {
  -readonly [K in keyof R]?: ReturnType<R[K]>;
};

/**
 * Options by name, those that are given each as its rule returns it. Throws "option" for a name without a rule.
 *
 * @param prefix Stands before the names in what rules say.
 * @param required Names that are checked even if they are not given, which their rules then refuse.
 */
export function checkOptions<const R extends Readonly<Record<string, Rule>>>(
  what: string,
  given: unknown,
  rules: R,
  prefix = "",
  required: readonly (keyof R)[] = [],
): Checked<R> {
  checkNames(what, given, Object.keys(rules));
  const checked: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = given[name];
    if (value !== undefined || required.includes(name)) checked[name] = rule(prefix + name, value);
  }
  return checked as Checked<R>;
}

/** A rule: whatever `fits`, which messages call `expected`. */
export const rule =
  <T>(expected: string, fits: (value: never) => unknown): Rule<T> =>
  (name, value) => {
    if (!fits(value as never)) throw optionError(name, expected, value);
    return (value === 0 ? 0 : value) as T; // −0 would print oddly and is no other number
  };

/** A rule for numbers. */
export const numeric = (expected: string, fits: (value: number) => boolean): Rule<number> =>
  rule(expected, (value: unknown) => typeof value === "number" && fits(value));

/** An integer in min … max. Numbers in strings are none. */
export const integer = (min: number, max: number): Rule<number> =>
  numeric(`an integer, ${min} … ${max}`, (n) => Number.isSafeInteger(n) && n >= min && n <= max);

/** How many there are, or which one. */
export const count = integer(1, MAX_INT);
export const index = integer(0, MAX_INT);

/** A seed: an integer, 0 … 2⁵³ − 1. */
export const seedRule = integer(0, Number.MAX_SAFE_INTEGER);

/** A finite number in min … max. */
export const finite = (min: number, max: number): Rule<number> =>
  numeric(`a finite number in ${min} … ${max}`, (n) => n >= min && n <= max);

/** One of a few words. */
export const oneOf = <const T extends string>(words: readonly T[]): Rule<T> =>
  rule(words.map((word) => `"${word}"`).join(", "), (value: T) => words.includes(value));

/** Anything: what is checked elsewhere. */
export const anything = (_name: string, value: unknown): unknown => value;

/** "Float32Array", "Int32Array" …, whichever realm made it; undefined for anything that is not a typed array. */
export function arrayKind(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) ? (value as Partial<Float32Array>)[Symbol.toStringTag] : undefined;
}

/** The numbers in a tensor of this shape. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** Throws "out-of-memory" for more bytes than an instance can have. */
export function checkBytes(what: string, requested: number): void {
  if (requested <= MAX_MEMORY) return;
  const message = `${what}: expected at most ${MAX_MEMORY} bytes, got ${requested}`;
  throw failure("out-of-memory", message, { requested, limit: MAX_MEMORY });
}

/** Of a view of length 0: whether its buffer was transferred away or became too short, or it is just empty. */
export function isDetached(view: ArrayBufferView): boolean {
  try {
    new Uint8Array(view as Uint8Array);
    return false;
  } catch {
    return true;
  }
}

/** The bytes of a file given as an ArrayBuffer (or SharedArrayBuffer) or any view, copied. Code "option". */
export function copyBytes(
  name: string,
  file: unknown,
  expected = "an ArrayBuffer or a view of one, as readFile of recurra/node gives",
): Uint8Array<ArrayBuffer> {
  const view = (ArrayBuffer.isView(file) ? file : { buffer: file }) as ArrayBufferView;
  if (!/^(Shared)?ArrayBuffer$/.test(typeName(view.buffer))) throw optionError(name, expected, file);
  try {
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice() as Uint8Array<ArrayBuffer>;
  } catch {
    throw optionError(name, "a buffer that is still here", "one that was transferred");
  }
}
