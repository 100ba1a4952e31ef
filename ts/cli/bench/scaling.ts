/** What more cores bring: the same training with 0, 1, 2 … workers, in turns, and what starting them costs. */
import { availableParallelism } from "node:os";
import { scalingTarget } from "../../../bench/targets.js";
import type { Workload } from "../../../bench/workload.js";
import { median } from "../../lab/numbers.js";
import { inTurns, rateOf, start, type Timed } from "./sampling.js";
import { type Spread, spread } from "./statistics.js";

export interface ScalingResult {
  readonly name: string;
  readonly unit: Workload["unit"];
  readonly workers: number;
  readonly median: number;
  /** Beside no workers, within turns. */
  readonly speedUp: number;
  readonly speedUpSpread: Spread;
  /** Milliseconds that the first update took, its trainer and workers made, above those that followed. */
  readonly startUp: number;
  readonly target?: number;
  readonly reached?: boolean;
}

/** Runs to find the start-up cost with. */
const starts = 3;

export async function timeScaling(
  workloads: readonly Workload[],
  { seconds, most, tell }: { seconds: number; most: number | undefined; tell: (what: string) => void },
): Promise<ScalingResult[]> {
  const chosen = workloads.filter(({ name }) =>
    (scalingTarget.workloads as readonly string[]).includes(name),
  );
  const counts = Array.from({ length: (most ?? availableParallelism()) + 1 }, (_, workers) => workers);
  const results: ScalingResult[] = [];
  for (const workload of chosen) {
    const timed: Timed[] = [];
    try {
      for (const workers of counts) {
        tell(`${workload.name}: preparing ${workers} workers …`);
        timed.push(await start(workload, undefined, workers));
      }
      const rates = counts.map((): number[] => []);
      await inTurns(seconds / chosen.length, async (turn) => {
        for (const [i, one] of timed.entries()) {
          tell(`${workload.name}: ${i} workers, turn ${turn} …`);
          rates[i]?.push(await rateOf(one));
        }
      });
      tell(`${workload.name}: starting …`);
      const startUp = await startUpCosts(workload, counts);
      results.push(
        ...rates.map((list, workers) => resultOf(workload, workers, list, rates[0], startUp[workers])),
      );
    } finally {
      for (const { prepared } of timed) prepared.dispose();
    }
  }
  return results;
}

function resultOf(
  { name, unit }: Workload,
  workers: number,
  rates: readonly number[],
  alone: readonly number[] = [],
  startUp = Number.NaN,
): ScalingResult {
  const ratios = rates.map((rate, turn) => rate / (alone[turn] ?? Number.NaN));
  const speedUp = median(ratios);
  const { ratio } = scalingTarget;
  return {
    ...{ name, unit, workers, median: median(rates), speedUp, speedUpSpread: spread(ratios), startUp },
    ...(workers === scalingTarget.workers && { target: ratio, reached: speedUp >= ratio }),
  };
}

/** Medians over several starts, for each number of workers. */
async function startUpCosts(workload: Workload, counts: readonly number[]): Promise<number[]> {
  const costs = counts.map((): number[] => []);
  for (let i = 0; i < starts; i++) {
    for (const [at, workers] of counts.entries()) {
      const { startUp = Number.NaN, dispose } = await workload.prepare(workload.name, undefined, workers);
      costs[at]?.push(startUp);
      dispose();
    }
  }
  return costs.map(median);
}
