import type { Progress } from "../types.js";

/** Seconds between reports: at most 10 in a second. */
const INTERVAL = 0.1;

/**
 * Calls `onProgress` now and then and for the last update, and measures the speed in between. `tell` is told of every update
 * and its steps, `end` of the end; what `onProgress` throws goes on to the caller.
 *
 * @param since Seconds of training so far.
 */
export function makeReporter(onProgress: (progress: Progress) => void, since: number) {
  let last = Number.NEGATIVE_INFINITY;
  let total = 0;
  let untold: Omit<Progress, "stepsPerSecond"> | undefined;
  const end = (): void => {
    if (!untold) return;
    const { elapsed } = untold;
    const progress = { ...untold, stepsPerSecond: total / Math.max(elapsed - since, 1e-6) };
    last = since = elapsed;
    total = 0;
    untold = undefined;
    onProgress(progress);
  };
  return {
    tell(steps: number, progress: Omit<Progress, "stepsPerSecond">): void {
      total += steps;
      untold = progress;
      if (progress.elapsed - last >= INTERVAL) end();
    },
    end,
  };
}
