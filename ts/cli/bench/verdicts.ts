/** Every target that a document speaks of: how many were reached, and which were not, with what is known of them. */
import { known, knownProcessor } from "../../../bench/known.js";
import { tolerance } from "../../../bench/sweep-cliffs.js";
import { denormalTarget, webTarget } from "../../../bench/targets.js";
import { bytes, grouped } from "../format.js";
import type { PeerResult } from "./compare.js";
import type { Document } from "./document.js";
import { byRatio, libraryName } from "./libraries.js";
import { percent, times } from "./tables.js";

export interface Verdict {
  /** The name in the list, and in bench/known.ts. */
  readonly name: string;
  readonly reached: boolean;
  readonly measured: string;
  readonly target: string;
}

/** What the verdicts need of a document. */
type Found = Pick<Document, "workloads" | "peers" | "scaling" | "relaxed" | "startup" | "memory" | "sweep">;

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const isWeb = (peer: string): boolean => (webTarget.libraries as readonly string[]).includes(peer);

/** One target for the libraries that train in a browser: that of the best of them, the one with the smallest ratio. */
export function judged(peers: readonly PeerResult[]): PeerResult[] {
  const { workloads, ratio: target } = webTarget;
  const best = (workloads as readonly string[]).map((workload) => {
    const timed = peers.filter((one) => one.workload === workload && one.ratio !== undefined);
    return byRatio(timed.filter(({ peer }) => isWeb(peer)))[0];
  });
  return peers.map((row) => {
    if (!isWeb(row.peer)) return row;
    const { ratio = Number.NaN } = row;
    return best.includes(row) ? { ...row, target, reached: ratio >= target } : plain(row);
  });
}

/** All but those of the sweep. */
export function verdictsOf({
  workloads,
  peers,
  scaling,
  relaxed,
  startup,
  memory,
}: Omit<Found, "sweep">): Verdict[] {
  const verdicts: Verdict[] = [];
  const add = (name: string, reached: boolean | undefined, measured: string, target: string): void => {
    if (reached !== undefined) verdicts.push({ name, reached, measured, target });
  };
  for (const { name, reached, shareOfPeak, floor = 0 } of workloads)
    add(`${name}, share of the peak`, reached, percent(shareOfPeak), `at least ${percent(floor)}`);
  for (const { workload, peer, reached, ratio = Number.NaN, target = 0 } of judged(peers)) {
    const library = libraryName(peer);
    const [other, which] = isWeb(peer) ? ["the best web library", `, ${library}`] : [library, ""];
    add(`${workload} beside ${other}`, reached, `${times(ratio)}${which}`, `at least ${times(target)}`);
  }
  for (const { name, workers, reached, speedUp, separate, target = 0 } of scaling ?? []) {
    const beside = separate === undefined ? "" : ` (${times(separate)} by separate programs)`;
    const measured = `${times(speedUp)}${beside}`;
    add(`${name} with ${workers} workers`, reached, measured, `at least ${times(target)}`);
  }
  for (const { name, reached, ratio, target = 0 } of relaxed ?? [])
    add(`${name}, relaxed beside simd`, reached, times(ratio), `at least ${times(target)}`);
  for (const { to, reached, above, target = 0 } of startup?.rows ?? [])
    add(`start to the first ${to}`, reached, ms(above), `at most ${ms(target)} above Node`);
  if (memory !== undefined) {
    const { updates, before, after } = memory.steady;
    const grown = `${bytes(after - before)} more`;
    add(`memory over ${grouped(updates)} updates`, after <= before, grown, "no more than before");
  }
  return verdicts;
}

/** One for each curve, and each kind of denormal. */
export function sweepVerdicts({ sweep }: Pick<Found, "sweep">): Verdict[] {
  const curves = (sweep?.axes ?? []).flatMap(({ letter, curves }) =>
    curves.map(({ name, cliffs }) => {
      const worst = cliffs.reduce((most, { factor }) => Math.max(most, factor), 1);
      const where = cliffs.map(({ slower }) => grouped(slower)).join(", ");
      const measured = `${times(worst)} at ${where}`;
      const target = `at most ${times(tolerance)} what a neighbour explains`;
      return { name: `cliffs of ${letter}, ${name}`, reached: cliffs.length === 0, measured, target };
    }),
  );
  const denormals = (sweep?.denormals ?? []).map(({ name, ratio }) => {
    const target = `at most ${times(denormalTarget)}`;
    return { name: `denormals, ${name}`, reached: ratio <= denormalTarget, measured: times(ratio), target };
  });
  return [...curves, ...denormals];
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
export function verdictText(document: Found & Pick<Document, "cpu">): string {
  const [verdicts, sizes] = [verdictsOf(document), sweepVerdicts(document)];
  const all = [...verdicts, ...sizes];
  if (all.length === 0) return "";
  const reached = (list: readonly Verdict[]): number => list.filter((one) => one.reached).length;
  const sums = [
    ...(verdicts.length > 0 ? [`${reached(verdicts)} of ${verdicts.length} targets are reached`] : []),
    ...(sizes.length > 0 ? [`of the sweep's ${sizes.length} rows, ${reached(sizes)} keep their limits`] : []),
  ];
  const sum = sums.join("; ");
  const head = `${sum.slice(0, 1).toUpperCase()}${sum.slice(1)}.`;
  const missed = all.filter((one) => !one.reached);
  if (missed.length === 0) return head;
  const lines = missed.map(({ name, measured, target }) => `- ${name}: ${measured}, ${target}`);
  return [`${head} These are not:`, "", ...lines, ...knownLines(document.cpu, missed)].join("\n");
}

/** What is known of them, where it was found out on this kind of processor. */
function knownLines(cpu: string, missed: readonly Verdict[]): string[] {
  const { name, kind } = knownProcessor;
  if (cpu.replace(/, \d+ threads?$/, "") !== name) return [];
  const lines = known.flatMap(({ of, why }) => {
    const names = of.filter((one) => missed.some((verdict) => verdict.name === one));
    return names.length > 0 ? [`- ${together(names)}: ${why}`] : [];
  });
  return lines.length === 0
    ? []
    : ["", `What is known of these on this processor (${name}, ${kind}), whatever the run:`, "", ...lines];
}

/** "W2, W3, share of the peak" for two names that differ in the workload only. */
function together(names: readonly string[]): string {
  const parts = names.map((name) => /^(W\d+)(.*)$/.exec(name));
  const [rest = "", ...others] = new Set(parts.map((part) => part?.[2]));
  const alike = others.length === 0 && parts.every((part) => part !== null);
  return alike ? `${parts.map((part) => part?.[1]).join(", ")}${rest}` : names.join("; ");
}
