import fc from "fast-check";
import { expect, test } from "vitest";
import { cutLanes, group, windowOf } from "../../ts/data/lanes.js";
import { permutation } from "../../ts/data/shuffle.js";
import { splitTail } from "../../ts/data/split.js";

test("lanes cover every step once, in order, and differ by one step at most, longer ones first", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 60 }), (length, count) => {
      const lanes = cutLanes(length, count, 3);
      expect(lanes.length).toBe(Math.min(length, count));
      const lengths = lanes.map(({ start, end }) => end - start);
      lanes.forEach(({ sequence, start }, i) => {
        expect(sequence).toBe(3);
        expect(start).toBe(lengths.slice(0, i).reduce((sum, steps) => sum + steps, 0));
      });
      expect(lanes.at(-1)?.end).toBe(length);
      expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
      expect((lengths[0] as number) - (lengths.at(-1) as number)).toBeLessThanOrEqual(1);
    }),
    { seed: 1 },
  );
});

test("windows cover every step of every span once, in order", () => {
  const truncate = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1 }), truncate, (lengths, steps) => {
      const spans = lengths.map((length, sequence) => ({ sequence, start: 7, end: 7 + length }));
      const of = group(spans, steps);
      const reached = spans.map(() => 7);
      for (let window = 0; window < of.windows; window++) {
        const part = windowOf(of, window, steps);
        expect(part.length).toBeGreaterThan(0);
        for (const { lane, span } of part) {
          expect(span.sequence).toBe(lane);
          expect(span.start).toBe(reached[lane]);
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end - span.start).toBeLessThanOrEqual(steps);
          reached[lane] = span.end;
        }
      }
      expect(reached).toEqual(spans.map(({ end }) => end));
    }),
    { seed: 2 },
  );
});

test("a permutation holds everything once, and every order of three comes up about as often", () => {
  // A linear congruential generator (Numerical Recipes) stands in for the kernel's draw.
  let word = 12345;
  const draw = () => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return word / 2 ** 32;
  };
  expect([...permutation(1000, draw)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 1000 }, (_, i) => i),
  );
  const counts = new Map<string, number>();
  const rounds = 6000;
  for (let i = 0; i < rounds; i++) {
    const order = permutation(3, draw).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // Binomial with p = 1/6: standard deviation √(6000 · 1/6 · 5/6) = 29; five of them.
  for (const count of counts.values()) expect(Math.abs(count - rounds / 6)).toBeLessThan(145);
});

test("a permutation is a function of its draws", () => {
  const draw = (step: number) => ((step * 7919) % 1000) / 1000;
  expect(permutation(50, draw)).toEqual(permutation(50, draw));
  expect([...permutation(0, draw)]).toEqual([]);
  expect([...permutation(1, draw)]).toEqual([0]);
});

test("the tail that is held out is the share asked for, and neither part is empty", () => {
  expect(splitTail(1000, 0.1)).toBe(900);
  expect(splitTail(10, 0)).toBe(10);
  expect(splitTail(2, 0.01)).toBe(1);
  expect(splitTail(2, 0.99)).toBe(1);
  for (const share of [-0.1, 1, Number.NaN, "0.1"]) {
    expect(() => splitTail(10, share as number)).toThrow(/share: expected/);
  }
  for (const length of [1, 2.5, -1, Number.NaN])
    expect(() => splitTail(length, 0.1)).toThrow(/length: expected/);
});
