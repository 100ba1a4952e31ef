/** Running the built command line in folders of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const program = join(root, "dist/cli.js");

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called whenever stderr says something, with all it has said. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
  /** Called once it runs, with what sends it a signal. */
  readonly onStart?: (stop: (signal: NodeJS.Signals) => void) => Promise<void>;
}

/** Runs a program to its end. */
export function execute(
  file: string,
  args: readonly string[],
  { cwd, env, onStderr, onStart }: RunOptions = {},
): Promise<Result> {
  const { NO_COLOR: _, FORCE_COLOR: __, ...clean } = process.env;
  const child = spawn(file, args, { cwd, env: { ...clean, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    said.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said.stderr += chunk;
    onStderr?.(said.stderr, child);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...said }));
    onStart?.((signal) => child.kill(signal)).catch((error: unknown) => {
      child.kill("SIGKILL");
      reject(error);
    });
  });
}

/** `recurra …` */
export const recurra = (args: readonly string[], options?: RunOptions): Promise<Result> =>
  execute(process.execPath, [program, ...args], options);

/** Builds dist/ if it is older than its sources; test files that ask at the same time wait for one build. */
export async function freshDist(): Promise<void> {
  const lock = join(root, "build/dist.lock");
  mkdirSync(join(root, "build"), { recursive: true });
  for (;;) {
    try {
      const file = openSync(lock, "wx");
      writeFileSync(file, String(process.pid));
      closeSync(file);
      break;
    } catch {
      if (!isHeld(lock)) rmSync(lock, { force: true });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    const { code, stderr } = await execute(process.execPath, [join(root, "scripts/build.mjs")], {
      cwd: root,
    });
    if (code !== 0) throw new Error(stderr);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether the process that holds the lock still runs; a lock that is just being written counts as held. */
function isHeld(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** An empty folder, and how to be rid of it. */
export function workFolder(): {
  path: string;
  file: (name: string, content: string | Uint8Array) => string;
  remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), "recurra-test-"));
  return {
    path,
    file: (name, content) => {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Prose of a few made-up sentences in a fixed order, about `length` characters. */
export function prose(length: number): string {
  const sentences = [
    "The sea was calm. ",
    "A ship came in from the north, ",
    "and nobody knew her name. ",
    "Why?\n",
  ];
  let state = 7;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    text += sentences[(state >>> 16) % sentences.length];
  }
  return text;
}

/** Whether a process is still there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
