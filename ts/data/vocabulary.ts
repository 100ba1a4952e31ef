import { failure, formatError, optionError, type RecurraError, show } from "../errors.js";
import { readJson, requireString } from "./json.js";

/**
 * Symbols and their indices: what lets a net of indices read and write text.
 *
 * Two kinds. *Characters*: the distinct Unicode code points of a text, in ascending order. *Bytes*: the 256 bytes of
 * UTF-8, which know no unknown symbol. A vocabulary travels in a model's metadata as the JSON of {@link toJSON}.
 */
export class Vocabulary {
  /** How many symbols there are: the input and output size of a net over them. */
  readonly size: number;
  /** The symbols in the order of their indices; absent for bytes. */
  readonly #symbols: readonly string[] | undefined;
  readonly #indices: ReadonlyMap<string, number>;

  private constructor(symbols?: readonly string[]) {
    this.size = symbols?.length ?? 256;
    this.#symbols = symbols;
    this.#indices = new Map(symbols?.map((symbol, index) => [symbol, index]));
  }

  /** The distinct code points of `text`, in ascending order. A text without any is refused. */
  static fromText(text: string): Vocabulary {
    requireString("text", text);
    if (text === "") throw optionError("text", "at least one symbol", text);
    return new Vocabulary([...new Set(text)].sort((a, b) => pointOf(a) - pointOf(b)));
  }

  /** The 256 bytes: text is read and written as UTF-8, and every text can be encoded. */
  static bytes(): Vocabulary {
    return new Vocabulary();
  }

  /** What {@link toJSON} wrote. Anything else is refused with code "format". */
  static fromJSON(json: string): Vocabulary {
    const { kind, symbols } = readJson("vocabulary", json);
    const wrong = (expected: string, got: unknown) =>
      formatError(`vocabulary: expected ${expected}, got ${show(got)}`, 0);
    if (kind === "bytes") return new Vocabulary();
    if (kind !== "characters" || !Array.isArray(symbols) || symbols.length === 0)
      throw wrong("what toJSON wrote", json);
    symbols.forEach((symbol, index) => {
      if (typeof symbol !== "string" || [...symbol].length !== 1)
        throw wrong(`one code point in symbols[${index}]`, symbol);
    });
    if (new Set(symbols).size < symbols.length) throw wrong("distinct symbols", json);
    return new Vocabulary(symbols);
  }

  /**
   * One index per symbol of `text`. A symbol that is not in the vocabulary (for bytes: half of a surrogate pair) is an
   * error of code "option" that names it, its position in UTF-16 units and its line.
   */
  encode(text: string): Int32Array<ArrayBuffer> {
    requireString("text", text);
    if (!this.#symbols) return encodeBytes(text);
    const indices = new Int32Array(text.length);
    let count = 0;
    let at = 0;
    for (const symbol of text) {
      const index = this.#indices.get(symbol);
      if (index === undefined) throw unknownSymbol(text, at, `the vocabulary's ${this.size} symbols`);
      indices[count++] = index;
      at += symbol.length;
    }
    return indices.slice(0, count);
  }

  /** The text of `indices`. Bytes that are not UTF-8 become U+FFFD, as drawn bytes may be; an index ≥ size is refused. */
  decode(indices: Iterable<number>): string {
    if (typeof Object(indices)[Symbol.iterator] !== "function")
      throw optionError("indices", "numbers to iterate over", indices);
    const checked = Array.from(indices, (index, at) => {
      if (Number.isInteger(index) && index >= 0 && index < this.size) return index;
      throw optionError(`indices[${at}]`, `an integer, 0 … ${this.size - 1}`, index);
    });
    const symbols = this.#symbols;
    if (symbols) return checked.map((index) => symbols[index]).join("");
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(checked));
  }

  /** A JSON document, `{"kind":"characters","symbols":[…]}` or `{"kind":"bytes"}`: what goes into metadata and files. */
  toJSON(): string {
    return JSON.stringify(this.#symbols ? { kind: "characters", symbols: this.#symbols } : { kind: "bytes" });
  }
}

const pointOf = (symbol: string): number => symbol.codePointAt(0) as number;

function encodeBytes(text: string): Int32Array<ArrayBuffer> {
  // With the u flag only surrogates without their other half match; TextEncoder would turn them into U+FFFD silently.
  const lone = text.search(/\p{Surrogate}/u);
  if (lone >= 0) throw unknownSymbol(text, lone, "characters that UTF-8 can hold");
  return Int32Array.from(new TextEncoder().encode(text));
}

function unknownSymbol(text: string, at: number, expected: string): RecurraError {
  const point = text.codePointAt(at) as number;
  const line = text.slice(0, at).split("\n").length;
  const code = point.toString(16).toUpperCase().padStart(4, "0");
  // As JSON writes it, so that control characters show.
  const symbol = JSON.stringify(String.fromCodePoint(point));
  const message = `text: expected ${expected}, got ${symbol} (U+${code}) at position ${at}, line ${line}`;
  return failure("option", message);
}
