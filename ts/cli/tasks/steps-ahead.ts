/** What a net says about sequences: forecasts of the next step, probabilities of classes. */
import { hasCovariates, inputsOf, type SequenceModel, valuesOf } from "./sequence-model.js";
import type { Piece } from "./split.js";

/** Steps in one pass: a tape of some megabytes. */
const chunk = 2048;

/** Lets signals and timers be seen; rejects if the signal aborted. */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}

/**
 * Forecasts of the scored steps of a piece, each from the true values before it, in the data's own units: rows for steps
 * max(scored, from + 1) … to − 1.
 */
export async function oneStepAhead(
  model: SequenceModel,
  piece: Piece,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { from, scored, to } = piece;
  const width = model.reading.targets.length;
  const covariates = hasCovariates(model);
  const values = valuesOf(model, piece);
  const inputs = covariates ? inputsOf(model, piece) : values;
  const inputWidth = inputs.length / Math.max(1, to - from);
  // Without covariates, value i makes forecast i + 1: the last value makes none that could be checked.
  const steps = covariates ? to - from : to - from - 1;
  const outputs = new Float32Array(Math.max(0, steps) * width);
  let state: Float32Array | undefined;
  let feedback: Float32Array | undefined;
  for (let at = 0; at < steps; at += chunk) {
    const end = Math.min(steps, at + chunk);
    const pass = model.rnn.forward([
      {
        inputs: inputs.slice(at * inputWidth, end * inputWidth),
        ...(covariates ? { targets: values.slice(at * width, end * width) } : {}),
        ...(state === undefined ? {} : { initialState: state }),
        ...(feedback === undefined ? {} : { initialFeedback: feedback }),
      },
    ]);
    try {
      outputs.set(pass.outputs()[0] ?? [], at * width);
      state = pass.finalState();
      if (covariates) feedback = pass.finalFeedback();
    } finally {
      pass.dispose();
    }
    await breathe(signal);
  }
  const first = Math.max(scored, from + 1);
  const rows = outputs.subarray((covariates ? first - from : first - from - 1) * width);
  return model.valueScaler?.invert(rows) ?? rows;
}

/** Steps that are read before a forecast begins, at most: what was before has long been forgotten. */
const mostPrompt = 20_000;

/**
 * The net's own continuation of a sequence from step `at` on, fed with what it said itself, in the data's own units:
 * steps × targets. With covariates, those of the steps to come have to be in the sequence.
 */
export function runFree(
  model: SequenceModel,
  { series }: Pick<Piece, "series">,
  at: number,
  steps: number,
): Float32Array {
  const from = Math.max(0, at - mostPrompt);
  const values = valuesOf(model, { series, from, to: at });
  const forecast = hasCovariates(model)
    ? model.rnn.forecast({
        prompt: { inputs: inputsOf(model, { series, from, to: at }), targets: values },
        inputs: inputsOf(model, { series, from: at, to: at + steps }),
        steps,
      })
    : model.rnn.forecast({ prompt: { inputs: values }, steps });
  return model.valueScaler?.invert(forecast) ?? forecast;
}

/** Sequences in one call. */
const together = 64;

/** Per piece, the probabilities of the classes: one row for each (classify), or for each step (tag). */
export async function probabilitiesOf(
  model: SequenceModel,
  pieces: readonly Piece[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (let first = 0; first < pieces.length; first += together) {
    const inputs = pieces.slice(first, first + together).map((piece) => ({ inputs: inputsOf(model, piece) }));
    all.push(...model.rnn.predict(inputs));
    await breathe(signal);
  }
  return all;
}

/** The index of the largest number of a row. */
export function largest(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if ((row[i] as number) > (row[best] as number)) best = i;
  return best;
}

/** Rows of `width` numbers. */
export const rowAt = (values: Float32Array, width: number, row: number): Float32Array =>
  values.subarray(row * width, (row + 1) * width);
