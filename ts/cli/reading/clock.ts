/** Times that go on: years, seconds, days and months beyond the last row. */
import { cellOffset, dateValue } from "./cells.js";
import { cellOf } from "./columns.js";
import type { Clock } from "./series.js";
import type { Column } from "./table.js";

/** The clock of a sequence whose time column and rows are given. */
export function clockOf(column: Column, rows: readonly number[]): Clock {
  const after = column.kind === "number" ? numbersAfter(column, rows) : datesAfter(column, rows);
  const at = (step: number): number => column.numbers[rows[step] ?? -1] ?? Number.NaN;
  return {
    name: column.name,
    ...(column.kind === "number" ? { at } : { cell: (step: number) => cellOf(column, rows[step] ?? -1) }),
    after: after ?? (() => undefined),
  };
}

function numbersAfter(column: Column, rows: readonly number[]): Clock["after"] | undefined {
  const values = rows.map((row) => column.numbers[row] as number);
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  const stride = (last - first) / (values.length - 1);
  const even = values.every((value, i) => Math.abs(value - first - i * stride) <= 0.05 * Math.abs(stride));
  if (!even || values.length < 2) return undefined;
  const digits = Math.max(0, ...rows.slice(0, 100).map((row) => decimals(column.numbers[row] as number)));
  return (steps) => Number((last + steps * stride).toFixed(Math.min(digits, 12)));
}

const decimals = (value: number): number => (String(value).split(".")[1] ?? "").length;

function datesAfter(column: Column, rows: readonly number[]): Clock["after"] | undefined {
  const cells = rows.map((row) => cellOf(column, row));
  const times = cells.map(dateValue);
  const last = times.at(-1);
  const shape = cells.at(-1) ?? "";
  if (last === undefined || times.length < 3 || times.some(Number.isNaN) || !padded.test(shape))
    return undefined;
  const write = (time: number): string => likeCell(new Date(time), shape);
  const strides = times.slice(1).map((time, i) => time - (times[i] as number));
  const [stride = 0] = strides;
  if (stride > 0 && strides.every((step) => step === stride)) return (steps) => write(last + steps * stride);
  const months = times.map((time) => monthOf(time));
  const apart = (months[1] ?? 0) - (months[0] ?? 0);
  if (apart <= 0) return undefined;
  const dayOf = new Date(last).getUTCDate();
  const regular = times.every(
    (time, i) => monthOf(time) === (months[0] ?? 0) + i * apart && new Date(time).getUTCDate() === dayOf,
  );
  return regular ? (steps) => write(Date.UTC(1970, monthOf(last) + steps * apart, dayOf)) : undefined;
}

/** 2020-01, 2020/01/31, 2020-01-31 23:59:59: forms whose length says how exact they are; then a fraction and a zone. */
const padded =
  /^(\d{4}[-/.]\d{2}(?:[-/.]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?)?)(?:([.,])(\d+))?(Z|[+-]\d{2}:?\d{2})?$/;

/** Months since January 1970. */
const monthOf = (time: number): number => {
  const date = new Date(time);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
};

/** A date in the form of a cell: as long as it, with its separators, in its zone. */
function likeCell(date: Date, cell: string): string {
  const iso = new Date(date.getTime() + cellOffset(cell)).toISOString();
  const [, body = "", point = "", fraction = "", zone = ""] = padded.exec(cell) ?? [];
  const separator = cell[4] ?? "-";
  const space = cell.includes("T") ? "T" : " ";
  const whole = iso.slice(0, body.length).replaceAll("-", separator).replace("T", space);
  return whole + point + iso.slice(20, 23).padEnd(fraction.length, "0").slice(0, fraction.length) + zone;
}

/** Whether times are known and do not rise by the same amount from row to row, nor by the same number of months. */
export function isUneven(column: Column, rows: readonly number[]): boolean {
  if (rows.length < 3) return false;
  if (column.kind === "number") return numbersAfter(column, rows) === undefined;
  const known = rows.every((row) => !Number.isNaN(dateValue(cellOf(column, row))));
  return known && padded.test(cellOf(column, rows.at(-1) ?? 0)) && datesAfter(column, rows) === undefined;
}
