/** `recurra bench sweep`: GFLOP/s over sizes and where neighbours differ too much; and what denormals cost. */
import type { Runtime } from "../ts/index.js";
import { median } from "../ts/lab/numbers.js";
import { processorTime } from "./processor-time.js";
import {
  type Axis,
  axes,
  type Job,
  type Kind,
  type Letter,
  makeJob,
  operations,
  type Sizes,
} from "./sweep-axes.js";
import { type Cliff, type Cost, cliffs } from "./sweep-cliffs.js";
import { type DenormalResult, timeDenormals } from "./sweep-denormals.js";

export interface SweepContext {
  /** The yardstick, on the kernel that is timed: runs for about so many milliseconds, gives GFLOP/s. */
  readonly peak: { gflops(milliseconds: number): number };
  readonly runtime?: Runtime | undefined;
  /** Seconds for everything; samples are fewer or more. Default 150. */
  readonly seconds?: number | undefined;
  /** Axes to sweep. Default all, and denormals. */
  readonly only?: readonly (Letter | "denormals")[] | undefined;
  /** Says what is being timed. */
  tell?(what: string): void;
}

export interface SweepPoint {
  readonly size: number;
  /** Executed products, in 10⁹ operations a second: median. */
  readonly gflops: number;
  /** Of the yardstick, with the padding of columns counted as work: median of neighbouring measurements. */
  readonly share: number;
}

export interface SweepCurve {
  readonly kind: Kind;
  readonly name: string;
  readonly points: readonly SweepPoint[];
  readonly cliffs: readonly Cliff[];
}

export interface SweepAxis {
  readonly letter: Letter;
  readonly title: string;
  readonly curves: readonly SweepCurve[];
}

export interface SweepResult {
  readonly peakGflops: number;
  readonly axes: readonly SweepAxis[];
  readonly denormals: readonly DenormalResult[];
  readonly seconds: number;
}

/** Milliseconds of one sample, at least. */
const sampleTime = 20;
/** Readings of the yardstick before and after each sample, and milliseconds of one. */
const readings = 5;
const readingTime = 2;
/** Samples of a size, at least. */
const fewest = 5;
const defaultSeconds = 150;

/** Times all sizes of a curve in turns; what looks like a cliff is timed once more and has to show again. */
export async function runSweep(context: SweepContext): Promise<SweepResult> {
  const begin = performance.now();
  const wanted = (what: Letter | "denormals"): boolean => context.only?.includes(what) ?? true;
  const chosen = axes.filter(({ letter }) => wanted(letter));
  const count = chosen.reduce((sum, { curves }) => sum + curves.length, wanted("denormals") ? 1 : 0);
  const share = ((context.seconds ?? defaultSeconds) * 1000) / count;
  const peaks: number[] = [];
  const done: SweepAxis[] = [];
  for (const axis of chosen) done.push(await sweepAxis(axis, context, share, peaks));
  return {
    axes: done,
    denormals: wanted("denormals") ? await timeDenormals(context, share) : [],
    peakGflops: median(peaks),
    seconds: (performance.now() - begin) / 1000,
  };
}

async function sweepAxis(
  { letter, title, curves }: Axis,
  context: SweepContext,
  time: number,
  peaks: number[],
): Promise<SweepAxis> {
  const done: SweepCurve[] = [];
  for (const { kind, name, at } of curves) {
    const end = performance.now() + time;
    const timed: Timed[] = [];
    try {
      for (const { size, sizes } of at) {
        context.tell?.(`${letter} ${size}, ${name}: warming up`);
        timed.push(await prepare(size, sizes, kind, context.runtime));
      }
      // Twice: what the engine optimizes in the background meanwhile, it may finish late.
      for (const one of [...timed, ...timed]) await calibrate(one);
      const sampleAll = async (some: readonly Timed[]): Promise<void> => {
        for (const one of some) {
          context.tell?.(`${letter} ${one.size}, ${name}: sample ${one.samples.length + 1}`);
          one.samples.push(await sample(one, context, peaks));
        }
      };
      for (let turn = 1; turn <= fewest || performance.now() < end; turn++) await sampleAll(timed);
      done.push({ kind, name, points: timed.map(pointOf), cliffs: await confirmed(timed, sampleAll) });
    } finally {
      for (const { job } of timed) job.dispose();
    }
  }
  return { letter, title, curves: done };
}

/** The cliffs that are still there when both of their sizes are timed anew. */
async function confirmed(
  timed: readonly Timed[],
  sampleAll: (some: readonly Timed[]) => Promise<void>,
): Promise<Cliff[]> {
  const found = () => cliffs(timed.map(costOf));
  const first = found();
  const suspects = timed.filter(({ size }) => first.some(({ from, to }) => size === from || size === to));
  const before = suspects.map(({ samples }) => samples.splice(0));
  for (let turn = 0; turn < 2 * fewest; turn++) await sampleAll(suspects);
  const again = found();
  for (const [i, { samples }] of suspects.entries()) samples.push(...(before[i] ?? []));
  return again.filter(({ from, slower }) => first.some((one) => one.from === from && one.slower === slower));
}

interface Timed {
  readonly size: number;
  readonly job: Job;
  /** In a sample. */
  rounds: number;
  /** Operations of one round, executed and with padding. */
  readonly executed: number;
  readonly padded: number;
  readonly samples: { readonly seconds: number; readonly peak: number }[];
}

async function prepare(size: number, sizes: Sizes, kind: Kind, runtime: Runtime | undefined): Promise<Timed> {
  const job = await makeJob(sizes, kind, runtime);
  const [executed, padded] = [operations(sizes, kind, false), operations(sizes, kind, true)];
  return { size, job, rounds: 1, executed, padded, samples: [] };
}

/** Finds how many rounds make a sample. */
async function calibrate(timed: Timed): Promise<void> {
  for (;;) {
    const own = processorTime();
    await timed.job.run(timed.rounds);
    const took = own() * 1000;
    if (took >= sampleTime) return;
    timed.rounds =
      took < sampleTime / 16 ? timed.rounds * 8 : Math.ceil((timed.rounds * sampleTime * 1.05) / took);
  }
}

async function sample(
  { job, rounds }: Timed,
  context: SweepContext,
  peaks: number[],
): Promise<Timed["samples"][number]> {
  const before = readPeak(context);
  const own = processorTime();
  await job.run(rounds);
  const seconds = own();
  const after = readPeak(context);
  peaks.push(before, after);
  return { seconds, peak: (before + after) / 2 };
}

/** The best of a few readings so short that other programs interrupt few of them: an interruption can only lower one. */
const readPeak = ({ peak }: SweepContext): number =>
  Math.max(...Array.from({ length: readings }, () => peak.gflops(readingTime)));

/** Time beside that of the yardstick: the machine may be slower at times. */
const costOf = ({ size, rounds, padded, samples }: Timed): Cost => ({
  size,
  time: median(samples.map(({ seconds, peak }) => (seconds / rounds) * peak)),
  work: padded,
});

function pointOf({ size, rounds, executed, padded, samples }: Timed): SweepPoint {
  return {
    size,
    gflops: median(samples.map(({ seconds }) => (executed * rounds) / seconds / 1e9)),
    share: median(samples.map(({ seconds, peak }) => (padded * rounds) / seconds / 1e9 / peak)),
  };
}
