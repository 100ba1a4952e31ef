/** What `recurra predict` prints: a table for people, or CSV. The rows are those of the JSON document. */
import { plural, table } from "../format.js";
import type { Label } from "../reading/series.js";
import { drained, stdout } from "../terminal.js";
import { inUnits, percent } from "./score.js";
import type { SequenceModel } from "./sequence-model.js";

/** One row of the answer; the names are fixed. */
export type Row = Readonly<Record<string, unknown>>;

/** Many lines are handed over in pieces, so that a reader that goes away is noticed. */
async function writeLines(lines: readonly string[]): Promise<void> {
  for (let from = 0; from < lines.length; from += 1000) {
    stdout.write(`${lines.slice(from, from + 1000).join("\n")}\n`);
    await drained();
  }
}

/** Names of the columns of a forecast. */
function forecastHead(rows: readonly Row[], { reading }: SequenceModel, many: boolean): string[] {
  const timed = rows.some((row) => row.time !== undefined);
  return [
    ...(many ? ["sequence"] : []),
    "step",
    ...(timed ? [reading.time ?? "time"] : []),
    ...reading.targets,
  ];
}

export async function printTable(
  rows: readonly Row[],
  model: SequenceModel,
  sequences: number,
): Promise<void> {
  const { task, targets } = model.reading;
  const body =
    task === "forecast"
      ? rows.map((row) => forecastCells(row, targets, inUnits))
      : rows.flatMap((row) => (row.tags === undefined ? [classCells(row)] : tagRuns(row)));
  const many = sequences > 1;
  const head = {
    classify: ["sequence", "class", "probability", "otherwise"],
    tag: ["sequence", "steps", "tag", "probability"],
    forecast: forecastHead(rows, model, many),
    generate: [],
  }[task];
  const align =
    task === "forecast" ? (many ? "l" : "r") + "r".repeat(head.length) : task === "tag" ? "lrlr" : "llrl";
  await writeLines(table([head, ...body], align).split("\n"));
  if (task === "classify" && body.length > 20) stdout.write(`${counts(rows)}\n`);
}

/**
 * CSV (RFC 4180, but lines end in \n): of a forecast one line for each step, of classes one for each sequence with the
 * probability of every class, of tags one for each step.
 */
export async function printCsv(rows: readonly Row[], model: SequenceModel, sequences: number): Promise<void> {
  const { task, targets } = model.reading;
  const labels = model.table.labels.map(String);
  const head = {
    classify: ["sequence", "class", ...labels.map((label) => `probability of ${label}`)],
    tag: ["sequence", "step", "tag", "probability"],
    forecast: forecastHead(rows, model, sequences > 1),
    generate: [],
  }[task];
  const body = rows.flatMap((row): string[][] => {
    if (task === "forecast") return [forecastCells(row, targets, String)];
    if (row.tags !== undefined) return tagSteps(row);
    const all = row.probabilities as Readonly<Record<string, number>>;
    return [[String(row.sequence), String(row.class), ...labels.map((label) => String(all[label]))]];
  });
  await writeLines([head, ...body].map((cells) => cells.map(csvCell).join(",")));
}

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** How often each class was said. */
function counts(rows: readonly Row[]): string {
  const found = new Map<string, number>();
  for (const { class: label } of rows) found.set(String(label), (found.get(String(label)) ?? 0) + 1);
  const parts = [...found].sort((a, b) => b[1] - a[1]).map(([label, count]) => `${label} ${count}`);
  return stdout.style("dim", `${plural(rows.length, "sequence")}: ${parts.slice(0, 12).join(", ")}`);
}

function forecastCells(
  { sequence, step, time, values }: Row,
  names: readonly string[],
  show: (value: number) => string,
): string[] {
  const numbers = values as Readonly<Record<string, number>>;
  return [
    ...(sequence === undefined ? [] : [String(sequence)]),
    String(step),
    ...(time === undefined ? [] : [String(time)]),
    ...names.map((name) => show(numbers[name] ?? Number.NaN)),
  ];
}

/** A class with its runner-up. */
function classCells(row: Row): string[] {
  const all = Object.entries(row.probabilities as Readonly<Record<string, number>>);
  const [, second] = all.sort((a, b) => b[1] - a[1]);
  const other = second === undefined ? "" : `${second[0]} ${percent(second[1])}`;
  return [String(row.sequence), String(row.class), percent(row.probability as number), other];
}

function tagSteps({ sequence, tags, probabilities }: Row): string[][] {
  return (tags as readonly Label[]).map((tag, i) => [
    String(sequence),
    String(i + 1),
    String(tag),
    String((probabilities as readonly number[])[i]),
  ]);
}

/** One line for each run of equal tags, with their mean probability. */
function tagRuns(row: Row): string[][] {
  const tags = row.tags as readonly Label[];
  const probabilities = row.probabilities as readonly number[];
  const runs: string[][] = [];
  for (let from = 0; from < tags.length; ) {
    let to = from + 1;
    while (to < tags.length && tags[to] === tags[from]) to += 1;
    const mean = probabilities.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
    const steps = to - from === 1 ? String(from + 1) : `${from + 1}–${to}`;
    runs.push([String(row.sequence), steps, String(tags[from]), percent(mean)]);
    from = to;
  }
  return runs;
}
