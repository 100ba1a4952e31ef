/** What is held out, and that nothing is fitted on it. */
import { describe, expect, it } from "vitest";
import type { Series, SeriesSet } from "../../ts/cli/reading/series.js";
import { prepare } from "../../ts/cli/tasks/prepare.js";
import { splitSeries, warmUp } from "../../ts/cli/tasks/split.js";

const series = (i: number, steps: number, more: Partial<Series> = {}): Series => ({
  name: String(i),
  line: i + 1,
  steps,
  known: steps,
  inputs: new Float32Array(0),
  values: Float32Array.from({ length: steps }, (_, t) => i + t / steps),
  ...more,
});
const many = (count: number, more: (i: number) => Partial<Series> = () => ({})): Series[] =>
  Array.from({ length: count }, (_, i) => series(i, 10, more(i)));
const options = { share: 0.2, seed: 0, name: "a.csv" } as const;

describe("a split", () => {
  it("by time takes the end of every sequence, and reads what stands before it without scoring", () => {
    const one = series(0, 2000);
    const { by, training, heldOut } = splitSeries([one], { ...options, task: "forecast" });
    expect(by).toBe("time");
    expect(training).toEqual([{ series: one, from: 0, scored: 0, to: 1600 }]);
    expect(heldOut).toEqual([{ series: one, from: 1600 - warmUp, scored: 1600, to: 2000 }]);
  });

  it("by sequence takes the same share of every class, the same for the same seed", () => {
    const all = many(60, (i) => ({ label: i < 40 ? "common" : "rare" }));
    const held = (seed: number): string[] =>
      splitSeries(all, { ...options, task: "classify", seed }).heldOut.map(({ series: { name } }) => name);
    const count = (names: string[], label: string): number =>
      names.filter((name) => all[Number(name)]?.label === label).length;
    expect([count(held(0), "common"), count(held(0), "rare")]).toEqual([8, 4]);
    expect(held(0)).toEqual(held(0));
    expect(held(0)).not.toEqual(held(1));
    const { training, heldOut } = splitSeries(all, { ...options, task: "classify" });
    expect(new Set([...training, ...heldOut].map(({ series: one }) => one)).size).toBe(60);
  });

  it("is by sequence where there are many, by time where there are few, or as asked for", () => {
    const by = (count: number, asked?: "sequence" | "time") =>
      splitSeries(many(count), { ...options, task: "forecast", by: asked }).by;
    expect([by(9), by(10), by(9, "sequence"), by(10, "time")]).toEqual([
      "time",
      "sequence",
      "sequence",
      "time",
    ]);
  });

  it.each<[string, Series[], "classify" | "forecast", RegExp]>([
    [
      "one sequence to classify",
      many(1, () => ({ label: 1 })),
      "classify",
      /has 1 sequence; .* at least 4 are needed/,
    ],
    ["one class", many(8, () => ({ label: 1 })), "classify", /all 8 sequences have the same label \(1\)/],
    [
      "each class once",
      many(8, (i) => ({ label: i })),
      "classify",
      /every label stands with one sequence only/,
    ],
    ["a few rows", [series(0, 30)], "forecast", /has 30 steps; at least 40 are needed/],
    [
      "a sequence without a step",
      [...many(9), series(9, 0)],
      "forecast",
      /line 10: expected at least one step, got none/,
    ],
  ])("of %s is refused", (_, all, task, message) =>
    expect(() => splitSeries(all, { ...options, task })).toThrow(message),
  );

  it("never lets what is held out into scaling or labels", () => {
    const values = Float32Array.from({ length: 100 }, (_, t) => (t < 80 ? t % 2 : 1e6));
    const reading = { task: "forecast", inputs: [], targets: ["a"] } as const;
    const set: SeriesSet = { reading, series: [series(0, 100, { values })], notes: [], named: true };
    const { meaning, training, validation } = prepare(set, options);
    expect(meaning.valueScaler?.mean).toEqual([0.5]);
    expect(meaning.valueScaler?.scale).toEqual([0.5]);
    expect(Array.isArray(training)).toBe(false);
    // Steps 0 … 98 forecast values 1 … 99; scored are those of the held-out values 80 … 99.
    expect(
      [...(validation[0]?.weights ?? [])].map((weight, i) => (weight > 0 ? i : -1)).filter((i) => i >= 0),
    ).toEqual(Array.from({ length: 20 }, (_, i) => 79 + i));
    const tags = Array.from({ length: 100 }, (_, t) => (t < 80 ? t % 2 : 7));
    const tagged: SeriesSet = {
      ...set,
      reading: { task: "tag", inputs: ["a"], targets: ["tag"] },
      series: [series(0, 100, { inputs: values, tags })],
    };
    expect(prepare(tagged, options).meaning.table).toEqual({ labels: [0, 1], counts: [40, 40] });
    expect(Math.max(...(prepare(tagged, options).validation[0]?.weights ?? []))).toBe(0);
  });
});
