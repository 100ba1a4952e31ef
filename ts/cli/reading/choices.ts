/** What a file could mean, where it does not say: the commands that would be right. */
import { type Command, UsageError } from "../arguments.js";
import { quoted } from "../places.js";
import { countOf, groupRows, isTime, named } from "./columns.js";
import { separatorOf } from "./guesses.js";
import type { Task } from "./series.js";
import type { Column, Table } from "./table.js";

/** What the command line asks for; the rest is inferred. */
export interface Wishes {
  readonly task?: Task | undefined;
  readonly id?: string | undefined;
  readonly time?: string | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly inputs?: readonly string[] | undefined;
  /** FILE and the command, for what is shown where the wishes do not suffice. */
  readonly file: string;
  readonly command: Command;
}

/** `command`: what to type for another meaning of the same file; `does`: what that meaning is. */
export interface Choice {
  readonly flags: string;
  readonly does: string;
}

/** The message of exit code 2: what is not clear, and every command that would make it clear. */
export function ambiguous({ file, command }: Wishes, what: string, choices: readonly Choice[]): UsageError {
  const commands = choices.map(({ flags }) => `recurra ${command.name} ${quoted(file)} ${flags}`);
  const width = Math.max(...commands.map((text) => text.length));
  const lines = choices.map(({ does }, i) => `  ${commands[i]?.padEnd(width)}   ${does}`);
  const ask = choices.length > 1 ? "say which is meant" : "this is possible";
  return new UsageError(`${what}; ${ask}:\n${lines.join("\n")}`, command);
}

/** A table, and the columns of it that nothing was said about. */
export interface OpenTable {
  readonly table: Table;
  readonly wishes: Wishes;
  readonly rest: readonly Column[];
}

/** No names, several columns: nothing says whether one of them is a label, or which rows belong together. */
export function headless({ table, wishes }: OpenTable, id: Column | undefined): UsageError {
  const { columns, name } = table;
  const last = columns.length;
  return ambiguous(wishes, `${name} has ${countOf(columns)} and no line of names`, [
    { flags: "--task forecast", does: "forecast all columns" },
    { flags: `--task forecast --target ${last}`, does: `forecast column ${last} only` },
    { flags: `--task tag --target ${last}`, does: `column ${last} is the class of each row` },
    ...(id === undefined
      ? []
      : [
          {
            flags: `--task classify --id ${id.name} --target ${last}`,
            does: `column ${id.name} tells sequences apart, column ${last} is their class`,
          },
        ]),
  ]);
}

/** What there is to forecast where the rows of one `id` are a series: names for the flag, and for words. */
function forecastable({ table, rest }: OpenTable, id: Column | undefined, label?: Column) {
  const groups = [...groupRows(table, id).values()];
  const numbers = rest.filter(
    (column) => column.kind === "number" && column !== label && column !== id && !isTime(column, groups),
  );
  const names = numbers.map(({ name }) => name).slice(0, 8);
  return { target: `--target ${quoted(names.join(","))}`, words: named(numbers), some: names.length > 0 };
}

/** A column may hold labels, or tell sequences apart, or both kinds may be there. */
export function notClear(open: OpenTable, label: Column | undefined, id: Column | undefined): UsageError {
  const { table, wishes } = open;
  const by = quoted(id?.name ?? "COLUMN");
  const choices: Choice[] = [];
  const separator = separatorOf(table);
  const { target: forecast, words, some } = forecastable(open, id ?? separator, label);
  const each = forecastable(open, separator);
  if (separator !== undefined && separator !== id && each.some) {
    const { name } = separator;
    choices.push({
      flags: `--task forecast --id ${quoted(name)} ${each.target}`,
      does: `forecast ${each.words}, for each ${name}: times occur more than once without it`,
    });
  }
  if (label !== undefined) {
    const target = quoted(label.name);
    choices.push({ flags: `--task tag --target ${target}`, does: `tell ${label.name} at every row` });
    choices.push({
      flags: `--task classify --id ${by} --target ${target}`,
      does: `one ${label.name} for all rows of one ${id?.name ?? "COLUMN"}`,
    });
  }
  if (some && id !== undefined)
    choices.push({
      flags: `--task forecast --id ${by} ${forecast}`,
      does: `forecast ${words}, for each ${id.name}`,
    });
  if (some)
    choices.push({
      flags: `--task forecast ${forecast}`,
      does: `forecast ${words}, all rows one series`,
    });
  const apart = `the column ${(label ?? id)?.name} may tell sequences apart`;
  const what =
    label === undefined
      ? apart
      : label === separator
        ? `${apart}, or be a label`
        : `the column ${label.name} may be a label`;
  return ambiguous(wishes, `${table.name}: ${what}`, choices);
}
