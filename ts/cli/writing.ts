/** Letting a net write. */
import type { Rnn, Vocabulary } from "../index.js";
import type { Unit } from "./corpus.js";

export interface WritingOptions {
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
  /** What the text begins with; it then starts like a line if absent. */
  readonly prompt?: Int32Array;
}

interface Writer {
  readonly rnn: Rnn;
  readonly vocabulary: Vocabulary;
  readonly unit: Unit;
  /** What the net reads before the prompt: see {@link contextOf}. Models of other origin have none. */
  readonly context: Int32Array | undefined;
}

/** Pieces of text as they are drawn; a piece may be empty while a character's bytes are incomplete. */
export function* write(
  { rnn, vocabulary, unit, context }: Writer,
  options: WritingOptions,
): Generator<string> {
  const { length, temperature, seed, prompt = new Int32Array(0) } = options;
  // A net needs one symbol to start from.
  const before = context ?? (prompt.length === 0 ? [lineEnd(vocabulary) ?? 0] : []);
  const inputs = Int32Array.from([...before, ...prompt]);
  const decoder = new TextDecoder();
  for (const symbol of rnn.generate({ prompt: { inputs }, steps: length, temperature, seed })) {
    yield unit === "byte"
      ? decoder.decode(Uint8Array.of(symbol), { stream: true })
      : vocabulary.decode([symbol]);
  }
  yield decoder.decode();
}

/** The whole text at once. */
export const writeAll = (writer: Writer, options: WritingOptions): string =>
  [...write(writer, options)].join("");

/** Symbols of a context: where a net stands after so many hardly depends on what was before. */
const contextLength = 100;

/**
 * The last symbols of the training part up to a line's end, or up to its end where there are no lines: what a net reads
 * before it writes. Training carries its state on from text to text, so a net that has learned for seconds only is used
 * to states in the middle of one. From the zero state, a single symbol can lead it where it knows nothing but rare
 * symbols, and what it writes keeps it there.
 */
export function contextOf(training: Int32Array, vocabulary: Vocabulary): Int32Array {
  const newline = lineEnd(vocabulary);
  let end = training.length - 1;
  // Where empty lines part paragraphs, the last of several line ends.
  while (end > 0 && !(training[end - 1] === newline && training[end] !== newline)) end -= 1;
  if (end < contextLength / 2) end = training.length;
  return training.slice(Math.max(0, end - contextLength), end);
}

/** The symbol for the end of a line; undefined where the vocabulary has none. */
function lineEnd(vocabulary: Vocabulary): number | undefined {
  try {
    return vocabulary.encode("\n")[0];
  } catch {
    return undefined;
  }
}
