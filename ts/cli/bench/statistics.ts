/** How far several measurements of one thing lie apart. */

/** Least and greatest. */
export type Spread = readonly [least: number, greatest: number];

export const spread = (values: readonly number[]): Spread => [Math.min(...values), Math.max(...values)];
