/** What training leaves behind: files, and the figures at its end. */
import { createHash } from "node:crypto";
import type { Metrics, Rnn, Trainer } from "../index.js";
import { writeFileAtomic } from "../io/files.js";
import { type Corpus, frequencyBits } from "./corpus.js";
import { curvesOf, type Sample } from "./curves.js";
import { bitsPerNat } from "./format.js";
import { machine, version } from "./machine.js";
import type { Places } from "./places.js";
import { renderPage } from "./report/page.js";
import { meanOfLast, type Standing } from "./session.js";
import type { StepCounter } from "./steps.js";
import { writeAll } from "./writing.js";

export interface ResultsOptions {
  readonly trainer: Trainer;
  readonly corpus: Corpus;
  readonly places: Places;
  readonly name: string;
  readonly steps: StepCounter;
  readonly kernel: string;
  /** Names and values, as the page shows them. */
  readonly settings: readonly (readonly [string, string])[];
}

/** What a finished run says. */
export interface Figures {
  readonly updates: number;
  readonly steps: number;
  readonly seconds: number;
  readonly metrics: Metrics;
  /** Bits per symbol on the held-out text, of the net and of symbol frequencies. */
  readonly bits: number;
  readonly baseline: number;
  readonly sample: string;
}

/** Held-out symbols that the end result is measured on, at most: some ten seconds. */
const evaluationLength = 1_000_000;
const sampleOptions = { length: 400, temperature: 0.7, seed: 1 } as const;

export class Results {
  readonly #options: ResultsOptions;
  readonly #heldOut: Int32Array;
  readonly #baseline: number;

  constructor(options: ResultsOptions) {
    this.#options = options;
    this.#heldOut = options.corpus.heldOut.subarray(0, evaluationLength);
    this.#baseline = frequencyBits(this.#heldOut, options.corpus.counts);
  }

  /** Model, checkpoint and page, each written whole or not at all; the checkpoint last, so that it is never ahead. */
  save(standing: Standing, heldOut?: { bits: number; accuracy: number }): void {
    const { trainer, places, corpus, name, settings, steps, kernel } = this.#options;
    const { history, samples, seconds } = standing;
    const page = renderPage({
      ...{ name, unit: corpus.unit, settings, kernel, samples, seconds, baseline: this.#baseline },
      ...curvesOf(history, steps),
      ...{ heldOutResult: heldOut, updates: history.updates, steps: steps.after(history.updates) },
      ...{
        parameters: trainer.rnn.parameterCount,
        machine: machine(),
        version: version(),
        date: new Date().toISOString(),
      },
    });
    writeFileAtomic(places.report, page);
    writeFileAtomic(places.model, trainer.rnn.save());
    writeFileAtomic(places.checkpoint, trainer.save());
  }

  /** Measures on the held-out text, lets the net write, saves everything. Rejects, with nothing saved, if `signal` aborts. */
  async finish(standing: Standing, signal: AbortSignal): Promise<Figures> {
    const { trainer, corpus, steps } = this.#options;
    const { history, seconds } = standing;
    const { updates } = history;
    const metrics = await trainer.rnn.evaluate({ inputs: this.#heldOut, targets: "next" }, { signal });
    const bits = metrics.loss * bitsPerNat;
    const sample = writeAll(
      { rnn: trainer.rnn, vocabulary: corpus.vocabulary, unit: corpus.unit },
      sampleOptions,
    );
    const learned = steps.after(updates);
    const last: Sample = {
      update: updates,
      steps: learned,
      bits: meanOfLast(history.losses, 100) * bitsPerNat,
      text: sample,
    };
    const samples = [...standing.samples.filter(({ update }) => update < updates), last];
    this.save({ ...standing, samples }, { bits, accuracy: metrics.accuracy ?? 0 });
    return { updates, steps: learned, seconds, metrics, bits, baseline: this.#baseline, sample };
  }

  /** What --json prints; the names are fixed. `baseline` is in bits, as `bits` is. */
  document({ updates, steps, seconds, metrics, bits, baseline }: Figures): object {
    const { kernel, places, trainer } = this.#options;
    const stepsPerSecond = seconds > 0 ? steps / seconds : 0;
    const heldOut = { loss: metrics.loss, bits, accuracy: metrics.accuracy, baseline };
    const { model, checkpoint, report } = places;
    const sha256 = parametersHash(trainer.rnn);
    return {
      task: "text",
      kernel,
      updates,
      steps,
      seconds,
      stepsPerSecond,
      heldOut,
      model,
      checkpoint,
      report,
      sha256,
    };
  }
}

/** SHA-256 of all parameters in the order of the file, as little-endian floats. */
function parametersHash(rnn: Rnn): string {
  const hash = createHash("sha256");
  for (const { data } of rnn.stateDict().values()) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
