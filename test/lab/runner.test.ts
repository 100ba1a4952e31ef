import { describe, expect, it } from "vitest";
import { drawable, rounded } from "../../ts/cli/lab/curves.js";
import { expectation, printed } from "../../ts/cli/lab/printing.js";
import { renderLab } from "../../ts/cli/lab/report.js";
import { runExperiment } from "../../ts/cli/lab/runner.js";
import type { Output } from "../../ts/cli/terminal.js";
import { type Experiment, type Finding, part, Stopped } from "../../ts/lab/experiment.js";
import { workFolder } from "../cli/program.js";

const hostile = `</script><script>alert(1)</script> & "quoted"`;
const finding = (holds?: boolean): Finding => ({
  ...{ name: "loss", what: "a loss", found: 0.123456, unit: "nats", expected: "a floor" },
  ...(holds !== undefined && { holds }),
});
const experiment = (run: Experiment["run"], more: Partial<Experiment> = {}): Experiment => ({
  ...{ name: "made-up", claim: `it shows ${hostile}`, shows: "equation (1)", seeds: [1], limit: 60 },
  ...{ setup: "4 units", takes: 5 },
  ...more,
  run,
});
const found = (holds?: boolean) =>
  experiment(async () => ({ findings: [finding(), finding(holds)], figures: [] }));
const options = { data: undefined, signal: new AbortController().signal, onProgress: () => {} };
const out: Output = { isTTY: false, columns: 80, write: () => {}, style: (_, text) => text };

describe("running an experiment", () => {
  it("is shown when nothing contradicts what is expected, and failed when anything does", async () => {
    expect((await runExperiment(found(true), options)).verdict).toBe("shown");
    expect((await runExperiment(found(), options)).verdict).toBe("shown");
    const failed = await runExperiment(found(false), options);
    expect(failed.verdict).toBe("failed");
    expect(failed.outcome?.findings).toHaveLength(2);
  });

  it("is failed, with a reason, when it throws", async () => {
    const result = await runExperiment(
      experiment(async () => {
        throw new Error("no memory");
      }),
      options,
    );
    expect(result).toMatchObject({ verdict: "failed", why: "it ended with an error: no memory" });
  });

  it("is failed when it is not done within its limit", async () => {
    const endless = experiment(
      async (bench) => {
        for (;;) await bench.breathe(0, "waiting");
      },
      { limit: 0.05 },
    );
    const result = await runExperiment(endless, options);
    expect(result).toMatchObject({ verdict: "failed", why: "not done within its limit of 0.05 s" });
  });

  it("ends at once when the run is stopped, and is no result then", async () => {
    const stop = new AbortController();
    const endless = experiment(async (bench) => {
      stop.abort();
      for (;;) await bench.breathe(0, "waiting");
    });
    await expect(runExperiment(endless, { ...options, signal: stop.signal })).rejects.toBeInstanceOf(Stopped);
  });

  it("is skipped without its files, saying which, and given them when they are there", async () => {
    const reads = experiment(
      async (bench) => ({ findings: [{ ...finding(true), found: bench.file("a.txt").length }], figures: [] }),
      { needs: ["a.txt", "b.txt"] },
    );
    const folder = workFolder();
    folder.file("a.txt", "four");
    expect(await runExperiment(reads, options)).toMatchObject({
      verdict: "skipped",
      why: "needs a.txt, b.txt: say where with --data FOLDER",
    });
    const half = await runExperiment(reads, { ...options, data: folder.path });
    expect(half).toMatchObject({ verdict: "skipped", why: `b.txt not found in ${folder.path}` });
    folder.file("b.txt", "");
    const whole = await runExperiment(reads, { ...options, data: folder.path });
    expect(whole.outcome?.findings[0]?.found).toBe(4);
    folder.remove();
  });

  it("maps the progress of a part into that of the whole", () => {
    const seen: number[] = [];
    const bench = { ...options, progress: (share: number) => void seen.push(share), breathe: async () => {} };
    const inner = part({ ...bench, file: () => new Uint8Array() }, 0.5, 1);
    inner.progress(0, "");
    part(inner, 0.5, 1).progress(0.5, "");
    expect(seen).toEqual([0.5, 0.875]);
  });
});

describe("what is said of an experiment", () => {
  it("stands beside what is expected, with a mark for each", async () => {
    const text = printed(await runExperiment(found(false), options), out);
    expect(text).toMatch(/^✗ made-up {2}failed, 0\.0 s; seed 1\n/);
    expect(text).toContain(
      "    · a loss: 0.1235 nats\n      by theory: a floor\n    ✗ a loss: 0.1235 nats\n",
    );
    expect(text).toContain("  set-up: 4 units\n");
  });

  it("says whose word an expectation is", () => {
    expect(expectation(finding(true))).toBe("by theory: a floor");
    expect(expectation({ ...finding(true), basis: "published" })).toBe("as published: a floor");
    expect(expectation({ ...finding(true), basis: "ours" })).toBe("our mark: a floor");
    const { expected: _, ...shown } = finding();
    expect(expectation(shown)).toBe("");
  });

  it("has curves of six digits, without what JSON has no word for", () => {
    const points = [
      [1, 1 / 3],
      [2, 0],
      [3, Number.NaN],
      [4, Number.POSITIVE_INFINITY],
    ] as const;
    const figure = { title: "t", x: "x", y: "y", logY: true, curves: [{ name: "c", points }] };
    expect(rounded(figure).curves[0]?.points).toEqual([
      [1, 0.333333],
      [2, 0],
    ]);
    expect(drawable(figure).curves[0]?.points).toEqual([[1, 0.333333]]);
  });

  it("is a page that holds all it shows and escapes it", async () => {
    const drawn = experiment(async () => ({
      findings: [finding(true)],
      figures: [
        {
          ...{ title: hostile, x: "update", y: "nats", logY: true },
          curves: [
            {
              name: hostile,
              points: [
                [1, 0.5],
                [2, 0],
                [3, Number.NaN],
                [4, 1 / 3],
              ] as const,
            },
          ],
        },
      ],
    }));
    const results = [await runExperiment(drawn, options), await runExperiment(found(false), options)];
    const page = renderLab({
      ...{ results, version: "1.2.3", date: "2026-01-02T03:04:05.000Z" },
      machine: { cpu: "a processor", engine: "an engine", system: "a system" },
    });
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page.match(/<\/script/g)).toHaveLength(3);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(img|link|iframe|form)\b/i);
    expect(page).toContain('<a class="shown" href="#made-up">made-up</a>');
    expect(page).toContain('<section id="made-up">');
    expect(page).toContain("Set-up: 4 units.");
    const json = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    // A logarithm has no place for 0, nothing has one for NaN.
    expect(JSON.parse(json).figures[0].curves[0].points).toEqual([
      [1, 0.5],
      [4, 0.333333],
    ]);
    expect(page.replace(/<script[\s\S]*?<\/script>/g, "")).not.toMatch(/NaN|undefined/);
  });
});
