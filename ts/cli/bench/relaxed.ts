/** The relaxed kernel beside the default one, in turns. */
import { readFileSync } from "node:fs";
import { relaxedTarget } from "../../../bench/targets.js";
import type { Workload } from "../../../bench/workload.js";
import { createRuntime, RecurraError, type Runtime } from "../../index.js";
import { median } from "../../lab/numbers.js";
import { inTurns, rateOf, shown, start, type Timed } from "./sampling.js";
import { type Spread, spread } from "./statistics.js";

export interface RelaxedResult {
  readonly name: string;
  readonly unit: Workload["unit"];
  /** Medians. */
  readonly simd: number;
  readonly relaxed: number;
  /** relaxed ÷ simd within turns. */
  readonly ratio: number;
  readonly ratioSpread: Spread;
  readonly target?: number;
  readonly reached?: boolean;
}

/** A runtime with the relaxed kernel. Throws "environment" where the engine cannot compile it. */
export function relaxedRuntime(): Promise<Runtime> {
  const module = new Uint8Array(readFileSync(new URL("./kernel-relaxed.wasm", import.meta.url)));
  return createRuntime({ kernel: "relaxed", module });
}

/** Undefined where the engine has no relaxed SIMD. */
export async function timeRelaxed(
  workloads: readonly Workload[],
  seconds: number,
  tell: (what: string) => void,
): Promise<RelaxedResult[] | undefined> {
  let runtime: Runtime;
  try {
    runtime = await relaxedRuntime();
  } catch (error) {
    if (error instanceof RecurraError && (error.code === "environment" || error.code === "format"))
      return undefined;
    throw error;
  }
  const chosen = workloads.filter(({ name }) =>
    (relaxedTarget.workloads as readonly string[]).includes(name),
  );
  const pairs: { simd: Timed; relaxed: Timed; rates: [simd: number, relaxed: number][] }[] = [];
  try {
    for (const workload of chosen) {
      tell(`checking ${workload.name} …`);
      const simd = await start(workload, undefined);
      pairs.push({ simd, relaxed: await start(workload, runtime), rates: [] });
    }
    await inTurns(seconds, async (turn) => {
      for (const { simd, relaxed, rates } of pairs) {
        tell(`${simd.workload.name}, simd and relaxed, turn ${turn} …`);
        rates.push([await rateOf(simd), await rateOf(relaxed)]);
      }
    });
  } finally {
    for (const { simd, relaxed } of pairs) for (const one of [simd, relaxed]) one.prepared.dispose();
    runtime.dispose();
  }
  const due = Number.parseInt(process.versions.node, 10) >= relaxedTarget.nodeMajor;
  return pairs.map(({ simd, rates }) => {
    const { name, unit } = simd.workload;
    const ratios = rates.map(([one, other]) => other / one);
    const ratio = median(ratios);
    return {
      ...{ name, unit, simd: shown(unit, median(rates.map(([rate]) => rate))) },
      relaxed: shown(unit, median(rates.map(([, rate]) => rate))),
      ...{ ratio, ratioSpread: spread(ratios) },
      ...(due && { target: relaxedTarget.ratio, reached: ratio >= relaxedTarget.ratio }),
    };
  });
}
