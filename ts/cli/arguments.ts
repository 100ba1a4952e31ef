/** What a command line says, checked against what the command takes. */
import { parseArgs } from "node:util";
import { nearest } from "./nearest.js";

/** A flag of a command; its name is an option of the API in kebab case wherever there is one. */
export interface Flag {
  readonly name: string;
  /** "switch" takes no value; "integer" and "number" are checked against `min` and `max`. */
  readonly kind: "switch" | "integer" | "number" | "text" | "choice";
  /** What stands for the value in the help text: N, FOLDER … */
  readonly value?: string;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** A number that must lie above `min`, not on it. */
  readonly above?: boolean;
  /** A text that may be empty. */
  readonly empty?: boolean;
  readonly default?: string | number;
  /** For scripts of this repository: not in the help text. */
  readonly hidden?: boolean;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The arguments without dashes, as shown: "FILE", "MODEL FILE", "[W1 W2 W3 W4]". */
  readonly operands: string;
  readonly minOperands: number;
  readonly maxOperands: number;
  /** What it does, in a few sentences. */
  readonly about: string;
  readonly groups: readonly { readonly title: string; readonly flags: readonly Flag[] }[];
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  /** Returns the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** The command line was wrong: exit code 2, with the right form shown. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly command?: Command,
  ) {
    super(message);
  }
}

/** The parsed arguments of one command. Asking for a flag the command does not declare is a mistake here, and throws. */
export class Invocation {
  readonly #flags: ReadonlyMap<string, Flag>;

  constructor(
    readonly command: Command,
    readonly operands: readonly string[],
    private readonly given: ReadonlyMap<string, string | number | true>,
  ) {
    this.#flags = new Map(flagsOf(command).map((flag) => [flag.name, flag]));
  }

  /** Whether it was on the command line. */
  has(name: string): boolean {
    this.#flag(name);
    return this.given.has(name);
  }

  /** The flags on the command line among these, with their dashes. */
  which(...names: readonly string[]): string[] {
    return names.filter((name) => this.has(name)).map((name) => `--${name}`);
  }

  /** The value given, the default otherwise. */
  number(name: string): number | undefined {
    const value = this.given.get(name) ?? this.#flag(name).default;
    return typeof value === "number" ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.given.get(name) ?? this.#flag(name).default;
    return typeof value === "string" ? value : undefined;
  }

  #flag(name: string): Flag {
    const flag = this.#flags.get(name);
    if (flag === undefined) throw new Error(`the command ${this.command.name} declares no flag --${name}`);
    return flag;
  }
}

const helpFlag: Flag = { name: "help", kind: "switch", help: "this text" };
export const flagsOf = (command: Command): Flag[] => [
  ...command.groups.flatMap((group) => group.flags),
  helpFlag,
];

/** "help" when the help text was asked for. Anything wrong is a UsageError. */
export function parseCommand(command: Command, args: readonly string[]): Invocation | "help" {
  const flags = flagsOf(command);
  const options = Object.fromEntries(
    flags.map(({ name, kind }) => [name, { type: kind === "switch" ? "boolean" : "string" } as const]),
  );
  const help = { ...options, help: { type: "boolean", short: "h" } } as const;
  // Not strict: what is wrong is worded here, with the nearest right flag.
  const { tokens } = parseArgs({
    args: [...args],
    options: help,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const operands: string[] = [];
  const given = new Map<string, string | number | true>();
  let wantsHelp = false;
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const flag = flags.find(({ name }) => name === token.name);
    if (flag === undefined) throw unknownFlag(command, token.rawName, flags);
    if (flag === helpFlag) wantsHelp = true;
    else if (given.has(flag.name)) throw new UsageError(`--${flag.name} is given twice`, command);
    else given.set(flag.name, readValue(command, flag, token.value, token.inlineValue === true));
  }
  if (wantsHelp) return "help";
  checkOperands(command, operands);
  return new Invocation(command, operands, given);
}

function unknownFlag(command: Command, rawName: string, flags: readonly Flag[]): UsageError {
  const suggestion = nearest(
    rawName.replace(/^-+/, ""),
    flags.filter(({ hidden }) => !hidden).map(({ name }) => name),
  );
  const hint = suggestion === undefined ? "" : `; did you mean --${suggestion}?`;
  return new UsageError(`unknown flag ${rawName}${hint}`, command);
}

function readValue(
  command: Command,
  flag: Flag,
  value: string | undefined,
  inline: boolean,
): string | number | true {
  const name = `--${flag.name}`;
  if (flag.kind === "switch") {
    if (value !== undefined)
      throw new UsageError(`${name} takes no value, got ${JSON.stringify(value)}`, command);
    return true;
  }
  const missing = value === undefined || (value === "" && !flag.empty) || (!inline && value.startsWith("--"));
  if (missing)
    throw new UsageError(`${name} needs a value: ${name} ${flag.value ?? flag.choices?.join("|")}`, command);
  if (flag.kind === "text") return value;
  if (flag.kind === "choice") return choiceOf(command, flag, value);
  return numberOf(command, flag, value);
}

/** "a, b or c" */
export const either = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

function choiceOf(command: Command, flag: Flag, value: string): string {
  const choices = flag.choices ?? [];
  if (choices.includes(value)) return value;
  const suggestion = nearest(value, choices);
  const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
  throw new UsageError(
    `--${flag.name}: expected ${either(choices)}, got ${JSON.stringify(value)}${hint}`,
    command,
  );
}

function numberOf(command: Command, flag: Flag, value: string): number {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above = false } = flag;
  const kindFits = flag.kind === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (kindFits && (above ? number > min : number >= min) && number <= max) return number;
  const noun = flag.kind === "integer" ? "a whole number" : "a number";
  const lower = Number.isFinite(min) ? ` ${above ? "above" : "from"} ${min}` : "";
  const upper = Number.isFinite(max) ? ` ${lower === "" || above ? "up " : ""}to ${max}` : "";
  const range = lower !== "" && upper === "" && !above ? ` of at least ${min}` : lower + upper;
  throw new UsageError(`--${flag.name}: expected ${noun}${range}, got ${JSON.stringify(value)}`, command);
}

function checkOperands(command: Command, operands: readonly string[]): void {
  if (operands.length < command.minOperands) {
    const missing = command.operands.split(" ")[operands.length];
    throw new UsageError(`${missing} is missing`, command);
  }
  if (operands.length > command.maxOperands) {
    const extra = operands.slice(command.maxOperands).map((text) => JSON.stringify(text));
    throw new UsageError(
      `expected ${command.operands || "no arguments"}, got also ${extra.join(" ")}`,
      command,
    );
  }
}
