/** Numbers, times and texts as people read them. */

/** Three significant digits with k, M, G: 61.2k, 3.00M. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const units = ["", "k", "M", "G", "T"];
  let unit = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  if (unit === 0 && Number.isInteger(value)) return String(value);
  return `${significant(scaled)}${units[unit]}`;
}

/** Three significant digits of values up to 999; of values below 1 three places, but two significant digits at least. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  // What is not 0 does not read 0.000, and a loss goes on falling where it is small.
  if (size > 0 && size < 0.00995) return value.toPrecision(2);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 || size === 0 ? 2 : 3);
}

/** 1,204,997 */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** 8 s, 1 min 20 s, 2 h 5 min */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long something took: 0.3 s, 8.2 s, 1 min 20 s */
export const took = (seconds: number): string =>
  seconds < 9.95 ? `${seconds.toFixed(1)} s` : duration(seconds);

/** 412 B, 1.31 MB */
export const bytes = (count: number): string => `${short(count).replace(/([kMGT]?)$/, " $1")}B`;

/** "1 character", "2 characters", "2 classes" */
export const plural = (count: number, word: string, many = `${word}s`): string =>
  `${grouped(count)} ${count === 1 ? word : many}`;

/** Nats to bits: 1 / ln 2. */
export const bitsPerNat = Math.LOG2E;

/** The text on one line, in at most `width` columns: whitespace becomes one space, controls are dropped. */
export function oneLine(text: string, width: number): string {
  const line = text.replace(/\s+/gu, " ").replace(/\p{C}/gu, "").trim();
  const symbols = Array.from(line);
  return symbols.length <= width ? line : `${symbols.slice(0, Math.max(1, width - 1)).join("")}…`;
}

/** What a terminal may be sent: control characters other than line ends and tabs are shown as ·. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\t\n]/gu, "·");

/** Breaks text at spaces so that no line is longer than `width`; each line gets the indent. */
export function wrap(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > width - indent.length) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => (line === "" ? "" : indent + line)).join("\n");
}

/** A symbol as it is named in a message: quoted, with its code point: "é" (U+00E9). */
export function nameSymbol(symbol: string): string {
  const code = (symbol.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `${JSON.stringify(symbol)} (U+${code})`;
}

/** Columns of text, the first left-aligned, the others right-aligned unless said. */
export function table(rows: readonly (readonly string[])[], align: string, gap = "  "): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, Array.from(cell).length);
  }
  const pad = (cell: string, i: number): string => {
    const space = " ".repeat((widths[i] ?? 0) - Array.from(cell).length);
    return align[i] === "r" ? space + cell : cell + space;
  };
  return rows.map((row) => row.map(pad).join(gap).trimEnd()).join("\n");
}
