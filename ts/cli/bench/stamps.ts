/** When the rows of a section were measured. */
import { significant } from "../format.js";
import type { Document } from "./document.js";
import { libraryName } from "./libraries.js";
import type { Run, Stamp } from "./merging.js";
import { amount } from "./tables.js";

/** "2026-11-23, commit abc."; below it, what was measured at another time. */
export function whenMeasured({ measured, workloads, peers }: Run, key: keyof Document): string {
  const { date = "", commit = "", seconds } = measured[key] ?? {};
  const others = new Map<string, string[]>();
  const add = (text: string, workload: string, ...names: string[]): void => {
    const all = others.get(text) ?? [];
    others.set(text, [...all, ...(all.includes(workload) ? [] : [workload]), ...names]);
  };
  if (key === "workloads")
    for (const { name, measured } of workloads) if (measured) add(textOf(measured), name);
  if (key === "peers")
    for (const { workload, peer, measured: other, beside, unit } of peers) {
      const stamp = other ?? measured.peers;
      if (stamp === undefined || (other === undefined && beside === undefined)) continue;
      const then = beside === undefined ? "" : `, beside ${amount(beside)} ${unit} of recurra`;
      add(`${textOf(stamp)}${then}`, workload, libraryName(peer));
    }
  const lines = [...others].map(([stamp, names]) => `- ${names.join(", ")}: ${stamp}`);
  return [
    `${textOf({ date, commit, ...(seconds !== undefined && { seconds }) })}.`,
    ...(lines.length === 0 ? [] : ["", ...lines]),
  ].join("\n");
}

function textOf({ date, commit, seconds, peakGflops, core }: Stamp): string {
  const samples = seconds === undefined ? "" : `, --seconds ${seconds}`;
  const peak = typeof peakGflops === "number" ? `, peak ${significant(peakGflops)} GFLOP/s` : "";
  const place = typeof core === "number" ? `, core ${core}` : "";
  return `${date}, commit ${commit}${samples}${peak}${place}`;
}
