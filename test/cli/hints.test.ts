/** What the program says where somebody took a wrong turn, or may take one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDist, prose, recurra, workFolder } from "./program.js";
import { jsonl, level, ramp, range, series } from "./sequence-files.js";

const folder = workFolder();
const cwd = folder.path;
const run = (...args: string[]) => recurra(args, { cwd });
const small = ["--hidden-size", "8", "--updates", "4"];
const book = prose(6000);
const minute = (i: number): string => new Date(Date.UTC(2020, 0, 1) + i * 60_000).toISOString().slice(0, 19);

beforeAll(async () => {
  folder.file("book.txt", book);
  folder.file("load.csv", `hour,temp,load\n${series(0, 60, (i) => [i, level(i), level(i + 3)])}`);
  folder.file(
    "future.csv",
    `hour,temp,load\n${series(0, 8, (i) => [i, level(i), i < 6 ? level(i + 3) : ""])}`,
  );
  folder.file("minutes.csv", `when,a,b\n${series(0, 60, (i) => [`${minute(i)}Z`, level(i), i % 7])}`);
  folder.file("classes.jsonl", jsonl(range(20).map((i) => ramp(i, i % 2 ? 'up, "steep"' : "down"))));
  const tags = range(60).map((i) => [i, level(i), (i * i) % 5, i % 10 < 5 ? "lo" : "hi"].join(","));
  folder.file("tags.csv", `t,a,b,label\n${tags.join("\n")}\n`);
  folder.file("page.html", "<!doctype html><title>no model</title>");
  folder.file("packed.gz", gzipSync(book));
  folder.file("data.json", '[{"x":[1,2]}]');
  await freshDist();
  for (const file of ["book.txt", "minutes.csv", "classes.jsonl", "tags.csv"])
    expect((await run("train", file, ...small)).code).toBe(0);
}, 300_000);
afterAll(() => folder.remove());

describe("a file that is no model", () => {
  it.each([
    [
      "inspect",
      "book.txt",
      "error: book.txt is a text or a table, no model; recurra train book.txt learns from it",
    ],
    [
      "generate",
      "book.txt",
      "error: book.txt is a text or a table, no model; recurra train book.txt learns from it",
    ],
    [
      "predict",
      "load.csv",
      "error: load.csv is a text or a table, no model; recurra train load.csv learns from it",
    ],
    ["inspect", "page.html", "error: page.html: file: expected safetensors, got "],
    ["generate", "packed.gz", "error: packed.gz is compressed; unpack it first (gunzip)"],
    ["inspect", "data.json", "error: data.json: file: expected safetensors, got "],
    [
      "generate",
      "book-model/checkpoint.safetensors",
      `is a checkpoint, for recurra train --resume; the model is beside it: ${join("book-model", "model.safetensors")}`,
    ],
    ["predict", "minutes-model/checkpoint.safetensors", "is a checkpoint, for recurra train --resume"],
    ["eval", "book-model/checkpoint.safetensors", "is a checkpoint, for recurra train --resume"],
  ])("%s %s says what it is and what to do", async (command, file, message) => {
    const second = command === "predict" || command === "eval" ? ["book.txt"] : [];
    const { code, stdout, stderr } = await run(command, file, ...second);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stderr).not.toMatch(/\d{9}/);
    expect([code, stdout]).toEqual([1, ""]);
  });
});

describe("what comes next", () => {
  it("of a forecast from covariates is a file that has rows to come", async () => {
    const wishes = ["--target", "load", "--inputs", "temp"];
    const { stdout } = await run("train", "load.csv", ...wishes, ...small);
    const next = /forecast rows that have temp, and no load yet +npx recurra (.*)/.exec(stdout)?.[1] ?? "";
    expect(next).toBe("predict load-model future.csv");
    const { code, stdout: forecast } = await run(...next.split(" "));
    expect(code).toBe(0);
    expect(forecast.trim().split("\n")).toHaveLength(3);
    const { stderr } = await run("predict", "load-model", "load.csv");
    expect(stderr).toBe(
      "error: load.csv, line 2: sequence 1: expected rows of the future at its end, got 0; append rows with temp and an " +
        "empty load\n",
    );
  });

  it("is no new run where the limit was reached before", async () => {
    const { code, stdout } = await run("train", "book.txt", "--resume", "--updates", "2");
    expect(code).toBe(0);
    expect(stdout).toContain(
      "nothing more: the limit was reached before, after 4 updates; give a greater one",
    );
    const on = await run("train", "book.txt", "--resume", "--updates", "6");
    expect(on.stdout).toMatch(/learned +\d[\d,]* characters in .*\(6 updates/);
  });
});

describe("the page of a forecast", () => {
  it("says when, in the file's own dates", () => {
    const page = readFileSync(join(cwd, "minutes-model/report.html"), "utf8");
    const json = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    const { series: drawn } = JSON.parse(json) as { series: { x: string; names: Record<string, string> }[] };
    // 48 of 60 rows are learned from; the chart's places count from 1.
    expect(drawn[0]).toMatchObject({ x: "when", names: { 49: `${minute(48)}Z`, 60: `${minute(59)}Z` } });
    expect(page).toContain(`What comes from ${minute(48)}Z on was not learned from.`);
  });
});

describe("recurra eval", () => {
  it("says where the model has seen the text before, and only there", async () => {
    folder.file("mixed.txt", [...book].reverse().join(""));
    const note = "note      the file begins with what the model learned from";
    expect((await run("eval", "book-model", "book.txt")).stdout).toContain(note);
    expect((await run("eval", "book-model", "mixed.txt")).stdout).not.toContain("note");
  });

  it("says the same of sequences, however they were parted", async () => {
    const other = ["--held-out", "0.25", "--seed", "7", "--out", "quarter-model"];
    expect((await run("train", "classes.jsonl", ...small, ...other)).code).toBe(0);
    for (const [model, file, share] of [
      ["minutes-model", "minutes.csv", "20 %"],
      ["classes-model", "classes.jsonl", "20 %"],
      ["quarter-model", "classes.jsonl", "25 %"],
      ["tags-model", "tags.csv", "20 %"],
    ] as const) {
      const note = `the model learned from this file, but for the ${share} held out`;
      expect((await run("eval", model, file)).stdout, model).toContain(note);
      // A line less is another file.
      const lines = readFileSync(join(cwd, file), "utf8").trimEnd().split("\n");
      const less = folder.file(`less-${file}`, `${lines.slice(0, -1).join("\n")}\n`);
      const { code, stdout } = await run("eval", model, less);
      expect([code, stdout], model).toEqual([0, expect.not.stringContaining("note")]);
    }
  });
});

describe("recurra predict --csv", () => {
  const csv = async (...args: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await run("predict", ...args, "--csv");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.endsWith("\n")).toBe(true);
    return stdout.slice(0, -1).split("\n");
  };
  const rows = async (...args: string[]) => {
    const { stdout } = await run("predict", ...args, "--json");
    return (JSON.parse(stdout) as { rows: Record<string, unknown>[] }).rows;
  };

  it("prints a line for each step to come, with its time", async () => {
    const args = ["minutes-model", "minutes.csv", "--steps", "3"];
    const all = await rows(...args);
    const lines = all.map(({ step, time, values }) =>
      [step, time, ...Object.values(values as object)].join(","),
    );
    expect(await csv(...args)).toEqual(["step,when,a,b", ...lines]);
    expect(lines[2]?.startsWith(`3,${minute(62)}Z,`)).toBe(true);
    expect((await run("predict", ...args)).stdout).toContain(`${minute(60)}Z`);
  });

  it("prints the probability of every class, quoting what has to be quoted", async () => {
    const [head = "", first = ""] = await csv("classes-model", "classes.jsonl");
    expect(head).toBe('sequence,class,probability of down,"probability of up, ""steep"""');
    const [row] = await rows("classes-model", "classes.jsonl");
    const all = Object.values(row?.probabilities as object);
    expect(first.endsWith(`,${all.join(",")}`)).toBe(true);
    expect(first.startsWith("s0,")).toBe(true);
  });

  it("prints a line for each tag", async () => {
    const lines = await csv("tags-model", "tags.csv");
    expect(lines).toHaveLength(61);
    expect(lines[0]).toBe("sequence,step,tag,probability");
    expect(lines[60]).toMatch(/^1,60,(lo|hi),0\.\d+$/);
  });

  it("does not go with --json", async () => {
    const { code, stderr } = await run("predict", "tags-model", "tags.csv", "--csv", "--json");
    expect(stderr).toContain("--csv and --json are two forms of the answer");
    expect(code).toBe(2);
  });
});

describe("flags for scripts of the repository", () => {
  it("are taken, and not shown", async () => {
    expect((await run("train", "--help")).stdout).not.toContain("showcase");
    const { stdout } = await run("train", "book.txt", ...small, "--out", "shown", "--showcase");
    expect(stdout).toContain("the same on your own text");
    expect((await run("train", "book.txt", "--showcas")).stderr).not.toContain("--showcase?");
  });
});
