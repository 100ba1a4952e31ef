/** What one call of `recurra bench` is to find out, and finding it out, one part after the other. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { runSweep } from "../../../bench/sweep.js";
import type { Workload } from "../../../bench/workload.js";
import { workloads } from "../../../bench/workloads.js";
import { median } from "../../lab/numbers.js";
import { commit, machine, version } from "../machine.js";
import { peakLoop } from "../peak.js";
import type { Attempts } from "./attempts.js";
import { compare, type PeerResult } from "./compare.js";
import type { CommandLine } from "./competitor.js";
import type { Document, PartName } from "./document.js";
import { measureMemory } from "./memory.js";
import { pinning } from "./pinning.js";
import { timeRates } from "./rates.js";
import { relaxedRuntime, timeRelaxed } from "./relaxed.js";
import { nativeRivals, peerRivals, pythons } from "./rivals.js";
import { timeScaling } from "./scaling.js";
import { timeStartup } from "./startup.js";

export interface Plan {
  readonly kernel: "simd" | "relaxed";
  /** Of training; undefined where the flag is absent. */
  readonly workers: number | undefined;
  readonly rates: readonly Workload[];
  /** Workloads that are compared with other libraries, and with which. */
  readonly compared: readonly string[];
  readonly peers: boolean;
  readonly native: boolean;
  readonly python: string | undefined;
  readonly parts: readonly PartName[];
  /** For the samples of each part; undefined: as many as the part usually takes. */
  readonly seconds: number | undefined;
}

/** Seconds for the samples: of each workload, of each comparison, of each part. */
const usual = { rate: 6, comparison: 30, scaling: 60, relaxed: 24, startup: 12 } as const;

/** Parts that fail are told to `attempts`. */
export async function carryOut(
  plan: Plan,
  attempts: Attempts,
  tell: (what: string) => void,
): Promise<Document> {
  const { kernel, rates: chosen, compared, parts, seconds } = plan;
  const date = new Date().toISOString();
  const runtime = kernel === "relaxed" ? await relaxedRuntime() : undefined;
  const peak = await peakLoop(kernel);
  const workers = plan.workers ?? 0;

  const rates = await attempts.of("workloads", [], async () => {
    if (chosen.length === 0) return [];
    return await timeRates({
      ...{ chosen, runtime, peak, workers, tell, floors: kernel === "simd" },
      seconds: seconds ?? usual.rate * chosen.length,
    });
  });
  const peakGflops = rates.length === 0 ? null : median(peak.measured);
  const pins = pinning();
  const own = (folder: string): CommandLine => child("compete", folder, kernel);
  const rivals = [
    ...(plan.native ? nativeRivals({ pythons: pythons(plan.python) }) : []),
    ...(plan.peers ? peerRivals() : []),
  ];
  const eachSeconds = seconds === undefined ? usual.comparison : seconds / compared.length;
  const peers: PeerResult[] = [];
  for (const workload of compared) {
    const comparison = { workload, own, pinning: pins, tell, rivals, seconds: eachSeconds };
    peers.push(...(await attempts.of("peers", [], () => compare(comparison), `${workload}: `)));
  }

  const part = async <K extends PartName>(name: K, run: () => Promise<Document[K]>) => {
    const found = parts.includes(name) ? await attempts.of(name, undefined, run) : undefined;
    return found === undefined ? {} : { [name]: found };
  };
  const { cpu, engine, system } = machine();
  const document: Document = {
    ...{ version: version(), date, system, cpu, engine, commit: commit() ?? null, kernel, workers },
    ...(seconds !== undefined && { seconds }),
    ...{ peakGflops, workloads: rates, peers },
    ...(compared.length > 0 && { core: pins.core ?? null }),
    ...(await part("scaling", () =>
      timeScaling(workloads, {
        ...{ seconds: seconds ?? usual.scaling, most: plan.workers ?? availableParallelism(), own, tell },
      }),
    )),
    ...(await part("relaxed", async () => {
      return (await timeRelaxed(workloads, seconds ?? usual.relaxed, tell)) ?? null;
    })),
    ...(await part("startup", () =>
      timeStartup((what) => pins.pin(child("start", what)), seconds ?? usual.startup, tell),
    )),
    ...(await part("memory", () => measureMemory(own, tell))),
    ...(await part("sweep", () => runSweep({ peak, runtime, seconds, tell }))),
  };
  runtime?.dispose();
  return document;
}

/** This library in a process of its own: dist/bench-child.js, beside this program. */
const child = (mode: "compete" | "start", ...args: string[]): CommandLine => [
  process.execPath,
  fileURLToPath(new URL("./bench-child.js", import.meta.url)),
  mode,
  ...args,
];
