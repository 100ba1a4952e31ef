/** The quickest experiments run here as they are; all of them by `recurra lab --all`. */
import { describe, expect, it } from "vitest";
import type { Bench } from "../../ts/lab/experiment.js";
import { experiments } from "../../ts/lab/index.js";

/** Those that take less than about a second, and measure no time. */
const quick = [
  "flow",
  "lengths",
  "loss",
  "recall",
  "downstream",
  "ml",
  "xor",
  "letters",
  "reber",
  "orbits",
  "parallel",
];

const bench: Bench = {
  signal: new AbortController().signal,
  progress: () => {},
  breathe: async () => {},
  file: (name) => {
    throw new Error(`${name} is not there`);
  },
};

describe("experiments", () => {
  it("have names of their own, a claim, a place in the chapter or the literature, and a limit", () => {
    const names = experiments.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, claim, shows, setup, takes, limit, seeds } of experiments) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(claim.length).toBeGreaterThan(30);
      expect(shows).toMatch(/equation|figure|section|chapter/);
      // Sizes and data; what nobody else can look up has no place in what is printed.
      expect(setup).toMatch(/\d+ (hidden units|symbols|inputs)/);
      expect(claim + shows + setup).not.toMatch(/\b[SC]\d+\b/);
      expect(takes).toBeLessThan(limit);
      expect(limit).toBeGreaterThan(0);
      for (const seed of seeds) expect(Number.isSafeInteger(seed)).toBe(true);
    }
    expect(names).toEqual(expect.arrayContaining(quick));
  });

  it.each(quick)("%s shows what it claims", async (name) => {
    const experiment = experiments.find((one) => one.name === name);
    if (experiment === undefined) throw new Error(`${name} is missing`);
    const { findings, figures } = await experiment.run(bench);
    for (const { what, found, expected, holds } of findings) {
      expect(holds, `seeds ${experiment.seeds}: ${what}: ${found}; expected: ${expected}`).not.toBe(false);
      // What is judged says what was expected.
      expect(holds === undefined || expected !== undefined).toBe(true);
    }
    expect(findings.some(({ holds }) => holds)).toBe(true);
    expect(new Set(findings.map(({ name }) => name)).size).toBe(findings.length);
    expect(figures.length).toBeGreaterThan(0);
    for (const { curves } of figures) {
      for (const { points } of curves) {
        expect(points.length).toBeGreaterThan(0);
        const xs = points.map(([x]) => x);
        expect(xs).toEqual([...xs].sort((a, b) => a - b));
      }
    }
  });
});
