/** This library beside others: a table for each workload. */
import { bytes, significant } from "../format.js";
import { comparable, type PeerResult } from "./compare.js";
import { byRatio } from "./libraries.js";
import { markdownTable } from "./markdown.js";
import { amount, disturbance, disturbedNote, range, taskOf, times, verdict } from "./tables.js";

export function peerTables(results: readonly PeerResult[]): string {
  return comparable
    .filter((workload) => results.some((result) => result.workload === workload))
    .map((workload) =>
      peerTable(
        workload,
        results.filter((result) => result.workload === workload),
      ),
    )
    .join("\n\n");
}

function peerTable(workload: string, results: readonly PeerResult[]): string {
  const timed = results.filter(({ status }) => status === "timed");
  const isOwn = ({ peer }: PeerResult): boolean => peer === "recurra";
  const ordered = [...timed.filter(isOwn), ...byRatio(timed.filter((row) => !isOwn(row)))];
  const head = ["", "median", "best", "min–max", "recurra is", "min–max", "at least"];
  const table = markdownTable(
    [...head, "start and check", "peak memory", "off by", "median ÷ best"],
    ordered.map((row) => [...cells(row, isOwn(row)), disturbance(row)]),
    "lrrrrrlrrrl",
  );
  const below = results.flatMap(noteOf).join("\n");
  return [`### ${workload}: ${taskOf(workload)}`, table, disturbedNote(timed), below]
    .filter((text) => text !== "")
    .join("\n\n");
}

function cells(row: PeerResult, own: boolean): string[] {
  const { peer, version = peer, unit, median = Number.NaN, best = Number.NaN, ratio = Number.NaN } = row;
  const { ratioSpread, target, reached, deviation, firstResult = Number.NaN, peakRssBytes } = row;
  return [
    ...[version, `${amount(median)} ${unit}`, amount(best), row.spread ? range(row.spread) : ""],
    own ? "" : times(ratio),
    own || !ratioSpread ? "" : range(ratioSpread, times),
    target === undefined ? "" : `${times(target)}${verdict(reached)}`,
    `${significant(firstResult)} s`,
    peakRssBytes === undefined ? "" : bytes(peakRssBytes),
    own ? "" : deviation === undefined ? "computes something else" : deviation.toExponential(0),
  ];
}

/** How it differs, or why it was not timed and how to get it. */
function noteOf({ peer, version = peer, status, note = "", install }: PeerResult): string[] {
  if (status === "timed") return note === "" ? [] : [`- ${version}: ${note}`];
  const how = install === undefined || note.includes(install) ? "" : ` (${install})`;
  return [`- ${peer}: not timed: ${status === "failed" ? "**failed**: " : ""}${note}${how}`];
}
