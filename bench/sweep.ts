/** `recurra bench sweep`: GFLOP/s over sizes and where neighbours differ too much; and what denormals cost. */
import type { Runtime } from "../ts/index.js";
import { median } from "../ts/lab/numbers.js";
import { breathe } from "./breathe.js";
import { processorTime } from "./processor-time.js";
import {
  axes,
  type Curve,
  type Job,
  type Kind,
  type Letter,
  makeJob,
  operations,
  type Sizes,
} from "./sweep-axes.js";
import { type Cliff, type Cost, cliffs } from "./sweep-cliffs.js";
import { type DenormalResult, timeDenormals } from "./sweep-denormals.js";
import { type Effort, effortOf, shares, usualSeconds } from "./sweep-effort.js";

export interface SweepContext {
  /** The yardstick, on the kernel that is timed: runs for about so many milliseconds, gives GFLOP/s. */
  readonly peak: { gflops(milliseconds: number): number };
  readonly runtime?: Runtime | undefined;
  /** Seconds for everything; samples are fewer or more, but never none. Default 150. */
  readonly seconds?: number | undefined;
  /** Axes to sweep. Default all, and denormals. */
  readonly only?: readonly (Letter | "denormals")[] | undefined;
  /** Says what is being timed. */
  tell?(what: string): void;
}

export interface SweepPoint {
  readonly size: number;
  /** Executed products, in 10⁹ operations a second: upper quartile. */
  readonly gflops: number;
  /** Of the yardstick beside it, with the padding of columns counted as work: upper quartile. */
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

/** Milliseconds of one reading of the yardstick. */
const readingTime = 2;

/** Times all sizes of a curve in turns; what looks like a cliff is timed once more and has to show again. */
export async function runSweep(context: SweepContext): Promise<SweepResult> {
  const begin = performance.now();
  const wanted = (what: Letter | "denormals"): boolean => context.only?.includes(what) ?? true;
  const chosen = axes
    .filter(({ letter }) => wanted(letter))
    .map(({ curves, ...axis }) => ({ ...axis, curves: curves.map(makeCurve) }));
  const all = chosen.flatMap(({ letter, curves }) => curves.map((curve) => ({ letter, curve })));
  const seconds = context.seconds ?? usualSeconds;
  const effort = effortOf(seconds);
  const { passes } = effort;
  const share = shares(seconds, passes * all.length + (wanted("denormals") ? passes : 0));
  const peaks: number[] = [];
  // The last ones have the largest sizes: what they take beyond their share is missing for those that need less.
  for (let pass = 1; pass <= passes; pass++)
    for (const { letter, curve } of [...all].reverse())
      await timeCurve(letter, curve, { context, effort, time: share(), peaks, last: pass === passes });
  return {
    axes: chosen.map(({ curves, ...axis }) => ({
      ...axis,
      curves: curves.map(({ kind, name, points, cliffs }) => ({
        kind,
        name,
        points: points.map(pointOf),
        cliffs,
      })),
    })),
    denormals: wanted("denormals") ? await timeDenormals(context, passes * share()) : [],
    peakGflops: median(peaks),
    seconds: (performance.now() - begin) / 1000,
  };
}

/** How a curve is gone through once. */
interface Timing {
  readonly context: SweepContext;
  readonly effort: Effort;
  /** Milliseconds. */
  readonly time: number;
  /** All readings of the yardstick. */
  readonly peaks: number[];
  /** The last time: then cliffs are looked for. */
  readonly last: boolean;
}

/** A curve on the way to its results. */
interface CurveTimes {
  readonly kind: Kind;
  readonly name: string;
  readonly points: readonly Point[];
  cliffs: readonly Cliff[];
}

interface Point {
  readonly size: number;
  readonly sizes: Sizes;
  /** Operations of one round, executed and with padding. */
  readonly executed: number;
  readonly padded: number;
  /** Seconds of a round, and the yardstick beside it. */
  readonly samples: { readonly seconds: number; readonly peak: number }[];
}

const makeCurve = ({ kind, name, at }: Curve): CurveTimes => ({
  ...{ kind, name, cliffs: [] },
  points: at.map(({ size, sizes }) => ({
    ...{ size, sizes, samples: [] },
    executed: operations(sizes, kind, false),
    padded: operations(sizes, kind, true),
  })),
});

async function timeCurve(
  letter: Letter,
  curve: CurveTimes,
  { context, effort, time, peaks, last }: Timing,
): Promise<void> {
  const end = performance.now() + time;
  const { name, kind, points } = curve;
  const timed: Timed[] = [];
  try {
    for (const point of points) {
      context.tell?.(`${letter} ${point.size}, ${name}: warming up`);
      await breathe();
      timed.push({ point, job: await makeJob(point.sizes, kind, context.runtime), rounds: 1 });
    }
    for (let turn = 0; turn < effort.warmUps; turn++)
      for (const one of timed) await calibrate(one, effort.sampleTime);
    const sampleAll = async (some: readonly Timed[]): Promise<void> => {
      for (const one of some) {
        const { size, samples } = one.point;
        context.tell?.(`${letter} ${size}, ${name}: sample ${samples.length + 1}`);
        samples.push(await sample(one, context, effort, peaks));
      }
    };
    for (let turn = 1; turn <= effort.fewest || performance.now() < end; turn++) await sampleAll(timed);
    if (last) curve.cliffs = await confirmed(timed, sampleAll, effort.again);
  } finally {
    for (const { job } of timed) job.dispose();
  }
}

/** The cliffs that are still there when both of their sizes are timed anew. */
async function confirmed(
  timed: readonly Timed[],
  sampleAll: (some: readonly Timed[]) => Promise<void>,
  samples: number,
): Promise<Cliff[]> {
  const found = () => cliffs(timed.map(({ point }) => costOf(point)));
  const first = found();
  const suspects = timed.filter(({ point: { size } }) =>
    first.some(({ from, to }) => size === from || size === to),
  );
  const before = suspects.map(({ point }) => point.samples.splice(0));
  for (let turn = 0; turn < samples; turn++) await sampleAll(suspects);
  const again = found();
  for (const [i, { point }] of suspects.entries()) point.samples.push(...(before[i] ?? []));
  return again.filter(({ from, slower }) => first.some((one) => one.from === from && one.slower === slower));
}

/** A point that is being timed. */
interface Timed {
  readonly point: Point;
  readonly job: Job;
  /** In a sample. */
  rounds: number;
}

/** Finds how many rounds make a sample. */
async function calibrate(timed: Timed, sampleTime: number): Promise<void> {
  for (;;) {
    await breathe();
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
  { readings }: Effort,
  peaks: number[],
): Promise<Point["samples"][number]> {
  await breathe();
  const before = readPeak(context, readings);
  const own = processorTime();
  await job.run(rounds);
  const seconds = own() / rounds;
  const after = readPeak(context, readings);
  peaks.push(before, after);
  return { seconds, peak: (before + after) / 2 };
}

/** The best of a few readings so short that other programs interrupt few of them: an interruption can only lower one. */
const readPeak = ({ peak }: SweepContext, readings: number): number =>
  Math.max(...Array.from({ length: readings }, () => peak.gflops(readingTime)));

/**
 * The lower quartile of the samples: what others on the machine do can only make one slower. Time beside that of the
 * yardstick, as the clock of the processor varies.
 */
const quiet = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[(values.length - 1) >> 2] ?? Number.NaN;

const costOf = ({ size, padded, samples }: Point): Cost => ({
  size,
  time: quiet(samples.map(({ seconds, peak }) => seconds * peak)),
  work: padded,
});

const pointOf = ({ size, executed, padded, samples }: Point): SweepPoint => ({
  size,
  gflops: executed / quiet(samples.map(({ seconds }) => seconds)) / 1e9,
  share: padded / quiet(samples.map(({ seconds, peak }) => seconds * peak)) / 1e9,
});
