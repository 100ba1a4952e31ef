/** The last full run: the README and RESULTS.md say what results.json says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { memoryOver } from "../../../bench/steady.js";
import { steadyUpdates } from "../../../bench/targets.js";
import { workloads } from "../../../bench/workloads.js";
import type { Document } from "../../../ts/cli/bench/document.js";
import { pageOf, sectionsOf } from "../../../ts/cli/bench/page.js";
import {
  merged,
  type Results,
  resultFiles,
  resultsPage,
  runOf,
  withTable,
} from "../../../ts/cli/bench/results.js";
import { verdictText } from "../../../ts/cli/bench/verdicts.js";
import { root } from "../program.js";

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const results = (): Results => JSON.parse(read(resultFiles.data)) as Results;

describe("the results in the repository", () => {
  it("are those of every workload", () => {
    const [run] = results().runs;
    expect(run?.workloads.map(({ name }) => name)).toEqual(workloads.map(({ name }) => name));
  });

  it("stand in RESULTS.md", () => {
    expect(read(resultFiles.page)).toBe(resultsPage(results()));
  });

  it("stand in the README", () => {
    expect(withTable(read(resultFiles.readme), results())).toBe(read(resultFiles.readme));
    for (const { name } of workloads)
      expect(read(resultFiles.readme)).toMatch(new RegExp(`^\\| ${name} +\\|`, "m"));
  });
});

const rate = (name: string, median: number) => ({
  ...{ name, unit: "tokens/s" as const, median, best: median, gflops: 1, shareOfPeak: 0.5, samples: 3 },
  ...{ spread: [median, median] as const, shareSpread: [0.5, 0.5] as const },
});
const peer = (name: string, workload: string, ratio: number) => ({
  ...{ peer: name, workload, status: "timed" as const, unit: "tokens/s" as const, median: 5, best: 6, ratio },
});
const document = (rest: Partial<Document>): Document => ({
  ...{ cpu: "a cpu", engine: "Node 20, V8 1", commit: "abc", kernel: "simd", peakGflops: 50 },
  ...{ workloads: [], peers: [], ...rest },
});
const [monday, tuesday] = [new Date("2026-11-23"), new Date("2026-11-24")];

describe("new results", () => {
  const old = runOf(
    document({
      workloads: [rate("W1", 1), rate("W10", 10)],
      peers: [peer("torch", "W1", 2), peer("jax", "W2", 3)],
    }),
    "1.0.0",
    monday,
  );

  it("take the place of those of the same workloads and leave the others", () => {
    const workloads = [rate("W2", 20), rate("W1", 11)];
    const fresh = runOf(
      document({ workloads, peers: [peer("jax", "W2", 4)], peakGflops: null }),
      "1.0.1",
      tuesday,
    );
    const [run, ...others] = merged({ runs: [old] }, fresh).runs;
    expect(others).toEqual([]);
    expect(run?.workloads.map(({ name, median }) => [name, median])).toEqual([
      ["W1", 11],
      ["W2", 20],
      ["W10", 10],
    ]);
    expect(run?.peers.map(({ peer, ratio }) => [peer, ratio])).toEqual([
      ["torch", 2],
      ["jax", 4],
    ]);
    expect(run?.peakGflops).toBe(50);
    expect(run?.measured.workloads).toEqual({ date: "2026-11-24", commit: "abc" });
  });

  it("of another engine stand beside", () => {
    const fresh = runOf(document({ engine: "Node 24, V8 2", workloads: [rate("W1", 3)] }), "1.0.0", tuesday);
    const { runs } = merged({ runs: [old] }, fresh);
    expect(runs.map(({ engine }) => engine)).toEqual(["Node 20, V8 1", "Node 24, V8 2"]);
    const page = resultsPage({ runs });
    for (const { engine } of runs) expect(page).toContain(`## ${engine}\n`);
    expect(page).toContain("2026-11-23, commit abc.");
  });

  it("name in the README the fastest in JavaScript, and all native ones", () => {
    const peers = [peer("tfjs-wasm", "W1", 30), peer("jax-wasm", "W1", 12), peer("torch", "W1", 0.5)];
    const readme = read(resultFiles.readme);
    const table = withTable(readme, {
      runs: [runOf(document({ workloads: [rate("W1", 7)], peers }), "1.0.0", monday)],
    });
    expect(table).toMatch(/^\| W1 .*\| 12\.0× jax-js \(wasm\) *\| 0\.500× PyTorch *\|$/m);
    expect(() => withTable("# nothing", { runs: [] })).toThrow("README.md: expected <!-- speed");
  });
});

describe("targets", () => {
  it("of a sweep are one for each curve and each kind of denormal, with the reason where it is known", () => {
    const name = "moments and gradients of 1e-40, adam";
    const curve = { kind: "train" as const, points: [], name: "train, B 1" };
    const cliffs = [{ from: 10_000, to: 50_000, slower: 50_000, factor: 1.5 }];
    const axes = [
      { letter: "O" as const, title: "outputs", curves: [{ ...curve, cliffs }] },
      { letter: "H" as const, title: "units", curves: [{ ...curve, cliffs: [] }] },
    ];
    const denormals = [
      { name: "inputs of 1e-20, train", ratio: 1 },
      { name, ratio: 1.6 },
    ];
    const text = verdictText(document({ sweep: { peakGflops: 50, seconds: 1, axes, denormals } }));
    expect(text).toMatch(/^2 of 4 targets are reached\. These are not:$/m);
    expect(text).toMatch(/^- cliffs of O, train, B 1: 1\.50× at 50,000, at most 1\.25× what .*\. V has/m);
    expect(text).toMatch(/^- denormals, moments .* adam: 1\.60×, at most 1\.25×\. of the update/m);
  });
});

describe("the page", () => {
  const rates = [{ ...rate("W4", 1.5), unit: "µs/step" as const, floor: 0.6, reached: false }];
  const peers = [{ ...peer("torch", "W4", 2), target: 3, reached: false }];
  const row = { to: "step" as const, total: 90, above: 10, aboveSpread: [9, 11] as const };
  const split = { import: 4, compile: 3, create: 2, first: 1 };
  const startup = { node: 80, turns: 3, rows: [{ ...row, split, target: 5, reached: false }] };
  const found = document({ workloads: rates, peers, startup });

  it("speaks of targets in the repository", () => {
    const page = pageOf(found, "1.0.0", true);
    expect(page).toContain("recurra 1.0.0, commit abc, kernel simd\n");
    expect(page).toContain("0 of 3 targets are reached. These are not:");
    expect(page.match(/\*\*not reached\*\*/g)).toHaveLength(3);
  });

  it("does not where the package is installed, and keeps every figure", () => {
    const page = pageOf({ ...found, commit: null }, "1.0.0", false);
    expect(page).toContain("recurra 1.0.0, kernel simd\n");
    expect(page).not.toMatch(/target|reached|at (least|most)|unknown/i);
    for (const { key, title } of sectionsOf(found)) expect(page, key).toContain(`## ${title}`);
    expect(page).toMatch(/\| W4 .*\| 1\.50 µs\/step \|/);
    expect(page).toMatch(/\| first streamed step \(W4\) \| +90\.0 \|/);
  });
});

describe("training", () => {
  it(`takes no more memory after ${steadyUpdates} more updates`, async () => {
    const { updates, before, after } = await memoryOver(steadyUpdates);
    expect(updates).toBe(10_000);
    expect(before).toBeGreaterThan(65536);
    expect(after).toBe(before);
  });
});
