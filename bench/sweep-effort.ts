/** How much a sweep does for each size: what the time it is given allows. */

export interface Effort {
  /**
   * How often all curves are gone through, and samples of a size each time, at least. A neighbour on the machine can slow
   * a kernel for tens of seconds, which is longer than a curve takes, and leave the yardstick as it was.
   */
  readonly passes: number;
  readonly fewest: number;
  /** How often it is found out how long a round takes: what the engine optimizes in the background may be ready late. */
  readonly warmUps: number;
  /** Milliseconds of one sample, at least. */
  readonly sampleTime: number;
  /** Readings of the yardstick before and after each sample. */
  readonly readings: number;
  /** Samples of a size that looks like a cliff, anew. */
  readonly again: number;
}

/** Seconds for everything, and with less than that samples are short and few. */
export const usualSeconds = 150;

const thorough: Effort = { passes: 2, fewest: 3, warmUps: 2, sampleTime: 20, readings: 5, again: 12 };
const quick: Effort = { passes: 1, fewest: 1, warmUps: 1, sampleTime: 4, readings: 2, again: 4 };

export const effortOf = (seconds: number): Effort => (seconds < usualSeconds ? quick : thorough);

/** Shares out what is left of so many seconds; each share is milliseconds. */
export function shares(seconds: number, count: number): () => number {
  const end = performance.now() + seconds * 1000;
  let left = count;
  return () => Math.max(0, end - performance.now()) / Math.max(1, left--);
}
