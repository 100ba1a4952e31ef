/** A uniform number in [0, 1) that depends on its arguments only, like the kernel's `draw`. */
export type KeyedDraw = (step: number) => number;

/**
 * A permutation of 0 … n − 1 by Fisher and Yates, exchange i with its own draw at step i: so the order is a function of
 * the draw's key alone, and nothing needs to be kept to have it again. Draws have 32 bits; the bias is below n · 2⁻³².
 */
export function permutation(n: number, draw: KeyedDraw): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(draw(i) * (i + 1));
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}
