/** From sequences of a file to what the library trains on: split, labels, scaling, data. */
import { Scaler, type Sequence } from "../../index.js";
import type { Reading, SeriesSet } from "../reading/series.js";
import { tableOf } from "./labels.js";
import { hasCovariates, type Meaning, sequenceOf } from "./sequence-model.js";
import { type Piece, type Split, type SplitOptions, splitSeries } from "./split.js";

export interface Prepared {
  readonly split: Split;
  /** Fitted on the training part only. */
  readonly meaning: Meaning;
  /** One sequence is cut into lanes; several stay whole. */
  readonly training: Sequence | readonly Sequence[];
  readonly validation: readonly Sequence[];
  /** Scored steps of the training part. */
  readonly steps: number;
}

/** Held-out steps for measurements on the way; the end result is measured on all of them. */
const validationSteps = 20_000;

export function prepare({ reading, series }: SeriesSet, options: Omit<SplitOptions, "task">): Prepared {
  const split = splitSeries(series, { ...options, task: reading.task });
  const { training } = split;
  const meaning = meaningOf(reading, training);
  const sequences = training.map((piece) => sequenceOf(meaning, piece));
  const [first] = sequences;
  const single = sequences.length === 1 && first !== undefined && reading.task !== "classify";
  return {
    split,
    meaning,
    training: single ? first : sequences,
    validation: fewer(split.heldOut).map((piece) => sequenceOf(meaning, piece)),
    steps: sequences.reduce((sum, sequence) => sum + stepsOf(meaning, sequence), 0),
  };
}

/** Labels and scaling, as the training part has them. */
export function meaningOf(reading: Reading, training: readonly Piece[]): Meaning {
  const forecast = reading.task === "forecast";
  const table = forecast ? { labels: [], counts: [] } : tableOf(training);
  const bare: Meaning = { reading, table, inputScaler: undefined, valueScaler: undefined };
  const scaler = (rows: (piece: Piece) => Float32Array, width: number): Scaler =>
    Scaler.fit(join(training.map(rows)), width);
  return {
    ...bare,
    inputScaler:
      forecast && !hasCovariates(bare)
        ? undefined
        : scaler(
            ({ series: one, from, to }) => rowsOf(one.inputs, reading.inputs.length, from, to),
            reading.inputs.length,
          ),
    valueScaler: forecast
      ? scaler(
          ({ series: one, from, to }) => rowsOf(one.values, reading.targets.length, from, to),
          reading.targets.length,
        )
      : undefined,
  };
}

const rowsOf = (values: Float32Array | undefined, width: number, from: number, to: number): Float32Array =>
  values?.subarray(from * width, to * width) ?? new Float32Array(0);

function join(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Steps that the net takes over a sequence. */
function stepsOf({ reading }: Meaning, { inputs, targets }: Sequence): number {
  const { length } = inputs as Float32Array;
  if (targets === "next") return length / reading.targets.length - 1;
  return length / reading.inputs.length;
}

/** The first pieces, and of the last of them the first steps, up to a number of steps. */
function fewer(pieces: readonly Piece[]): Piece[] {
  const kept: Piece[] = [];
  let left = validationSteps;
  for (const piece of pieces) {
    if (left <= 0) break;
    // A class is named at the end of its sequence: it is not cut.
    const to =
      piece.series.label === undefined ? Math.min(piece.to, piece.scored + Math.max(2, left)) : piece.to;
    kept.push({ ...piece, to });
    left -= to - piece.scored;
  }
  return kept;
}
