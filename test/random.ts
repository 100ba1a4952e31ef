/** Reproducible numbers for tests: mulberry32. */
export function generator(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** An integer in min … max. */
    integer: (min: number, max: number) => min + Math.floor(next() * (max - min + 1)),
    /** Values in −range … range. */
    floats: (length: number, range = 1) => Float32Array.from({ length }, () => (2 * next() - 1) * range),
    indices: (length: number, bound: number) => Int32Array.from({ length }, () => Math.floor(next() * bound)),
  };
}

/** The bits of some floats, so that −0 and 0 differ and a NaN equals itself. */
export const bits = (values: Float32Array) => new Int32Array(values.slice().buffer);

/** The code of the RecurraError that a call throws or a promise rejects with; anything else is passed on. */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error && error.name === "RecurraError")
      return (error as Error & { code: string }).code;
    throw error;
  }
  return "none";
}
