/** What an experiment of the lab is: a claim, a run that gathers findings, and what is expected beside each. */

/** Where an expectation comes from: it follows from the task, others published it, or it is a mark that is set here. */
export type Basis = "theory" | "published" | "ours";

/** One number that was found, beside what is expected of it. */
export interface Finding {
  /** Its name for scripts, in camelCase. */
  readonly name: string;
  /** What it is, in words. */
  readonly what: string;
  readonly found: number;
  /** nats, %, …; nothing for a plain number. */
  readonly unit?: string;
  /** What is expected, numbers included; nothing for a number that is only shown. */
  readonly expected?: string;
  /** Where that comes from; "theory" if absent. */
  readonly basis?: Basis;
  /** Whether it is as expected; absent for a number that is only shown. */
  readonly holds?: boolean;
}

/** A curve; x in ascending order. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** "line" if absent. Theory is dashed. */
  readonly style?: "line" | "dashed" | "points";
}

/** What the report draws. */
export interface Figure {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly curves: readonly Curve[];
}

export interface Outcome {
  readonly findings: readonly Finding[];
  readonly figures: readonly Figure[];
}

/** What surrounds a run: a place to say how far it is, a way to be stopped, and files that people may have. */
export interface Bench {
  /** Aborted by Ctrl-C or at the experiment's time limit. */
  readonly signal: AbortSignal;
  /** Says how far it is, 0 … 1, and what it is doing. */
  progress(share: number, what: string): void;
  /** The same, and lets others run; rejects when the run is to stop. */
  breathe(share: number, what: string): Promise<void>;
  /** The content of one of the files named in `needs`. */
  file(name: string): Uint8Array;
}

export interface Experiment {
  readonly name: string;
  /** What is to be shown, in one sentence. */
  readonly claim: string;
  /** Equation, figure or section of *Deep Learning*, chapter 10, or whatever else it shows. */
  readonly shows: string;
  /** What it is done with, in one line: sizes, activation, initializer, data, updates. */
  readonly setup: string;
  /** Seconds that it takes on a common machine, rounded up to one of a few steps. */
  readonly takes: 5 | 20 | 60 | 120;
  readonly seeds: readonly number[];
  /** Seconds after which it counts as failed. Several times what it takes on two cores. */
  readonly limit: number;
  /** Files that are not part of the package; without them it is skipped. */
  readonly needs?: readonly string[];
  run(bench: Bench): Promise<Outcome>;
}

/** The run was asked to end. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** A part of a run: its progress from 0 to 1 is the whole's from `from` to `to`. */
export function part(bench: Bench, from: number, to: number): Bench {
  const at = (share: number): number => from + (to - from) * share;
  return {
    ...bench,
    progress: (share, what) => bench.progress(at(share), what),
    breathe: (share, what) => bench.breathe(at(share), what),
  };
}
