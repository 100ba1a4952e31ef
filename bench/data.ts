/** Inputs and targets, the same on every machine. */

/** Low indices are likelier than high ones, so there is something to learn at once. */
export function skewedSymbols(count: number, symbols: number): Int32Array {
  let state = 1;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const uniform = state / 2 ** 32;
    return Math.floor(uniform * uniform * symbols);
  });
}

/** Rows of waves, one after the other. */
export const waves = (rows: number, columns: number, phase = 0): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) =>
    Math.sin(phase + Math.floor(i / columns) * 1.7 + (i % columns)),
  );

/** 1, 2 … `most`, in an order that puts short beside long. */
export const mixedLengths = (count: number, most: number): number[] =>
  Array.from({ length: count }, (_, i) => 1 + ((i * 37) % most));
