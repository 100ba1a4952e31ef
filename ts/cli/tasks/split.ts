/** What is learned from and what is kept for measuring. */
import { RecurraError } from "../../index.js";
import { grouped, plural } from "../format.js";
import { type Label, type SequenceTask, type Series, totalSteps } from "../reading/series.js";

export type SplitBy = "sequence" | "time";

/** Steps `from` to `to` − 1 of a sequence; those before `scored` only prepare the state, and are not measured. */
export interface Piece {
  readonly series: Series;
  readonly from: number;
  readonly scored: number;
  readonly to: number;
}

export interface Split {
  readonly by: SplitBy;
  readonly share: number;
  readonly training: readonly Piece[];
  readonly heldOut: readonly Piece[];
}

export interface SplitOptions {
  readonly task: SequenceTask;
  /** The share of sequences, or of the steps of each, that is held out. */
  readonly share: number;
  /** Chosen by the task and the number of sequences if absent. */
  readonly by?: SplitBy | undefined;
  readonly seed: number;
  /** What the file is called. */
  readonly name: string;
}

/** Steps read before the held-out part of a sequence, so that its first steps are not scored from an empty state. */
export const warmUp = 512;
/** Sequences from which on whole ones are held out, where both ways are possible. */
const manySequences = 10;
/** Steps to learn from and to measure on, at least. */
const leastSteps = 20;

const wrong = (message: string): RecurraError => new RecurraError({ code: "format", message });

export const whole = (series: Series): Piece => ({ series, from: 0, scored: 0, to: series.known });

export function splitSeries(series: readonly Series[], options: SplitOptions): Split {
  const { task, share, name } = options;
  const usual = task === "classify" || series.length >= manySequences ? "sequence" : "time";
  const by = options.by ?? usual;
  checkEnough(series, by, options);
  if (by === "time") return { by, share, ...splitTime(series, share) };
  const held = task === "classify" ? chooseByClass(series, options) : choose(series, options);
  const training = series.filter((one) => !held.has(one)).map(whole);
  const heldOut = series.filter((one) => held.has(one)).map(whole);
  if (task !== "classify" && totalSteps(training.map(({ series: one }) => one)) < leastSteps)
    throw wrong(`${name}: too little is left to learn from; try a smaller --held-out`);
  return { by, share, training, heldOut };
}

function checkEnough(series: readonly Series[], by: SplitBy, { task, name }: SplitOptions): void {
  const steps = totalSteps(series);
  const sequences = plural(series.length, "sequence");
  const without = series.find((one) => one.steps === 0);
  if (without !== undefined)
    throw wrong(`${name}, line ${grouped(without.line)}: expected at least one step, got none`);
  if (task === "classify") {
    const classes = new Set(series.map(({ label }) => label));
    if (series.length < 4)
      throw wrong(`${name} has ${sequences}; to classify, at least 4 are needed, some of them to measure on`);
    if (classes.size < 2)
      throw wrong(
        `${name}: all ${sequences} have the same label (${String([...classes][0])}); at least 2 are needed`,
      );
    return;
  }
  if (by === "sequence" && series.length < 2)
    throw wrong(`${name} has one sequence, so none can be held out; leave out --split sequence`);
  if (steps < 2 * leastSteps)
    throw wrong(
      `${name} has ${plural(steps, "step")}; at least ${2 * leastSteps} are needed to learn from and to measure on`,
    );
}

function splitTime(series: readonly Series[], share: number): Pick<Split, "training" | "heldOut"> {
  const training: Piece[] = [];
  const heldOut: Piece[] = [];
  for (const one of series) {
    const cut = one.known - Math.max(1, Math.round(share * one.known));
    // A sequence of a few steps teaches, and measures nothing.
    if (cut < 2) training.push(whole(one));
    else {
      training.push({ series: one, from: 0, scored: 0, to: cut });
      heldOut.push({ series: one, from: Math.max(0, cut - warmUp), scored: cut, to: one.known });
    }
  }
  return { training, heldOut };
}

/** Some of the sequences, by the seed. */
function choose(series: readonly Series[], { share, seed }: SplitOptions): Set<Series> {
  const count = Math.min(series.length - 1, Math.max(1, Math.round(share * series.length)));
  return new Set(shuffled(series, seed).slice(0, count));
}

/** The same share of every class, as files are often sorted by class; a class of one sequence is learned from. */
function chooseByClass(series: readonly Series[], { share, seed, name }: SplitOptions): Set<Series> {
  const classes = new Map<Label | undefined, Series[]>();
  for (const one of series) classes.set(one.label, [...(classes.get(one.label) ?? []), one]);
  const held = new Set<Series>();
  for (const members of classes.values()) {
    const count = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    for (const one of shuffled(members, seed).slice(0, count)) held.add(one);
  }
  if (held.size === 0)
    throw wrong(
      `${name}: every label stands with one sequence only; at least 2 of a class are needed, one to measure on`,
    );
  return held;
}

/** Fisher and Yates, with a 32-bit generator (Mulberry32): which sequences are held out is no draw of the kernel's. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  const result = [...list];
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
