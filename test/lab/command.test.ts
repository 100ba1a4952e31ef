import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experiments } from "../../ts/lab/index.js";
import { freshDist, recurra, workFolder } from "../cli/program.js";

const folder = workFolder();
const cwd = folder.path;
beforeAll(freshDist, 120_000);
afterAll(() => folder.remove());

describe("recurra lab", () => {
  it("lists every experiment, and says how to run them", async () => {
    const { code, stdout } = await recurra(["lab"], { cwd });
    expect(code).toBe(0);
    for (const { name } of experiments) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect(stdout).toContain("recurra lab --all");
    expect(stdout).toMatch(/\(under 5 s\)/);
    const list = JSON.parse((await recurra(["lab", "--json"], { cwd })).stdout);
    expect(list.experiments.map(({ name }: { name: string }) => name)).toEqual(
      experiments.map(({ name }) => name),
    );
  });

  it("runs those that are named and prints what was found beside what was expected", async () => {
    const { code, stdout, stderr } = await recurra(["lab", "loss", "ML"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ loss {2}shown/m);
    expect(stdout).toMatch(/^✓ ml {2}shown/m);
    expect(stdout).toContain("by theory: 1, within 1e-5");
    expect(stderr).toContain("2 shown in");
  });

  it("prints one JSON document and nothing else with --json", async () => {
    const { code, stdout } = await recurra(["lab", "ml", "jsb", "--json"], {
      cwd,
      env: { RECURRA_DATA: "" },
    });
    expect(code).toBe(0);
    const [ml, jsb] = JSON.parse(stdout).experiments;
    expect(ml).toMatchObject({ name: "ml", passed: true, seed: 1 });
    expect(ml.claim.length).toBeGreaterThan(10);
    expect(ml.seconds).toBeGreaterThan(0);
    expect(Math.abs(ml.figures.sum - 1)).toBeLessThan(1e-5);
    expect(ml.setup).toMatch(/12 hidden units/);
    expect(ml.expected.sum).toContain("within 1e-5");
    expect(ml.basis.sum).toBe("theory");
    expect(ml.curves[0].curves[0].points).toHaveLength(243);
    expect(jsb).toMatchObject({ name: "jsb", passed: null, figures: {}, curves: [] });
    expect(jsb.skipped).toContain("--data FOLDER");
  });

  it("writes a page with --report", async () => {
    const { code, stderr } = await recurra(["lab", "loss", "vowels", "--report", "lab.html"], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain("lab.html");
    const page = readFileSync(join(cwd, "lab.html"), "utf8");
    expect(page).toContain("new uPlot(");
    expect(page).toContain('data-figure="0"');
    expect(page).toContain("The parts, and the sum as it grows");
    expect(page).toContain("japanese_vowels_train.jsonl");
  });

  it("exits 2 for what it does not know, with what was probably meant", async () => {
    const wrong = async (...args: string[]) => {
      const { code, stderr, stdout } = await recurra(["lab", ...args], { cwd });
      expect(code, stderr).toBe(2);
      expect(stdout).toBe("");
      return stderr;
    };
    expect(await wrong("nepall")).toContain("did you mean nepal?");
    expect(await wrong("quantum")).toContain("there are unfold");
    expect(await wrong("--all", "xor")).toContain("leave out xor");
    expect(await wrong("--report", "x.html")).toContain("--all or names");
    expect(await wrong("jsb", "--data", "nowhere")).toContain('expected a folder, got "nowhere"');
  });

  it("says before the work that a report cannot be written", async () => {
    const { code, stderr, stdout } = await recurra(["lab", "loss", "--report", "none/lab.html"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("none");
    expect(stdout).toBe("");
  });

  it("exits 1 when a claim is not shown", async () => {
    // A file that is no music: the experiment cannot show anything with it.
    folder.file("jsb.json", "{}");
    const { code, stdout } = await recurra(["lab", "jsb", "--data", cwd, "--json"], { cwd });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).experiments[0]).toMatchObject({ passed: false, figures: {} });
    expect(JSON.parse(stdout).experiments[0].error).toMatch(/jsb\.json: expected \{"train"/);
  });

  it("ends with 130 at Ctrl-C, saying what was done", async () => {
    const { code, stdout, stderr } = await recurra(["lab", "loss", "copy", "--json"], {
      cwd,
      onStderr: (text, child) => {
        if (/^✓ loss/m.test(text) && !text.includes("stopped")) child.kill("SIGINT");
      },
    });
    expect(code).toBe(130);
    expect(stdout).toBe("");
    expect(stderr).toContain("stopped; 1 of 2 experiments were done");
  });
});
