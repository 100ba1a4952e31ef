/** Whom `--peers` and `--native` compare with, how to start them and how to get them. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandLine } from "./competitor.js";

export interface Rival {
  readonly name: string;
  /** What to start for the problem in a folder; the first that takes part is the one. */
  commands(folder: string): readonly CommandLine[];
  /** How to get it. */
  readonly install: string;
  /** Why it cannot even be asked. */
  readonly missing?: string;
}

const peers = ["tfjs-wasm", "tfjs-cpu", "jax-wasm", "ort-web", "ort-node", "brain", "tuned"];
const natives = ["torch", "jax", "numpy"];
const elsewhere = (program: string): string =>
  process.env.RECURRA_BENCH_PEERS === undefined
    ? "they are not in the npm package: clone the repository"
    : `RECURRA_BENCH_PEERS is to name bench/peers of a clone: there is no ${program}`;
const installPeers = "npm ci --ignore-scripts in bench/peers";

interface Place {
  /** The folder that has run.mjs and native/run.py; bench/peers if absent. */
  readonly folder?: string | undefined;
  /** Pythons to try, one after the other. */
  readonly pythons?: readonly string[];
}

/** The folder of competitors: RECURRA_BENCH_PEERS, or that of the repository this program lies in. */
export const rivalFolder = (): string =>
  process.env.RECURRA_BENCH_PEERS ?? fileURLToPath(new URL("../bench/peers", import.meta.url));

/** Pythons to try: the one given, else those of RECURRA_BENCH_PYTHON, else the usual ones. */
export function pythons(given: string | undefined): string[] {
  if (given !== undefined) return [given];
  const list = process.env.RECURRA_BENCH_PYTHON?.split(delimiter).filter((path) => path !== "");
  return list?.length ? list : ["python3", "/usr/bin/python3", "python"];
}

/** JavaScript libraries, in this Node. */
export function peerRivals({ folder = rivalFolder() }: Place = {}): Rival[] {
  const program = join(folder, "run.mjs");
  const missing = existsSync(program) ? {} : { missing: "not installed" };
  return peers.map((name) => ({
    name,
    commands: (problem) => [[process.execPath, program, name, problem]],
    install: "missing" in missing ? `${elsewhere(program)}, then ${installPeers}` : installPeers,
    ...missing,
  }));
}

/** Python libraries. One may be in the system's Python and another in an environment of its own. */
export function nativeRivals({ folder = rivalFolder(), pythons: list = ["python3"] }: Place = {}): Rival[] {
  const program = join(folder, "native/run.py");
  const missing = existsSync(program) ? {} : { missing: "not installed" };
  return natives.map((name) => ({
    name,
    commands: (problem) => list.map((python) => [python, program, name, problem]),
    install:
      "missing" in missing
        ? elsewhere(program)
        : `pip install ${name} for a Python that --python or RECURRA_BENCH_PYTHON names`,
    ...missing,
  }));
}
