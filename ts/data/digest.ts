/**
 * 256 bits, as 64 hexadecimal digits, that tell arrays from others: against mistakes, not against an adversary. Eight
 * words of state form a chain in which each takes in what came out of the one before it: xor, a shift that brings high
 * bits down, a product that takes low bits up (the factor is one of MurmurHash3). What one word of data changed, later
 * ones could undo only in all eight at once.
 */
export function digestOf(parts: readonly ArrayLike<number>[]): string {
  const state = new Int32Array(8);
  const add = (word: number) => {
    for (let i = 0; i < 8; i++)
      word = state[i] = Math.imul(((state[i] as number) ^ word ^ (word >>> 15)) + 1, 0x85ebca6b);
  };
  for (const part of parts) {
    add(part.length);
    for (let i = 0; i < part.length; i++) add(part[i] as number);
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The bits of numbers, so that −0, NaN and the last bit count. */
export const bitsOf = ({ buffer, byteOffset, length }: Float32Array | Int32Array): Int32Array =>
  new Int32Array(buffer, byteOffset, length);

/** The letters of a text. */
export const lettersOf = (text: string): Uint8Array => new TextEncoder().encode(text);
