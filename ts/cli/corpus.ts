/** Texts as symbols: reading a file, cutting off the held-out part, the baseline that a net has to beat. */
import { basename, extname } from "node:path";
import { RecurraError, Vocabulary } from "../index.js";
import { readFile } from "../io/files.js";
import { bitsPerNat, grouped, nameSymbol, plural } from "./format.js";

export type Unit = "character" | "byte";

/** A text cut in two. Symbols of the held-out part that the training part does not have are left out of it. */
export interface Corpus {
  readonly vocabulary: Vocabulary;
  readonly unit: Unit;
  readonly training: Int32Array<ArrayBuffer>;
  readonly heldOut: Int32Array<ArrayBuffer>;
  /** How often each symbol stands in the training part, by index. */
  readonly counts: readonly number[];
  /** What was left out of the held-out part: symbol and how often. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** What to do with a file that is no text. */
export const asBytes = "--bytes learns any file byte by byte";
const formatError = (message: string): RecurraError => new RecurraError({ code: "format", message });

/** Reads and splits a file for training. */
export function readCorpus(file: string, unit: Unit, share: number): Corpus {
  if (unit === "byte") return splitBytes(file, readFile(file), share);
  return splitText(file, readText(file, `; ${asBytes}`), share);
}

function splitBytes(file: string, bytes: Uint8Array, share: number): Corpus {
  const cut = cutAt(file, bytes.length, "byte", share);
  const training = Int32Array.from(bytes.subarray(0, cut));
  const heldOut = Int32Array.from(bytes.subarray(cut));
  const counts = countSymbols(training, 256);
  return { vocabulary: Vocabulary.bytes(), unit: "byte", training, heldOut, counts, leftOut: new Map() };
}

function splitText(file: string, text: string, share: number): Corpus {
  const cut = wholeSymbol(text, cutAt(file, text.length, "character", share));
  const head = text.slice(0, cut);
  const vocabulary = Vocabulary.fromText(head);
  const { kept, leftOut } = keepKnown(text.slice(cut), new Set(head));
  if (share > 0 && kept.length < 2) {
    throw formatError(
      `${file}: the held-out part has next to no symbol of the training part; try another --held-out`,
    );
  }
  const training = vocabulary.encode(head);
  const counts = countSymbols(training, vocabulary.size);
  return { vocabulary, unit: "character", training, heldOut: vocabulary.encode(kept), counts, leftOut };
}

/** Where the held-out part begins. Both parts need a few symbols, or nothing can be learned or measured. */
function cutAt(file: string, length: number, unit: Unit, share: number): number {
  const least = 32;
  const cut = length - Math.round(length * share);
  if (cut >= least && (share === 0 || length - cut >= 2)) return cut;
  const much = length === 0 ? "is empty" : `has only ${plural(length, unit)}`;
  throw formatError(`${file} ${much}; at least ${least} are needed to learn from, and 2 held out`);
}

/** Never between the two halves of a surrogate pair. */
function wholeSymbol(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}

function keepKnown(text: string, known: ReadonlySet<string>): { kept: string; leftOut: Map<string, number> } {
  const leftOut = new Map<string, number>();
  for (const symbol of text) if (!known.has(symbol)) leftOut.set(symbol, (leftOut.get(symbol) ?? 0) + 1);
  if (leftOut.size === 0) return { kept: text, leftOut };
  let kept = "";
  for (const symbol of text) if (!leftOut.has(symbol)) kept += symbol;
  return { kept, leftOut };
}

/** The sentence about symbols that were left out, or undefined. */
export function leftOutNotice(leftOut: ReadonlyMap<string, number>): string | undefined {
  if (leftOut.size === 0) return undefined;
  const total = [...leftOut.values()].reduce((sum, count) => sum + count, 0);
  const named = [...leftOut.keys()].slice(0, 3).map(nameSymbol).join(", ");
  const more = leftOut.size > 3 ? ` and ${leftOut.size - 3} more` : "";
  const what = `${plural(total, "character")} of the held-out part never ${total === 1 ? "occurs" : "occur"}`;
  return `note: ${what} in the training part (${named}${more}); scoring leaves them out`;
}

/** A file as text: UTF-8, without NUL. Anything else is refused; `hint` says what to do about it. */
export const readText = (file: string, hint = ""): string => decodeText(file, readFile(file), hint);

/** The same for bytes that came from anywhere; a byte order mark is no part of the text. */
export function decodeText(file: string, bytes: Uint8Array, hint = ""): string {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (wide)
    throw formatError(`${file} is UTF-16 text; convert it to UTF-8 (iconv -f utf-16 -t utf-8)${hint}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw formatError(
      `${file} is not text: it stops being UTF-8 at byte ${grouped(firstInvalid(bytes))}${hint}`,
    );
  }
  const nul = text.indexOf("\0");
  if (nul >= 0)
    throw formatError(`${file} is not text: it has a NUL character at position ${grouped(nul)}${hint}`);
  return text;
}

/** The length of the longest prefix that is UTF-8, found by halving. */
function firstInvalid(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    // In streaming mode a symbol cut in two at the end is no error.
    if (isPrefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** A file in the symbols of a model. A symbol that the model does not know is an error that names it. */
export function encodeFile(file: string, vocabulary: Vocabulary, unit: Unit): Int32Array<ArrayBuffer> {
  if (unit === "byte") return Int32Array.from(readFile(file));
  const text = readText(file);
  try {
    return vocabulary.encode(text);
  } catch (error) {
    if (!(error instanceof RecurraError)) throw error;
    const message = `${file}: ${error.message.replace(/^text: /, "")}`;
    throw new RecurraError({ code: error.code, message, cause: error });
  }
}

export function countSymbols(symbols: Int32Array, size: number): number[] {
  const counts = new Array<number>(size).fill(0);
  for (const symbol of symbols) counts[symbol] = (counts[symbol] ?? 0) + 1;
  return counts;
}

/**
 * What symbol frequencies alone reach, in bits per symbol: the mean of −log₂ p over `symbols` from the second on
 * (the first is never predicted), p = (count + 1) ÷ (sum of counts + size), the frequencies of the training part.
 */
export function frequencyBits(symbols: Int32Array, counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0) + counts.length;
  const nats = counts.map((count) => -Math.log((count + 1) / total));
  let sum = 0;
  for (let i = 1; i < symbols.length; i++) sum += nats[symbols[i] ?? 0] ?? 0;
  return (sum / Math.max(1, symbols.length - 1)) * bitsPerNat;
}

/** "book" for ../texts/book.txt */
export const nameOf = (file: string): string => basename(file, extname(file));
