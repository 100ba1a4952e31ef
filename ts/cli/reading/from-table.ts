/** Sequences out of a table, by a plan. */
import { RecurraError } from "../../index.js";
import { plural } from "../format.js";
import { clockOf, isUneven } from "./clock.js";
import { at, cellOf, findColumn, groupRows, inOrder, knownRows, numbersOf } from "./columns.js";
import type { Label, Reading, Series, SeriesSet } from "./series.js";
import type { Column, Table } from "./table.js";

const wrong = (message: string): RecurraError => new RecurraError({ code: "format", message });

export interface TableOptions {
  /** Whether labels and tags have to be there; a file to predict may have none. */
  readonly needTargets: boolean;
  readonly notes?: readonly string[];
}

/** Throws "format", naming line and column, for cells that are not what the plan needs. */
export function seriesFromTable(
  table: Table,
  reading: Reading,
  { needTargets, notes = [] }: TableOptions,
): SeriesSet {
  const { task } = reading;
  const columns = new Chooser(table, reading);
  const inputs = columns.all(reading.inputs);
  const needed = needTargets || task === "forecast";
  const targets = needed ? columns.all(reading.targets) : columns.some(reading.targets);
  const id = columns.some(reading.id === undefined ? [] : [reading.id])[0];
  const time = columns.some(reading.time === undefined ? [] : [reading.time])[0];
  const said = [...notes];
  let [moved, repeated, uneven] = [0, 0, 0];
  const series = Array.from(groupRows(table, id), ([name, group]): Series => {
    const ordered = time === undefined ? { rows: group, changed: false } : inOrder(time, group);
    if (ordered.changed) moved += 1;
    const { rows } = ordered;
    const twice = time === undefined ? 0 : repeatsOf(time, rows);
    repeated += twice;
    if (time !== undefined && twice === 0 && isUneven(time, rows)) uneven += 1;
    const first = group[0] ?? 0;
    const base = {
      name,
      line: table.lines[first] ?? 0,
      steps: rows.length,
      inputs: numbersOf(table, inputs, rows),
      known: rows.length,
    };
    const [target] = targets;
    if (task === "forecast") {
      // Only what is known of the future makes rows without a value useful.
      const known = inputs.length > 0 && !needTargets ? knownRows(targets, rows) : rows.length;
      const clock =
        time === undefined
          ? {}
          : { clock: clockOf({ ...time, name: reading.time ?? time.name }, rows.slice(0, known)) };
      return { ...base, known, values: numbersOf(table, targets, rows, known), ...clock };
    }
    if (target === undefined) return base;
    if (task === "tag") return { ...base, tags: rows.map((row) => labelOf(table, target, row)) };
    return { ...base, label: oneLabel(table, target, rows, name) };
  });
  if (moved > 0) said.push(`rows were put in the order of ${reading.time}`);
  if (repeated > 0)
    said.push(
      `${plural(repeated, "value")} of ${reading.time} ${repeated === 1 ? "occurs" : "occur"} more than once`,
    );
  if (uneven > 0 && task === "forecast")
    said.push(
      `${reading.time} does not rise evenly: a step is from one row to the next, however far they are apart`,
    );
  return { reading, series, notes: said, named: table.header };
}

/** How many values of a column stand in several of the rows. */
function repeatsOf(column: Column, rows: readonly number[]): number {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(cellOf(column, row), (counts.get(cellOf(column, row)) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1).length;
}

/** Finds the columns of a plan; in a file without names by position, where it has as many columns. */
class Chooser {
  /** The names of the table's columns, in their order. */
  readonly #names: readonly string[] | undefined;

  constructor(
    private readonly table: Table,
    private readonly reading: Reading,
  ) {
    const { columns, inputs, targets } = reading;
    const names = columns ?? [...inputs, ...targets];
    if (!table.header && names.length === table.columns.length) this.#names = names;
  }

  #find(name: string): Column | undefined {
    return this.#names === undefined
      ? findColumn(this.table, name)
      : this.table.columns[this.#names.indexOf(name)];
  }

  all(names: readonly string[]): Column[] {
    const { table } = this;
    return names.map((name) => {
      const column = this.#find(name);
      if (column !== undefined) return column;
      const there = table.columns
        .map((candidate) => candidate.name)
        .slice(0, 12)
        .join(", ");
      const wanted = [...this.reading.inputs, ...this.reading.targets].slice(0, 12).join(", ");
      throw wrong(`${table.name}: expected the columns ${wanted}, got ${there}: ${name} is missing`);
    });
  }

  /** Those that are there. */
  some(names: readonly string[]): Column[] {
    return names.flatMap((name) => this.#find(name) ?? []);
  }
}

function labelOf(table: Table, column: Column, row: number): Label {
  const text = cellOf(column, row);
  const number = column.numbers[row] as number;
  if (!Number.isNaN(number)) return number;
  if (text === "")
    throw wrong(`${at(table, row)}, column ${column.name}: expected a label, got an empty cell`);
  return text;
}

function oneLabel(table: Table, column: Column, rows: readonly number[], name: string): Label {
  const [first = 0, ...rest] = rows;
  const label = labelOf(table, column, first);
  for (const row of rest) {
    const other = labelOf(table, column, row);
    if (other !== label)
      throw wrong(
        `${at(table, row)}, column ${column.name}: expected ${JSON.stringify(label)} as in the other rows of ${name}, got ` +
          `${JSON.stringify(other)}; --task tag learns labels that change from row to row`,
      );
  }
  return label;
}
