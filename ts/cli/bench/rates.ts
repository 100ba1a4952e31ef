/** How fast each workload is, and what share that is of the most this machine can do. */
import { floorOf } from "../../../bench/targets.js";
import type { Workload } from "../../../bench/workload.js";
import type { Runtime } from "../../index.js";
import { median } from "../../lab/numbers.js";
import type { Peak } from "../peak.js";
import { inTurns, rateOf, shown, start, type Timed } from "./sampling.js";
import { type Spread, spread } from "./statistics.js";

export interface Rate {
  readonly name: string;
  readonly unit: Workload["unit"];
  readonly median: number;
  readonly best: number;
  readonly gflops: number;
  readonly shareOfPeak: number;
  readonly spread: Spread;
  readonly shareSpread: Spread;
  readonly samples: number;
  /** Least share that was to be reached. */
  readonly floor?: number;
  readonly reached?: boolean;
}

export interface RatesOptions {
  readonly chosen: readonly Workload[];
  readonly runtime: Runtime | undefined;
  readonly peak: Peak;
  /** Floors hold for the default kernel, and on one thread. */
  readonly floors: boolean;
  readonly workers: number;
  readonly seconds: number;
  readonly tell: (what: string) => void;
}

/** Units per second, and share of the peak measured beside. */
interface Sample {
  readonly rate: number;
  readonly share: number;
}

export async function timeRates(options: RatesOptions): Promise<Rate[]> {
  const { chosen, runtime, peak, workers, seconds, tell } = options;
  const timed: (Timed & { readonly samples: Sample[] })[] = [];
  try {
    for (const workload of chosen) {
      tell(`checking ${workload.name} …`);
      timed.push({ ...(await start(workload, runtime, workers)), samples: [] });
    }
    await inTurns(seconds, async (turn) => {
      for (const one of timed) {
        tell(`${one.workload.name}, sample ${turn} …`);
        one.samples.push(await sample(one, peak));
      }
    });
  } finally {
    for (const { prepared } of timed) prepared.dispose();
  }
  const alone = (workload: Workload): boolean => workers === 0 || !workload.trains;
  return timed.map((one) => resultOf(one, one.samples, options.floors && alone(one.workload)));
}

async function sample(timed: Timed, peak: Peak): Promise<Sample> {
  // A long sample needs no peak as long as itself beside it.
  const beside = Math.min(timed.took / 2, 100);
  const before = peak.gflops(beside);
  const rate = await rateOf(timed);
  const after = peak.gflops(beside);
  return { rate, share: (rate * timed.prepared.flopsPerUnit) / 1e9 / ((before + after) / 2) };
}

function resultOf({ workload, prepared }: Timed, samples: readonly Sample[], floors: boolean): Rate {
  const { name, unit } = workload;
  const rates = samples.map(({ rate }) => rate);
  const shares = samples.map(({ share }) => share);
  const shareOfPeak = median(shares);
  const floor = floors ? floorOf(name, Number.parseInt(process.versions.node, 10)) : undefined;
  return {
    ...{ name, unit, median: shown(unit, median(rates)), best: shown(unit, Math.max(...rates)) },
    ...{ gflops: (median(rates) * prepared.flopsPerUnit) / 1e9, shareOfPeak },
    ...{ spread: spread(rates.map((rate) => shown(unit, rate))), shareSpread: spread(shares) },
    samples: samples.length,
    ...(floor !== undefined && { floor, reached: shareOfPeak >= floor }),
  };
}
