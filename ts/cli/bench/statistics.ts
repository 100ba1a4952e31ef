/** How far several measurements of one thing lie apart. */

/** Least and greatest. */
export type Spread = readonly [least: number, greatest: number];

export const spread = (values: readonly number[]): Spread => [Math.min(...values), Math.max(...values)];

/** A median further from the best than this is one of a machine that was busy with something else. */
export const undisturbed = 0.85;

interface Sampled {
  readonly unit?: string;
  readonly median?: number;
  readonly best?: number;
}

/** How near the median is to the best: at most 1, for rates and for times. */
export function steadiness({ unit, median = Number.NaN, best = Number.NaN }: Sampled): number {
  return unit === "µs/step" ? best / median : median / best;
}
