/** Columns of a table: found by name, checked to hold what they have to, and the one that is the time. */
import { RecurraError } from "../../index.js";
import { grouped, plural } from "../format.js";
import { nearest } from "../nearest.js";
import { dateValue, isMissing } from "./cells.js";
import type { Column, Table } from "./table.js";

const wrong = (message: string): RecurraError => new RecurraError({ code: "format", message });

/** `a.csv, line 7` */
export const at = (table: Pick<Table, "name" | "lines">, row: number): string =>
  `${table.name}, line ${grouped(table.lines[row] ?? 0)}`;

/** A column by its name, or by its position where the file has no names. Undefined if there is none. */
export const findColumn = (table: Table, name: string): Column | undefined =>
  table.columns.find((column) => column.name === name) ??
  table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());

/** The same, refusing a name that does not exist with those that do. */
export function needColumn(table: Table, name: string, what: string): Column {
  const column = findColumn(table, name);
  if (column !== undefined) return column;
  const names = table.columns.map((candidate) => candidate.name);
  const near = nearest(name, names);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  const shown = names.length > 12 ? [...names.slice(0, 12), "…"] : names;
  const headless = !table.header && names.length > 1;
  const there = headless ? `1 to ${names.length}, as the file has no names` : shown.join(", ");
  throw wrong(
    `${table.name}: ${what}: there is no column ${JSON.stringify(name)}; the columns are ${there}${hint}`,
  );
}

/**
 * Numbers of some columns and rows, row by row. A cell that is no number is an error that names line and column.
 *
 * @param known How many of the rows have to be numbers; those after them may be empty, and come out as NaN.
 */
export function numbersOf(
  table: Table,
  columns: readonly Column[],
  rows: ArrayLike<number>,
  known = rows.length,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(rows.length * columns.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    columns.forEach((column, j) => {
      const value = column.numbers[row] as number;
      if (Number.isNaN(value) && i < known) throw noNumber(table, column, row);
      if (Math.abs(value) > 3.4e38)
        throw wrong(`${at(table, row)}, column ${column.name}: ${value} is beyond ±3.4e38`);
      values[i * columns.length + j] = value;
    });
  }
  return values;
}

function noNumber(table: Table, column: Column, row: number): RecurraError {
  const text = column.texts.get(row) ?? "";
  const got =
    text === "" ? "an empty cell" : JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
  const hint = isMissing(text) ? "; fill the gap or leave the row out" : "";
  return wrong(`${at(table, row)}, column ${column.name}: expected a number, got ${got}${hint}`);
}

/** How many rows from the first on have a number in every one of the columns. */
export function knownRows(columns: readonly Column[], rows: ArrayLike<number>): number {
  let known = rows.length;
  const filled = (i: number): boolean =>
    columns.some((column) => !isMissing(column.texts.get(rows[i] as number) ?? "0"));
  while (known > 0 && !filled(known - 1)) known -= 1;
  return known;
}

/** Whether the numbers of a column are all whole. */
export const isWhole = (column: Column): boolean =>
  column.kind === "number" && column.numbers.every((value) => Number.isNaN(value) || Number.isInteger(value));

/** Names of columns that say when. */
export const timeNames =
  /^(time|t|date|datetime|timestamp|year|month|day|hour|minute|second|week|index|step|ds)$/i;

/**
 * Whether a column says when, rather than what: dates; numbers that rise by the same amount from row to row in every
 * group; or numbers that rise, under a name for time.
 */
export function isTime(column: Column, groups: readonly ArrayLike<number>[]): boolean {
  if (column.kind === "date") return true;
  if (column.kind !== "number" || groups.every((rows) => rows.length < 3)) return false;
  const named = timeNames.test(column.name);
  let stride: number | undefined;
  for (const rows of groups) {
    for (let i = 1; i < rows.length; i++) {
      const step =
        (column.numbers[rows[i] as number] ?? Number.NaN) - (column.numbers[rows[i - 1] as number] ?? 0);
      stride ??= step;
      if (!(step * stride > 0)) return false;
      // Times are often rounded: 0.33, 0.67, 1.
      if (!named && Math.abs(step - stride) > 0.05 * Math.abs(stride)) return false;
    }
  }
  return stride !== undefined && (stride > 0 || named);
}

/** The value of a time that can be compared; NaN where the order is not certain. */
const timeValue = (column: Column, row: number): number =>
  column.kind === "number" ? (column.numbers[row] ?? Number.NaN) : dateValue(column.texts.get(row) ?? "");

/** Rows in the order of their time, and whether that is another order than the file's. Equal times stay as they stand. */
export function inOrder(
  column: Column,
  rows: readonly number[],
): { rows: readonly number[]; changed: boolean } {
  const values = rows.map((row) => timeValue(column, row));
  if (values.some(Number.isNaN)) return { rows, changed: false };
  const order = rows.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  return { rows: order.map((i) => rows[i] as number), changed: order.some((place, i) => place !== i) };
}

/** Rows that belong together: those with the same cell in the column `id`, in the order of first appearance. */
export function groupRows(table: Table, id: Column | undefined): Map<string, number[]> {
  if (id === undefined) return new Map([["1", Array.from({ length: table.rows }, (_, row) => row)]]);
  const groups = new Map<string, number[]>();
  for (let row = 0; row < table.rows; row++) {
    const name = cellOf(id, row);
    if (name === "")
      throw wrong(
        `${at(table, row)}, column ${id.name}: expected what the sequence is called, got an empty cell`,
      );
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return groups;
}

/** What a cell says, as text. */
export const cellOf = (column: Column, row: number): string =>
  column.texts.get(row) ?? String(column.numbers[row]);

/** `the column a`, `the columns a, b and 3 more` */
export function named(columns: readonly (Column | string)[]): string {
  const names = columns.map((column) => (typeof column === "string" ? column : column.name));
  const shown = names.slice(0, 6).join(", ");
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}

/** "3 columns" */
export const countOf = (columns: readonly unknown[]): string => plural(columns.length, "column");
