/** Letting a net write. */
import type { Rnn, Vocabulary } from "../index.js";
import type { Unit } from "./corpus.js";

export interface WritingOptions {
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
  /** What the net reads first; a line's start if absent. */
  readonly prompt?: Int32Array;
}

interface Writer {
  readonly rnn: Rnn;
  readonly vocabulary: Vocabulary;
  readonly unit: Unit;
}

/** Pieces of text as they are drawn; a piece may be empty while a character's bytes are incomplete. */
export function* write({ rnn, vocabulary, unit }: Writer, options: WritingOptions): Generator<string> {
  const { length, temperature, seed } = options;
  const inputs = options.prompt ?? lineStart(vocabulary);
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

/** A net needs one symbol to start from: the end of a line, where the model knows it, else its first symbol. */
function lineStart(vocabulary: Vocabulary): Int32Array {
  try {
    return vocabulary.encode("\n");
  } catch {
    return Int32Array.of(0);
  }
}
