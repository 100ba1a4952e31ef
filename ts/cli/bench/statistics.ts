/** Several measurements of one thing, in a few numbers. */

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Least and greatest. */
export type Spread = readonly [least: number, greatest: number];

export const spread = (values: readonly number[]): Spread => [Math.min(...values), Math.max(...values)];
