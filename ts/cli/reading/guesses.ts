/** What columns look as if they were: guesses, for questions and hints. */
import { isMissing, parseNumber } from "./cells.js";
import { cellOf, groupRows, timeNames } from "./columns.js";
import type { Column, Table } from "./table.js";

/** Whether a cell is missing. Such a column tells no sequences apart. */
export function hasGaps(column: Column): boolean {
  for (const text of column.texts.values()) if (isMissing(text)) return true;
  return false;
}

/** What people and spreadsheets put around numbers: "$1,200", "10 %", "1'000 €". */
const ornaments = /[\s,'’%]|\p{Sc}|\b(?:USD|EUR|GBP|CHF|JPY)\b/gu;

/** Whether a cell holds a number with separators or signs around it. */
export const isOrnate = (cell: string): boolean =>
  parseNumber(cell) === undefined && parseNumber(cell.replace(ornaments, "")) !== undefined;

/** The first row of a column of texts most of which are such numbers; undefined for other columns. */
export function ornateRow(column: Column): number | undefined {
  if (column.kind !== "text") return undefined;
  const filled = [...column.texts].filter(([, text]) => !isMissing(text));
  const ornate = filled.filter(([, text]) => isOrnate(text));
  const plain = filled.filter(([, text]) => parseNumber(text) !== undefined);
  return 2 * (ornate.length + plain.length) > filled.length ? ornate[0]?.[0] : undefined;
}

/** A column of texts without which times occur more than once, and within whose groups none does. */
export function separatorOf(table: Table): Column | undefined {
  const times = table.columns.filter(
    ({ kind, name }) => kind === "date" || (kind === "number" && timeNames.test(name)),
  );
  const repeats = (time: Column, rows: readonly number[]): boolean =>
    new Set(rows.map((row) => cellOf(time, row))).size < rows.length;
  const all = Array.from({ length: table.rows }, (_, row) => row);
  const repeated = times.filter((time) => repeats(time, all));
  return table.columns.find((column) => {
    if (column.kind !== "text" || hasGaps(column)) return false;
    const groups = [...groupRows(table, column).values()];
    return groups.length > 1 && repeated.some((time) => !groups.some((rows) => repeats(time, rows)));
  });
}
