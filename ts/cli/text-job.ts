/** Learning a text: characters or bytes, each from those before it. */
import type { Rnn, Sequence } from "../index.js";
import type { Invocation } from "./arguments.js";
import { type Corpus, frequencyBits, leftOutNotice, readCorpus, type Unit } from "./corpus.js";
import { bitsPerNat, grouped, plural } from "./format.js";
import type { Job, Measure, Outcome } from "./job.js";
import { metadataKeys, unitOf } from "./model.js";
import { quoted } from "./places.js";
import { StepCounter } from "./steps.js";
import { type Defaults, heldOutShare, type Learning, learningOptions, sizesOf } from "./train-options.js";
import { contextOf, writeAll } from "./writing.js";

const defaults: Defaults = {
  hiddenSize: 256,
  initializer: "uniform",
  batchSize: 8,
  truncate: 32,
  learningRate: 0.002,
  clipNorm: 5,
  inputNoise: 0,
};

/** Without a limit: this long, or until so many measurements on held-out text brought no gain. */
const unlimited = { seconds: 300, patience: 5 } as const;
/** Symbols of the held-out text for measurements on the way; the end result is measured on all of it. */
const validationLength = 20_000;
/** Held-out symbols that the end result is measured on, at most: some ten seconds. */
const evaluationLength = 1_000_000;

const dataOf = (inputs: Int32Array): Sequence => ({ inputs, targets: "next" });

export const bitsPer = (unit: Unit): Measure => ({
  unit,
  of: (nats) => nats * bitsPerNat,
  short: `bits/${unit === "character" ? "char" : unit}`,
  long: `bits per ${unit}`,
  about: `How many bits it takes to tell the next ${unit}, given all before it. Lower is better.`,
});

/** A new net for a text. */
export function newTextJob(invocation: Invocation, file: string, name: string): Job {
  const share = heldOutShare(invocation, "generate");
  const corpus = readCorpus(file, invocation.has("bytes") ? "byte" : "character", share);
  const learning = learningOptions(invocation, defaults);
  const metadata = {
    [metadataKeys.task]: "generate",
    [metadataKeys.name]: name,
    [metadataKeys.vocabulary]: corpus.vocabulary.toJSON(),
    [metadataKeys.counts]: JSON.stringify(corpus.counts),
    [metadataKeys.context]: JSON.stringify([...contextOf(corpus.training, corpus.vocabulary)]),
    [metadataKeys.heldOut]: String(share),
    [metadataKeys.learning]: JSON.stringify(learning),
  };
  const { size } = corpus.vocabulary;
  const network = { inputSize: size, outputSize: size, ...sizesOf(invocation, defaults), metadata };
  return jobOf(corpus, learning, network);
}

/** The same text again, as the checkpoint's metadata says. */
export function resumedTextJob(
  metadata: Readonly<Record<string, string>>,
  file: string,
  learning: Learning,
): Job {
  const unit = unitOf(metadata[metadataKeys.vocabulary] ?? "");
  const corpus = readCorpus(file, unit, Number(metadata[metadataKeys.heldOut] ?? 0.1));
  const { size } = corpus.vocabulary;
  return jobOf(corpus, learning, { inputSize: size, outputSize: size, hiddenSize: 1, metadata });
}

function jobOf(corpus: Corpus, learning: Learning, network: Job["network"]): Job {
  const { training, heldOut, vocabulary, unit, counts, leftOut } = corpus;
  const measured = heldOut.subarray(0, evaluationLength);
  const measure = bitsPer(unit);
  const baseline = { value: frequencyBits(measured, counts), name: "symbol frequencies" };
  const context = contextOf(training, vocabulary);
  const writer = (rnn: Rnn) => ({ rnn, vocabulary, unit, context });
  return {
    task: "generate",
    ...{ measure, network, learning, baseline, limits: unlimited },
    training: dataOf(training),
    validation: dataOf(heldOut.subarray(0, validationLength)),
    steps: new StepCounter(training.length - 1, learning.batchSize, learning.truncate ?? 32),
    announce: (rnn) => {
      const parts = `${grouped(training.length)} ${unit}s to learn from, ${grouped(heldOut.length)} held out`;
      const net = `${rnn.options.hiddenSize} hidden units, ${plural(rnn.parameterCount, "parameter")}`;
      const missing = leftOutNotice(leftOut);
      const first = `${parts}, ${vocabulary.size} symbols; ${net}`;
      return missing === undefined ? [first] : [first, missing];
    },
    sample: (rnn, seed) => writeAll(writer(rnn), { length: 200, temperature: 0.7, seed }),
    finish: async (rnn, signal) => {
      const { loss, accuracy = 0 } = await rnn.evaluate(dataOf(measured), { signal });
      const text = writeAll(writer(rnn), { length: 400, temperature: 0.7, seed: 1 });
      return { ...outcomeOf({ loss, accuracy, baseline: baseline.value, unit }), text };
    },
    next: (folder) => ["let it write on", `npx recurra generate ${quoted(folder)}`],
  };
}

function outcomeOf(found: { loss: number; accuracy: number; baseline: number; unit: Unit }): Outcome {
  const { loss, accuracy, baseline, unit } = found;
  const bits = loss * bitsPerNat;
  const right = `${(accuracy * 100).toFixed(1)} %`;
  return {
    // `baseline` is in bits, as `bits` is.
    heldOut: { loss, bits, accuracy, baseline },
    rows: [
      ["held out", `${bits.toFixed(3)} bits per ${unit}, ${right} of the next ones right`],
      ["baseline", `${baseline.toFixed(3)} bits per ${unit} (symbol frequencies)`],
    ],
    tiles: [
      [`held out, bits per ${unit}`, bits.toFixed(3), "on all of the held-out text"],
      ["symbol frequencies alone", baseline.toFixed(3), `bits per ${unit}, on the same text`],
      [`next ${unit} right`, right, "most probable one, held out"],
    ],
    sections: [],
  };
}
