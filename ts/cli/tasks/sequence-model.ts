/** A model of sequences: the net, and what gives its numbers their meaning. All of it stands in the saved file. */
import { RecurraError, type Rnn, type Runtime, Scaler, type Sequence } from "../../index.js";
import { loadNetwork, metadataKeys, naming } from "../model.js";
import { type Reading, type SequenceTask, tasks } from "../reading/series.js";
import { indexOf, type LabelTable } from "./labels.js";
import type { Piece } from "./split.js";

/** What numbers mean, apart from the net. */
export interface Meaning {
  readonly reading: Reading;
  /** Empty for a forecast. */
  readonly table: LabelTable;
  /** Of what goes in; undefined for a forecast without covariates. */
  readonly inputScaler: Scaler | undefined;
  /** Of what is forecast. */
  readonly valueScaler: Scaler | undefined;
}
export interface SequenceModel extends Meaning {
  readonly rnn: Rnn;
}

/** Metadata as it is saved; {@link readMeaning} takes it back. */
export function writeMeaning({ reading, table, inputScaler, valueScaler }: Meaning): Record<string, string> {
  return {
    [metadataKeys.task]: reading.task,
    [metadataKeys.reading]: JSON.stringify(reading),
    ...(reading.task === "forecast"
      ? {}
      : {
          [metadataKeys.labels]: JSON.stringify(table.labels),
          [metadataKeys.labelCounts]: JSON.stringify(table.counts),
        }),
    ...(inputScaler === undefined ? {} : { [metadataKeys.inputScaling]: inputScaler.toJSON() }),
    ...(valueScaler === undefined ? {} : { [metadataKeys.targetScaling]: valueScaler.toJSON() }),
  };
}

/** Throws "format" for metadata that `recurra train` did not write. */
export function readMeaning(metadata: Readonly<Record<string, string>>): Meaning {
  const scaler = (json: string | undefined): Scaler | undefined =>
    json === undefined ? undefined : Scaler.fromJSON(json);
  try {
    const reading = JSON.parse(metadata[metadataKeys.reading] ?? "") as Reading;
    const labels: unknown = JSON.parse(metadata[metadataKeys.labels] ?? "[]");
    const counts: unknown = JSON.parse(metadata[metadataKeys.labelCounts] ?? "[]");
    const texts = (list: unknown): boolean =>
      Array.isArray(list) && list.every((name) => typeof name === "string");
    const right =
      tasks.includes(reading.task) &&
      texts(reading.inputs) &&
      texts(reading.targets) &&
      Array.isArray(labels) &&
      Array.isArray(counts) &&
      labels.length === counts.length;
    if (!right) throw new Error("not what was written");
    return {
      reading,
      table: { labels, counts },
      inputScaler: scaler(metadata[metadataKeys.inputScaling]),
      valueScaler: scaler(metadata[metadataKeys.targetScaling]),
    };
  } catch (cause) {
    const message = "expected what recurra train writes about its task, got something else";
    throw new RecurraError({ code: "format", message, cause });
  }
}

/** What a model file was trained for; "generate" for a text, undefined for files that recurra train did not write. */
export function taskOf(metadata: Readonly<Record<string, string>>): SequenceTask | "generate" | undefined {
  const task = metadata[metadataKeys.task];
  if (task !== undefined && (tasks as readonly string[]).includes(task))
    return task as SequenceTask | "generate";
  return metadata[metadataKeys.vocabulary] === undefined ? undefined : "generate";
}

/** Loads a model of sequences; undefined where the file holds a model of text. */
export async function loadSequenceModel(path: string, runtime?: Runtime): Promise<SequenceModel | undefined> {
  const { file, rnn } = await loadNetwork(path, runtime);
  const metadata = rnn.options.metadata ?? {};
  const task = taskOf(metadata);
  if (task === "generate") {
    rnn.dispose();
    return undefined;
  }
  if (task === undefined) {
    const message = `${file} says nothing about its task: it was not written by recurra train`;
    throw new RecurraError({ code: "format", message });
  }
  return { rnn, ...(await naming(file, () => readMeaning(metadata))) };
}

/** Whether the future of other columns is known. */
export const hasCovariates = ({ reading }: Meaning): boolean =>
  reading.task === "forecast" && reading.inputs.length > 0;

const rowsOf = (values: Float32Array, width: number, from: number, to: number): Float32Array =>
  values.subarray(from * width, to * width);

/** What goes into the net from step `from` on, scaled. */
export function inputsOf(
  meaning: Meaning,
  { series, from, to }: Pick<Piece, "series" | "from" | "to">,
): Float32Array {
  const rows = rowsOf(series.inputs, meaning.reading.inputs.length, from, to);
  return meaning.inputScaler?.apply(rows) ?? rows.slice();
}

/** What is forecast from step `from` on, scaled. */
export function valuesOf(
  meaning: Meaning,
  { series, from, to }: Pick<Piece, "series" | "from" | "to">,
): Float32Array {
  const rows = rowsOf(series.values ?? new Float32Array(0), meaning.reading.targets.length, from, to);
  return meaning.valueScaler?.apply(rows) ?? rows.slice();
}

/**
 * A piece as the library takes it, with targets. Steps before the scored ones weigh nothing, nor does the first value of
 * a series, which nothing precedes, nor a label that training did not see.
 */
export function sequenceOf(meaning: Meaning, piece: Piece): Sequence {
  const { task } = meaning.reading;
  const { from, scored, to, series } = piece;
  if (task === "classify") {
    const index = series.label === undefined ? -1 : indexOf(meaning.table, series.label);
    return { inputs: inputsOf(meaning, piece), targets: Int32Array.of(Math.max(0, index)) };
  }
  if (task === "tag") {
    const indices = Int32Array.from(series.tags?.slice(from, to) ?? [], (label) =>
      indexOf(meaning.table, label),
    );
    const weights = Float32Array.from(indices, (index, i) => Number(index >= 0 && from + i >= scored));
    return {
      inputs: inputsOf(meaning, piece),
      targets: indices.map((i) => Math.max(0, i)),
      ...weighted(weights),
    };
  }
  const values = valuesOf(meaning, piece);
  const first = Math.max(scored, from + 1);
  if (!hasCovariates(meaning)) {
    // Step i reads value i and forecasts value i + 1.
    const weights = Float32Array.from({ length: to - from - 1 }, (_, i) => Number(from + i + 1 >= first));
    return { inputs: values, targets: "next", ...weighted(weights) };
  }
  const weights = Float32Array.from({ length: to - from }, (_, i) => Number(from + i >= first));
  return { inputs: inputsOf(meaning, piece), targets: values, ...weighted(weights) };
}

/** Weights only where some step is left out. */
const weighted = (weights: Float32Array): { weights?: Float32Array } =>
  weights.every((weight) => weight === 1) ? {} : { weights };
