/** From a file of sequences to a model, and from the model alone to answers in the file's own terms. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rnn, Scaler } from "../../ts/index.js";
import { freshDist, program, workFolder } from "./program.js";
import { documents, heldOutOf, jsonl, level, ramp, range, series, small } from "./sequence-files.js";

const folder = workFolder();
const cwd = folder.path;
const { run, train, json } = documents(cwd);

beforeAll(async () => {
  folder.file("levels.csv", `time,level\n${series(0, 400, (i) => [i / 4, level(i).toFixed(3)])}`);
  folder.file(
    "tail.csv",
    series(300, 400, (i) => [i / 4, level(i).toFixed(3)]),
  );
  folder.file(
    "given.csv",
    `t,push,level\n${series(0, 400, (i) => [i, i % 10 < 5 ? 1 : 0, (i % 10 < 5 ? 30 : 10).toFixed(1)])}`,
  );
  folder.file(
    "future.csv",
    `t,push,level\n${series(350, 412, (i) => [i, i % 10 < 5 ? 1 : 0, i < 400 ? (i % 10 < 5 ? 30 : 10) : ""])}`,
  );
  folder.file("ramps.jsonl", jsonl(range(80).map((i) => ramp(i, i % 2 ? "up" : "down"))));
  folder.file("new.jsonl", jsonl([ramp(101, undefined), ramp(102, undefined)]));
  folder.file(
    "tags.csv",
    `a,tag\n${series(0, 400, (i) => [Math.sin(i / 5).toFixed(3), Math.sin((i - 1) / 5) > 0 ? "high" : "low"])}`,
  );
  await freshDist();
}, 300_000);
afterAll(() => folder.remove());

const keys = [
  "task",
  "kernel",
  "updates",
  "steps",
  "seconds",
  "stepsPerSecond",
  "heldOut",
  "model",
  "checkpoint",
];

describe("a series", () => {
  it("is learned, forecast in its own units and times, and measured, from the model alone", async () => {
    const document = await train("levels.csv", "--updates", "600");
    expect(Object.keys(document)).toEqual([...keys, "report", "sha256"]);
    expect(document.task).toBe("forecast");
    expect(Object.keys(heldOutOf(document))).toEqual(["loss", "rmse", "baseline"]);
    const { rmse = 0, baseline = 0 } = heldOutOf(document);
    expect(rmse).toBeLessThan(baseline / 2);
    // The last value is off by the change from step to step.
    const changes = range(80).map(
      (i) => Number(level(320 + i).toFixed(3)) - Number(level(319 + i).toFixed(3)),
    );
    expect(baseline).toBeCloseTo(Math.sqrt(changes.reduce((sum, d) => sum + d * d, 0) / 80), 3);

    const { rows } = (await json("predict", "levels-model", "levels.csv", "--steps", "8")) as {
      rows: { step: number; time: number; values: { level: number } }[];
    };
    expect(rows.map(({ step, time }) => [step, time])).toEqual(range(8).map((i) => [i + 1, 100 + i / 4]));
    for (const [i, { values }] of rows.entries())
      expect(Math.abs(values.level - level(400 + i))).toBeLessThan(25);
    // The end of the file without its names goes through a pipe.
    const child = spawn(
      process.execPath,
      [program, "predict", "levels-model", "-", "--steps", "3", "--json"],
      { cwd },
    );
    child.stdin.end(readFileSync(join(cwd, "tail.csv")));
    let piped = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      piped += chunk;
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    const fromTail = (JSON.parse(piped) as { rows: typeof rows }).rows;
    expect(fromTail.map(({ time }) => time)).toEqual([100, 100.25, 100.5]);
    expect(Math.abs((fromTail[0]?.values.level ?? 0) - (rows[0]?.values.level ?? 0))).toBeLessThan(5);

    const measured = await json("eval", "levels-model", "levels.csv");
    expect(Object.keys(measured)).toEqual(["loss", "rmse", "baseline", "count"]);
    expect(measured.count).toBe(399);
    expect(measured.rmse).toBeLessThan((measured.baseline as number) / 2);
    const table = await run("predict", "levels-model", "levels.csv", "--steps", "2");
    expect(table.stdout).toMatch(/^step +time +level\n +1 +100 +[\d,.]+\n +2 +100\.25 +[\d,.]+\n$/);
  });

  it("is scaled by its training part alone, and the model file says how", async () => {
    const { metadata = {} } = (await Rnn.load(readFileSync(join(cwd, "levels-model/model.safetensors"))))
      .options;
    const training = Float32Array.from(range(320), (i) => Number(level(i).toFixed(3)));
    expect(metadata.targetScaling).toBe(Scaler.fit(training, 1).toJSON());
    expect(metadata.split).toBe("time");
    const { stdout } = await run("inspect", "levels-model");
    expect(stdout).toMatch(
      /Task\n {2}forecast\n {2}time +time\n {2}forecast\n {4}level +mean \d+\.?\d* +scale/,
    );
  });

  it("says what it inferred, what it held out, and beside what it stands", async () => {
    const { stdout, stderr } = await run("train", "levels.csv", ...small, "--updates", "50", "--force");
    expect(stderr).toContain("levels: inferred: forecast level; time is the time");
    expect(stderr).toContain("320 steps to learn from, 80 held out (by time: the end of the series)");
    expect(stdout).toMatch(/held out +error [\d.]+ one step ahead \(level, root mean square of 80 steps\)/);
    expect(stdout).toMatch(/baseline +error [\d.]+ \(the last value\)/);
    expect(stdout).toMatch(/free run +error [\d.]+ \(staying at the last value: [\d.]+\) over 80 steps/);
    expect(stdout).toContain("npx recurra predict levels-model levels.csv --steps 10");
    const page = readFileSync(join(cwd, "levels-model/report.html"), "utf8");
    expect(page).toContain("level, held out");
    const drawn = JSON.parse(
      /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(page)?.[1] ?? "",
    );
    expect(
      drawn.series[0].curves.map(({ name, points }: { name: string; points: unknown[] }) => [
        name,
        points.length,
      ]),
    ).toEqual([
      ["true", 140],
      ["one step ahead", 80],
      ["free run", 80],
    ]);
  });

  it("with covariates is forecast as far as those are known", async () => {
    const document = await train("given.csv", "--target", "level", "--inputs", "push", "--updates", "800");
    const { rmse = 0, baseline = 0 } = heldOutOf(document);
    expect(rmse).toBeLessThan(baseline / 2);
    const { rows } = (await json("predict", "given-model", "future.csv")) as {
      rows: { time: number; values: { level: number } }[];
    };
    expect(rows.map(({ time }) => time)).toEqual(range(12).map((i) => 400 + i));
    for (const [i, { values }] of rows.entries())
      expect(Math.abs(values.level - ((400 + i) % 10 < 5 ? 30 : 10))).toBeLessThan(5);
    const beyond = await run("predict", "given-model", "future.csv", "--steps", "13");
    expect(beyond.stderr).toMatch(
      /^error: future\.csv, line 2: .*expected 13 rows of the future at its end, got 12; append rows with push and an empty level/,
    );
    expect(beyond.code).toBe(1);
  });
});

describe("labelled sequences", () => {
  it("are classified, with probabilities, from the model alone", async () => {
    const document = await train("ramps.jsonl", "--updates", "500");
    expect(document.task).toBe("classify");
    expect(Object.keys(heldOutOf(document))).toEqual(["loss", "accuracy", "baseline"]);
    expect(heldOutOf(document)).toMatchObject({ baseline: 0.5 });
    expect(heldOutOf(document).accuracy).toBeGreaterThan(0.9);
    const { rows } = (await json("predict", "ramps-model", "new.jsonl")) as {
      rows: { sequence: string; class: string; probability: number; probabilities: Record<string, number> }[];
    };
    expect(rows.map((row) => [row.sequence, row.class])).toEqual([
      ["s101", "up"],
      ["s102", "down"],
    ]);
    for (const { class: label, probability, probabilities } of rows) {
      expect(Object.keys(probabilities)).toEqual(["down", "up"]);
      expect(probabilities[label]).toBe(probability);
      // Two f32 probabilities, each rounded to seven digits.
      expect(Math.abs(Object.values(probabilities).reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(4e-7);
    }
    expect(await json("eval", "ramps-model", "ramps.jsonl")).toMatchObject({ baseline: 0.5, count: 80 });
    expect((await run("inspect", "ramps-model")).stdout).toMatch(
      /classes\n {4}down +32 learned from\n {4}up +32/,
    );
    expect(readFileSync(join(cwd, "ramps-model/report.html"), "utf8")).toContain("What was taken for what");
  });

  it("with labels the model does not know are refused, naming line and label", async () => {
    folder.file("odd.jsonl", jsonl([ramp(1, "up"), ramp(2, "sideways")]));
    const { code, stderr } = await run("eval", "ramps-model", "odd.jsonl");
    expect(stderr).toBe(
      "error: odd.jsonl, line 2: expected one of the labels the model learned (down, up), got sideways\n",
    );
    expect(code).toBe(1);
  });

  it("with a label at every step are tagged", async () => {
    const document = await train("tags.csv", "--updates", "400");
    expect(document.task).toBe("tag");
    const { accuracy = 0, baseline = 1 } = heldOutOf(document);
    expect(accuracy).toBeGreaterThan(0.9);
    expect(baseline).toBeLessThan(0.7);
    const { rows } = (await json("predict", "tags-model", "tags.csv")) as {
      rows: { tags: string[]; probabilities: number[] }[];
    };
    expect(rows).toHaveLength(1);
    expect(rows[0]?.tags).toHaveLength(400);
    const right = range(400).filter((i) => rows[0]?.tags[i] === (Math.sin((i - 1) / 5) > 0 ? "high" : "low"));
    expect(right.length).toBeGreaterThan(360);
    expect((await run("predict", "tags-model", "tags.csv")).stdout).toMatch(/\n1 +\d+–\d+ +high +[\d.]+ %\n/);
  });

  it("without --task generate are never learned as a text, and with it they are", async () => {
    const document = await train("levels.csv", "--task", "generate", "--updates", "5", "--out", "letters");
    expect(document.task).toBe("generate");
    expect((await run("predict", "letters", "levels.csv")).stderr).toBe(
      "error: letters is a model of text; recurra generate letters lets it write on\n",
    );
    expect((await run("generate", "ramps-model")).stderr).toMatch(
      /^error: .* is no model of text: it learned to classify; recurra predict uses it\n$/,
    );
  });
});
