/** Reproducible draws for the data that experiments make: the same seed, the same data, on every machine. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** An integer, 0 … bound − 1. */
  below(bound: number): number;
  /** Standard normal. */
  normal(): number;
  /** One of a list. */
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32: 32 bits of state, one word for each draw. Good enough for test data; the library draws with Philox. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    // Box and Muller; 1 − u is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (list) => {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new Error("expected a list with something in it, got an empty one");
      return chosen;
    },
  };
}
