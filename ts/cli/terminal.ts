/** The two streams of the command line: results on stdout, progress and notices on stderr. */
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/** A place to print to, with what it can show. */
export interface Output {
  readonly isTTY: boolean;
  /** Columns of the terminal; 80 where that is not known. */
  readonly columns: number;
  write(text: string): void;
  /** The text in colour, where colour is wanted. */
  style(style: Style, text: string): string;
}

/** NO_COLOR (any value) wins, then FORCE_COLOR, then whether it is a terminal that can. */
function wantsColour(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): boolean {
  if (environment.NO_COLOR) return false;
  const force = environment.FORCE_COLOR;
  if (force !== undefined) return force !== "0" && force !== "false";
  return stream.isTTY === true && environment.TERM !== "dumb";
}

function output(stream: NodeJS.WriteStream): Output {
  const colour = wantsColour(stream, process.env);
  return {
    isTTY: stream.isTTY === true && process.env.TERM !== "dumb",
    get columns() {
      return stream.columns > 0 ? stream.columns : 80;
    },
    write: (text) => void stream.write(text),
    style: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
  };
}

export const stdout = output(process.stdout);
export const stderr = output(process.stderr);

/** One line on stderr: what is worth knowing and is not the result. */
export function notice(text: string): void {
  stderr.write(`${text}\n`);
}

/** Says on a terminal's last line what `work` does, for as long as it does it; nothing elsewhere. */
export async function showing<T>(what: string, work: () => T | Promise<T>, out: Output = stderr): Promise<T> {
  if (!out.isTTY) return await work();
  out.write(out.style("dim", what));
  try {
    return await work();
  } finally {
    out.write("\r\u001b[2K");
  }
}

/** The one document that `--json` promises. */
export function printJson(document: object): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/**
 * A reader that goes away (`recurra generate … | head`) is no failure: the process ends quietly, as other
 * programs do. Any other trouble with stdout is.
 */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    stderr.write(`recurra: cannot write to stdout: ${error.message}\n`);
    process.exit(1);
  });
  // Without stderr nobody is told anything; the work goes on.
  process.stderr.on("error", () => {});
}

/** Waits until the reader has taken what was written, so that a long stream does not pile up in memory. */
export function drained(): Promise<void> {
  if (!process.stdout.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => process.stdout.once("drain", resolve));
}
