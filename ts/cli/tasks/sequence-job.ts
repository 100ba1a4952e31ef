/** Learning from sequences: to classify, to tag, to forecast. */
import { extname } from "node:path";
import type { Rnn, RnnOptions } from "../../index.js";
import { type Invocation, UsageError } from "../arguments.js";
import { plural } from "../format.js";
import type { Job, Measure } from "../job.js";
import { metadataKeys } from "../model.js";
import { quoted } from "../places.js";
import { readForModel } from "../reading/read.js";
import type { SequenceTask, SeriesSet } from "../reading/series.js";
import { StepCounter } from "../steps.js";
import {
  type Defaults,
  heldOutShare,
  type Learning,
  type Limits,
  learningOptions,
  sizesOf,
} from "../train-options.js";
import { outcomeOf } from "./outcome.js";
import { type Prepared, prepare } from "./prepare.js";
import { scoreOf } from "./score.js";
import { hasCovariates, type Meaning, readMeaning, writeMeaning } from "./sequence-model.js";
import type { SplitBy } from "./split.js";
import { describe, describeLabels, describeSplit } from "./wording.js";

/** One long sequence is read in lanes of about so many steps, side by side. */
const laneSteps = 250;
/** Longer sequences are cut, so that an update does not wait for thousands of steps. */
const mostWhole = 400;

/**
 * Tried on real files of each kind. Starting from W = 1 and with much noise, classes of few sequences are told best:
 * states then are running sums, which forget little, and single values say little.
 */
function defaultsOf(task: SequenceTask, { training, steps, split }: Prepared): Defaults {
  const single = !Array.isArray(training);
  const longest = Math.max(...split.training.map(({ from, to }) => to - from));
  return {
    hiddenSize: 64,
    initializer: task === "forecast" ? "uniform" : "identity",
    batchSize: single ? Math.max(1, Math.min(16, Math.floor(steps / laneSteps))) : 16,
    truncate: task !== "classify" && (single || longest > mostWhole) ? 32 : undefined,
    learningRate: task === "forecast" ? 0.003 : 0.002,
    clipNorm: 1,
    inputNoise: task === "forecast" ? 0 : 0.5,
  };
}

/** Without a limit: at most so many updates, and seconds. */
const [mostUpdates, mostSeconds] = [4000, 300] as const;
/** Updates without gain after which it ends; measured once in an epoch, or more seldom where that costs much. */
const patientFor = 800;

function limitsOf(perEpoch: number): Limits {
  const between = Math.max(1, Math.min(perEpoch, mostUpdates / 20));
  return {
    updates: mostUpdates,
    patience: Math.max(8, Math.ceil(patientFor / between)),
    deadline: mostSeconds,
  };
}

/** A new net for the sequences of a file. */
export function newSequenceJob(
  invocation: Invocation,
  set: SeriesSet,
  names: { file: string; name: string },
): Job {
  const { reading } = set;
  const share = heldOutShare(invocation, reading.task);
  const by = invocation.text("split") as SplitBy | undefined;
  if (reading.task === "classify" && by === "time")
    throw new UsageError(
      "--split time: a sequence with one label is held out as a whole",
      invocation.command,
    );
  const seed = invocation.number("seed") ?? 0;
  const prepared = prepare(set, { share, by, seed, name: names.file });
  const defaults = defaultsOf(reading.task, prepared);
  const learning = learningOptions(invocation, defaults);
  if (learning.teacherForcing !== undefined && !hasCovariates(prepared.meaning))
    throw new UsageError(
      "--teacher-forcing is for forecasts with --inputs: elsewhere no output is fed back",
      invocation.command,
    );
  const metadata = {
    ...writeMeaning(prepared.meaning),
    [metadataKeys.name]: names.name,
    [metadataKeys.heldOut]: String(share),
    [metadataKeys.split]: prepared.split.by,
    [metadataKeys.learning]: JSON.stringify(learning),
  };
  const network = {
    ...networkOf(prepared.meaning),
    ...sizesOf(invocation, defaults),
    metadata,
  } as RnnOptions;
  const inferred = invocation.has("task") ? "task" : "inferred";
  return jobOf(set, prepared, { learning, network, file: names.file, inferred });
}

/** The same sequences again, as the checkpoint's metadata says. */
export function resumedSequenceJob(
  metadata: Readonly<Record<string, string>>,
  file: string,
  learning: Learning,
): Job {
  const { reading } = readMeaning(metadata);
  const set = readForModel(file, reading, { needTargets: true });
  const by = metadata[metadataKeys.split] as SplitBy | undefined;
  const share = Number(metadata[metadataKeys.heldOut] ?? 0.2);
  const prepared = prepare(set, { share, by, seed: learning.seed, name: file });
  const network = { ...networkOf(prepared.meaning), hiddenSize: 1, metadata } as RnnOptions;
  return jobOf(set, prepared, { learning, network, file, inferred: "task" });
}

/** What goes in and comes out. */
function networkOf(meaning: Meaning): Omit<RnnOptions, "hiddenSize"> {
  const { reading, table } = meaning;
  const inputSize = reading.inputs.length;
  if (reading.task !== "forecast")
    return {
      inputSize,
      outputSize: table.labels.length,
      outputs: reading.task === "classify" ? "last" : "every",
    };
  const outputSize = reading.targets.length;
  const loss = "squared-error";
  return hasCovariates(meaning)
    ? { inputSize, outputSize, loss, recurrence: "both" }
    : { inputSize: outputSize, outputSize, loss };
}

function measureOf({ reading }: Meaning): Measure {
  if (reading.task === "forecast") {
    const count = reading.targets.length;
    return {
      unit: "step",
      of: (loss) => Math.sqrt((2 * loss) / count),
      short: "sd",
      long: "standard deviations of error",
      about: "Root mean square error one step ahead, in standard deviations of the data. Lower is better.",
    };
  }
  const what = reading.task === "classify" ? "sequence" : "step";
  return {
    unit: "step",
    of: (nats) => nats,
    short: "nats",
    long: `nats per ${what}`,
    about: `Minus the logarithm of the probability of the right class, per ${what}. Lower is better.`,
  };
}

interface JobOptions {
  readonly learning: Learning;
  readonly network: RnnOptions;
  readonly file: string;
  readonly inferred: "inferred" | "task";
}

function jobOf(set: SeriesSet, prepared: Prepared, { learning, network, file, inferred }: JobOptions): Job {
  const { meaning, split, training, validation } = prepared;
  const { task } = meaning.reading;
  const measure = measureOf(meaning);
  const { steps, perEpoch } = stepsOf(prepared, learning);
  return {
    task,
    ...{ measure, training, validation, network, learning, steps, limits: limitsOf(perEpoch) },
    baseline: baselineOf(prepared, measure),
    announce: (rnn) => [
      `${inferred}: ${describe(set)}`,
      ...(task === "forecast" ? [] : [describeLabels(meaning)]),
      describeSplit(prepared),
      `${rnn.options.hiddenSize} hidden units, ${plural(rnn.parameterCount, "parameter")}`,
      ...set.notes.map((note) => `note: ${note}`),
    ],
    finish: async (rnn: Rnn, signal) => {
      const model = { rnn, ...meaning };
      return await outcomeOf(model, await scoreOf(model, split.heldOut, signal), { split, signal });
    },
    next: (folder) => nextOf(meaning, `npx recurra predict ${quoted(folder)}`, file),
  };
}

/** Words and a command. */
function nextOf(meaning: Meaning, predict: string, file: string): readonly [string, string] {
  const { task, inputs, targets } = meaning.reading;
  if (task !== "forecast") return [`${task} others`, `${predict} ${quoted(file)}`];
  if (!hasCovariates(meaning)) return ["forecast 10 steps", `${predict} ${quoted(file)} --steps 10`];
  // The file itself has no such rows, or it could not have been learned from.
  const words = `forecast rows that have ${inputs.join(", ")}, and no ${targets.join(", ")} yet`;
  return [words, `${predict} future${extname(file)}`];
}

/** Whole sequences differ in length, and batches with them: after whole epochs it is exact. */
function stepsOf(
  { training, steps }: Prepared,
  { batchSize, truncate }: Learning,
): { steps: Job["steps"]; perEpoch: number } {
  if (!Array.isArray(training)) {
    const counter = new StepCounter(steps, batchSize, truncate ?? 32);
    return { steps: counter, perEpoch: counter.updatesPerEpoch };
  }
  const width = Math.min(batchSize, training.length);
  const groups = Math.ceil(training.length / batchSize);
  const perEpoch = truncate === undefined ? groups : Math.max(groups, Math.ceil(steps / (width * truncate)));
  return { steps: { after: (updates) => Math.round((updates * steps) / perEpoch) }, perEpoch };
}

/** What one gets without a net on what is held out, as the measure shows it. */
function baselineOf({ meaning, split }: Prepared, measure: Measure): Job["baseline"] {
  const { table, reading, valueScaler } = meaning;
  let [sum, count] = [0, 0];
  if (reading.task === "forecast") {
    const width = reading.targets.length;
    for (const { series, from, scored, to } of split.heldOut) {
      const values = series.values ?? new Float32Array(0);
      for (let step = Math.max(scored, from + 1); step < to; step++, count++) {
        for (let j = 0; j < width; j++) {
          const at = step * width + j;
          const change =
            ((values[at] as number) - (values[at - width] as number)) / (valueScaler?.scale[j] ?? 1);
          sum += (change * change) / 2;
        }
      }
    }
    return { value: measure.of(sum / count), name: "the last value" };
  }
  const total = table.counts.reduce((all, n) => all + n, 0);
  const nats = new Map(table.labels.map((label, i) => [label, -Math.log((table.counts[i] ?? 0) / total)]));
  for (const { series, scored, to } of split.heldOut) {
    for (const label of series.tags?.slice(scored, to) ?? [series.label ?? ""]) {
      const cost = nats.get(label);
      if (cost === undefined) continue;
      sum += cost;
      count += 1;
    }
  }
  return { value: measure.of(sum / count), name: "class frequencies" };
}
