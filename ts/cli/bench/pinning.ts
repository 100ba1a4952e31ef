/** One core for all that are compared: a process that wanders, or has two cores, is not timed like one that has not. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { CommandLine } from "./competitor.js";

export interface Pinning {
  /** The core; undefined where processes cannot be pinned. */
  readonly core: number | undefined;
  pin(command: CommandLine): CommandLine;
}

/** The last of the cores that this process may use: the first ones serve most interrupts. */
export function pinning(): Pinning {
  const core = lastAllowedCore();
  const works = core !== undefined && spawnSync("taskset", ["-c", String(core), "true"]).status === 0;
  if (!works) return { core: undefined, pin: (command) => command };
  return { core, pin: (command) => ["taskset", "-c", String(core), ...command] };
}

function lastAllowedCore(): number | undefined {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const last = /^Cpus_allowed_list:\s*(?:.*[,-])?(\d+)$/m.exec(status)?.[1];
    return last === undefined ? undefined : Number(last);
  } catch {
    return undefined;
  }
}
