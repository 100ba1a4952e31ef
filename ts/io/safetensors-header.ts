import { formatError, show } from "../errors.js";

/** Where the header begins: the place that errors name which concern the whole of it. */
export const HEADER = 8;

/** Where a tensor lies, relative to the end of the header, and where in the file that was said. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
  /** Byte offset of the entry in the file, for messages. */
  readonly offset: number;
}

/** What a header says. */
export interface Header {
  readonly infos: Map<string, TensorInfo>;
  readonly metadata: Record<string, string>;
}

/**
 * The JSON that a safetensors header may be: an object of entries {dtype, shape, data_offsets}, and under
 * `__metadata__` an object of strings. A parser for just that never nests deeper, sees names that occur twice (of
 * which JSON.parse keeps the last in silence), takes only plain integers below 2⁵³, and knows the byte it stands at.
 *
 * @param bytes The file up to the end of the header.
 * @param at Where the header begins.
 */
export function parseHeader(bytes: Uint8Array<ArrayBuffer>, at: number): Header {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** The letter to be read; none at the end. */
  const peek = () => (at < bytes.length ? String.fromCharCode(bytes[at] as number) : "");

  /** What is to be read, in words. */
  const seen = () => {
    const letter = peek();
    if (/[!-~]/.test(letter)) return show(letter);
    return letter ? `byte ${bytes[at]}` : "the end of the header";
  };

  const fail = (expected: string, place = at, got = seen()): never => {
    throw formatError(`header: expected ${expected}, got ${got}`, place);
  };

  /** Skips white space; then says where it stands. */
  const space = () => {
    while (/[ \n\r\t]/.test(peek())) at++;
    return at;
  };

  const accept = (letter: string) => {
    space();
    if (peek() !== letter) return false;
    at++;
    return true;
  };

  const take = (letter: string, expected = `"${letter}"`) => accept(letter) || fail(expected);

  /** JSON.parse judges escapes and control characters. */
  const string = (): string => {
    const start = space();
    if (peek() !== '"') fail("a string");
    do at += peek() === "\\" ? 2 : 1;
    while (at < bytes.length && peek() !== '"');
    try {
      const text: string = JSON.parse(utf8.decode(bytes.subarray(start, ++at)));
      if (!/\p{Surrogate}/u.test(text)) return text;
    } catch {
      // Reported below, with the place.
    }
    at = start;
    return fail("a complete string of valid UTF-8");
  };

  /** Items between brackets, with commas between them. */
  const series = (open: string, close: string, item: () => void) => {
    take(open);
    if (accept(close)) return;
    do item();
    while (accept(","));
    take(close, `"," or "${close}"`);
  };

  const integers = (): number[] => {
    const list: number[] = [];
    series("[", "]", () => {
      const start = space();
      let digits = "";
      for (; digits.length < 17 && /\d/.test(peek()); at++) digits += peek();
      const n = Number(digits);
      // Only a number as it is usually written gives its digits back.
      if (String(n) !== digits || !Number.isSafeInteger(n)) {
        at = start;
        fail("an integer, 0 … 2⁵³ − 1");
      }
      list.push(n);
    });
    return list;
  };

  /** `{"name": …, …}`: `value` reads what follows each name. */
  const object = (value: (name: string, start: number) => void) => {
    const names = new Set<string>();
    series("{", "}", () => {
      const start = space();
      const name = string();
      if (names.has(name)) fail("each name once", start, `${show(name)} again`);
      names.add(name);
      take(":");
      value(name, start);
    });
  };

  const entry = (): TensorInfo => {
    const offset = space();
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] = [];
    object((name, start) => {
      if (name === "dtype") dtype = string();
      else if (name === "shape") shape = integers();
      else if (name === "data_offsets") offsets = integers();
      else fail("dtype, shape or data_offsets", start, show(name));
    });
    const [begin = 0, end = 0] = offsets;
    if (dtype === undefined || !shape || offsets.length !== 2)
      return fail("an entry with dtype, shape and two data_offsets", offset, "another");
    if (begin > end) fail("data_offsets in order", offset, `[${begin}, ${end}]`);
    return { dtype, shape, begin, end, offset };
  };

  if (peek() !== "{") fail('"{"');
  const infos = new Map<string, TensorInfo>();
  const metadata = new Map<string, string>();
  object((name) => {
    if (name === "__metadata__") object((key) => metadata.set(key, string()));
    else infos.set(name, entry());
  });
  if (space() < bytes.length) fail("only spaces after the header");
  // An own property even for a key like "__proto__".
  return { infos, metadata: Object.fromEntries(metadata) };
}
