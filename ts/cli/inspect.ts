/** `recurra inspect`: what is in a file. */
import { readSafetensors, type Scaler, type Tensor } from "../index.js";
import { readFile } from "../io/files.js";
import type { Command, Invocation } from "./arguments.js";
import { bytes, grouped, oneLine, plural, printable, table } from "./format.js";
import { checkpointInfo, metadataKeys, modelFile, naming, readModel } from "./model.js";
import { typed } from "./places.js";
import { type Meaning, readMeaning, taskOf } from "./tasks/sequence-model.js";
import { printJson, stdout } from "./terminal.js";

export const inspectCommand: Command = {
  name: "inspect",
  summary: "what is in a model, a checkpoint or another safetensors file",
  operands: "MODEL",
  minOperands: 1,
  maxOperands: 1,
  about:
    "Shows options, parameters and metadata of a file. MODEL is a folder written by recurra train, or any safetensors file.",
  groups: [{ title: "Flags", flags: [{ name: "json", kind: "switch", help: "print one JSON document" }] }],
  examples: [
    { command: "recurra inspect book-model", does: "the model" },
    { command: "recurra inspect book-model/checkpoint.safetensors", does: "the state of training" },
  ],
  run: inspect,
};

interface Row {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly largest: number;
  /** How many are NaN or infinite; the figures before are of the others. */
  readonly notFinite: number;
}

async function inspect(invocation: Invocation): Promise<number> {
  const file = modelFile(invocation.operands[0] ?? "");
  const content = readFile(file);
  const { tensors, metadata } = await readModel(file, content, () => readSafetensors(content));
  const checkpoint = await naming(file, () => checkpointInfo(metadata));
  const rows = Array.from(tensors, ([name, tensor]) => describe(name, tensor));
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !/^recurra(\.|$)/.test(key)));
  const options = parseOptions(metadata["recurra.options"]);
  const kind = checkpoint !== undefined ? "checkpoint" : options !== undefined ? "model" : "tensors";
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  if (invocation.has("json")) {
    const update = checkpoint === undefined ? {} : { update: checkpoint.update, limits: checkpoint.totals };
    printJson({ file, bytes: content.length, kind, ...update, options, metadata: own, count, tensors: rows });
    return 0;
  }
  const title = (text: string): string => `\n${stdout.style("bold", text)}\n`;
  const what = checkpoint === undefined ? kind : `checkpoint after update ${grouped(checkpoint.update)}`;
  stdout.write(
    `${stdout.style("bold", typed(file))}  ${what}, ${bytes(content.length)}, ${plural(count, "number")}\n`,
  );
  const meaning = meaningRows(own);
  if (meaning.length > 0) stdout.write(`${title("Task")}${table(meaning, "lll")}\n`);
  if (options !== undefined) stdout.write(title("Options") + pairs(Object.entries(options)));
  if (checkpoint !== undefined) stdout.write(title("Limits") + pairs(Object.entries(checkpoint.totals)));
  stdout.write(title("Tensors") + tensorTable(rows));
  const rest = Object.entries(own).filter(([key]) => meaning.length === 0 || !toldAbove.has(key));
  if (rest.length > 0) stdout.write(title("Metadata") + pairs(rest));
  return 0;
}

const toldAbove = new Set<string>([
  metadataKeys.task,
  metadataKeys.reading,
  metadataKeys.labels,
  metadataKeys.labelCounts,
  metadataKeys.inputScaling,
  metadataKeys.targetScaling,
]);

/** What a model of sequences learned: columns, labels, scaling. Nothing for other files. */
function meaningRows(metadata: Readonly<Record<string, string>>): string[][] {
  const task = taskOf(metadata);
  if (task === undefined || task === "generate") return [];
  let meaning: Meaning;
  try {
    meaning = readMeaning(metadata);
  } catch {
    // Shown as it is, among the metadata.
    return [];
  }
  const { reading, table: labels, inputScaler, valueScaler } = meaning;
  const number = (value: number | undefined): string => (value ?? 0).toPrecision(4);
  const scaled = (name: string, i: number, scaler: Scaler | undefined): string[] =>
    scaler === undefined
      ? [`    ${name}`]
      : [`    ${name}`, `mean ${number(scaler.mean[i])}`, `scale ${number(scaler.scale[i])}`];
  const some = (names: readonly string[], scaler: Scaler | undefined): string[][] => {
    const rows = names.slice(0, 24).map((name, i) => scaled(printable(name), i, scaler));
    return names.length > 24 ? [...rows, [`    and ${names.length - 24} more`]] : rows;
  };
  const rows = [[`  ${task}`]];
  if (reading.id !== undefined) rows.push(["  sequences by", reading.id]);
  if (reading.time !== undefined) rows.push(["  time", reading.time]);
  if (reading.inputs.length > 0) rows.push(["  inputs"], ...some(reading.inputs, inputScaler));
  rows.push([task === "forecast" ? "  forecast" : "  labels in"], ...some(reading.targets, valueScaler));
  const classes = labels.labels.slice(0, 24).map((label, i) => {
    const count = `${grouped(labels.counts[i] ?? 0)} learned from`;
    return [`    ${printable(String(label))}`, count];
  });
  if (classes.length > 0) rows.push(["  classes"], ...classes);
  return rows;
}

function describe(name: string, { shape, data }: Tensor): Row {
  let [sum, squares, largest, finite] = [0, 0, 0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    finite += 1;
    sum += value;
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = finite === 0 ? 0 : sum / finite;
  const deviation = finite === 0 ? 0 : Math.sqrt(Math.max(0, squares / finite - mean * mean));
  return { name, shape, count: data.length, mean, deviation, largest, notFinite: data.length - finite };
}

function tensorTable(rows: readonly Row[]): string {
  const bad = rows.some(({ notFinite }) => notFinite > 0);
  const number = (value: number): string => value.toPrecision(3);
  const head = ["  name", "shape", "count", "mean", "deviation", "largest", ...(bad ? ["not finite"] : [])];
  const body = rows.map((row) => [
    `  ${row.name}`,
    row.shape.join(" × ") || "scalar",
    grouped(row.count),
    ...[row.mean, row.deviation, row.largest].map(number),
    ...(bad ? [grouped(row.notFinite)] : []),
  ]);
  return `${table([head, ...body], "lrrrrrr")}\n`;
}

/** Names and values, one a line; long values are cut. */
function pairs(entries: readonly (readonly [string, unknown])[]): string {
  const shown = (value: unknown): string =>
    typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const rows = entries.map(([name, value]) => [
    `  ${printable(name)}`,
    oneLine(shown(value), Math.max(40, stdout.columns - 24)),
  ]);
  return `${table(rows, "ll")}\n`;
}

function parseOptions(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (json === undefined) return undefined;
  try {
    const options: unknown = JSON.parse(json);
    return typeof options === "object" && options !== null
      ? (options as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
