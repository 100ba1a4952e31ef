import { expect, test } from "vitest";
import { bitsOf, digestOf, lettersOf } from "../../ts/data/digest.js";
import { generator } from "../random.js";

const seed = 20261122;
const random = generator(seed);
const words = Int32Array.from({ length: 40 }, () => random.integer(-(2 ** 31), 2 ** 31 - 1));
const bitsOfDigest = (digest: string) =>
  [...digest].flatMap((digit) => [8, 4, 2, 1].map((bit) => Number.parseInt(digit, 16) & bit));

test("64 hexadecimal digits, the same for the same numbers wherever they lie", () => {
  expect(digestOf([words])).toMatch(/^[0-9a-f]{64}$/);
  const shifted = new Int32Array([0, ...words]).subarray(1);
  expect(digestOf([bitsOf(shifted), lettersOf("text")])).toBe(digestOf([[...words], lettersOf("text")]));
});

test("where one array ends and the next begins counts, and so do zeros", () => {
  const all = [[], [0], [0, 0], [[0], [0]], [[], [0]], [[0], []], [[0, 0], []]].map((parts) =>
    digestOf((Array.isArray(parts[0]) ? parts : [parts]) as number[][]),
  );
  expect(new Set(all).size).toBe(all.length);
});

test("floats count by their bits", () => {
  const digests = [0, -0, Number.NaN, 1, 1 + 2 ** -23].map((value) =>
    digestOf([bitsOf(Float32Array.of(value))]),
  );
  expect(new Set(digests).size).toBe(5);
});

test("any bit of any word but the last changes about half of the bits, and two changes never cancel", () => {
  const before = digestOf([words]);
  const seen = new Set([before]);
  const flip = (at: number, bit: number) => {
    words[at] = (words[at] as number) ^ (1 << bit);
  };
  for (let at = 0; at < words.length; at++) {
    for (let bit = 0; bit < 32; bit++) {
      flip(at, bit);
      const digest = digestOf([words]);
      seen.add(digest);
      const changed = bitsOfDigest(digest).filter((value, i) => value !== bitsOfDigest(before)[i]).length;
      // Binomial of 256 fair bits: standard deviation 8; six of them.
      if (at < words.length - 2)
        expect(Math.abs(changed - 128), `seed ${seed}, word ${at}, bit ${bit}`).toBeLessThan(48);
      // The same bit and the one that the shift brings down, of the next word.
      for (const second of [bit, (bit + 17) % 32]) {
        if (at + 1 === words.length) continue;
        flip(at + 1, second);
        seen.add(digestOf([words]));
        flip(at + 1, second);
      }
      flip(at, bit);
    }
  }
  // 40 · 32 single changes, and 39 · 32 · 2 double ones.
  expect(seen.size).toBe(1 + 40 * 32 + 39 * 32 * 2);
});
