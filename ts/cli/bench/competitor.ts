/** A competitor as a process of its own, which answers each JSON line on its stdin with one on its stdout. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { killGroup, spawnGroup } from "./groups.js";

/** A program and its arguments. */
export type CommandLine = readonly [file: string, ...args: string[]];

/** What a competitor says of itself, or why it does not take part. */
export type Greeting =
  | { readonly ready: true; readonly label: string; readonly versions: Readonly<Record<string, string>> }
  | { readonly ready: false; readonly skip: string };

/** The line on stderr that says why a program failed: the last that names an error, else the last of all. */
class LastWords {
  text = "";
  #named = false;

  hear(line: string): void {
    // After an error Node says where it was thrown, what else belongs to it, and its own version.
    const names = /^[\w.]*(Error|Exception)\b/.test(line);
    if (line === "" || (this.#named && !names) || /^Node\.js v\d/.test(line)) return;
    this.#named = names;
    this.text = line.slice(0, 200);
  }
}

/**
 * Every question has a time limit. A competitor that is silent for longer, ends, or says anything that is no JSON object is
 * killed, and the question is rejected with what happened; so is every later one.
 */
export class Competitor {
  readonly started = performance.now();
  readonly #child: ChildProcess;
  /** Set when it cannot answer any more. */
  #failure: Error | undefined;
  #waiting: ((answer: object | Error) => void) | undefined;
  readonly #lastWords = new LastWords();

  constructor([file, ...args]: CommandLine) {
    this.#child = spawnGroup(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    const { stdin, stdout, stderr } = this.#child;
    this.#child.on("error", (error) => this.#fail(error.message));
    this.#child.on("close", (code, signal) => {
      const words = this.#lastWords.text === "" ? "" : `: ${this.#lastWords.text}`;
      this.#fail(`it ended with ${signal ?? `code ${code}`}${words}`);
    });
    // Writing to one that has ended: its end is reported by "close".
    stdin?.on("error", () => {});
    if (stderr)
      createInterface({ input: stderr }).on("line", (line) => {
        this.#lastWords.hear(line.trim());
      });
    if (stdout) createInterface({ input: stdout }).on("line", (line) => this.#heard(line));
  }

  /** What it says once it is ready; `{ ready: false }` if it does not take part. */
  async greeting(seconds: number): Promise<Greeting> {
    const answer = (await this.#answer(seconds)) as Record<string, unknown>;
    if (typeof answer.skip === "string") {
      this.kill();
      return { ready: false, skip: answer.skip };
    }
    if (answer.ready !== true || typeof answer.label !== "string")
      throw this.#fail(`expected {"ready":true,"label":…}, got ${JSON.stringify(answer).slice(0, 100)}`);
    return {
      ready: true,
      label: answer.label,
      versions: (answer.versions ?? {}) as Record<string, string>,
    };
  }

  /** Asks, and waits for the answer for so many seconds. */
  async ask(question: object, seconds: number): Promise<Readonly<Record<string, unknown>>> {
    const answer = this.#answer(seconds);
    if (this.#failure === undefined) this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    return (await answer) as Record<string, unknown>;
  }

  /** Lets it end by itself; bytes of its peak resident memory. Whatever is left of it after 5 s is killed. */
  async end(): Promise<number> {
    const answer = await this.ask({ end: true }, 30);
    // Whoever still reads sees that nothing more comes.
    this.#child.stdin?.end();
    await new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null) return resolve();
      const timer = setTimeout(resolve, 5000);
      this.#child.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.kill();
    return positive(answer, "peakRssBytes");
  }

  /** Ends it at once, and whatever it started. */
  kill(): void {
    this.#failure ??= new Error("it was ended");
    killGroup(this.#child);
  }

  #answer(seconds: number): Promise<object> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const timer = setTimeout(() => this.#fail(`no answer for ${seconds} s`), seconds * 1000);
      this.#waiting = (answer) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        answer instanceof Error ? reject(answer) : resolve(answer);
      };
    });
  }

  #heard(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      message = undefined;
    }
    if (typeof message !== "object" || message === null)
      this.#fail(`expected JSON, got ${JSON.stringify(line.slice(0, 100))}`);
    else if ("error" in message) this.#fail(String(message.error));
    else if (this.#waiting === undefined)
      this.#fail(`expected silence until asked, got ${JSON.stringify(line.slice(0, 100))}`);
    else this.#waiting(message);
  }

  #fail(why: string): Error {
    const first = this.#failure === undefined;
    this.#failure ??= new Error(why);
    if (first) this.kill();
    this.#waiting?.(this.#failure);
    return this.#failure;
  }
}

/** A number above 0 in an answer. */
export function positive(answer: Readonly<Record<string, unknown>>, name: string): number {
  const value = answer[name];
  if (typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new Error(`${name}: expected a number above 0, got ${JSON.stringify(value)}`);
}
