/** `recurra COMMAND`: finds the command, runs it, and turns whatever goes wrong into one sentence and an exit code. */
import { RecurraError } from "../index.js";
import { type Command, parseCommand, UsageError } from "./arguments.js";
import { benchCommand } from "./bench.js";
import { convertCommand } from "./convert.js";
import { evalCommand } from "./eval.js";
import { generateCommand } from "./generate.js";
import { commandHelp, overview, usage } from "./help.js";
import { inspectCommand } from "./inspect.js";
import { exitCodes } from "./interrupt.js";
import { labCommand } from "./lab.js";
import { version } from "./machine.js";
import { nearest } from "./nearest.js";
import { predictCommand } from "./predict.js";
import { endQuietlyOnClosedPipe, stderr, stdout } from "./terminal.js";
import { trainCommand } from "./train.js";

const commands: readonly Command[] = [
  trainCommand,
  generateCommand,
  predictCommand,
  evalCommand,
  inspectCommand,
  convertCommand,
  labCommand,
  benchCommand,
];

async function main(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    stderr.write(overview(commands, stderr));
    return 2;
  }
  if (first === "--version" || first === "-v" || first === "version") {
    stdout.write(`${version()}\n`);
    return 0;
  }
  if (first === "--help" || first === "-h" || first === "help") return help(rest[0]);
  const command = find(first);
  const parsed = parseCommand(command, rest);
  if (parsed === "help") return help(first);
  return command.run(parsed);
}

function help(name: string | undefined): number {
  stdout.write(name === undefined ? overview(commands, stdout) : commandHelp(find(name), stdout));
  return 0;
}

function find(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const names = commands.map((candidate) => candidate.name);
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? `; there are ${names.join(", ")}` : `; did you mean ${suggestion}?`;
  throw new UsageError(`unknown ${name.startsWith("-") ? "flag" : "command"} ${name}${hint}`);
}

/** One clear sentence on stderr. A stack is for mistakes in this program only. */
function report(error: unknown): number {
  const label = stderr.style("red", "error");
  if (error instanceof UsageError) {
    const { command } = error;
    const right = command === undefined ? "recurra COMMAND [flags]" : usage(command);
    const more = command === undefined ? "recurra --help" : `recurra ${command.name} --help`;
    stderr.write(`${label}: ${error.message}\nusage: ${right}   (${more} tells more)\n`);
    return 2;
  }
  if (error instanceof RecurraError) {
    stderr.write(`${label}: ${error.message}\n`);
    return 1;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  stderr.write(`${label}: something went wrong inside recurra; please report this:\n${stack}\n`);
  return 1;
}

endQuietlyOnClosedPipe();
// Not process.exit: what was written to a pipe may still be on its way.
process.exitCode = await main(process.argv.slice(2)).catch(report);
// Node aborts where it cannot reset a terminal that is gone. The signal itself, which nobody listens to any more, does not.
if (process.exitCode === exitCodes.SIGHUP) process.kill(process.pid, "SIGHUP");
