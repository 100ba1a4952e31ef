import { expect, test } from "vitest";
import { runSweep, type SweepResult } from "../../bench/sweep.js";
import { axes, operations } from "../../bench/sweep-axes.js";
import { cliffs } from "../../bench/sweep-cliffs.js";
import { sweepPage, sweepTable } from "../../bench/sweep-page.js";
import { median } from "../../ts/lab/numbers.js";

const cost = (size: number, time: number, work: number) => ({ size, time, work });

test("time that grows with the work, or not at all, is no cliff", () => {
  const sizes = [8, 9, 12, 13, 64, 65];
  const work = (size: number) => (4 * Math.ceil(size / 4)) ** 2;
  expect(cliffs(sizes.map((size) => cost(size, work(size), work(size))))).toEqual([]);
  expect(cliffs(sizes.map((size) => cost(size, 7, work(size))))).toEqual([]);
  expect(cliffs(sizes.map((size) => cost(size, 100 + work(size), work(size))))).toEqual([]);
});

test("a size that takes longer than its work explains is a cliff, from below and from above", () => {
  const slow = [cost(32, 10, 10), cost(33, 14, 11), cost(40, 13.9, 14)];
  expect(cliffs(slow)).toEqual([{ from: 32, to: 33, slower: 33, factor: expect.closeTo(14 / 11, 10) }]);
  const better = [cost(31, 14, 10), cost(32, 10, 10), cost(33, 11, 11)];
  expect(cliffs(better)).toEqual([{ from: 31, to: 32, slower: 31, factor: expect.closeTo(1.4, 10) }]);
});

test("a quarter more is within the tolerance", () => {
  expect(cliffs([cost(1, 10, 10), cost(2, 12.4, 10)])).toEqual([]);
  expect(cliffs([cost(1, 10, 10), cost(2, 12.6, 10)])).toHaveLength(1);
});

test("operations: three times a forward pass in training, columns filled up to fours", () => {
  const sizes = { H: 12, O: 4, steps: 3, B: 2 };
  expect(operations(sizes, "forward", false)).toBe(2 * 6 * (144 + 48));
  expect(operations(sizes, "train", false)).toBe(6 * 6 * (144 + 48));
  expect(operations(sizes, "train", true)).toBe(6 * 6 * (144 + 48));
  // H → 12, O → 4 columns; rows stay 9 and 1.
  expect(operations({ H: 9, O: 1, steps: 1, B: 1 }, "forward", true)).toBe(2 * (9 * 12 + 9 * 4));
});

test("every curve has its sizes in ascending order, and work that does not fall", () => {
  for (const { curves } of axes)
    for (const { kind, at } of curves)
      for (const [i, { size, sizes }] of at.entries()) {
        const before = at[i - 1];
        if (before === undefined) continue;
        expect(size).toBeGreaterThan(before.size);
        expect(operations(sizes, kind, true)).toBeGreaterThanOrEqual(operations(before.sizes, kind, true));
      }
});

test("the median of an even number is between the middle two", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("with little time every size is timed once, and only what looks like a cliff again", async () => {
  const told: string[] = [];
  const peak = { gflops: () => 50 };
  const { axes: found } = await runSweep({
    ...{ peak, seconds: 1e-3, only: ["B"] },
    tell: (what) => void told.push(what),
  });
  const sizes = found.flatMap(({ curves }) => curves.flatMap(({ points }) => points));
  expect(sizes).toHaveLength(60);
  for (const { gflops, share } of sizes) expect(Math.min(gflops, share)).toBeGreaterThan(0);
  const count = (what: RegExp): number => told.filter((one) => what.test(one)).length;
  expect([count(/warming up$/), count(/sample 1$/)]).toEqual([60, 60 + count(/sample 2$/)]);
});

const result: SweepResult = {
  peakGflops: 50,
  seconds: 90,
  denormals: [{ name: "inputs <1e-38>", ratio: 3 }],
  axes: [
    {
      letter: "H",
      title: "Hidden units",
      curves: [
        {
          kind: "train",
          name: "train, B 1",
          points: [
            { size: 32, gflops: 20, share: 0.4 },
            { size: 1024, gflops: 10, share: 0.2 },
          ],
          cliffs: [{ from: 32, to: 1024, slower: 1024, factor: 1.5 }],
        },
      ],
    },
  ],
};

test("the table has a row for each size, a line for each cliff, and names slow denormals", () => {
  const lines = sweepTable(result);
  expect(lines).toContain("| 1,024 | 10.0, 20 % |");
  expect(lines).toContain("cliff: H 1024 (train, B 1) takes 1.50 times as long as H 32 explains");
  expect(lines).toContain("| inputs <1e-38> | 3.00 (slow) |");
  const smooth = result.axes.map((axis) => ({
    ...axis,
    curves: axis.curves.map((curve) => ({ ...curve, cliffs: [] })),
  }));
  expect(sweepTable({ ...result, axes: smooth }).join("\n")).toContain("no cliff");
});

test("the page holds a figure for either kind and escapes what it is given", () => {
  const machine = { cpu: "<cpu>", engine: "e", system: "s" };
  const page = sweepPage(result, { machine, version: "1", kernel: "simd", date: "2026-01-02T03:04:05.000Z" });
  expect(page).toContain("&lt;cpu&gt;");
  expect(page).toContain("inputs &lt;1e-38&gt;");
  expect(page).not.toContain("<cpu>");
  const json = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
  const { figures } = JSON.parse(json) as { figures: { title: string; curves: unknown[] }[] };
  expect(figures.map(({ title, curves }) => [title, curves.length])).toEqual([
    ["forward", 0],
    ["train", 1],
  ]);
});
