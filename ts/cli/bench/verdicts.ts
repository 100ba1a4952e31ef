/** Every target that a document speaks of: how many were reached, and which were not, with what is known of them. */
import { tolerance } from "../../../bench/sweep-cliffs.js";
import { denormalTarget, reasons } from "../../../bench/targets.js";
import { grouped } from "../format.js";
import type { Document } from "./document.js";
import { percent, times } from "./tables.js";

export interface Verdict {
  /** The name in the list, and in the reasons of bench/targets.ts. */
  readonly name: string;
  readonly reached: boolean;
  readonly measured: string;
  readonly target: string;
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

export function verdictsOf(document: Document): Verdict[] {
  const { workloads, peers, scaling = [], relaxed, startup, sweep } = document;
  const verdicts: Verdict[] = [];
  const add = (name: string, reached: boolean | undefined, measured: string, target: string): void => {
    if (reached !== undefined) verdicts.push({ name, reached, measured, target });
  };
  for (const { name, reached, shareOfPeak, floor = 0 } of workloads)
    add(`${name}, share of the peak`, reached, percent(shareOfPeak), `at least ${percent(floor)}`);
  for (const { workload, peer, reached, ratio = Number.NaN, target = 0 } of peers)
    add(`${workload} beside ${peer}`, reached, times(ratio), `at least ${times(target)}`);
  for (const { name, workers, reached, speedUp, separate, target = 0 } of scaling) {
    const beside = separate === undefined ? "" : ` (${times(separate)} by separate programs)`;
    add(
      `${name} with ${workers} workers`,
      reached,
      `${times(speedUp)}${beside}`,
      `at least ${times(target)}`,
    );
  }
  for (const { name, reached, ratio, target = 0 } of relaxed ?? [])
    add(`${name}, relaxed beside simd`, reached, times(ratio), `at least ${times(target)}`);
  for (const { to, reached, above, target = 0 } of startup?.rows ?? [])
    add(`start to the first ${to}`, reached, ms(above), `at most ${ms(target)} above Node`);
  for (const { letter, curves } of sweep?.axes ?? [])
    for (const { name, cliffs } of curves) {
      const worst = cliffs.reduce((most, { factor }) => Math.max(most, factor), 1);
      const where = cliffs.map(({ slower }) => grouped(slower)).join(", ");
      const most = `at most ${times(tolerance)} what a neighbour explains`;
      add(`cliffs of ${letter}, ${name}`, cliffs.length === 0, `${times(worst)} at ${where}`, most);
    }
  for (const { name, ratio } of sweep?.denormals ?? [])
    add(`denormals, ${name}`, ratio <= denormalTarget, times(ratio), `at most ${times(denormalTarget)}`);
  return verdicts;
}

/** The same without what was to be reached, which only those who work on the library can do something about. */
export function withoutTargets(document: Document): Document {
  const { workloads, peers, scaling, relaxed, startup } = document;
  return {
    ...document,
    workloads: workloads.map(({ floor: _, reached: __, ...rest }) => rest),
    peers: peers.map(plain),
    ...(scaling && { scaling: scaling.map(plain) }),
    ...(relaxed && { relaxed: relaxed.map(plain) }),
    ...(startup && { startup: { ...startup, rows: startup.rows.map(plain) } }),
  };
}

const plain = <T extends { readonly target?: unknown; readonly reached?: unknown }>({
  target: _,
  reached: __,
  ...rest
}: T): Omit<T, "target" | "reached"> => rest;

/** Empty where there was no target. */
export function verdictText(document: Document): string {
  const verdicts = verdictsOf(document);
  const missed = verdicts.filter(({ reached }) => !reached);
  if (verdicts.length === 0) return "";
  const sum = `${verdicts.length - missed.length} of ${verdicts.length} targets are reached`;
  if (missed.length === 0) return `${sum}.`;
  const major = /Node (\d+)/.exec(document.engine)?.[1];
  const lines = missed.map(({ name, measured, target }) => {
    const why = reasons[`${major}: ${name}`] ?? reasons[name];
    return `- ${name}: ${measured}, ${target}${why === undefined ? "" : `. ${why}`}`;
  });
  return [`${sum}. These are not:`, "", ...lines].join("\n");
}
