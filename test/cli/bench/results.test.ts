/** The last full run: the README and RESULTS.md say what results.json says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { known, knownProcessor } from "../../../bench/known.js";
import { memoryOver } from "../../../bench/steady.js";
import { steadyUpdates } from "../../../bench/targets.js";
import { workloads } from "../../../bench/workloads.js";
import type { Document } from "../../../ts/cli/bench/document.js";
import { merged, type Results, type Run, replaced } from "../../../ts/cli/bench/merging.js";
import { pageOf, sectionsOf } from "../../../ts/cli/bench/page.js";
import { resultFiles, resultsPage, runOf, withTable } from "../../../ts/cli/bench/results.js";
import { sweepVerdicts, verdictsOf, verdictText } from "../../../ts/cli/bench/verdicts.js";
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
const left = (name: string, workload: string, status: "skipped" | "failed") => ({
  ...{ peer: name, workload, status, note: "not there" },
});
const document = (rest: Partial<Document>): Document => ({
  ...{ version: "1.0.0", date: "2026-11-23T09:05:00.000Z", system: "a system", workers: 0 },
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
      document({ workloads, peers: [peer("jax", "W2", 4)], peakGflops: 60, seconds: 8 }),
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
    // What was not measured anew keeps its date, and the peak that it was measured with.
    const [then, now] = ["2026-11-23", "2026-11-24"].map((date) => ({ date, commit: "abc" }));
    expect(run?.measured.workloads).toEqual({ ...now, seconds: 8, peakGflops: 60 });
    expect(run?.peakGflops).toBe(60);
    expect(run?.workloads.map(({ measured }) => measured)).toEqual([
      ...[undefined, undefined, { ...then, peakGflops: 50 }],
    ]);
    const page = resultsPage({ runs: run ? [run] : [] });
    expect(page).toContain(
      "\n2026-11-24, commit abc, --seconds 8.\n\n- W10: 2026-11-23, commit abc, peak 50.0 GFLOP/s\n",
    );
  });

  it("of some libraries leave those of others, with their date and what they were beside", () => {
    const all = [peer("recurra", "W1", 1), peer("torch", "W1", 2), peer("tuned", "W1", 7)];
    const before = runOf(document({ peers: [...all, left("brain", "W1", "skipped")] }), "1.0.0", monday);
    const peers = [{ ...peer("recurra", "W1", 1), median: 4 }, peer("torch", "W1", 3)];
    const [run] = merged({ runs: [before] }, runOf(document({ peers }), "1.0.0", tuesday)).runs;
    const rows = Object.fromEntries(run?.peers.map((row) => [row.peer, row]) ?? []);
    expect(Object.keys(rows).sort()).toEqual(["brain", "recurra", "torch", "tuned"]);
    expect(rows.torch).toEqual(peer("torch", "W1", 3));
    expect(rows.tuned).toMatchObject({ ratio: 7, beside: 5, measured: { date: "2026-11-23" } });
    const readme = withTable(read(resultFiles.readme), { runs: run ? [run] : [] });
    expect(readme).toMatch(
      /^\| W1 .* 4\.00 tokens\/s \| 7\.00× plain JavaScript \(earlier\) *\| 3\.00× PyTorch /m,
    );
    expect(resultsPage({ runs: run ? [run] : [] })).toContain(
      "\n- W1, plain JavaScript: 2026-11-23, commit abc, beside 5.00 tokens/s of recurra\n",
    );
  });

  describe.each<[string, (old: Run, fresh: Run) => Results]>([
    ["of parts", (old, fresh) => merged({ runs: [old] }, fresh)],
    ["of everything", (old, fresh) => replaced({ runs: [old] }, [fresh])],
  ])("%s", (_, join) => {
    const rows = [peer("recurra", "W1", 1), peer("torch", "W1", 2), peer("jax", "W1", 3)];
    const before = runOf(document({ peers: rows, relaxed: null }), "1.0.0", monday);
    const status = (peers: Document["peers"]) => {
      const { runs } = join(before, runOf(document({ peers }), "1.0.0", tuesday));
      expect(runs).toHaveLength(1);
      return Object.fromEntries(runs[0]?.peers.map((row) => [row.peer, [row.status, row.ratio]]) ?? []);
    };

    it("do not lose a library that is not there any more, but one that fails", () => {
      const own = { ...peer("recurra", "W1", 1), median: 9 };
      expect(status([own, left("torch", "W1", "skipped"), left("jax", "W1", "failed")])).toEqual({
        recurra: ["timed", 1],
        torch: ["timed", 2],
        jax: ["failed", undefined],
      });
    });

    it("do not lose a comparison that could not be made", () => {
      expect(Object.keys(status([]))).toEqual(["recurra", "torch", "jax"]);
    });
  });

  it("of everything forget all else", () => {
    const fresh = runOf(document({ workloads: [rate("W2", 20)] }), "1.0.0", tuesday);
    expect(replaced({ runs: [old, { ...old, engine: "Node 24, V8 2" }] }, [fresh]).runs).toEqual([
      { ...fresh, core: null, peers: old.peers, measured: expect.anything() },
    ]);
  });

  it("of another engine stand beside", () => {
    const fresh = runOf(document({ engine: "Node 24, V8 2", workloads: [rate("W1", 3)] }), "1.0.0", tuesday);
    const { runs } = merged({ runs: [old] }, fresh);
    expect(runs.map(({ engine }) => engine)).toEqual(["Node 20, V8 1", "Node 24, V8 2"]);
    const page = resultsPage({ runs });
    for (const { engine } of runs) expect(page).toContain(`## ${engine}\n`);
    expect(page).toContain("2026-11-23, commit abc.");
  });

  it("name in the README the fastest in JavaScript, and all native ones, the fastest first", () => {
    const own = { ...peer("recurra", "W1", 1), median: 8, best: 8 };
    const native = [peer("numpy", "W1", 1.5), peer("torch", "W1", 0.5)];
    const peers = [own, peer("tfjs-wasm", "W1", 30), peer("jax-wasm", "W1", 12), ...native];
    const readme = read(resultFiles.readme);
    const table = withTable(readme, {
      runs: [runOf(document({ workloads: [rate("W1", 7)], peers }), "1.0.0", monday)],
    });
    // The rate is that of the comparison; the share of the peak stands beside the rate that it was measured with.
    expect(table).toMatch(
      /^\| W1 .*\| +8\.00 tokens\/s \| 12\.0× jax-js \(wasm\) *\| 0\.500× PyTorch, 1\.50× numpy *\|$/m,
    );
    expect(table).toMatch(/^\| W1 .*\| 7\.00 tokens\/s \| +50 % \|$/m);
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
    const found = document({ sweep: { peakGflops: 50, seconds: 1, axes, denormals } });
    const text = verdictText(found);
    expect(text).toMatch(/^Of the sweep's 4 rows, 2 keep their limits\. These are not:$/m);
    expect(text).toMatch(
      /^- cliffs of O, train, B 1: 1\.50× at 50,000, at most 1\.25× what a neighbour explains$/m,
    );
    expect(text).toMatch(/^- denormals, moments .* adam: 1\.60×, at most 1\.25×$/m);
    expect(text).not.toContain("What is known");
    const { name: cpu } = knownProcessor;
    const here = verdictText({ ...found, cpu: `${cpu}, 2 threads` });
    expect(here).toMatch(/^- cliffs of O, train, B 1: V has/m);
    expect(here).toMatch(/^- denormals, .* adam: of the update/m);
    expect(verdictText({ ...found, cpu: `${cpu} 7000, 2 threads` })).toBe(text);
  });

  it("of libraries that train in a browser are one for each workload: that of the best", () => {
    const own = { ...peer("recurra", "W2", 1), median: 9 };
    // A document of before has targets of each.
    const each = [peer("tfjs-wasm", "W2", 20), peer("jax-wasm", "W2", 8)].map((row) => ({
      ...{ ...row, target: 10, reached: row.ratio >= 10 },
    }));
    const peers = [own, ...each, { ...peer("torch", "W2", 0.7), target: 0.5, reached: true }];
    const found = document({ peers, cpu: `${knownProcessor.name}, 2 threads` });
    const text = verdictText(found);
    expect(text).toMatch(/^1 of 2 targets are reached\. These are not:$/m);
    expect(text).toMatch(/^- W2 beside the best web library: 8\.00×, jax-js \(wasm\), at least 10\.0×$/m);
    expect(text).toMatch(/^- W2 beside the best web library: jax-js reached/m);
    expect(pageOf(found, "1.0.0", true).match(/10\.0×/g)).toHaveLength(2);
  });

  it("count memory that does not grow", () => {
    const steady = { updates: 10_000, before: 100, after: 100 };
    expect(verdictText(document({ memory: { workloads: [], steady } }))).toBe("1 of 1 targets are reached.");
    const grown = verdictText(document({ memory: { workloads: [], steady: { ...steady, after: 164 } } }));
    expect(grown).toMatch(/^- memory over 10,000 updates: 64 B more, no more than before$/m);
  });
});

describe("what is known", () => {
  it("is of targets that there are", () => {
    const { runs } = results();
    const names = runs.flatMap((run) => [...verdictsOf(run), ...sweepVerdicts(run)].map(({ name }) => name));
    for (const { of } of known) for (const name of of) expect(names).toContain(name);
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
    expect(page).toMatch(
      /^recurra 1\.0\.0, commit abc, kernel simd\nNode 20, V8 1, a cpu, a system\n2026-11-23 09:05 UTC\n/,
    );
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

describe("tables", () => {
  const rows = [peer("recurra", "W1", 1), peer("jax", "W1", 3), peer("torch", "W1", 2)];

  it("have the fastest first, below this library", () => {
    const page = pageOf(document({ peers: [...rows].reverse() }), "1.0.0", false);
    expect([...page.matchAll(/^\| (recurra|torch|jax) /gm)].map(([, name]) => name)).toEqual([
      ...["recurra", "torch", "jax"],
    ]);
  });

  it("say whose median is far from the best", () => {
    const busy = [...rows, { ...peer("tuned", "W1", 8), median: 4, best: 6 }];
    const page = pageOf(document({ peers: busy.map((row) => ({ ...row, best: 6 })) }), "1.0.0", false);
    expect(page).toMatch(/^\| tuned .*\| 67 %, disturbed \|$/m);
    expect(page).toMatch(/^\| torch .*\| 83 %, disturbed \|$/m);
    expect(page).toContain("\n\nDisturbed: a median below 85 % of the best");
    expect(
      pageOf(document({ peers: rows.map((row) => ({ ...row, best: 5.5 })) }), "1.0.0", false),
    ).not.toMatch(/disturbed/i);
    const times = { ...rate("W4", 1.5), unit: "µs/step" as const, best: 1.2 };
    expect(pageOf(document({ workloads: [times] }), "1.0.0", false)).toContain("80 %, disturbed");
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
