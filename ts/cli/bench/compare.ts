/**
 * This library beside others, each in a process of its own on the same core. In a repetition each is timed once, so that
 * a busy machine slows all of them alike, and ratios are taken within repetitions.
 */
import { shapes, unitsOf, writeProblem } from "../../../bench/problems.js";
import { ratioOf } from "../../../bench/targets.js";
import type { Workload } from "../../../bench/workload.js";
import { RecurraError } from "../../index.js";
import { median } from "../../lab/numbers.js";
import type { CommandLine } from "./competitor.js";
import { Contender, NotTimed, type Patience, usualPatience } from "./contender.js";
import { inFolder } from "./groups.js";
import type { Pinning } from "./pinning.js";
import type { Rival } from "./rivals.js";
import { type Spread, spread } from "./statistics.js";

export const comparable = Object.keys(shapes);

/** One line of a comparison. All but `peer`, `workload` and `status` is absent where nothing was timed. */
export interface PeerResult {
  readonly peer: string;
  readonly workload: string;
  readonly status: "timed" | "skipped" | "failed";
  /** Why it was not timed; how it differs. */
  readonly note?: string;
  /** How to get it. */
  readonly install?: string;
  readonly version?: string;
  /** Of everything it is made of: its engine or Python, and packages beneath. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly unit?: Workload["unit"];
  readonly median?: number;
  readonly best?: number;
  readonly spread?: Spread;
  /** recurra ÷ competitor, for times the other way round: above 1, recurra is ahead. */
  readonly ratio?: number;
  readonly ratioSpread?: Spread;
  readonly repetitions?: number;
  /** Least ratio that was to be reached. */
  readonly target?: number;
  readonly reached?: boolean;
  readonly deviation?: number;
  /** Seconds from the start of the process until its check is done: three updates, or the outputs of all steps. */
  readonly firstResult?: number;
  readonly peakRssBytes?: number;
}

export interface Comparison {
  readonly workload: string;
  /** This library's own competitor, for the problem in a folder. */
  own(folder: string): CommandLine;
  readonly rivals: readonly Rival[];
  readonly pinning: Pinning;
  /** Repetitions of one workload end after so many seconds, but not before each has three. */
  readonly seconds: number;
  readonly tell: (what: string) => void;
  readonly patience?: Patience;
}

/** Seconds of a sample and of warming up, if a round is shorter. */
const sampleSeconds = 0.2;
const warmSeconds = 1;
/** Repetitions of each, at least; of those whose sample takes longer than `slow` seconds, at most. */
const fewest = 3;
const slow = 1.5;
/** With rounds this long, one repetition is all. */
const verySlow = 20;

export const compare = (comparison: Comparison): Promise<PeerResult[]> =>
  inFolder(async (folder) => {
    const contenders: Contender[] = [];
    try {
      return await compareIn(folder, contenders, comparison);
    } catch (error) {
      // Those that wait for a question keep this program alive.
      for (const contender of contenders) contender.kill();
      throw error;
    }
  });

async function compareIn(
  folder: string,
  contenders: Contender[],
  { workload, own, rivals, pinning, seconds, tell, patience = usualPatience }: Comparison,
): Promise<PeerResult[]> {
  const problem = await writeProblem(folder, workload);
  const left: PeerResult[] = [];
  const leaveOut = (name: string, install: string | undefined, error: unknown): void => {
    if (!(error instanceof NotTimed)) throw error;
    const note = error.message;
    left.push({ peer: name, workload, status: error.status, note, ...(install && { install }) });
  };
  const warm = Math.min(warmSeconds, seconds);
  const sample = Math.min(sampleSeconds, seconds / fewest);

  tell(`${workload}: recurra …`);
  const first = await ourselves(() => Contender.start("recurra", [pinning.pin(own(folder))], patience));
  contenders.push(first);
  const expected = await ourselves(() => first.check());
  await ourselves(() => first.warmUp(sample, warm));

  for (const { name, commands, install, missing } of rivals) {
    tell(`${workload}: ${name} …`);
    let contender: Contender | undefined;
    try {
      if (missing !== undefined) throw new NotTimed("skipped", missing);
      contender = await Contender.start(name, commands(folder).map(pinning.pin), patience);
      await contender.check(expected);
      await contender.warmUp(sample, warm);
      contenders.push(contender);
    } catch (error) {
      contender?.kill();
      const absent = /install|not found|no module|has no|cannot find/i.test((error as Error).message);
      leaveOut(name, absent ? install : undefined, error);
    }
  }

  // Quick ones follow each other, so that what they are compared within is short.
  contenders.sort((a, b) => Number(b === first) - Number(a === first) || a.perRound - b.perRound);
  const end = performance.now() + seconds * 1000;
  for (let turn = 0; turn < fewest || performance.now() < end; turn++) {
    for (const contender of rotated(contenders, turn)) {
      const { perRound, rounds } = contender;
      // The first takes part in every repetition: without it there is no ratio.
      if (contender !== first && turn > 0 && perRound > verySlow) continue;
      if (contender !== first && turn >= fewest && perRound * rounds > slow) continue;
      tell(`${workload}: repetition ${turn + 1}, ${contender.name} …`);
      try {
        contender.samples.set(turn, (await contender.run()) / rounds);
      } catch (error) {
        if (contender === first) throw ownFailure(error);
        contenders.splice(contenders.indexOf(contender), 1);
        contender.kill();
        leaveOut(contender.name, undefined, error);
      }
    }
  }

  const { unit, perRound } = unitsOf(problem);
  const results: PeerResult[] = [];
  for (const contender of contenders) {
    let peakRssBytes: number | undefined;
    try {
      peakRssBytes = await contender.end();
    } catch {
      // Its times stand; only what it would have said last is missing.
      contender.kill();
    }
    results.push(resultOf(contender, first, { workload, unit, perRound, peakRssBytes }));
  }
  return [...results, ...left];
}

/** Another one begins each time: whoever follows a long sample finds another processor than whoever precedes it. */
function rotated<T>(list: readonly T[], turn: number): T[] {
  const begin = turn % list.length;
  return [...list.slice(begin), ...list.slice(0, begin)];
}

interface Frame {
  readonly workload: string;
  readonly unit: Workload["unit"];
  readonly perRound: number;
  readonly peakRssBytes: number | undefined;
}

function resultOf(contender: Contender, first: Contender, frame: Frame): PeerResult {
  const { name, samples, label, versions, differs, deviation, firstResult } = contender;
  const { workload, unit, perRound, peakRssBytes } = frame;
  const inTime = unit === "µs/step";
  const values = [...samples.values()].map((s) => (inTime ? (s * 1e6) / perRound : perRound / s));
  const [least, greatest] = spread(values);
  const ratios = [...samples].map(([turn, s]) => s / (first.samples.get(turn) ?? Number.NaN));
  const ratio = median(ratios);
  const target = ratioOf(workload, name);
  return {
    ...{ peer: name, workload, status: "timed", version: label, versions, unit },
    ...{ median: median(values), best: inTime ? least : greatest, spread: [least, greatest] },
    ...{ ratio, ratioSpread: spread(ratios), repetitions: ratios.length, firstResult },
    ...(target !== undefined && { target, reached: ratio >= target }),
    ...(deviation !== undefined && { deviation }),
    ...(differs !== undefined && { note: differs }),
    ...(peakRssBytes !== undefined && { peakRssBytes }),
  };
}

/** Without this library's own process there is nothing to compare with. */
async function ourselves<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw ownFailure(error);
  }
}

const ownFailure = (error: unknown): unknown =>
  error instanceof NotTimed
    ? new RecurraError({ code: "environment", message: `recurra's own process: ${error.message}` })
    : error;
