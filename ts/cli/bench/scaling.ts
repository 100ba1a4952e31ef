/**
 * What more cores bring: the same training with 0, 1, 2 … workers, in turns with as many programs that share nothing, and
 * what starting workers costs.
 */
import { availableParallelism } from "node:os";
import { scalingTarget } from "../../../bench/targets.js";
import type { Workload } from "../../../bench/workload.js";
import { median } from "../../lab/numbers.js";
import type { CommandLine } from "./competitor.js";
import { inTurns, rateOf, start, type Timed } from "./sampling.js";
import { type Programs, withPrograms } from "./separate.js";
import { type Spread, spread } from "./statistics.js";

export interface ScalingResult {
  readonly name: string;
  readonly unit: Workload["unit"];
  readonly workers: number;
  readonly median: number;
  /** Beside no workers, within turns. */
  readonly speedUp: number;
  readonly speedUpSpread: Spread;
  /** So many programs that train by themselves at the same time, beside one: what the cores give. From 2 on. */
  readonly separate?: number;
  readonly separateSpread?: Spread;
  /** Of that, within turns. */
  readonly share?: number;
  /** Milliseconds that the first update took, its trainer and workers made, above those that followed. */
  readonly startUp: number;
  readonly target?: number;
  readonly reached?: boolean;
}

/** More programs than that would wait for each other. */
const cores = availableParallelism();
/** Runs to find the start-up cost with. */
const starts = 3;

interface Settings {
  readonly seconds: number;
  /** Workers. */
  readonly most: number;
  /** This library in a process of its own, on the problem in a folder. */
  own(folder: string): CommandLine;
  tell(what: string): void;
}

export async function timeScaling(
  workloads: readonly Workload[],
  { seconds, most, own, tell }: Settings,
): Promise<ScalingResult[]> {
  const chosen = workloads.filter(({ name }) =>
    (scalingTarget.workloads as readonly string[]).includes(name),
  );
  const counts = Array.from({ length: most + 1 }, (_, workers) => workers);
  const results: ScalingResult[] = [];
  for (const workload of chosen) {
    const { name } = workload;
    tell(`${name}: preparing …`);
    await withPrograms({ name, most: Math.min(most, cores), own }, async (programs) => {
      const turns = await timeTurns(workload, counts, programs, seconds / chosen.length, tell);
      tell(`${name}: starting …`);
      const startUp = await startUpCosts(workload, counts);
      results.push(...counts.map((workers) => resultOf(workload, workers, turns, startUp[workers])));
    });
  }
  return results;
}

/** What one turn found: for each number of workers, from 0. */
interface Turn {
  readonly rates: readonly number[];
  /** Of so many separate programs, beside one; NaN below 2. */
  readonly separate: readonly number[];
}

async function timeTurns(
  workload: Workload,
  counts: readonly number[],
  programs: Programs | undefined,
  seconds: number,
  tell: Settings["tell"],
): Promise<Turn[]> {
  const { name } = workload;
  const timed: Timed[] = [];
  const turns: Turn[] = [];
  try {
    for (const workers of counts) {
      tell(`${name}: preparing ${workers} workers …`);
      timed.push(await start(workload, undefined, workers));
    }
    await inTurns(seconds, async (turn) => {
      const rates: number[] = [];
      const separate: number[] = [];
      for (const [count, one] of timed.entries()) {
        tell(`${name}: ${count} workers, turn ${turn} …`);
        rates.push(await rateOf(one));
        const several = count > 1 && count <= cores ? programs : undefined;
        separate.push(
          several ? (count * (await several.seconds(1))) / (await several.seconds(count)) : Number.NaN,
        );
      }
      turns.push({ rates, separate });
    });
  } finally {
    for (const { prepared } of timed) prepared.dispose();
  }
  return turns;
}

function resultOf(
  { name, unit }: Workload,
  workers: number,
  turns: readonly Turn[],
  startUp = Number.NaN,
): ScalingResult {
  const of = (values: readonly number[], index = workers) => values[index] ?? Number.NaN;
  const ratios = turns.map(({ rates }) => of(rates) / of(rates, 0));
  const speedUp = median(ratios);
  const separate = turns.map(({ separate }) => of(separate));
  const shares = ratios.map((ratio, turn) => ratio / of(separate, turn));
  const { ratio } = scalingTarget;
  return {
    ...{ name, unit, workers, median: median(turns.map(({ rates }) => of(rates))) },
    ...{ speedUp, speedUpSpread: spread(ratios) },
    ...(separate.every(Number.isFinite) && {
      ...{ separate: median(separate), separateSpread: spread(separate), share: median(shares) },
    }),
    startUp,
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
