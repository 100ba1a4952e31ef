/** From a table and what was asked for to a task: which columns go in, which come out, which is the time. */
import { RecurraError } from "../../index.js";
import { UsageError } from "../arguments.js";
import { quoted } from "../places.js";
import { ambiguous, headless, notClear, type OpenTable, type Wishes } from "./choices.js";
import { at, groupRows, isTime, isWhole, named, needColumn } from "./columns.js";
import { hasGaps, ornateRow } from "./guesses.js";
import type { Reading, SequenceTask } from "./series.js";
import type { Column, Table } from "./table.js";

/** Columns that are called so hold a class, whatever they are made of. */
const labelNames = /^(label|class|tag|category)$/i;
const idNames =
  /^(id|sequence|series|seq|case|subject|group|trial|run|session|user|device|recording|episode|sample|unit|unique_id|.*_id)$/i;

export interface TablePlan {
  readonly reading: Reading;
  readonly notes: readonly string[];
}

export function planTable(table: Table, wishes: Wishes): TablePlan {
  const plan = new Planner(table, wishes);
  return plan.make();
}

class Planner {
  readonly #id: Column | undefined;
  readonly #targets: readonly Column[] | undefined;
  readonly #inputs: readonly Column[] | undefined;
  readonly #time: Column | undefined;
  readonly #notes: string[] = [];
  /** Columns that nothing was said about, and that are neither the time nor empty. */
  readonly #rest: readonly Column[];

  constructor(
    private readonly table: Table,
    private readonly wishes: Wishes,
  ) {
    const need = (flag: string) => (name: string) => needColumn(table, name, `--${flag}`);
    this.#id = wishes.id === undefined ? undefined : need("id")(wishes.id);
    this.#targets = wishes.targets?.map(need("target"));
    this.#inputs = wishes.inputs?.map(need("inputs"));
    const given = wishes.time === undefined ? undefined : need("time-column")(wishes.time);
    const claimed = [this.#id, given, ...(this.#targets ?? []), ...(this.#inputs ?? [])];
    const twice = claimed.find((column, i) => column !== undefined && claimed.indexOf(column) !== i);
    if (twice !== undefined)
      throw new UsageError(`the column ${twice.name} is given two parts to play`, wishes.command);
    const free = table.columns.filter((column) => !claimed.includes(column));
    const groups = [...groupRows(table, this.#id).values()];
    // The only column is what the file is about, even where it rises.
    const times =
      given !== undefined || table.columns.length === 1
        ? []
        : free.filter((column) => isTime(column, groups));
    const some =
      this.#targets !== undefined ||
      free.some((column) => column.kind !== "empty" && !times.includes(column));
    this.#time = given ?? (some ? times[0] : undefined);
    this.#rest = free.filter((column) => column.kind !== "empty" && (!some || !times.includes(column)));
    if (some && times.length > 1) this.#notes.push(`left out, as ${named(times.slice(1))} rises evenly too`);
    const empty = free.filter(({ kind }) => kind === "empty");
    if (empty.length > 0) this.#notes.push(`left out, as nothing stands in it: ${named(empty)}`);
  }

  make(): TablePlan {
    const task = this.wishes.task ?? this.#inferTask();
    if (task === "generate") throw new Error("a table that is to be learned as text is not planned");
    if (task === "forecast") return this.#plan(task, this.#forecast());
    return this.#plan(task, this.#labelled(task));
  }

  #plan(task: SequenceTask, columns: { inputs: readonly Column[]; targets: readonly Column[] }): TablePlan {
    const names = (list: readonly Column[]): string[] => list.map(({ name }) => name);
    return {
      reading: {
        task,
        inputs: names(columns.inputs),
        targets: names(columns.targets),
        columns: names(this.table.columns),
        ...(this.#id === undefined ? {} : { id: this.#id.name }),
        ...(this.#time === undefined ? {} : { time: this.#time.name }),
      },
      notes: this.#notes,
    };
  }

  /** What the columns say about the task, where nobody has said it. */
  #inferTask(): SequenceTask {
    const targets = this.#targets;
    if (targets !== undefined) return this.#taskOfTargets(targets);
    this.#checkLearnable();
    const labels = this.#rest.filter((column) => this.#isLabel(column));
    const texts = this.#rest.filter(({ kind }) => kind === "text");
    // Where sequences are told apart, the only column of texts is what they are.
    const [label] = this.#id !== undefined && labels.length === 0 && texts.length === 1 ? texts : labels;
    const id = this.#rest.find((column) => idNames.test(column.name) && !hasGaps(column));
    if (label !== undefined && this.#id !== undefined) return this.#isConstant(label) ? "classify" : "tag";
    if (label !== undefined && id === undefined && texts.every((column) => column === label)) return "tag";
    const unclear = (column: Column | undefined): UsageError => {
      const blocks = this.#rest.find((other) => other !== column && this.#isBlocks(other));
      return notClear(this.#open(), column, id ?? blocks);
    };
    if (label !== undefined || texts.length > 0) throw unclear(label ?? texts[0]);
    if (!this.table.header && this.table.columns.length > 1)
      throw headless(this.#open(), this.#blocksOfLast());
    const counted = this.#rest.find((column) => /^y$/i.test(column.name) && isWhole(column));
    if (counted !== undefined && this.#rest.length > 1) throw unclear(counted);
    if (id !== undefined && this.#id === undefined && this.#repeats(id)) throw unclear(undefined);
    return "forecast";
  }

  #taskOfTargets(targets: readonly Column[]): SequenceTask {
    const [first] = targets;
    if (first === undefined || targets.length > 1) return "forecast";
    this.#checkPlain(first);
    const label = first.kind === "text" || this.#isLabel(first);
    if (this.#id !== undefined && this.#isConstant(first)) return "classify";
    return label ? "tag" : "forecast";
  }

  /** Refuses a table of which nothing can be learned, before it is asked what is. */
  #checkLearnable(): void {
    for (const column of this.#rest) this.#checkPlain(column);
    if (this.#inputs !== undefined || this.#rest.some(({ kind }) => kind === "number")) return;
    if (!this.#rest.some(({ kind }) => kind === "text")) return;
    const message = `${this.table.name}: beside texts there is no column of numbers; texts cannot be classified or forecast`;
    throw ambiguous(this.wishes, message, [
      { flags: "--task generate", does: "learn the characters of the file, as a text" },
    ]);
  }

  /** Refuses numbers that are taken for texts because of what stands around them. */
  #checkPlain(column: Column): void {
    const row = ornateRow(column);
    if (row === undefined) return;
    const got = JSON.stringify(column.texts.get(row));
    const message = `${at(this.table, row)}, column ${column.name}: expected plain numbers as 1200 or 10.50, got ${got}; remove separators and signs`;
    throw new RecurraError({ code: "format", message });
  }

  #isLabel(column: Column): boolean {
    if (column.kind === "text") return labelNames.test(column.name) || /^(y|target)$/i.test(column.name);
    return labelNames.test(column.name) && isWhole(column);
  }

  /** Whether each sequence has one value in the column. */
  #isConstant(column: Column, id = this.#id): boolean {
    const value = (row: number): string | number => column.texts.get(row) ?? (column.numbers[row] as number);
    return [...groupRows(this.table, id).values()].every((rows) =>
      rows.every((row) => value(row) === value(rows[0] as number)),
    );
  }

  /** Whether rows with the same value follow each other, as those of one sequence do. */
  #repeats(id: Column): boolean {
    const groups = groupRows(this.table, id).size;
    return groups < this.table.rows / 2 && groups > 1;
  }

  /** Whether equal values stand together, in blocks of several rows: then they may tell sequences apart. */
  #isBlocks(column: Column): boolean {
    if (hasGaps(column)) return false;
    const groups = groupRows(this.table, column);
    const together = [...groups.values()].every(
      (rows) => (rows.at(-1) ?? 0) - (rows[0] ?? 0) === rows.length - 1,
    );
    return together && groups.size > 1 && groups.size <= this.table.rows / 4;
  }

  /** A column in whose blocks the last column never changes. */
  #blocksOfLast(): Column | undefined {
    const last = this.table.columns.at(-1);
    const candidates = this.#rest.filter((column) => column !== last && this.#isBlocks(column));
    return candidates.find((column) => last !== undefined && this.#isConstant(last, column));
  }

  #open(): OpenTable {
    return { table: this.table, wishes: this.wishes, rest: this.#rest };
  }

  #labelled(task: "classify" | "tag"): { inputs: readonly Column[]; targets: readonly Column[] } {
    const { wishes, table } = this;
    const flag = `--task ${task}`;
    if (task === "classify" && this.#id === undefined) {
      const does = "rows with the same value there are one sequence";
      const named = this.#rest.find((column) => idNames.test(column.name) && !hasGaps(column));
      const id = named ?? this.#rest.find((column) => this.#isBlocks(column));
      const flags = `${flag} --id ${quoted(id?.name ?? "COLUMN")}`;
      throw ambiguous(
        wishes,
        `${table.name}: to classify sequences, the file has to say which rows belong together`,
        [{ flags, does }],
      );
    }
    const candidates = this.#targets ?? this.#rest.filter((column) => this.#isLabel(column));
    const [target] = candidates.length > 0 ? candidates : this.#rest.filter(({ kind }) => kind === "text");
    if (target === undefined && this.#rest.length < 2) {
      const message = `${table.name}: ${flag} needs a column of labels beside one of numbers`;
      throw new UsageError(message, wishes.command);
    }
    if (target === undefined || (this.#targets?.length ?? 1) !== 1) {
      const last = this.#rest.at(-1)?.name ?? "COLUMN";
      throw ambiguous(wishes, `${table.name}: ${flag} needs one column of labels`, [
        { flags: `${flag} --target ${quoted(last)}`, does: `the labels stand in ${last}` },
      ]);
    }
    const inputs =
      this.#inputs ?? this.#rest.filter((column) => column !== target && column.kind === "number");
    this.#leftOut(inputs, [target]);
    if (inputs.length > 0) return { inputs, targets: [target] };
    throw new UsageError(
      `${table.name}: beside the labels in ${target.name} there is no column of numbers`,
      wishes.command,
    );
  }

  #forecast(): { inputs: readonly Column[]; targets: readonly Column[] } {
    const numbers = this.#rest.filter(({ kind }) => kind === "number");
    const constant = numbers.filter((column) => column.numbers.every((value) => value === column.numbers[0]));
    const inputs = this.#inputs ?? [];
    const targets = this.#targets ?? numbers.filter((column) => !constant.includes(column));
    if (this.#targets === undefined && constant.length > 0 && targets.length > 0)
      this.#notes.push(`left out, as it never changes: ${named(constant)}`);
    if (targets.length === 0) {
      const why =
        constant.length > 0
          ? `${named(constant)} never ${constant.length > 1 ? "change" : "changes"}`
          : "there is no column of numbers";
      throw new UsageError(`${this.table.name}: there is nothing to forecast: ${why}`, this.wishes.command);
    }
    this.#leftOut(inputs, [...targets, ...(this.#targets === undefined ? constant : [])]);
    return { inputs, targets };
  }

  #leftOut(inputs: readonly Column[], targets: readonly Column[]): void {
    const rest = this.#rest.filter((column) => !inputs.includes(column) && !targets.includes(column));
    if (rest.length > 0) this.#notes.push(`left out: ${named(rest)}`);
  }
}
