/** Help texts, made from the same tables that the arguments are checked against. */
import { type Command, type Flag, flagsOf } from "./arguments.js";
import { wrap } from "./format.js";
import type { Output } from "./terminal.js";

const width = (out: Output): number => Math.min(100, Math.max(48, out.columns));

/** `recurra --help` */
export function overview(commands: readonly Command[], out: Output): string {
  const title = (text: string): string => out.style("bold", text);
  const rows = commands.map((command) => ({
    name: `${command.name} ${command.operands}`,
    help: command.summary,
  }));
  return [
    `${title("recurra")}: recurrent nets that learn and run on plain WebAssembly.`,
    "",
    `${title("Usage")}  recurra COMMAND [flags]`,
    "",
    title("Commands"),
    columns(rows, leftOf(rows), out),
    "",
    title("First steps"),
    ...examples(
      [
        { command: "recurra train book.txt", does: "learn a text; writes book-model/" },
        { command: "recurra generate book-model", does: "let it write on" },
        { command: "recurra train sunspots.csv", does: "learn to forecast its columns" },
        { command: "recurra predict sunspots-model sunspots.csv", does: "the next steps" },
      ],
      out,
    ),
    "",
    "recurra COMMAND --help tells all about one command; recurra --version prints the version.",
    "",
  ].join("\n");
}

/** `recurra COMMAND --help` */
export function commandHelp(command: Command, out: Output): string {
  const title = (text: string): string => out.style("bold", text);
  const lines = [`${title("Usage")}  ${usage(command)}`, "", wrap(command.about, width(out)), ""];
  const groups = command.groups.map((group) => ({
    title: group.title,
    rows: shown(group.flags).map(describe),
  }));
  const left = leftOf(groups.flatMap(({ rows }) => rows));
  for (const group of groups) lines.push(title(group.title), columns(group.rows, left, out), "");
  lines.push(title("Examples"), ...examples(command.examples, out), "");
  return lines.join("\n");
}

/** `recurra train FILE [flags]` */
export const usage = (command: Command): string =>
  ["recurra", command.name, command.operands, flagsOf(command).length > 1 ? "[flags]" : ""]
    .filter(Boolean)
    .join(" ");

const shown = (flags: readonly Flag[]): Flag[] => flags.filter(({ hidden }) => !hidden);

interface Row {
  readonly name: string;
  readonly help: string;
}

function describe(flag: Flag): Row {
  const value = flag.kind === "switch" ? "" : ` ${flag.value ?? flag.choices?.join("|") ?? ""}`;
  const fallback = flag.default === undefined ? "" : ` (default ${flag.default})`;
  return { name: `--${flag.name}${value}`, help: flag.help + fallback };
}

/** Where the texts begin: beside all names but the very long ones. */
const leftOf = (rows: readonly Row[]): number =>
  Math.max(...rows.map(({ name }) => name.length).filter((length) => length <= 22)) + 4;

/** Names on the left, their texts in one column on the right; a name that is too long gets a line of its own. */
function columns(rows: readonly Row[], left: number, out: Output): string {
  return rows
    .map(({ name, help }) => {
      const text = wrap(help, width(out), " ".repeat(left));
      const head = `  ${out.style("cyan", name)}`;
      return name.length + 4 > left
        ? `${head}\n${text}`
        : head + " ".repeat(left - 2 - name.length) + text.slice(left);
    })
    .join("\n");
}

/** Commands, with what they do beside them where all fit, above them otherwise. */
function examples(list: Command["examples"], out: Output): string[] {
  const longest = Math.max(...list.map(({ command }) => command.length));
  const fits = list.every(({ does }) => longest + 4 + does.length + 4 <= width(out));
  return list.map(({ command, does }) =>
    fits
      ? `  ${command}${" ".repeat(longest - command.length + 3)}${out.style("dim", does)}`
      : `  ${out.style("dim", does)}\n    ${command}`,
  );
}
