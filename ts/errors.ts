/**
 * Everything that can go wrong, as one class. `code` says what kind of thing went wrong and is what programs
 * should look at; the message is for people and says what was wrong, what was expected and what came.
 */

/** What kind of thing went wrong. */
export type ErrorCode =
  /** An option has a value that is never right, or a name that does not exist. */
  | "option"
  /** An array or tensor has a type, length or content that does not fit the network. */
  | "shape"
  /** A combination that is well formed but not available. */
  | "unsupported"
  /** A file is wrong; `offset` says where. */
  | "format"
  /** Memory ran out; `requested` and `limit` in bytes. */
  | "out-of-memory"
  /** Use after `dispose()`. */
  | "disposed"
  /** The network is being trained or evaluated. */
  | "busy"
  /** The WebAssembly instance stopped; everything on it is lost. */
  | "kernel-terminated"
  /** A worker thread ended. */
  | "worker-lost"
  /** This host cannot do it: no SIMD, a content security policy, a file system that refuses. */
  | "environment";

/** What a {@link RecurraError} is made of. */
export interface RecurraErrorOptions {
  code: ErrorCode;
  /** What, expected, got. */
  message: string;
  cause?: unknown;
  /** Byte offset of the fault in a file. */
  offset?: number;
  /** Bytes asked for. */
  requested?: number;
  /** Bytes allowed. */
  limit?: number;
}

/** The only error this library throws on purpose. */
export class RecurraError extends Error {
  /** What kind of thing went wrong: what programs look at. */
  declare readonly code: ErrorCode;
  /** Byte offset of the fault in the file, with code "format". */
  declare readonly offset?: number;
  /** Bytes asked for, with code "out-of-memory". */
  declare readonly requested?: number;
  /** Bytes allowed, with code "out-of-memory". */
  declare readonly limit?: number;

  constructor({ message, cause, ...details }: RecurraErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { name: "RecurraError", ...details });
  }
}

/** A {@link RecurraError} with these parts. */
export const failure = (
  code: ErrorCode,
  message: string,
  details?: Omit<RecurraErrorOptions, "code" | "message">,
): RecurraError => new RecurraError({ code, message, ...details });

/** "Map", "Float32Array" …, whichever realm made the value. */
export const typeName = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** A value in a few words, for the "got" of a message. */
export function show(value: unknown): string {
  if (typeof value === "string") return `"${value.length > 40 ? `${value.slice(0, 37)}…` : value}"`;
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (!ArrayBuffer.isView(value)) return `an object (${typeName(value)})`;
  return typeName(value) + ("length" in value ? ` of length ${value.length}` : "");
}

/** `name: expected …, got …`, code "option". */
export const optionError = (name: string, expected: string, got: unknown): RecurraError =>
  failure("option", `${name}: expected ${expected}, got ${show(got)}`);

/** `name: expected …, got …`, code "shape". `got` is shown as it is if it is a string. */
export const shapeError = (name: string, expected: string, got: unknown): RecurraError =>
  failure("shape", `${name}: expected ${expected}, got ${typeof got === "string" ? got : show(got)}`);

/** Code "unsupported". */
export const unsupported = (message: string): RecurraError => failure("unsupported", message);

/** Code "format", with the byte offset of the fault. */
export const formatError = (message: string, offset: number, cause?: unknown): RecurraError =>
  failure("format", `${message} (at byte ${offset})`, { offset, cause });

/** Code "disposed". */
export const disposedError = (what: string): RecurraError =>
  failure("disposed", `${what}: expected one in use, got one that was disposed`);

/**
 * The candidate that needs the fewest single-letter changes (Levenshtein), if they are few enough for it to be
 * what was meant: at most a third of the letters, and at least 2 allowed. Capitals, - and _ do not count.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, "");
  const wanted = plain(word);
  let best: string | undefined;
  let fewest = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  if (wanted.length > 64) return undefined;
  for (const candidate of candidates) {
    const changes = distance(wanted, plain(candidate));
    if (changes < fewest) [best, fewest] = [candidate, changes];
  }
  return best;
}

function distance(a: string, b: string): number {
  let row = [...b, ""].map((_, j) => j);
  [...a].forEach((letter, i) => {
    let last = i + 1;
    const next = [...b].map((other, j) => {
      const [diagonal, above] = row.slice(j) as [number, number];
      last = Math.min(diagonal + Number(letter !== other), above + 1, last + 1);
      return last;
    });
    row = [i + 1, ...next];
  });
  return row.at(-1) as number;
}

/** ` Did you mean "…"?`, or nothing. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const best = nearest(word, candidates);
  return best === undefined ? "" : ` Did you mean "${best}"?`;
}

/** Throws code "option" if `options` is not a plain object or has a name that is not in `allowed`. */
export function checkNames(
  what: string,
  options: unknown,
  allowed: readonly string[],
): asserts options is Record<string, unknown> {
  if (
    typeof options !== "object" ||
    options === null ||
    Array.isArray(options) ||
    ArrayBuffer.isView(options)
  ) {
    throw optionError(what, `an object { ${allowed[0]} … }`, options);
  }
  for (const name of Object.keys(options)) checkName("option", what, name, allowed);
}

/** Throws, with the nearest right one, if `name` is not in `allowed`. */
export function checkName(code: ErrorCode, what: string, name: string, allowed: readonly string[]): void {
  if (allowed.includes(name)) return;
  const hint = typeof name === "string" ? suggestion(name, allowed) : "";
  throw failure(code, `${what}: expected ${allowed.join(", ")}, got ${show(name)}.${hint}`);
}
