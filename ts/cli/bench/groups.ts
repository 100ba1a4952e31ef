/** Processes and folders that do not outlive this program, however it ends. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecurraError } from "../../index.js";

const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.on("exit", () => {
  for (const child of running) killGroup(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * Starts a program in a process group of its own: a signal from the terminal then goes to this program alone, and
 * {@link killGroup} reaches whatever the other one starts.
 */
export function spawnGroup(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const detached = process.platform !== "win32";
  const child = spawn(file, args, { ...options, detached, windowsHide: true });
  running.add(child);
  child.on("close", () => running.delete(child));
  return child;
}

/** Ends a program and all it started, at once. */
export function killGroup(child: ChildProcess): void {
  running.delete(child);
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** What is made of an empty folder, which is gone afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeFolder();
  folders.add(folder);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

function makeFolder(): string {
  const parent = tmpdir();
  try {
    return mkdtempSync(join(parent, "recurra-bench-"));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const variable = process.platform === "win32" ? "TEMP" : "TMPDIR";
    const message = `cannot make a folder in ${parent} (${code}): set ${variable} to one that can be written to`;
    throw new RecurraError({ code: "environment", message, cause });
  }
}
