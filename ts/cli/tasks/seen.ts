/** Whether a model of sequences has learned from a file. */
import { metadataKeys } from "../model.js";
import type { SeriesSet } from "../reading/series.js";
import { meaningOf } from "./prepare.js";
import { type SequenceModel, writeMeaning } from "./sequence-model.js";
import { type SplitBy, splitSeries } from "./split.js";

/** What of the model's metadata is counted or measured in the training part. */
const measured = [metadataKeys.labelCounts, metadataKeys.inputScaling, metadataKeys.targetScaling] as const;

/**
 * The share that was held out, where the model learned from the rest of this file; undefined otherwise. Parted as it was in
 * training, the file then has the model's means, deviations and counts of labels, to the last bit.
 */
export function heldOutOf(model: SequenceModel, { reading, series }: SeriesSet): number | undefined {
  const { metadata = {} } = model.rnn.options;
  try {
    const { seed } = JSON.parse(metadata[metadataKeys.learning] ?? "") as { seed: number };
    const share = Number(metadata[metadataKeys.heldOut]);
    const by = metadata[metadataKeys.split] as SplitBy;
    const { training } = splitSeries(series, { task: reading.task, share, by, seed, name: "" });
    const found = writeMeaning(meaningOf(reading, training));
    return measured.every((key) => found[key] === metadata[key]) ? share : undefined;
  } catch {
    // Too short to be parted so, or a model of other origin: not what it learned from.
    return undefined;
  }
}
