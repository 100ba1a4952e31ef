/** Tables: CSV and its relatives, and files with one number on each line. */
import { parse } from "csv-parse/sync";
import { RecurraError } from "../../index.js";
import { grouped, plural } from "../format.js";
import { isDate, isMissing, parseNumber } from "./cells.js";
import type { Source } from "./source.js";

/** One column: numbers, or texts. */
export interface Column {
  readonly name: string;
  /** Where it stands, from 1. */
  readonly position: number;
  /** "empty": not one cell holds anything. */
  readonly kind: "number" | "text" | "date" | "empty";
  /** One per row; NaN where there is none. Of a column of texts all are NaN. */
  readonly numbers: Float64Array;
  /** The cells of a column of texts or dates; of numbers those that are none, by row. */
  readonly texts: ReadonlyMap<number, string>;
}

export interface Table {
  /** What the file is called. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Whether the names are the file's own. Without a header columns are called by their position. */
  readonly header: boolean;
  /** The line on which each row begins, from 1. */
  readonly lines: Int32Array;
  /** Lines without anything on them between rows, where the table has one column only: there they may be gaps. */
  readonly blankLines: readonly number[];
}

const wrong = (message: string): RecurraError => new RecurraError({ code: "format", message });

/** Rows that decide what a column holds. */
const sampleRows = 1000;

const delimiters = [",", ";", "\t", "|"];

/** The delimiter that stands most often in the first line that has one; outside of quotes. */
function delimiterOf(text: string): string {
  for (const line of text.slice(0, 65_536).split("\n").slice(0, 20)) {
    const plain = line.replace(/"[^"]*"/g, "");
    const counts = delimiters.map((delimiter) => plain.split(delimiter).length - 1);
    const most = Math.max(...counts);
    if (most > 0) return delimiters[counts.indexOf(most)] ?? ",";
  }
  return ",";
}

/** Reads a table with a separator between cells, found by itself, with a header or without. */
export function readTable({ name, text }: Source): Table {
  const delimiter = delimiterOf(text);
  const builder = new TableBuilder(name, delimiter === ";");
  let before = 0;
  try {
    parse(text, {
      ...{ delimiter, relax_column_count: true, skip_empty_lines: true, record_delimiter: "\n" },
      onRecord: (record: string[], { lines }: { lines: number }) => {
        // csv-parse counts the line on which a record ends.
        const breaks = record.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0);
        before = lines - breaks;
        builder.add(record, before, lines);
        return null;
      },
    });
  } catch (error) {
    if (error instanceof RecurraError) throw error;
    const { lines, code } = error as { lines?: number; code?: string };
    // What is never closed was opened in the record after the last whole one.
    const open = code === "CSV_QUOTE_NOT_CLOSED";
    const what = open ? "a quote is opened here and never closed" : "a quote stands where none may";
    const message = `${name}, line ${open ? before + 1 : (lines ?? before)}: ${what}`;
    throw new RecurraError({ code: "format", message, cause: error });
  }
  return builder.finish();
}

/** Reads one number per line; a first line that is none is the name of the column. */
export function readNumbers({ name, text }: Source): Table {
  const builder = new TableBuilder(name, false);
  let line = 0;
  for (const content of text.split("\n")) {
    line += 1;
    if (content.trim() !== "") builder.add([content.trim()], line, line);
  }
  return builder.finish();
}

/** Takes records one by one; the first decide what the columns are, so that a file need not be held as texts. */
class TableBuilder {
  readonly #first: { readonly cells: readonly string[]; readonly line: number }[] = [];
  readonly #lines: number[] = [];
  #columns: ColumnBuilder[] | undefined;
  #width = 0;
  #header = false;
  /** The last line that was added. */
  #end = 0;
  readonly #blank: number[] = [];

  constructor(
    private readonly name: string,
    private readonly comma: boolean,
  ) {}

  /** A record from one line to another. */
  add(cells: readonly string[], line: number, end: number): void {
    // Spreadsheets leave rows of empty cells at the end.
    if (cells.every((cell) => cell.trim() === "")) return;
    if (this.#width === 0) this.#width = cells.length;
    else if (this.#width === 1) for (let at = this.#end + 1; at < line; at++) this.#blank.push(at);
    this.#end = end;
    const extra = cells.slice(this.#width).some((cell) => cell.trim() !== "");
    if (cells.length < this.#width || extra) {
      const expected = `${plural(this.#width, "cell")} as on the first line`;
      throw wrong(`${this.name}, line ${grouped(line)}: expected ${expected}, got ${cells.length}`);
    }
    if (this.#columns !== undefined) this.#push(cells, line);
    else if (this.#first.push({ cells, line }) > sampleRows) this.#decide();
  }

  finish(): Table {
    if (this.#columns === undefined) this.#decide();
    const columns = (this.#columns ?? []).map((column) => column.finish());
    return {
      name: this.name,
      columns,
      rows: this.#lines.length,
      header: this.#header,
      lines: Int32Array.from(this.#lines),
      blankLines: this.#blank,
    };
  }

  #decide(): void {
    const [head, ...rest] = this.#first;
    if (head === undefined) throw wrong(`${this.name} is empty`);
    this.#header = this.#isHeader(head.cells, rest);
    const body = this.#header ? rest : this.#first;
    if (body.length === 0) throw wrong(`${this.name} has a line of names and no line of data`);
    const names = uniqueNames(head.cells, this.#header);
    this.#columns = names.map((name, i) => {
      const kind = this.#kindOf(body.map(({ cells }) => cells[i] ?? ""));
      return new ColumnBuilder(name, i + 1, kind, this.comma);
    });
    for (const { cells, line } of body) this.#push(cells, line);
    this.#first.length = 0;
  }

  /** Names: no cell of the first line is a number or a date, and below at least one column is made of them. */
  #isHeader(head: readonly string[], rest: readonly { readonly cells: readonly string[] }[]): boolean {
    const values = (cells: readonly string[]): number =>
      cells.filter((cell) => parseNumber(cell, this.comma) !== undefined || isDate(cell)).length;
    if (values(head) > 0 || head.every(isMissing)) return false;
    return rest.length === 0 || rest.some(({ cells }) => values(cells) > 0);
  }

  #kindOf(cells: readonly string[]): Column["kind"] {
    const filled = cells.filter((cell) => !isMissing(cell));
    if (filled.length === 0) return "empty";
    const numbers = filled.filter((cell) => parseNumber(cell, this.comma) !== undefined).length;
    if (2 * numbers >= filled.length) return "number";
    return filled.every(isDate) ? "date" : "text";
  }

  #push(cells: readonly string[], line: number): void {
    this.#lines.push(line);
    this.#columns?.forEach((column, i) => {
      column.push(cells[i] ?? "");
    });
  }
}

class ColumnBuilder {
  #numbers = new Float64Array(64);
  #count = 0;
  readonly #texts = new Map<number, string>();
  /** The same text once, however often it stands in the column. */
  readonly #known = new Map<string, string>();

  constructor(
    private readonly name: string,
    private readonly position: number,
    private readonly kind: Column["kind"],
    private readonly comma: boolean,
  ) {}

  push(cell: string): void {
    if (this.#count === this.#numbers.length) {
      const wider = new Float64Array(2 * this.#count);
      wider.set(this.#numbers);
      this.#numbers = wider;
    }
    const value = this.kind === "number" ? parseNumber(cell, this.comma) : undefined;
    this.#numbers[this.#count] = value ?? Number.NaN;
    if (value === undefined) this.#texts.set(this.#count, this.#once(cell.trim()));
    this.#count += 1;
  }

  finish(): Column {
    const late = this.kind === "empty" && [...this.#texts.values()].some((text) => !isMissing(text));
    return {
      name: this.name,
      position: this.position,
      kind: late ? "text" : this.kind,
      numbers: this.#numbers.slice(0, this.#count),
      texts: this.#texts,
    };
  }

  #once(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size < 100_000) this.#known.set(text, text);
    return text;
  }
}

/**
 * The header's names, those that are missing or stand twice made distinct; without a header "1", "2" …, or "value" for
 * the only column.
 */
function uniqueNames(head: readonly string[], header: boolean): string[] {
  if (!header && head.length === 1) return ["value"];
  const used = new Set<string>();
  return head.map((cell, i) => {
    const wanted = (header ? cell.trim() : "") || String(i + 1);
    let name = wanted;
    for (let n = 2; used.has(name); n++) name = `${wanted} (${n})`;
    used.add(name);
    return name;
  });
}
