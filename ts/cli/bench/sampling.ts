/** Workloads in this process, timed in turns. */
import { breathe } from "../../../bench/breathe.js";
import type { Prepared, Workload } from "../../../bench/workload.js";
import type { Runtime } from "../../index.js";

/**
 * Milliseconds of one sample, at least. The peak loop runs half as long before and half as long after: where other
 * programs take turns with this one, both are then interrupted alike.
 */
const sampleTime = 40;
/** Samples of each workload, at least. */
export const fewest = 3;

export interface Timed {
  readonly workload: Workload;
  readonly prepared: Prepared;
  readonly rounds: number;
  /** Milliseconds that these rounds took at first. */
  readonly took: number;
}

/** Milliseconds of warming up, at least: rounds are counted with code that the engine has optimized. */
const warmTime = 300;

/** Prepares, warms up until the engine has optimized, and finds how many rounds make a sample. */
export async function start(workload: Workload, runtime: Runtime | undefined, workers = 0): Promise<Timed> {
  const prepared = await workload.prepare(workload.name, runtime, workers);
  const warm = performance.now() + warmTime;
  for (let rounds = 1; ; ) {
    await breathe();
    const begin = performance.now();
    await prepared.run(rounds);
    const took = performance.now() - begin;
    if (took >= sampleTime && performance.now() >= warm) return { workload, prepared, rounds, took };
    if (took < sampleTime)
      rounds = took < sampleTime / 16 ? rounds * 8 : Math.ceil((rounds * sampleTime * 1.05) / took);
  }
}

/** One sample: units per second. */
export async function rateOf({ prepared, rounds }: Timed): Promise<number> {
  const begin = performance.now();
  await prepared.run(rounds);
  return (prepared.unitsPerRound * rounds * 1000) / (performance.now() - begin);
}

/** Takes turns until so many seconds are over, at least `fewest` times. */
export async function inTurns(seconds: number, turn: (number: number) => Promise<void>): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (let number = 1; number <= fewest || performance.now() < end; number++) {
    await breathe();
    await turn(number);
  }
}

/** A rate as it is shown: streams in microseconds per step, because a person waits for each. */
export const shown = (unit: Workload["unit"], rate: number): number =>
  unit === "µs/step" ? 1e6 / rate : rate;
