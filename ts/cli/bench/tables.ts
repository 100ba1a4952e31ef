/** The tables of `recurra bench`, one for each question. */
import { workloads } from "../../../bench/workloads.js";
import { bytes, grouped, significant } from "../format.js";
import { markdownTable } from "./markdown.js";
import type { MemoryResult } from "./memory.js";
import type { Rate } from "./rates.js";
import type { RelaxedResult } from "./relaxed.js";
import type { ScalingResult } from "./scaling.js";
import { parts, type StartupResult } from "./startup.js";
import { type Spread, steadiness, undisturbed } from "./statistics.js";

export const taskOf = (name: string): string =>
  workloads.find((workload) => workload.name === name)?.task ?? "";

/** 223,441 or 1.56 */
export const amount = (value: number): string =>
  value >= 1000 ? grouped(Math.round(value)) : significant(value);
export const range = ([least, greatest]: Spread, show = amount): string => `${show(least)}–${show(greatest)}`;
export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
export const times = (ratio: number): string => `${significant(ratio)}×`;
export const verdict = (reached: boolean | undefined): string =>
  reached === undefined ? "" : reached ? ", reached" : ", **not reached**";

/** "68 %, disturbed"; empty where the median is near the best. */
export function disturbance(row: Parameters<typeof steadiness>[0]): string {
  const share = steadiness(row);
  return share < undisturbed ? `${percent(share)}, disturbed` : "";
}

/** Below a table that has such a row. */
export const disturbedNote = (rows: readonly Parameters<typeof steadiness>[0][]): string =>
  rows.some((row) => disturbance(row) !== "")
    ? `Disturbed: a median below ${percent(undisturbed)} of the best of the same samples; the machine was busy with something else.`
    : "";

export function ratesTable(rates: readonly Rate[]): string {
  const rows = rates.map((rate) => {
    const { name, unit, gflops, shareOfPeak, shareSpread, floor, reached } = rate;
    return [
      ...[name, taskOf(name), `${amount(rate.median)} ${unit}`, `${amount(rate.best)} ${unit}`],
      ...[range(rate.spread), significant(gflops), percent(shareOfPeak), range(shareSpread, percent)],
      ...[floor === undefined ? "" : `${percent(floor)}${verdict(reached)}`, disturbance(rate)],
    ];
  });
  const head = ["workload", "task", "median", "best", "min–max", "GFLOP/s", "share of peak"];
  const table = markdownTable([...head, "min–max", "at least", "median ÷ best"], rows, "llrrrrrrll");
  return [table, disturbedNote(rates)].filter((text) => text !== "").join("\n\n");
}

/** Why the shares are not 100 %. */
export const reasons = (names: readonly string[]): string =>
  [
    "What is missing to the peak:",
    "",
    ...workloads.filter(({ name }) => names.includes(name)).map(({ name, why }) => `- ${name}: ${why}.`),
  ].join("\n");

export function scalingTable(results: readonly ScalingResult[]): string {
  const none = (value: number | undefined, shown: (value: number) => string): string =>
    value === undefined ? "" : shown(value);
  const rows = results.map((result) => {
    const { name, unit, workers, median, speedUp, speedUpSpread, startUp, target, reached } = result;
    const { separate, separateSpread, share } = result;
    return [
      ...[name, String(workers), `${amount(median)} ${unit}`, times(speedUp), range(speedUpSpread, times)],
      none(separate, times),
      separateSpread === undefined ? "" : range(separateSpread, times),
      none(share, percent),
      `${startUp.toFixed(0)} ms`,
      target === undefined ? "" : `${times(target)}${verdict(reached)}`,
    ];
  });
  const head = ["workload", "workers", "median", "beside none", "min–max", "separate programs", "min–max"];
  return [
    markdownTable([...head, "of that", "start-up", "at least"], rows, "lrrrrrrrrl"),
    "",
    "Separate programs: as many processes that train the same by themselves at the same time, beside one, in the same turns.",
    "They share nothing but the machine, so that is what its cores give: workers can bring no more.",
  ].join("\n");
}

export function relaxedTable(results: readonly RelaxedResult[] | null): string {
  if (results === null) return "This engine has no relaxed SIMD.";
  const rows = results.map(({ name, unit, simd, relaxed, ratio, ratioSpread, target, reached }) => [
    ...[
      name,
      `${amount(simd)} ${unit}`,
      `${amount(relaxed)} ${unit}`,
      times(ratio),
      range(ratioSpread, times),
    ],
    target === undefined ? "" : `${times(target)}${verdict(reached)}`,
  ]);
  const head = ["workload", "simd", "relaxed", "relaxed ÷ simd", "min–max", "at least"];
  return markdownTable(head, rows, "lrrrrl");
}

export function startupTable({ node, rows, turns }: StartupResult): string {
  const ms = (value: number): string => value.toFixed(1);
  const names = { update: "first trained update (W1)", step: "first streamed step (W4)" } as const;
  const table = markdownTable(
    ["to the", "in all, ms", "above Node, ms", "min–max", ...parts, "at most"],
    rows.map(({ to, total, above, aboveSpread, split, target, reached }) => [
      ...[names[to], ms(total), ms(above), range(aboveSpread, ms), ...parts.map((part) => ms(split[part]))],
      target === undefined ? "" : `${target}${verdict(reached)}`,
    ]),
    "lrrrrrrrl",
  );
  return `Node alone: ${ms(node)} ms to its first word; ${turns} processes of each, in turns.\n\n${table}`;
}

export function memoryTable({ workloads: rows, steady }: MemoryResult): string {
  const table = markdownTable(
    [
      ...["workload", "parameters", "with gradients, packed", "tape, formula", "tape, counted"],
      ...["batch", "workspace", "kernel's memory", "process, peak"],
    ],
    rows.map((row) => [
      ...[row.name, bytes(row.parameters), bytes(row.network), bytes(row.tapeFormula), bytes(row.tape)],
      ...[bytes(row.batch), bytes(row.workspace), bytes(row.memory), bytes(row.peakRssBytes)],
    ]),
    "lrrrrrrrr",
  );
  const { updates, before, after } = steady;
  const grown = after === before ? "not grown" : `**grown by ${bytes(after - before)}**`;
  return [
    table,
    "",
    "Parameters: 4·(H·I + H² + H + O·H + O). Tape: 4·H·(τ + 1)·min(8, B) for states and as much for their gradients;",
    "without training, of at most 64 steps. Batch: inputs, targets, weights, losses, states. The workspace is tape and",
    "batch, packed operands, a block of outputs and the gradients of one shard of 8 sequences.",
    "",
    `After ${grouped(updates)} more updates of a small net its memory has ${grown}: ${bytes(before)} before, ${bytes(after)} after.`,
  ].join("\n");
}
