/**
 * The README and the page on the bare kernel as a new user reads them: every snippet runs from the packed package, every
 * figure is that of a file or of a measurement in the repository, and links lead to files that are in the package.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Results } from "../ts/cli/bench/results.js";
import { execute, freshDist, prose, root, workFolder } from "./cli/program.js";
import { gestures, sunspots } from "./example-files.js";
import { anchorsOf, linksOf } from "./markdown.js";
import { typeCheck } from "./type-check.js";

const readme = readFileSync(join(root, "README.md"), "utf8");
const abi = readFileSync(join(root, "docs/abi.md"), "utf8");
const snippets = (language: string, page = readme): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);
const commands = snippets("sh").flatMap((block) => block.trim().split("\n"));
const programs = snippets("js");

/** What the page on the bare kernel shows: plain JavaScript, so it runs but is not type-checked. */
const abiPrograms = snippets("js", abi);

/** What a program prints, where its last lines say so: comments at the margin. */
const printed = (code: string): string[] => {
  const lines = code.trimEnd().split("\n").reverse();
  const first = lines.findIndex((line) => !line.startsWith("// "));
  return lines
    .slice(0, first)
    .reverse()
    .map((line) => line.slice("// ".length));
};

const folder = workFolder();
const cwd = folder.path;
const npm = (...args: string[]) =>
  execute("npm", [...args, "--no-audit", "--no-fund", "--offline", "--ignore-scripts"], { cwd });

/** The package: the one that is being tested, or one packed now. */
async function packed(): Promise<string> {
  const given = process.env.RECURRA_PACKAGE;
  if (given !== undefined) return given;
  await freshDist();
  const { code, stderr } = await npm("pack", root, "--pack-destination", cwd);
  expect(code, stderr).toBe(0);
  return join(cwd, readdirSync(cwd).find((name) => name.endsWith(".tgz")) ?? "");
}

beforeAll(async () => {
  const file = await packed();
  folder.file("package.json", JSON.stringify({ name: "reader", private: true, type: "module" }));
  const { code, stderr } = await npm("install", file);
  expect(code, stderr).toBe(0);
  folder.file("your.txt", prose(20_000));
  folder.file("sunspots.csv", sunspots());
  folder.file("gestures.jsonl", gestures());
  folder.file("new.jsonl", gestures(true));
}, 300_000);
afterAll(() => folder.remove());

describe("README", () => {
  it("begins with one sentence, how to install, and a program of ten lines", () => {
    expect(readme).toMatch(
      /^# recurra\n\n[^\n.]+(\n[^\n.]+)*\.\n\n```sh\nnpm install recurra\n```\n\n```js\n/,
    );
    const [first = ""] = programs;
    expect(first.split("\n").filter((line) => /^\w/.test(line)).length).toBeLessThanOrEqual(10);
    expect(printed(first)).toHaveLength(2);
    expect(abiPrograms.length).toBeGreaterThan(0);
  });

  it("has recipes of less than 15 lines each, in plain JavaScript", () => {
    expect(programs.length).toBeGreaterThan(5);
    for (const code of programs)
      expect(code.split("\n").filter((line) => /^[^/]/.test(line)).length, code).toBeLessThan(15);
    const languages = new Set([...readme.matchAll(/^```(\w+)\n.*?^```$/gms)].map(([, name]) => name));
    expect(languages).toEqual(new Set(["sh", "js", "html"]));
  });

  it("names scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const names = [...readme.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map(([, a, b]) => a ?? b);
    expect(names).toEqual(expect.arrayContaining(["start", "test"]));
    for (const name of names) expect(scripts).toHaveProperty(`${name}`);
  });

  it.each([
    "README.md",
    "examples/README.md",
    "bench/RESULTS.md",
    ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
  ])("and the package go together: links of %s lead to files and headings in it", (page) => {
    const file = join(cwd, "node_modules/recurra", page);
    for (const { link, path, heading } of linksOf(readFileSync(file, "utf8"))) {
      const to = path === "" ? file : join(dirname(file), path);
      expect(existsSync(to), link).toBe(true);
      if (heading !== undefined) expect(anchorsOf(to), link).toContain(heading);
    }
  });

  it("states sizes and speeds that are those of dist/ and of the last full benchmark", () => {
    const dist = join(cwd, "node_modules/recurra/dist");
    const zipped = (...names: string[]): number =>
      names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0);
    const isSize = (kB: string | undefined, ...names: string[]) =>
      expect(Math.abs(zipped(...names) - 1000 * Number(kB)), `${names}: ${kB} kB`).toBeLessThan(1000);
    const slim = ["slim.js", "slim-start.js"];
    const [, whole, predicting] =
      readme.match(/\*\*(\d+) kB\*\* \(gzip\) with the kernel, [^[]*\[(\d+) kB\]/) ?? [];
    isSize(whole, "index.js");
    isSize(predicting, ...slim, "kernel.wasm");

    const hosts = readFileSync(join(root, "docs/hosts.md"), "utf8").replaceAll("\n", " ");
    const [, start, kernel, both, instead, more, all, raw] =
      hosts.match(
        /kernel: (\d+) kB \(gzip\), and the kernel beside it (\d+) more, so (\d+) kB in place of (\d+) to predict; and (\d+) kB more once something is trained, (\d+) in all, .* sends (\d+) kB of kernel/,
      ) ?? [];
    isSize(start, ...slim);
    isSize(kernel, "kernel.wasm");
    expect([both, instead]).toEqual([predicting, whole]);
    isSize(more, "slim-training.js");
    isSize(all, ...slim, "kernel.wasm", "slim-training.js");
    expect(Number(all)).toBeGreaterThan(Number(whole));
    expect((readFileSync(join(dist, "kernel.wasm")).length / 1000).toFixed(0)).toBe(raw);

    const { runs } = JSON.parse(readFileSync(join(root, "bench/results.json"), "utf8")) as Results;
    const web = ["tfjs-wasm", "tfjs-cpu", "jax-wasm", "ort-web", "brain", "tuned"];
    const step = runs[0]?.workloads.find(({ name }) => name === "W4")?.median ?? 0;
    expect(readme).toContain(`**${step.toFixed(1)} µs** for a step`);
    const least = ["W1", "W2", "W3", "W4", "W5", "W6"].map((name) =>
      Math.min(
        ...(runs[0]?.peers ?? [])
          .filter(({ workload, peer }) => workload === name && web.includes(peer))
          .map(({ ratio = Number.POSITIVE_INFINITY }) => ratio),
      ),
    );
    const range = [Math.min(...least), Math.max(...least)].map((ratio) => ratio.toFixed(0)).join(" to ");
    expect(readme).toContain(`**${range} times as fast** as the best of`);
  });

  // The package is installed here already, and `npm start` is the job that takes a minute. Everything else runs as it
  // stands, training a little shorter.
  it("has commands that work, one after the other", async () => {
    const [install, ...others] = commands;
    expect(install).toBe("npm install recurra");
    expect(others).toContain("npm start");
    for (const command of others.filter((line) => line !== "npm start")) {
      expect(command).toMatch(/^npx recurra /);
      const trains = /^npx recurra train \S+\.(txt|csv|jsonl)/.test(command);
      const words =
        `${command}${trains ? " --updates 150" : ""}`
          .match(/"[^"]*"|\S+/g)
          ?.map((word) => word.replaceAll('"', "")) ?? [];
      const { code, stdout, stderr } = await execute("npx", ["--offline", "--no", ...words.slice(1)], {
        cwd,
      });
      expect(code, `${command}\n${stderr}`).toBe(0);
      expect(stdout.length).toBeGreaterThan(80);
    }
  }, 120_000);

  it.each(
    [...programs, ...abiPrograms].map((code, i) => ({
      code,
      name: `${i + 1}: ${code.match(/\b(load|generate|predict|forecast|backward|stream|network_create)\(/)?.[1]}`,
    })),
  )(
    "runs $name",
    async ({ code, name }) => {
      const file = folder.file(`snippet-${name.replace(/\W+/g, "-")}.mjs`, code);
      const result = await execute(process.execPath, [file], { cwd });
      expect(result.code, result.stderr).toBe(0);
      expect(result.stdout.length).toBeGreaterThan(3);
      const lines = printed(code);
      if (lines.length > 0) expect(result.stdout.trim().split("\n")).toEqual(lines);
    },
    60_000,
  );

  it("has snippets that type-check with skipLibCheck off", () => {
    mkdirSync(join(cwd, "types"), { recursive: true });
    const files = programs.map((code, i) => {
      const file = join(cwd, "types", `snippet${i}.mts`);
      writeFileSync(file, code);
      return file;
    });
    const { wrong, sources } = typeCheck(files);
    expect(wrong).toEqual([]);
    expect(sources.some((file) => /recurra\/dist\/index\.d\.ts$/.test(file))).toBe(true);
  }, 60_000);
});

describe("recurra bench, installed", () => {
  const bench = (...args: string[]) =>
    execute("npx", ["--offline", "--no", "recurra", "bench", ...args], { cwd });

  it("speaks neither of targets nor of commits", async () => {
    const { code, stdout, stderr } = await bench("W4", "--seconds", "0.1");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^recurra \d\S*, kernel simd\n/);
    expect(stdout).toMatch(/\| W4 +\| .* µs\/step \|/);
    expect(stdout).not.toMatch(/target|reached|at least|unknown/i);
  }, 60_000);

  it("has no flag that writes into the repository", async () => {
    expect((await bench("--help")).stdout).not.toContain("--write");
    const { code, stderr } = await bench("W4", "--write");
    expect([code, stderr]).toEqual([2, expect.stringContaining("error: unknown flag --write")]);
  });
});
