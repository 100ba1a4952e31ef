/**
 * The last full run as files of the repository: bench/results.json, bench/RESULTS.md made from it, and the table of speed
 * in the README.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../io/files.js";
import type { Document } from "./document.js";
import { sectionsOf } from "./page.js";
import { readmeTable } from "./readme-table.js";
import { verdictText } from "./verdicts.js";

/** What was measured with one engine; each part may have been measured anew since. */
export interface Run extends Document {
  readonly version: string;
  readonly measured: Readonly<
    Partial<Record<keyof Document, { readonly date: string; readonly commit: string }>>
  >;
}

export interface Results {
  /** The first is that of the engine that ran everything. */
  readonly runs: readonly Run[];
}

export const resultFiles = {
  data: "bench/results.json",
  page: "bench/RESULTS.md",
  readme: "README.md",
} as const;

export function runOf(document: Document, version: string, date: Date): Run {
  const when = { date: date.toISOString().slice(0, 10), commit: document.commit ?? "unknown" };
  const keys = sectionsOf(document).map(({ key }) => key);
  return { ...document, version, measured: Object.fromEntries(keys.map((key) => [key, when])) };
}

/** Replaces what was measured anew with the same engine and kernel, workload by workload. */
export function merged({ runs }: Results, fresh: Run): Results {
  const old = runs.find(({ engine, cpu }) => engine === fresh.engine && cpu === fresh.cpu);
  if (old === undefined) return { runs: [...runs, fresh] };
  const { workloads, peers, measured, peakGflops, ...rest } = fresh;
  const { failures: _, ...kept } = old;
  const names = new Set(workloads.map(({ name }) => name));
  const compared = new Set(peers.map(({ workload }) => workload));
  const run: Run = {
    ...kept,
    ...rest,
    peakGflops: peakGflops ?? old.peakGflops,
    workloads: sorted([...old.workloads.filter(({ name }) => !names.has(name)), ...workloads], "name"),
    peers: sorted([...old.peers.filter(({ workload }) => !compared.has(workload)), ...peers], "workload"),
    measured: { ...old.measured, ...measured },
  };
  return { runs: runs.map((one) => (one === old ? run : one)) };
}

/** By the number in their name; equal ones stay in order. */
const sorted = <K extends string, T extends Readonly<Record<K, string>>>(list: readonly T[], key: K): T[] =>
  [...list].sort((a, b) => Number(a[key].slice(1)) - Number(b[key].slice(1)));

export function resultsPage({ runs }: Results): string {
  const lines = [
    "# Results of the benchmark",
    "",
    "The last full run, written by `npm run bench:results`; [results.json](results.json) has the figures. A median stands",
    "beside the best and the range of the same samples; shares and ratios are medians of neighbouring measurements.",
  ];
  for (const run of runs) {
    lines.push("", `## ${run.engine}`, "", `recurra ${run.version}, kernel ${run.kernel}, ${run.cpu}.`);
    const verdicts = verdictText(run);
    if (verdicts !== "") lines.push("", "### Targets", "", verdicts);
    for (const { key, title, text } of sectionsOf(run)) {
      const { date = "", commit = "" } = run.measured[key] ?? {};
      const deeper = text.replace(/^###/gm, "####");
      lines.push("", `### ${title}`, "", `${date}, commit ${commit}.`, "", deeper);
    }
  }
  return `${lines.join("\n")}\n`;
}

const [opening, closing] = ["<!-- speed: written by npm run bench:results -->", "<!-- end of speed -->"];

/** The README with the table of these results in it. Throws if it has no place for one. */
export function withTable(readme: string, results: Results): string {
  const [from, to] = [readme.indexOf(opening), readme.indexOf(closing)];
  if (from < 0 || to < from) throw new Error(`README.md: expected ${opening} and then ${closing}`);
  const [run] = results.runs;
  const table = run === undefined ? "" : `\n${readmeTable(run)}\n\n`;
  return `${readme.slice(0, from + opening.length)}\n${table}${readme.slice(to)}`;
}

const place = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** Whether this program lies in the repository, where targets say something and results are kept. */
export const inRepository = (): boolean => existsSync(place("bench/targets.ts"));

/** Writes all three files; names them. `anew`: what was there is forgotten. */
export function writeResults(fresh: readonly Run[], anew: boolean): string[] {
  const data = place(resultFiles.data);
  const old: Results =
    anew || !existsSync(data) ? { runs: [] } : (JSON.parse(readFileSync(data, "utf8")) as Results);
  const results = fresh.reduce(merged, old);
  const readme = place(resultFiles.readme);
  const text = withTable(readFileSync(readme, "utf8"), results);
  writeFileAtomic(data, `${JSON.stringify(results, null, 1)}\n`);
  writeFileAtomic(place(resultFiles.page), resultsPage(results));
  writeFileAtomic(readme, text);
  return Object.values(resultFiles);
}
