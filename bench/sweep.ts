/** `recurra bench sweep`: GFLOP/s over sizes and where neighbours differ too much; and what denormals cost. */
import type { Runtime } from "../ts/index.js";
import { median } from "../ts/lab/numbers.js";
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

/** Milliseconds of one sample, at least. */
const sampleTime = 20;
/** Readings of the yardstick before and after each sample, and milliseconds of one. */
const readings = 5;
const readingTime = 2;
/**
 * How often all curves are gone through, and samples of a size each time, at least. A neighbour on the machine can slow a
 * kernel for tens of seconds, which is longer than a curve takes, and leave the yardstick as it was.
 */
const passes = 2;
const fewest = 3;
const defaultSeconds = 150;

/** Times all sizes of a curve in turns; what looks like a cliff is timed once more and has to show again. */
export async function runSweep(context: SweepContext): Promise<SweepResult> {
  const begin = performance.now();
  const wanted = (what: Letter | "denormals"): boolean => context.only?.includes(what) ?? true;
  const chosen = axes
    .filter(({ letter }) => wanted(letter))
    .map(({ curves, ...axis }) => ({ ...axis, curves: curves.map(makeCurve) }));
  const all = chosen.flatMap(({ letter, curves }) => curves.map((curve) => ({ letter, curve })));
  const time = ((context.seconds ?? defaultSeconds) * 1000) / (all.length + (wanted("denormals") ? 1 : 0));
  const peaks: number[] = [];
  for (let pass = 1; pass <= passes; pass++)
    for (const { letter, curve } of all)
      await timeCurve(letter, curve, { context, time: time / passes, peaks, last: pass === passes });
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
    denormals: wanted("denormals") ? await timeDenormals(context, time) : [],
    peakGflops: median(peaks),
    seconds: (performance.now() - begin) / 1000,
  };
}

/** A curve on the way to its results. */
interface Timing {
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

const makeCurve = ({ kind, name, at }: Curve): Timing => ({
  ...{ kind, name, cliffs: [] },
  points: at.map(({ size, sizes }) => ({
    ...{ size, sizes, samples: [] },
    executed: operations(sizes, kind, false),
    padded: operations(sizes, kind, true),
  })),
});

async function timeCurve(
  letter: Letter,
  curve: Timing,
  { context, time, peaks, last }: { context: SweepContext; time: number; peaks: number[]; last: boolean },
): Promise<void> {
  const end = performance.now() + time;
  const { name, kind, points } = curve;
  const timed: Timed[] = [];
  try {
    for (const point of points) {
      context.tell?.(`${letter} ${point.size}, ${name}: warming up`);
      timed.push({ point, job: await makeJob(point.sizes, kind, context.runtime), rounds: 1 });
    }
    // Twice: what the engine optimizes in the background meanwhile, it may finish late.
    for (const one of [...timed, ...timed]) await calibrate(one);
    const sampleAll = async (some: readonly Timed[]): Promise<void> => {
      for (const one of some) {
        const { size, samples } = one.point;
        context.tell?.(`${letter} ${size}, ${name}: sample ${samples.length + 1}`);
        samples.push(await sample(one, context, peaks));
      }
    };
    for (let turn = 1; turn <= fewest || performance.now() < end; turn++) await sampleAll(timed);
    if (last) curve.cliffs = await confirmed(timed, sampleAll);
  } finally {
    for (const { job } of timed) job.dispose();
  }
}

/** The cliffs that are still there when both of their sizes are timed anew. */
async function confirmed(
  timed: readonly Timed[],
  sampleAll: (some: readonly Timed[]) => Promise<void>,
): Promise<Cliff[]> {
  const found = () => cliffs(timed.map(({ point }) => costOf(point)));
  const first = found();
  const suspects = timed.filter(({ point: { size } }) =>
    first.some(({ from, to }) => size === from || size === to),
  );
  const before = suspects.map(({ point }) => point.samples.splice(0));
  for (let turn = 0; turn < 2 * passes * fewest; turn++) await sampleAll(suspects);
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
): Promise<Point["samples"][number]> {
  const before = readPeak(context);
  const own = processorTime();
  await job.run(rounds);
  const seconds = own() / rounds;
  const after = readPeak(context);
  peaks.push(before, after);
  return { seconds, peak: (before + after) / 2 };
}

/** The best of a few readings so short that other programs interrupt few of them: an interruption can only lower one. */
const readPeak = ({ peak }: SweepContext): number =>
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
