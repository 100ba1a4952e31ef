import type { Progress } from "../types.js";

/** Seconds between reports: at most 10 in a second. */
const INTERVAL = 0.1;

/**
 * Calls `onProgress` now and then, and measures the speed in between. What is returned is told of every update and its
 * steps; what `onProgress` throws goes on to the caller.
 *
 * @param since Seconds of training so far.
 */
export function makeReporter(onProgress: (progress: Progress) => void, since: number) {
  let last = Number.NEGATIVE_INFINITY;
  let total = 0;
  return (steps: number, progress: Omit<Progress, "stepsPerSecond">): void => {
    total += steps;
    const { elapsed } = progress;
    if (elapsed - last < INTERVAL) return;
    const stepsPerSecond = total / Math.max(elapsed - since, 1e-6);
    last = since = elapsed;
    total = 0;
    onProgress({ ...progress, stepsPerSecond });
  };
}
