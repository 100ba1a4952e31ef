/** Polyphonic music as sequences of frames, each saying which of 88 piano keys sound. */
import type { Sequence } from "../index.js";
import type { Bench } from "./experiment.js";
import { brief, isObject, parsed, unexpected } from "./files.js";

export const keys = 88;

/** A piece is a list of frames, a frame the list of keys that sound. */
type Piece = readonly (readonly number[])[];
type Part = "train" | "valid" | "test";

/** Sequences that predict each frame from those before it; the first frame is only read. */
export type Music = Readonly<Record<Part, readonly Sequence[]>>;

const form = '{"train": [piece, …], "valid": […], "test": […]}';
const pieceForm = `two or more frames, each a list of keys 0 … ${keys - 1}`;

/** Reads the JSON object { train, valid, test }, gzipped or not. */
export async function readMusic(bench: Bench, file: string): Promise<Music> {
  const bytes = bench.file(file);
  const text = file.endsWith(".gz") ? await gunzip(bytes, file) : new TextDecoder().decode(bytes);
  const parts = parsed(text, file, form);
  if (!isObject(parts)) throw unexpected(file, form, brief(parts));
  const sequences = (part: Part): Sequence[] => {
    const pieces = parts[part];
    if (!Array.isArray(pieces) || pieces.length === 0)
      throw unexpected(file, form, `${brief(pieces)} as ${JSON.stringify(part)}`);
    return pieces.map((piece: unknown, i) => {
      if (!isPiece(piece)) throw unexpected(`${file}, ${part}[${i}]`, pieceForm, brief(piece));
      return { inputs: frames(piece), targets: "next" };
    });
  };
  return { train: sequences("train"), valid: sequences("valid"), test: sequences("test") };
}

const isKey = (key: unknown): boolean =>
  Number.isInteger(key) && (key as number) >= 0 && (key as number) < keys;
const isPiece = (piece: unknown): piece is Piece =>
  Array.isArray(piece) &&
  piece.length > 1 &&
  piece.every((frame) => Array.isArray(frame) && frame.every(isKey));

async function gunzip(bytes: Uint8Array, file: string): Promise<string> {
  const unzipped = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await new Response(unzipped).text();
  } catch {
    throw unexpected(file, "gzip", "something else, or a part of it");
  }
}

function frames(piece: Piece): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(piece.length * keys);
  for (const [t, sounding] of piece.entries()) for (const key of sounding) rows[t * keys + key] = 1;
  return rows;
}

/**
 * What constant probabilities for each key cost, nats per frame: (count + ½) / (frames + 1) of the training part. A
 * net that does no better has learned nothing.
 */
export function constantLoss({ train, test }: Music): number {
  const counts = new Float64Array(keys);
  let total = 0;
  each(train, 0, (rows, at) => {
    total += 1;
    for (let key = 0; key < keys; key++) counts[key] = (counts[key] ?? 0) + (rows[at + key] ?? 0);
  });
  const probabilities = counts.map((count) => (count + 0.5) / (total + 1));
  const [on, off] = [probabilities.map(Math.log), probabilities.map((p) => Math.log(1 - p))];
  let [sum, scored] = [0, 0];
  each(test, 1, (rows, at) => {
    scored += 1;
    for (let key = 0; key < keys; key++) sum -= (rows[at + key] === 1 ? on[key] : off[key]) ?? 0;
  });
  return sum / scored;
}

/** Every frame from the `first` on: the rows of its piece, and where it begins in them. */
function each(part: readonly Sequence[], first: number, use: (rows: Float32Array, at: number) => void): void {
  for (const { inputs } of part) {
    const rows = inputs as Float32Array;
    for (let at = first * keys; at < rows.length; at += keys) use(rows, at);
  }
}
