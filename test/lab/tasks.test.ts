import { describe, expect, it } from "vitest";
import { addingFloor, addingSequence } from "../../ts/lab/adding.js";
import { copyFloor, copySequence } from "../../ts/lab/copy.js";
import { segmentsFor, tapeFormula } from "../../ts/lab/cost.js";
import { lettersFloor, syllableString } from "../../ts/lab/letters.js";
import { fitLine, median, relativeDifference, sameBits, thin } from "../../ts/lab/numbers.js";
import { random } from "../../ts/lab/random.js";
import { vocabulary, yearSentence, years } from "../../ts/lab/sentences.js";
import { dailyBirths } from "../../ts/lab/series.js";
import { xorFloor, xorString } from "../../ts/lab/xor.js";

/** Nats of the next symbol given the `memory` symbols before it, counted over the places that `at` selects. */
function conditionalEntropy(strings: readonly Int32Array[], memory: number, at: (place: number) => boolean) {
  const counts = new Map<string, Map<number, number>>();
  let total = 0;
  for (const string of strings) {
    string.forEach((symbol, place) => {
      if (place < memory || !at(place)) return;
      const context = `${place % 3}:${string.subarray(place - memory, place).join(",")}`;
      const next = counts.get(context) ?? new Map<number, number>();
      next.set(symbol, (next.get(symbol) ?? 0) + 1);
      counts.set(context, next);
      total += 1;
    });
  }
  let nats = 0;
  for (const next of counts.values()) {
    const sum = [...next.values()].reduce((a, b) => a + b);
    for (const count of next.values()) nats -= (count / total) * Math.log(count / sum);
  }
  return nats;
}

describe("tasks with a known floor", () => {
  it("xor: every third bit is decided by the two before, and the floor is what counting gives", () => {
    const draws = random(1);
    const strings = Array.from({ length: 3000 }, () => xorString(draws));
    for (const bits of strings) {
      expect(bits).toHaveLength(61);
      for (let t = 2; t < 60; t += 3) expect(bits[t]).toBe((bits[t - 1] ?? 0) ^ (bits[t - 2] ?? 0));
    }
    // Counting 12 probabilities from 174,000 bits: off by about contexts / (2 n), far below 1e-3.
    expect(conditionalEntropy(strings, 2, (place) => place >= 3 && place < 60)).toBeCloseTo(xorFloor, 3);
    expect(xorFloor).toBeCloseTo(0.4621, 4);
  });

  it("letters: b a, d i i, g u u u, and the floor counts the consonants", () => {
    const draws = random(2);
    const strings = Array.from({ length: 2000 }, () => syllableString(draws));
    for (const string of strings) {
      const text = [...string].map((index) => "bdgaiu"[index]).join("");
      expect(text).toMatch(/^(ba|dii|guuu){20}[bdg]$/);
    }
    const floor = lettersFloor(strings.map((inputs) => ({ inputs, targets: "next" })));
    // 40,000 syllables of 2, 3 or 4 letters: their mean is within 5 · √(2/3 / 40,000) of 3.
    expect(Math.abs(Math.log(3) / floor - 3)).toBeLessThan(5 * Math.sqrt(2 / 3 / 40_000));
  });

  it("adding: two marks, one in each half, and the sum of what they mark", () => {
    const draws = random(3);
    const sums: number[] = [];
    for (let i = 0; i < 4000; i++) {
      const { inputs, targets } = addingSequence(draws);
      const rows = Array.from({ length: 50 }, (_, t) => (inputs as Float32Array).subarray(2 * t, 2 * t + 2));
      const marked = rows.flatMap(([, mark], t) => (mark === 1 ? [t] : []));
      expect(marked).toHaveLength(2);
      expect(marked[0]).toBeLessThan(25);
      expect(marked[1]).toBeGreaterThanOrEqual(25);
      const sum = marked.reduce((total, t) => total + (rows[t]?.[0] ?? Number.NaN), 0);
      expect((targets as Float32Array)[0]).toBeCloseTo(sum, 6);
      sums.push(sum);
    }
    const error = sums.reduce((total, sum) => total + (sum - 1) ** 2, 0) / sums.length;
    // The fourth moment about 1 of two uniform numbers is 1/15.
    const deviation = Math.sqrt((1 / 15 - addingFloor ** 2) / sums.length);
    expect(Math.abs(error - addingFloor)).toBeLessThan(5 * deviation);
  });

  it("copy: ten symbols, a pause that ends in the sign, the ten again", () => {
    const { inputs, targets } = copySequence(random(4), 7) as { inputs: Int32Array; targets: Int32Array };
    expect(inputs).toHaveLength(27);
    expect([...inputs.slice(10, 16)]).toEqual(new Array(6).fill(8));
    expect(inputs[16]).toBe(9);
    expect([...inputs.slice(17)]).toEqual(new Array(10).fill(8));
    expect([...targets.slice(0, 17)]).toEqual(new Array(17).fill(8));
    expect([...targets.slice(17)]).toEqual([...inputs.slice(0, 10)]);
    expect(copyFloor(1000)).toBeCloseTo(0.02039, 5);
  });

  it("nepal: one year in each sentence, every word known, places and lengths of all kinds", () => {
    const draws = random(6);
    const places = new Set<number>();
    for (let i = 0; i < 3000; i++) {
      const { words, year, position } = yearSentence(draws, 5);
      expect(words.filter((word) => years.includes(word))).toEqual([years[year]]);
      expect(words[position]).toBe(years[year]);
      expect(words[position - 1]).toBe("in");
      for (const word of words) expect(vocabulary).toContain(word);
      places.add(position);
    }
    expect(places.size).toBeGreaterThan(15);
    expect(vocabulary.slice(0, 10)).toEqual(years);
  });

  it("cost: the tape's bytes fall with the segments and fit the budget where that is possible", () => {
    expect(tapeFormula(64, 1)).toBe(4 * 64 * 3 * 65);
    expect(tapeFormula(100, 4)).toBe(4 * 64 * (3 * 26 + 4));
    for (const steps of [64, 1000, 16_384]) {
      const segments = segmentsFor(steps, 256 * 1024);
      expect(tapeFormula(steps, segments)).toBeLessThanOrEqual(256 * 1024);
      if (segments > 1) expect(tapeFormula(steps, segments - 1)).toBeGreaterThan(256 * 1024);
    }
  });

  it("gap: the series begins on a Monday and has a week's rhythm", () => {
    const births = dailyBirths();
    expect(births).toHaveLength(5477);
    expect(births[0]).toBe(11363);
    const day = (weekday: number) =>
      births.filter((_, i) => i % 7 === weekday).reduce((sum, value) => sum + value, 0);
    expect(day(6)).toBeLessThan(0.75 * day(1));
  });
});

describe("sums over lists", () => {
  it("finds the line through points, and how well it fits", () => {
    const line = fitLine([1, 2, 5, 9].map((x) => [x, 3 * x - 2] as const));
    expect(line.slope).toBeCloseTo(3, 12);
    expect(line.intercept).toBeCloseTo(-2, 12);
    expect(line.r2).toBeCloseTo(1, 12);
    // By hand, about the means: Σ xy = 1, Σ xx = 5, Σ yy = 1.
    expect(
      fitLine(
        [
          [0, 0],
          [1, 1],
          [2, 0],
          [3, 1],
        ].map(([x = 0, y = 0]) => [x, y] as const),
      ).r2,
    ).toBeCloseTo(0.2, 12);
  });

  it("tells bits apart that are equal numbers", () => {
    expect(sameBits([0], [-0])).toBe(false);
    expect(sameBits([Number.NaN], [Number.NaN])).toBe(true);
    expect(sameBits([1, 2], [1])).toBe(false);
  });

  it("takes the middle, the largest difference, and every so-manieth", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(relativeDifference([1, 2.2], [1, 2])).toBeCloseTo(0.1, 12);
    const list = Array.from({ length: 1001 }, (_, i) => i);
    const few = thin(list, 100);
    expect(few.length).toBeLessThanOrEqual(101);
    expect(few.at(-1)).toBe(1000);
  });
});
