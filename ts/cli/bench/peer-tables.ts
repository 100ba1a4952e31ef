/** This library beside others: a table for each workload, and what became of the targets. */
import { bytes, significant } from "../format.js";
import { comparable, type PeerResult } from "./compare.js";
import { markdownTable } from "./markdown.js";
import { amount, range, taskOf, times, verdict } from "./tables.js";

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
  const rows = timed.map((result) => {
    const {
      peer,
      version = peer,
      unit,
      ratio = Number.NaN,
      ratioSpread,
      target,
      reached,
      deviation,
    } = result;
    const own = peer === "recurra";
    return [
      ...[version, `${amount(result.median ?? Number.NaN)} ${unit}`, amount(result.best ?? Number.NaN)],
      result.spread ? range(result.spread) : "",
      own ? "" : times(ratio),
      own || !ratioSpread ? "" : range(ratioSpread, times),
      target === undefined ? "" : `${times(target)}${verdict(reached)}`,
      `${significant(result.firstResult ?? Number.NaN)} s`,
      result.peakRssBytes === undefined ? "" : bytes(result.peakRssBytes),
      own ? "" : deviation === undefined ? "computes something else" : deviation.toExponential(0),
    ];
  });
  const head = ["", "median", "best", "min–max", "recurra is", "min–max", "at least"];
  const table = markdownTable([...head, "first result", "peak memory", "off by"], rows, "lrrrrrlrrr");
  const notes = results.flatMap((result) => {
    const { peer, status, note = "", install } = result;
    if (status === "timed") return note === "" ? [] : [`- ${result.version ?? peer}: ${note}`];
    const how = install === undefined || note.includes(install) ? "" : ` (${install})`;
    return [`- ${peer}: not timed: ${status === "failed" ? "**failed**: " : ""}${note}${how}`];
  });
  const below = notes.length === 0 ? "" : `\n\n${notes.join("\n")}`;
  return `### ${workload}: ${taskOf(workload)}\n\n${table}${below}`;
}
