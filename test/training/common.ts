import { expect } from "vitest";
import { type FitOptions, Rnn, type RnnOptions, type Sequence } from "../../ts/index.js";

/** Numbers in [0, 1) from a seed: mulberry32. */
export function uniform(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const symbols = (length: number, count: number, seed: number): Int32Array => {
  const draw = uniform(seed);
  return Int32Array.from({ length }, () => Math.floor(draw() * count));
};

/** One long sequence of 5 symbols, the next one to be learnt. */
export const text = (length: number, seed = 1): Sequence => ({
  inputs: symbols(length, 5, seed),
  targets: "next",
});

/** Separate sequences of unequal length, one of them with weights, one with an initial state, one empty. */
export const pieces = (lengths: readonly number[], hiddenSize: number): Sequence[] =>
  lengths.map((length, i) => ({
    inputs: symbols(length, 5, 100 + i),
    targets: symbols(length, 5, 200 + i),
    ...(i === 1 ? { weights: Float32Array.from({ length }, (_, t) => (t % 3) / 2) } : {}),
    ...(i === 2 ? { initialState: new Float32Array(hiddenSize).fill(0.25) } : {}),
  }));

/** The same with inputs that are vectors of 5. */
export const dense = (lengths: readonly number[]): Sequence[] =>
  lengths.map((length, i) => {
    const draw = uniform(300 + i);
    return { inputs: Float32Array.from({ length: 5 * length }, draw), targets: symbols(length, 5, 400 + i) };
  });

/** Separate sequences of 5 symbols with rows of 5 values for targets, from 0 to 1; one has an initial feedback. */
export const valued = (lengths: readonly number[]): Sequence[] =>
  lengths.map((length, i) => {
    const draw = uniform(500 + i);
    return {
      inputs: symbols(length, 5, 600 + i),
      targets: Float32Array.from({ length: 5 * length }, draw),
      ...(i === 1 ? { initialFeedback: new Float32Array(5).fill(0.25) } : {}),
    };
  });

/** Separate sequences of 5 symbols, each of one of 5 classes; one counts half. */
export const classed = (lengths: readonly number[]): Sequence[] =>
  lengths.map((length, i) => ({
    inputs: symbols(length, 5, 700 + i),
    targets: i % 5,
    ...(i === 1 ? { weights: Float32Array.of(0.5) } : {}),
  }));

export const small: RnnOptions = { inputSize: 5, hiddenSize: 7, outputSize: 5, seed: 3 };
export const create = (options: Partial<RnnOptions> = {}): Promise<Rnn> =>
  Rnn.create({ ...small, ...options } as RnnOptions);

/** All parameters as their bits, so that −0, NaN and the last bit count. */
export const bitsOf = (rnn: Rnn): number[] =>
  [...rnn.stateDict().values()].flatMap(({ data }) => [
    ...new Uint32Array(data.buffer, data.byteOffset, data.length),
  ]);

/** A fresh network trained with these options, as bits. */
export async function trained(
  data: Sequence | readonly Sequence[],
  options: FitOptions,
  net: Partial<RnnOptions> = {},
): Promise<number[]> {
  const rnn = await create(net);
  await rnn.fit(data, options);
  const bits = bitsOf(rnn);
  rnn.dispose();
  return bits;
}

/** What a promise rejects with. */
export const rejection = async (promise: Promise<unknown>): Promise<{ code?: string; message?: string }> => {
  try {
    await promise;
  } catch (error) {
    return error as { code?: string; message?: string };
  }
  return {};
};

/** |a − b| ≤ 1e-5 · |b|: the same numbers added in another order. */
export const expectNear = (got: number | undefined, wanted: number) =>
  expect(Math.abs((got as number) - wanted)).toBeLessThanOrEqual(1e-5 * Math.abs(wanted));

/** All parameters within 1e-5 of each other. */
export function expectAlike(a: Rnn, b: Rnn): void {
  const other = b.stateDict();
  for (const [name, { data }] of a.stateDict())
    data.forEach((value, i) => {
      expect(Math.abs(value - (other.get(name)?.data[i] as number)), `${name}[${i}]`).toBeLessThan(1e-5);
    });
}
