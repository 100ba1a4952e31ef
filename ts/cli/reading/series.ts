/** Sequences of a file, in its own units, whatever the file looked like. */

/** What people let a program find out; the names of the command line. */
export type Task = "generate" | "classify" | "forecast" | "tag";
export type SequenceTask = Exclude<Task, "generate">;
export const tasks = ["generate", "classify", "forecast", "tag"] as const satisfies readonly Task[];

/** A class: as the file has it. */
export type Label = string | number | boolean;

/** How sequences are read from a file; part of the model, so that other files are read in the same way. */
export interface Reading {
  readonly task: SequenceTask;
  /** What goes in at each step, by name: features, or for a forecast what is known of the future too. */
  readonly inputs: readonly string[];
  /** What is forecast, or the one column of labels. */
  readonly targets: readonly string[];
  /** The column that says which sequence a row belongs to. */
  readonly id?: string;
  /** The column that says when. */
  readonly time?: string;
  /** All columns of the table in their order: for tables of as many columns that come without names. */
  readonly columns?: readonly string[];
}

/** The times of one sequence, so that they can go on. */
export interface Clock {
  readonly name: string;
  /** The time of a step from 0, where times are numbers. */
  readonly at?: (step: number) => number;
  /** What the file has for the time of a step from 0, where times are dates. */
  readonly cell?: (step: number) => string;
  /** The time so many steps after the last that is known; undefined where the steps are not regular. */
  readonly after: (steps: number) => string | number | undefined;
}

export interface Series {
  /** Its id, or its number in the file from 1. */
  readonly name: string;
  /** Where it begins in the file. */
  readonly line: number;
  readonly steps: number;
  /** steps × inputs. */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** Forecast: targets of the steps that are known, row by row; anything after those is not looked at. */
  readonly values?: Float32Array<ArrayBuffer>;
  /** Steps whose values are known; the others are the future, of which the inputs alone are known. */
  readonly known: number;
  /** Classify. */
  readonly label?: Label;
  /** Tag: one per step. */
  readonly tags?: readonly Label[];
  readonly clock?: Clock;
}

export interface SeriesSet {
  readonly reading: Reading;
  readonly series: readonly Series[];
  /** Sentences worth saying about how the file was read. */
  readonly notes: readonly string[];
  /** Whether the targets' names mean something: a bare list of numbers has none. */
  readonly named: boolean;
}

export const totalSteps = (series: readonly Pick<Series, "steps">[]): number =>
  series.reduce((sum, { steps }) => sum + steps, 0);
