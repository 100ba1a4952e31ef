/** From a file to sequences: what kind of file it is, and how it is read. */
import { extname } from "node:path";
import { RecurraError } from "../../index.js";
import { UsageError } from "../arguments.js";
import { asBytes } from "../corpus.js";
import { grouped, plural } from "../format.js";
import { parseNumber } from "./cells.js";
import { ambiguous, type Wishes } from "./choices.js";
import { isNpy, readNpy } from "./from-npy.js";
import { planRecords, seriesFromRecords } from "./from-records.js";
import { seriesFromTable } from "./from-table.js";
import { planTable } from "./plan-table.js";
import { isJson, type Records, readRecords } from "./records.js";
import type { Reading, SeriesSet } from "./series.js";
import { readSource, type Source } from "./source.js";
import { readNumbers, readTable, type Table } from "./table.js";

/** "text" is what is none of the others. */
export type Format = "text" | "table" | "records" | "numbers";

const byName: Readonly<Record<string, Format>> = {
  ".csv": "table",
  ".tsv": "table",
  ".jsonl": "records",
  ".ndjson": "records",
};

/** Lines that decide whether a file holds one number on each. */
const sampleLines = 1000;

const firstLines = (text: string): string[] =>
  text
    .slice(0, 65_536)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, sampleLines);

/** Whether nearly all lines hold one number: the others are then mistakes, and named. */
function isNumbers(text: string): boolean {
  const lines = firstLines(text);
  const numbers = lines.filter((line) => parseNumber(line) !== undefined).length;
  return lines.length > 1 && numbers >= 0.9 * (lines.length - 1);
}

/** Whether most lines hold several numbers with spaces between them. */
function isSpaced(text: string): boolean {
  const lines = firstLines(text);
  const spaced = lines.filter((line) => {
    const cells = line.trim().split(/\s+/);
    return cells.length > 1 && cells.every((cell) => parseNumber(cell) !== undefined);
  });
  return lines.length > 1 && spaced.length >= 0.9 * lines.length;
}

/** What a file holds, by its ending and, where that says nothing, by its first lines. */
export function formatOf(path: string, text: string): Format {
  const named = byName[extname(path).toLowerCase()];
  if (named !== undefined) return named;
  if (isNumbers(text)) return "numbers";
  return /^\s*\{"/.test(text) || /^\s*\[\s*[[\d-]/.test(text) ? "records" : "text";
}

/** The sequences of a file to learn from; "text" where it is a text. */
export function readForTraining(path: string, wishes: Wishes): SeriesSet | "text" {
  if (isNpy(path)) {
    const array = readNpy(path);
    return "records" in array ? fromRecords(array.records, wishes) : fromTable(array.table, wishes);
  }
  const named = byName[extname(path).toLowerCase()] !== undefined;
  const source = readSource(path, named ? undefined : `; ${asBytes}`);
  const format = formatOf(path, source.text);
  if (source.text.trim() === "" && format !== "text") throw empty(source);
  if (format === "records") {
    const keys = {
      x: one(wishes.inputs, "inputs", wishes),
      y: one(wishes.targets, "target", wishes),
      id: wishes.id,
    };
    return fromRecords(readRecords(source, keys), wishes);
  }
  if (format === "text") {
    if (isJson(source.text)) throw oneDocument(source, wishes);
    if (isSpaced(source.text)) throw spaced(source, wishes);
    const { task, id, time, targets, inputs } = wishes;
    if ([task, id, time, targets, inputs].every((wish) => wish === undefined)) return "text";
    // Columns are spoken of, in a file without a telling name: a table it has to be.
  }
  return fromTable(format === "numbers" ? readNumbers(source) : readTable(source), wishes);
}

function fromRecords(records: Records, wishes: Wishes): SeriesSet {
  if (wishes.time !== undefined)
    throw new UsageError(
      "--time-column is for tables; steps of sequences stand in their order",
      wishes.command,
    );
  const { reading, notes } = planRecords(records, wishes);
  return seriesFromRecords(records, reading, { needTargets: true, notes });
}

function fromTable(table: Table, wishes: Wishes): SeriesSet {
  const { reading, notes } = planTable(table, wishes);
  const { blankLines } = table;
  const where = blankLines.slice(0, 3).map(grouped).join(", ") + (blankLines.length > 3 ? " …" : "");
  const blank = `left out: ${plural(blankLines.length, "empty line")} between numbers (line ${where})`;
  return seriesFromTable(table, reading, {
    needTargets: true,
    notes: blankLines.length === 0 ? notes : [...notes, blank],
  });
}

const empty = ({ name }: Source): RecurraError =>
  new RecurraError({ code: "format", message: `${name} is empty` });

function one(list: readonly string[] | undefined, flag: string, wishes: Wishes): string | undefined {
  if (list === undefined || list.length === 1) return list?.[0];
  throw new UsageError(`--${flag}: expected one key of the JSON objects, got ${list.length}`, wishes.command);
}

function spaced({ name, text }: Source, wishes: Wishes): UsageError {
  const count = firstLines(text)[0]?.trim().split(/\s+/).length ?? 0;
  return ambiguous(
    wishes,
    `${name} has ${count} numbers on each line with spaces between them; a table has to be CSV`,
    [{ flags: "--task generate", does: "learn the characters, as a text" }],
  );
}

const oneDocument = ({ name }: Source, wishes: Wishes): UsageError =>
  ambiguous(wishes, `${name} is one JSON document; sequences stand one on each line, in a file .jsonl`, [
    { flags: "--task generate", does: "learn the characters, as a text" },
  ]);

/** The sequences of a file, read as those that a model learned from. */
export function readForModel(
  path: string,
  reading: Reading,
  { needTargets }: { needTargets: boolean },
): SeriesSet {
  if (isNpy(path)) {
    const array = readNpy(path);
    if ("records" in array) return seriesFromRecords(array.records, reading, { needTargets });
    return seriesFromTable(array.table, reading, { needTargets });
  }
  const source = readSource(path);
  if (source.text.trim() === "") throw empty(source);
  const format = formatOf(path, source.text);
  if (format === "records") {
    const covariates = reading.task === "forecast" && reading.inputs.length > 0;
    const labelled = reading.task !== "forecast" && needTargets;
    const keys = {
      x: keyOf(covariates || reading.task !== "forecast" ? reading.inputs : reading.targets),
      y: labelled || covariates ? keyOf(reading.targets) : undefined,
      id: reading.id,
      ignoreY: !labelled && !covariates,
      shortY: !needTargets,
    };
    return seriesFromRecords(readRecords(source, keys), reading, { needTargets });
  }
  const table = format === "numbers" ? readNumbers(source) : readTable(source);
  return seriesFromTable(table, reading, { needTargets });
}

/** The key of the JSON objects that columns x1, x2 … came from. */
const keyOf = (names: readonly string[]): string | undefined =>
  names.length > 1 ? names[0]?.replace(/1$/, "") : names[0];
