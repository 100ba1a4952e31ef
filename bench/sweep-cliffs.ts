/** Where neighbouring sizes differ by more than their work and its padding explain. */

/** A size, the time it takes and the work it is, padding included, each in any unit. */
export interface Cost {
  readonly size: number;
  readonly time: number;
  readonly work: number;
}

export interface Cliff {
  /** Neighbouring sizes, in ascending order. */
  readonly from: number;
  readonly to: number;
  /** The one that is too slow. */
  readonly slower: number;
  /** How many times as long it takes as the other explains. */
  readonly factor: number;
}

/** Neighbours may differ by this factor beyond what explains them. */
export const tolerance = 1.25;

/**
 * The rule. Time is a fixed part and a part that grows with the work, so from one size to the next larger one it
 * grows by a factor between 1, where the fixed part is all, and that of the work. It is a cliff if the larger size takes
 * more than 25 % longer than its work explains, or the smaller one more than 25 % longer than the larger: nobody should
 * gain by filling up with zeros. Nothing is assumed about how the rate rises with the size, and a size that is slower
 * than both of its neighbours is found as well as a step after which all are slower.
 *
 * @param costs In ascending order of size and of work.
 */
export function cliffs(costs: readonly Cost[]): Cliff[] {
  const found: Cliff[] = [];
  for (const [i, high] of costs.entries()) {
    const low = costs[i - 1];
    if (low === undefined) continue;
    const [time, work] = [high.time / low.time, high.work / low.work];
    const pair = { from: low.size, to: high.size };
    if (time > work * tolerance) found.push({ ...pair, slower: high.size, factor: time / work });
    if (time < 1 / tolerance) found.push({ ...pair, slower: low.size, factor: 1 / time });
  }
  return found;
}
