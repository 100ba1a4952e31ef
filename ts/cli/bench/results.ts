/**
 * The last full run as files of the repository: bench/results.json, bench/RESULTS.md made from it, and the table of speed
 * in the README.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../io/files.js";
import type { Document } from "./document.js";
import { merged, type Results, type Run, replaced, type Stamp } from "./merging.js";
import { sectionsOf } from "./page.js";
import { readmeTable } from "./readme-table.js";
import { whenMeasured } from "./stamps.js";
import { judged, verdictText } from "./verdicts.js";

export type { Results } from "./merging.js";

export const resultFiles = {
  data: "bench/results.json",
  page: "bench/RESULTS.md",
  readme: "README.md",
} as const;

export function runOf({ seconds, ...document }: Document, version: string, date: Date): Run {
  const when: Stamp = {
    ...{ date: date.toISOString().slice(0, 10), commit: document.commit ?? "unknown" },
    ...(seconds !== undefined && { seconds }),
  };
  const keys = sectionsOf(document).map(({ key }) => key);
  return { ...document, version, measured: Object.fromEntries(keys.map((key) => [key, when])) };
}

export function resultsPage({ runs }: Results): string {
  const lines = [
    "# Results of the benchmark",
    "",
    "Written by `npm run bench:results`; each section says when it was measured, and [results.json](results.json) has the",
    "figures. A median stands beside the best and the range of the same samples; shares and ratios are medians of",
    "neighbouring measurements.",
  ];
  for (const run of runs) {
    const { engine, version, kernel, cpu, system } = run;
    const machine = system === undefined ? cpu : `${cpu}, ${system}`;
    lines.push("", `## ${engine}`, "", `recurra ${version}, kernel ${kernel}, ${machine}.`);
    const verdicts = verdictText(run);
    if (verdicts !== "") lines.push("", "### Targets", "", verdicts);
    for (const { key, title, text } of sectionsOf({ ...run, peers: judged(run.peers) })) {
      const deeper = text.replace(/^###/gm, "####");
      lines.push("", `### ${title}`, "", whenMeasured(run, key), "", deeper);
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

/** Writes all three files; names them. `anew`: everything was measured, so what was there is forgotten. */
export function writeResults(fresh: readonly Run[], anew: boolean): string[] {
  const data = place(resultFiles.data);
  const old: Results = existsSync(data) ? (JSON.parse(readFileSync(data, "utf8")) as Results) : { runs: [] };
  const results = anew ? replaced(old, fresh) : fresh.reduce(merged, old);
  const readme = place(resultFiles.readme);
  const text = withTable(readFileSync(readme, "utf8"), results);
  writeFileAtomic(data, `${JSON.stringify(results, null, 1)}\n`);
  writeFileAtomic(place(resultFiles.page), resultsPage(results));
  writeFileAtomic(readme, text);
  return Object.values(resultFiles);
}
