/** Runs experiments one after the other, each under its time limit, whatever becomes of them. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Bench, type Experiment, type Outcome, Stopped } from "../../lab/experiment.js";

/** What became of an experiment. */
export interface Result {
  readonly experiment: Experiment;
  readonly verdict: "shown" | "failed" | "skipped";
  readonly seconds: number;
  /** Absent where it was skipped or did not get to its end. */
  readonly outcome?: Outcome;
  /** Why it was skipped, or what ended it. */
  readonly why?: string;
}

interface Options {
  /** The folder with the files that some experiments need. */
  readonly data: string | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly onProgress: (experiment: Experiment, share: number, what: string) => void;
}

/** Longest time without letting others run, ms. */
const longest = 20;

/** Rejects with {@link Stopped} only if `signal` aborts: everything else is a result. */
export async function runExperiment(experiment: Experiment, options: Options): Promise<Result> {
  const { signal, onProgress } = options;
  const missing = missingFiles(experiment, options.data);
  if (missing !== undefined) return { experiment, verdict: "skipped", seconds: 0, why: missing };
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const timer = setTimeout(end, experiment.limit * 1000);
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  try {
    const outcome = await experiment.run(
      makeBench(ending.signal, options.data, (share, what) => onProgress(experiment, share, what)),
    );
    const holds = outcome.findings.every((finding) => finding.holds !== false);
    return { experiment, verdict: holds ? "shown" : "failed", seconds: seconds(), outcome };
  } catch (error) {
    if (signal.aborted) throw new Stopped();
    const late = error instanceof Stopped;
    const why = late
      ? `not done within its limit of ${experiment.limit} s`
      : `it ended with an error: ${error instanceof Error ? error.message : String(error)}`;
    return { experiment, verdict: "failed", seconds: seconds(), why };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

function makeBench(
  signal: AbortSignal,
  data: string | undefined,
  progress: (share: number, what: string) => void,
): Bench {
  let last = performance.now();
  return {
    signal,
    progress,
    async breathe(share, what) {
      progress(share, what);
      if (performance.now() - last > longest) {
        await new Promise((resolve) => setImmediate(resolve));
        last = performance.now();
      }
      if (signal.aborted) throw new Stopped();
    },
    file: (name) => new Uint8Array(readFileSync(join(data ?? "", name))),
  };
}

/** Says which files are not there; undefined if all are. */
function missingFiles({ needs = [] }: Experiment, data: string | undefined): string | undefined {
  if (needs.length === 0) return undefined;
  if (data === undefined) return `needs ${needs.join(", ")}: say where with --data FOLDER`;
  const missing = needs.filter((name) => !isFile(join(data, name)));
  return missing.length === 0 ? undefined : `${missing.join(", ")} not found in ${data}`;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
