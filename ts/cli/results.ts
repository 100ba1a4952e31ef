/** What training leaves behind: files, and the figures at its end. */
import { createHash } from "node:crypto";
import { type Rnn, readSafetensors, type Trainer } from "../index.js";
import { writeFileAtomic } from "../io/files.js";
import { curvesOf, type Sample } from "./curves.js";
import type { Job, Outcome } from "./job.js";
import { machine, version } from "./machine.js";
import type { Places } from "./places.js";
import { renderPage } from "./report/page.js";
import { meanOfLast, type Standing } from "./session.js";

export interface ResultsOptions {
  readonly trainer: Trainer;
  readonly job: Job;
  readonly places: Places;
  readonly name: string;
  readonly kernel: string;
  /** Names and values, as the page shows them. */
  readonly settings: readonly (readonly [string, string])[];
}

/** What a finished run says. */
export interface Figures {
  readonly updates: number;
  readonly steps: number;
  readonly seconds: number;
  readonly outcome: Outcome;
}

/** What there is to save at the end, beside where training stands. */
interface Finished {
  readonly outcome?: Outcome;
  /** What the trainer saved before the best net was taken. */
  readonly checkpoint?: Uint8Array;
  readonly best?: boolean;
}

export class Results {
  readonly #options: ResultsOptions;

  constructor(options: ResultsOptions) {
    this.#options = options;
  }

  /** Model, checkpoint and page, each written whole or not at all; the checkpoint last, so that it is never ahead. */
  save(standing: Standing, { outcome, checkpoint, best = false }: Finished = {}): void {
    const { trainer, places, job, name, settings, kernel } = this.#options;
    const { history, samples, seconds } = standing;
    const { measure, baseline, steps } = job;
    const page = renderPage({
      ...{ name, measure, settings, kernel, samples, seconds, baseline },
      ...curvesOf(history, job),
      ...{ best, tiles: outcome?.tiles, sections: outcome?.sections ?? [] },
      ...{ updates: history.updates, steps: steps.after(history.updates) },
      ...{
        parameters: trainer.rnn.parameterCount,
        machine: machine(),
        version: version(),
        date: new Date().toISOString(),
      },
    });
    writeFileAtomic(places.report, page);
    writeFileAtomic(places.model, trainer.rnn.save());
    writeFileAtomic(places.checkpoint, checkpoint ?? trainer.save());
  }

  /**
   * Measures on what is held out, saves everything. Rejects, with nothing saved, if `signal` aborts. The model is the best
   * net where the trainer has kept one; the checkpoint is where training stands.
   */
  async finish(standing: Standing, signal: AbortSignal): Promise<Figures> {
    const { trainer, job } = this.#options;
    const checkpoint = trainer.save();
    const best = takeBest(trainer.rnn, checkpoint);
    const { history, seconds } = standing;
    const { updates } = history;
    const outcome = await job.finish(trainer.rnn, signal);
    const steps = job.steps.after(updates);
    let { samples } = standing;
    if (outcome.text !== undefined) {
      const loss = job.measure.of(meanOfLast(history.losses, 100));
      const last: Sample = { update: updates, steps, loss, text: outcome.text };
      samples = [...samples.filter(({ update }) => update < updates), last];
    }
    this.save({ ...standing, samples }, { outcome, checkpoint, best });
    return { updates, steps, seconds, outcome };
  }

  /** What --json prints; the names are fixed. */
  document({ updates, steps, seconds, outcome }: Figures): object {
    const { kernel, places, trainer, job } = this.#options;
    const { model, checkpoint, report } = places;
    return {
      task: job.task,
      ...{ kernel, updates, steps, seconds },
      stepsPerSecond: seconds > 0 ? steps / seconds : 0,
      heldOut: outcome.heldOut,
      ...{ model, checkpoint, report },
      sha256: parametersHash(trainer.rnn),
    };
  }
}

/** The parameters of the best measurement, which a checkpoint keeps where there is patience; false where it has none. */
function takeBest(rnn: Rnn, checkpoint: Uint8Array<ArrayBuffer>): boolean {
  const prefix = "best.";
  const { tensors } = readSafetensors(checkpoint);
  const best = [...tensors].filter(([name]) => name.startsWith(prefix));
  if (best.length === 0) return false;
  rnn.loadStateDict(new Map(best.map(([name, tensor]) => [name.slice(prefix.length), tensor])));
  return true;
}

/** SHA-256 of all parameters in the order of the file, as little-endian floats. */
function parametersHash(rnn: Rnn): string {
  const hash = createHash("sha256");
  for (const { data } of rnn.stateDict().values()) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
