/** A document as sections of Markdown. */
import { sweepTable } from "../../../bench/sweep-page.js";
import { significant } from "../format.js";
import type { Document } from "./document.js";
import { peerTables } from "./peer-tables.js";
import { memoryTable, ratesTable, reasons, relaxedTable, scalingTable, startupTable } from "./tables.js";
import { judged, verdictText, withoutTargets } from "./verdicts.js";

export interface Section {
  /** The field of the document that it shows. */
  readonly key: keyof Document;
  readonly title: string;
  readonly text: string;
}

const found = (text: string | undefined): text is string => text !== undefined && text !== "";
const paragraphs = (...texts: readonly (string | undefined)[]): string => texts.filter(found).join("\n\n");

/** What is measured, without when and where. */
type Parts = Omit<Document, "version" | "date" | "system" | "workers" | "seconds">;

export function sectionsOf(document: Parts): Section[] {
  const { workloads, peers, core, scaling, relaxed, startup, memory, sweep, peakGflops, failures } = document;
  const sections: Section[] = [];
  const add = (key: keyof Document, title: string, ...texts: (string | undefined)[]): void =>
    void sections.push({ key, title, text: paragraphs(...texts) });
  if (workloads.length > 0) {
    add(
      "workloads",
      "Share of the peak",
      `Peak ${significant(peakGflops ?? Number.NaN)} GFLOP/s: multiply-adds in registers, 13 accumulators of 4 lanes, timed beside each sample.`,
      ratesTable(workloads),
      reasons(workloads.map(({ name }) => name)),
    );
  }
  if (peers.length > 0) {
    const place = core === null ? "not pinned to a core" : `all pinned to core ${core}`;
    add(
      "peers",
      "Beside other libraries",
      `Each in a process of its own, ${place}, timed in turns; ratios within repetitions, above 1 where recurra is ahead. Start and check: from the start of the process to the losses of three updates, or the outputs of all steps.`,
      peerTables(peers),
    );
  }
  if (scaling !== undefined) add("scaling", "Cores", scalingTable(scaling));
  if (relaxed !== undefined) add("relaxed", "The relaxed kernel", relaxedTable(relaxed));
  if (startup !== undefined) add("startup", "From the start of a process", startupTable(startup));
  if (memory !== undefined) add("memory", "Memory", memoryTable(memory));
  if (sweep !== undefined) add("sweep", "Sizes", sweepTable(sweep).join("\n"));
  if (failures !== undefined) {
    const list = Object.entries(failures).map(([part, why]) => `- ${part}: ${why}`);
    add("failures", "What could not be measured", list.join("\n"));
  }
  return sections;
}

/** What can be pasted into an issue; with targets for those who work on the library. */
export function pageOf(document: Document, version: string, targets: boolean): string {
  const { commit, kernel, engine, cpu, system, date, workers, seconds } = document;
  const shown = targets ? { ...document, peers: judged(document.peers) } : withoutTargets(document);
  const build = [`recurra ${version}`, ...(commit === null ? [] : [`commit ${commit}`]), `kernel ${kernel}`];
  const by = workers === 0 ? [] : [`${workers} ${workers === 1 ? "worker" : "workers"}`];
  return [
    [...build, ...by].join(", "),
    `${engine}, ${cpu}, ${system}`,
    `${date.slice(0, 10)} ${date.slice(11, 16)} UTC${seconds === undefined ? "" : `, --seconds ${seconds}`}`,
    ...sectionsOf(shown).flatMap(({ title, text }) => ["", `## ${title}`, "", text]),
    ...(targets ? verdictLines(document) : []),
    "",
  ].join("\n");
}

function verdictLines(document: Document): string[] {
  const text = verdictText(document);
  return text === "" ? [] : ["", "## Targets", "", text];
}
