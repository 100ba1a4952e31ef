/** What a task brings to `recurra train`; everything else about training is the same for all of them. */
import type { Dataset, Rnn, RnnOptions } from "../index.js";
import type { Task } from "./reading/series.js";
import type { Section, Tile } from "./report/page.js";
import type { Learning, Limits } from "./train-options.js";

/** From the library's loss to what people are shown. */
export interface Measure {
  /** What is counted: character, byte, step. */
  readonly unit: string;
  readonly of: (loss: number) => number;
  /** On the progress line: "bits/char". */
  readonly short: string;
  /** "bits per character" */
  readonly long: string;
  /** What the chart says about it. */
  readonly about: string;
}

/** What is measured at the end. */
export interface Outcome {
  /** `heldOut` of the JSON document. */
  readonly heldOut: Readonly<Record<string, unknown>>;
  /** Names and values for the table of figures: how good it is, and what one gets without a net. */
  readonly rows: readonly (readonly [string, string])[];
  readonly tiles: readonly Tile[];
  readonly sections: readonly Section[];
  /** What the net wrote at its end, of texts. */
  readonly text?: string;
}

/** Something to train on. */
export interface Job {
  readonly task: Task;
  readonly measure: Measure;
  readonly training: Dataset;
  /** Measured on as training goes. */
  readonly validation: Dataset;
  /** Everything of a new network. */
  readonly network: RnnOptions;
  readonly learning: Learning;
  /** Where no limit was given. */
  readonly limits: Limits;
  /** How many steps a number of updates has learned from. */
  readonly steps: { readonly after: (updates: number) => number };
  /** What one gets without a net, as the measure shows it, and what that is called. */
  readonly baseline: { readonly value: number; readonly name: string };
  /** Sentences about what is going to be learned. */
  readonly announce: (rnn: Rnn) => readonly string[];
  /** What the net can show of itself in the middle of training; nothing for most. */
  readonly sample?: (rnn: Rnn, seed: number) => string;
  /** Measures on all that is held out. Rejects if `signal` aborts. */
  readonly finish: (rnn: Rnn, signal: AbortSignal) => Promise<Outcome>;
  /** What to do with the model: words and a command, given its folder. */
  readonly next: (folder: string) => readonly [string, string];
}
