/** Training with pauses: for samples of the net's writing, for saving, for a limit of time, and for Ctrl-C. */
import type { History, Progress, Trainer } from "../index.js";
import { type Sample, spread } from "./curves.js";
import type { Interrupt } from "./interrupt.js";
import type { Job } from "./job.js";
import { type ProgressLine, sampleLine } from "./progress.js";
import type { Output } from "./terminal.js";

export interface SessionOptions {
  readonly trainer: Trainer;
  readonly job: Job;
  /** Seconds of training, after which it ends wherever it is. */
  readonly deadline: number | undefined;
  /** What the net wrote in earlier runs, on --resume. */
  readonly samples: readonly Sample[];
  readonly interrupt: Interrupt;
  readonly progress: ProgressLine;
  readonly out: Output;
  /** Writes model, checkpoint and report as they are now. */
  readonly save: (standing: Standing) => void;
}

/** Where training stands, from its very start. */
export interface Standing {
  readonly history: History;
  readonly samples: readonly Sample[];
  /** Of training. */
  readonly seconds: number;
}

export type Ending = Exclude<History["stopped"], "aborted"> | "interrupted" | "deadline";

/** Milliseconds of training to the first pause, and between later ones. */
const firstPause = 2500;
const laterPauses = 10_000;
/** Milliseconds between two saves. */
const saveEvery = 30_000;
/** Samples kept; the page shows fewer. */
const mostSamples = 48;

export class Session {
  readonly #options: SessionOptions;
  #samples: readonly Sample[];
  #seconds = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#samples = options.samples;
  }

  /** To be handed what the trainer reports. */
  readonly onProgress = ({ elapsed }: Progress): void => {
    this.#seconds = elapsed;
  };

  /** Trains until a limit, a plateau, or Ctrl-C. */
  async run(): Promise<Standing & { readonly ending: Ending }> {
    const { interrupt, save, deadline = Number.POSITIVE_INFINITY } = this.#options;
    let saved = performance.now();
    for (let pause = firstPause; ; pause = laterPauses) {
      const history = await this.#stretch(Math.min(pause, (deadline - this.#seconds) * 1000));
      const { stopped } = history;
      const standing = { history, samples: this.#samples, seconds: this.#seconds };
      if (stopped !== "aborted") return { ...standing, ending: stopped };
      if (interrupt.exitCode !== undefined) return { ...standing, ending: "interrupted" };
      if (this.#seconds >= deadline) return { ...standing, ending: "deadline" };
      this.#sample(history);
      if (performance.now() - saved < saveEvery) continue;
      save({ ...standing, samples: this.#samples });
      saved = performance.now();
    }
  }

  /** Trains for some milliseconds, or until a limit or Ctrl-C if that comes first. */
  async #stretch(milliseconds: number): Promise<History> {
    const { trainer, interrupt } = this.#options;
    const pause = new AbortController();
    const timer = setTimeout(() => pause.abort(), milliseconds);
    interrupt.onRequest = () => pause.abort();
    if (interrupt.exitCode !== undefined) pause.abort();
    try {
      return await trainer.run({ signal: pause.signal });
    } finally {
      clearTimeout(timer);
      interrupt.onRequest = () => {};
    }
  }

  #sample({ losses }: History): void {
    const { trainer, job, progress, out } = this.#options;
    const update = losses.length;
    const text = job.sample?.(trainer.rnn, update);
    if (text === undefined) return;
    const loss = job.measure.of(meanOfLast(losses, 100));
    const sample = { update, steps: job.steps.after(update), loss, text };
    this.#samples = spread([...this.#samples, sample], mostSamples);
    progress.print(sampleLine(text, out));
  }
}

/** NaN when there is none. */
export function meanOfLast(values: Float32Array, count: number): number {
  const last = values.subarray(Math.max(0, values.length - count));
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}
