/** How well a model does on sequences, beside what one gets without a net. */
import { grouped } from "../format.js";
import { commonest, indexOf, type LabelTable, labelsOf } from "./labels.js";
import { type SequenceModel, sequenceOf } from "./sequence-model.js";
import type { Piece } from "./split.js";
import { largest, oneStepAhead, probabilitiesOf, rowAt } from "./steps-ahead.js";

/** One column of a forecast, in its own units. */
export interface ColumnScore {
  readonly name: string;
  readonly rmse: number;
  /** Of the last value. */
  readonly baseline: number;
}

/** What was measured. */
export interface Score {
  /** Nats per sequence or step; for a forecast Σ ½ (error ÷ standard deviation)² per step. */
  readonly loss: number;
  /** The loss that the baseline has. */
  readonly baselineLoss: number;
  /** Sequences (classify) or steps that were scored. */
  readonly count: number;
  readonly accuracy?: number;
  /** Root mean square error in the data's own units, over all columns. */
  readonly rmse?: number;
  /** Accuracy of the commonest class, or rmse of the last value. */
  readonly baseline: number;
  readonly columns?: readonly ColumnScore[];
  /** How often class `row` was taken for class `column`. */
  readonly confusion?: readonly (readonly number[])[];
}

export async function scoreOf(
  model: SequenceModel,
  pieces: readonly Piece[],
  signal?: AbortSignal,
): Promise<Score> {
  return model.reading.task === "forecast"
    ? await scoreForecast(model, pieces, signal)
    : await scoreLabels(model, pieces, signal);
}

async function scoreLabels(
  model: SequenceModel,
  pieces: readonly Piece[],
  signal?: AbortSignal,
): Promise<Score> {
  const { table } = model;
  const size = table.labels.length;
  const confusion = table.labels.map(() => new Array<number>(size).fill(0));
  let baselineLoss = 0;
  let common = 0;
  const { index: guess } = commonest(table);
  const nats = frequencyNats(table);
  for (let first = 0; first < pieces.length; first += 64) {
    const some = pieces.slice(first, first + 64);
    const probabilities = await probabilitiesOf(model, some, signal);
    some.forEach((piece, i) => {
      const ofTag = model.reading.task === "tag" ? piece.scored - piece.from : 0;
      labelsOf(piece).forEach((label, step) => {
        const truth = indexOf(table, label);
        if (truth < 0) return;
        const said = largest(rowAt(probabilities[i] as Float32Array, size, ofTag + step));
        const row = confusion[truth] as number[];
        row[said] = (row[said] ?? 0) + 1;
        baselineLoss += nats[truth] ?? 0;
        common += Number(truth === guess);
      });
    });
  }
  const count = confusion.flat().reduce((sum, n) => sum + n, 0);
  const right = confusion.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  const { loss } = await model.rnn.evaluate(
    pieces.map((piece) => sequenceOf(model, piece)),
    signal && { signal },
  );
  return {
    loss,
    baselineLoss: baselineLoss / count,
    count,
    accuracy: right / count,
    baseline: common / count,
    confusion,
  };
}

/** −log of the share of each class in what was learned from. */
function frequencyNats({ counts }: LabelTable): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => -Math.log(count / total));
}

async function scoreForecast(
  model: SequenceModel,
  pieces: readonly Piece[],
  signal?: AbortSignal,
): Promise<Score> {
  const names = model.reading.targets;
  const width = names.length;
  const errors = new Float64Array(width);
  const baselines = new Float64Array(width);
  let count = 0;
  for (const piece of pieces) {
    const { series, from, scored, to } = piece;
    const values = series.values ?? new Float32Array(0);
    const said = await oneStepAhead(model, piece, signal);
    const first = Math.max(scored, from + 1);
    for (let step = first; step < to; step++) {
      for (let j = 0; j < width; j++) {
        const truth = values[step * width + j] as number;
        const error = (said[(step - first) * width + j] as number) - truth;
        const change = truth - (values[(step - 1) * width + j] as number);
        errors[j] = (errors[j] as number) + error * error;
        baselines[j] = (baselines[j] as number) + change * change;
      }
      count += 1;
    }
  }
  const scale = (j: number): number => model.valueScaler?.scale[j] ?? 1;
  const scaled = (sums: Float64Array): number =>
    sums.reduce((sum, square, j) => sum + square / (scale(j) * scale(j)), 0) / (2 * count);
  const root = (sum: number, n: number): number => Math.sqrt(sum / n);
  const total = (sums: Float64Array): number => sums.reduce((sum, square) => sum + square, 0);
  return {
    loss: scaled(errors),
    baselineLoss: scaled(baselines),
    count,
    rmse: root(total(errors), count * width),
    baseline: root(total(baselines), count * width),
    columns: names.map((name, j) => ({
      name,
      rmse: root(errors[j] as number, count),
      baseline: root(baselines[j] as number, count),
    })),
  };
}

/** A number in the data's own units: four significant digits, grouped where it is large. */
export function inUnits(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e12)) return value.toExponential(3);
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value) || 1)));
  const [whole = "", ...fraction] = value.toFixed(Math.min(digits, 8)).split(".");
  return [grouped(Number(whole)).replace(/^0$/, whole), ...fraction].join(".");
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
