/** What stands in one cell of a table. */

/** Whole numbers, decimals, exponents; surrounding spaces do not matter. */
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const decimalComma = /^[+-]?(?:\d+,\d*|,\d+)(?:e[+-]?\d+)?$/i;

/** What people write where a number is missing. */
const missing = new Set(["", "na", "n/a", "nan", "null", "none", "nil", "-", "?", ".", "#n/a"]);

export const isMissing = (cell: string): boolean => missing.has(cell.trim().toLowerCase());

/** The number in a cell; undefined if it holds none. `comma`: 1,5 is a number too. */
export function parseNumber(cell: string, comma = false): number | undefined {
  const text = cell.trim();
  if (number.test(text)) return Number(text);
  return comma && decimalComma.test(text) ? Number(text.replace(",", ".")) : undefined;
}

const clock = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|[ap]m|[+-]\d{2}:?\d{2}))?`;
const dates = [
  String.raw`\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[T ]${clock})?`,
  String.raw`\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:,? ${clock})?`,
  String.raw`(?:\d{1,2}[ -])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ -](?:\d{1,2},? )?\d{2,4}`,
  String.raw`\d{4}[ -]?q[1-4]`,
  clock,
].map((pattern) => new RegExp(`^${pattern}$`, "i"));

/** Whether a cell holds a date or a time of day, in one of the usual forms. */
export const isDate = (cell: string): boolean => dates.some((pattern) => pattern.test(cell.trim()));

const yearFirst =
  /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:Z|([+-]\d{2}):?(\d{2}))?)?$/;

/**
 * Milliseconds of a date that begins with its year, as if in UTC where no offset says otherwise; NaN for other forms, whose
 * order is not certain.
 */
export function dateValue(cell: string): number {
  const parts = yearFirst.exec(cell.trim());
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts.map((part) => Number(part ?? 0));
  const milliseconds = Math.round(Number(`0.${parts[7] ?? 0}`) * 1000);
  const time = Date.UTC(year ?? 0, (month ?? 1) - 1, day || 1, hour, minute, second, milliseconds);
  return time - offsetOf(parts[8], parts[9]);
}

/** Milliseconds that a local time is ahead of UTC: of "+05" and "30". */
function offsetOf(hours = "+00", minutes = "00"): number {
  const sign = hours.startsWith("-") ? -1 : 1;
  return sign * (Math.abs(Number(hours)) * 60 + Number(minutes)) * 60_000;
}

/** The same of a cell; 0 where it says none. */
export function cellOffset(cell: string): number {
  const parts = yearFirst.exec(cell.trim());
  return offsetOf(parts?.[8], parts?.[9]);
}
