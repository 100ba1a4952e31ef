/** New results beside those that were there: what was not measured anew stays, and keeps its date. */
import type { PeerResult } from "./compare.js";
import type { Document } from "./document.js";
import type { Rate } from "./rates.js";

/** When and how something was measured. */
export interface Stamp {
  readonly date: string;
  readonly commit: string;
  /** For the samples, where they were given: fewer than usual find less. */
  readonly seconds?: number;
  /** Of workloads: the peak that was measured with them. */
  readonly peakGflops?: number | null;
  /** Of comparisons: where all of them were pinned to. */
  readonly core?: number | null;
}

/** A row that was not measured with the rest of its section says so. */
type Stamped<T> = T & { readonly measured?: Stamp };

/** Of a library that was not measured anew when this one was: how fast this one was then. */
export type Compared = PeerResult & { readonly beside?: number };

type Dated = "date" | "system" | "workers";

/** What was measured with one engine; each part may have been measured anew since. */
export interface Run extends Omit<Document, Dated | "workloads" | "peers">, Partial<Pick<Document, Dated>> {
  readonly workloads: readonly Stamped<Rate>[];
  readonly peers: readonly Stamped<Compared>[];
  readonly measured: Readonly<Partial<Record<keyof Document, Stamp>>>;
}

export interface Results {
  /** The first is that of the engine that ran everything. */
  readonly runs: readonly Run[];
}

const same = (run: Run, { engine, cpu }: Run): boolean => run.engine === engine && run.cpu === cpu;

/** Replaces what was measured anew with the same engine, row by row. */
export function merged({ runs }: Results, fresh: Run): Results {
  const old = runs.find((run) => same(run, fresh));
  if (old === undefined) return { runs: [...runs, fresh] };
  const { failures: _, ...kept } = old;
  const rates = settled<Rate>(mergedRates(old, fresh), () => true);
  const peers = settled<Compared>(mergedPeers(old, fresh), ({ status }) => status === "timed");
  const run: Run = {
    ...kept,
    ...fresh,
    workloads: sorted(rates.rows, "name"),
    peers: sorted(peers.rows, "workload"),
    peakGflops: rates.stamp?.peakGflops ?? null,
    ...(peers.stamp && { core: peers.stamp.core ?? null }),
    measured: {
      ...old.measured,
      ...fresh.measured,
      ...(rates.stamp && { workloads: rates.stamp }),
      ...(peers.stamp && { peers: peers.stamp }),
    },
  };
  return { runs: runs.map((one) => (one === old ? run : one)) };
}

/** Forgets what was there, but for comparisons that could not be made again. */
export function replaced({ runs }: Results, fresh: readonly Run[]): Results {
  return fresh.reduce<Results>(
    (results, run) => {
      const old = runs.find((one) => same(one, run));
      if (old === undefined || results.runs.some((one) => same(one, run))) return merged(results, run);
      const peers = old.peers.filter(({ status }) => status === "timed");
      const measured = old.measured.peers === undefined ? {} : { peers: old.measured.peers };
      const before: Run = { ...run, core: old.core ?? null, workloads: [], peers, measured };
      return merged({ runs: [...results.runs, before] }, run);
    },
    { runs: [] },
  );
}

function mergedRates(old: Run, fresh: Run): Stamped<Rate>[] {
  const anew = new Set(fresh.workloads.map(({ name }) => name));
  return [
    ...stamped(
      old.workloads.filter(({ name }) => !anew.has(name)),
      stampOf(old, "workloads"),
    ),
    ...stamped(fresh.workloads, stampOf(fresh, "workloads")),
  ];
}

function mergedPeers(old: Run, fresh: Run): Stamped<Compared>[] {
  const find = (run: Run, { workload, peer }: Pick<PeerResult, "workload" | "peer">) =>
    run.peers.find((one) => one.workload === workload && one.peer === peer);
  /** A library that could not be asked now was not made slower by that. */
  const stays = (row: PeerResult): boolean => {
    const now = find(fresh, row);
    return now === undefined || (row.status === "timed" && now.status === "skipped");
  };
  const kept = old.peers.filter(stays).map((row) => {
    const own = { workload: row.workload, peer: "recurra" };
    const [then, now] = [find(old, own)?.median, find(fresh, own)];
    const changed = row.status === "timed" && then !== undefined && now !== undefined;
    return changed ? { beside: then, ...row } : row;
  });
  const rows = fresh.peers.filter(
    (row) => !kept.some((one) => one.workload === row.workload && one.peer === row.peer),
  );
  return [...stamped(kept, stampOf(old, "peers")), ...stamped(rows, stampOf(fresh, "peers"))];
}

function stampOf({ measured, peakGflops, core }: Run, key: "workloads" | "peers"): Stamp {
  const { date, commit, seconds } = measured[key] ?? { date: "unknown", commit: "unknown" };
  const place = key === "workloads" ? { peakGflops } : { core: core ?? null };
  return { date, commit, ...(seconds !== undefined && { seconds }), ...place };
}

const stamped = <T extends object>(rows: readonly Stamped<T>[], stamp: Stamp): Stamped<T>[] =>
  rows.map((row) => ({ ...row, measured: row.measured ?? stamp }));

/** The commonest stamp becomes that of the section; other rows keep theirs. Rows that were not timed have none. */
function settled<T extends object>(
  rows: readonly Stamped<T>[],
  timed: (row: T) => boolean,
): { rows: Stamped<T>[]; stamp: Stamp | undefined } {
  const text = (stamp: Stamp | undefined): string => JSON.stringify(stamp);
  const counts = new Map<string, number>();
  for (const row of rows.filter(timed))
    counts.set(text(row.measured), (counts.get(text(row.measured)) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  const stamp = rows.find(({ measured }) => text(measured) === most)?.measured;
  return {
    stamp,
    rows: rows.map((row) => {
      if (timed(row) && text(row.measured) !== most) return row;
      const { measured: _, ...rest } = row;
      return rest as Stamped<T>;
    }),
  };
}

/** By the number in their name; equal ones stay in order. */
const sorted = <K extends string, T extends Readonly<Record<K, string>>>(list: readonly T[], key: K): T[] =>
  [...list].sort((a, b) => Number(a[key].slice(1)) - Number(b[key].slice(1)));
