import { expect } from "vitest";
import type { Rnn, Sequence } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { bits } from "../random.js";

/** The same bits, element by element. */
export const expectSame = (got: ArrayLike<number>, wanted: ArrayLike<number>, what = ""): void =>
  expect(bits(Float32Array.from(got)), what).toEqual(bits(Float32Array.from(wanted)));

/** All parameters of a network, one after the other. */
export const parametersOf = (rnn: Rnn): number[] =>
  [...rnn.stateDict().values()].flatMap(({ data }) => [...data]);

export const sum = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0);

/** The last row of width O. */
export const lastRow = (rows: Floats, O: number): Floats => rows.slice(-O);

/** log softmax(o), in f64. */
export function logSoftmax(o: ArrayLike<number>): number[] {
  const row = Array.from(o);
  const top = Math.max(...row);
  const total = Math.log(sum(row.map((z) => Math.exp(z - top)))) + top;
  return row.map((z) => z - total);
}

/**
 * The recall bit: a bit at the first of τ steps, blanks (2), and at the last step the sign (3) to say it; target 0 until
 * then. Without the sign the last step looks like those before it, and a net without memory does best by always saying 0.
 */
export const recall = (bit: number, tau: number): Sequence => ({
  inputs: Int32Array.from({ length: tau }, (_, t) => (t === 0 ? bit : t === tau - 1 ? 3 : 2)),
  targets: Int32Array.from({ length: tau }, (_, t) => (t === tau - 1 ? bit : 0)),
});
