/** The README and the page on the bare kernel as a new user reads them: every snippet runs from the packed package. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, freshDist, prose, root, workFolder } from "./cli/program.js";
import { typeCheck } from "./type-check.js";

const readme = readFileSync(join(root, "README.md"), "utf8");
const abi = readFileSync(join(root, "docs/abi.md"), "utf8");
const snippets = (language: string, page = readme): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);
const commands = snippets("sh").flatMap((block) => block.trim().split("\n"));
const programs = ["js", "ts"].flatMap((language) => snippets(language).map((code) => ({ language, code })));

/** What the page on the bare kernel shows: plain JavaScript, so it runs but is not type-checked. */
const abiPrograms = snippets("js", abi).map((code) => ({ language: "js", code }));

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
  const years = Array.from(
    { length: 200 },
    (_, i) => `${1800 + i},${(50 + 40 * Math.sin(i / 1.75)).toFixed(1)}`,
  );
  folder.file("sunspots.csv", `year,spots\n${years.join("\n")}\n`);
  const gestures = Array.from({ length: 60 }, (_, i) => ({
    x: Array.from({ length: 4 + (i % 9) }, (_, t) => [i % 2 ? t : -t, (i * t) % 5]),
    y: i % 2 ? "up" : "down",
  }));
  const lines = (list: readonly object[]): string =>
    `${list.map((line) => JSON.stringify(line)).join("\n")}\n`;
  folder.file("gestures.jsonl", lines(gestures));
  folder.file("new.jsonl", lines(gestures.map(({ x }) => ({ x }))));
}, 300_000);
afterAll(() => folder.remove());

describe("README", () => {
  it("starts with one sentence and a command", () => {
    expect(readme).toMatch(/^# recurra\n\n[^\n]+(\n[^\n]+)*\.\n\n/);
    expect(commands[0]).toBe("npm start");
    expect(commands.length).toBeGreaterThan(5);
    expect(programs.length).toBeGreaterThan(2);
    expect(abiPrograms.length).toBeGreaterThan(0);
  });

  it("has four recipes of less than 15 lines each", () => {
    const section = readme.slice(readme.indexOf("### Four recipes"));
    const recipes = snippets("ts", section.slice(0, section.indexOf("Live data")));
    expect(recipes).toHaveLength(4);
    for (const recipe of recipes) expect(recipe.trim().split("\n").length, recipe).toBeLessThan(15);
  });

  it("names scripts and files that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [, name = ""] of readme.matchAll(/\bnpm (?:run )?(start|test|check|build)\b/g))
      expect(scripts).toHaveProperty(name);
    for (const [, link = ""] of readme.matchAll(/\]\(([^)#]+)\)/g))
      expect(existsSync(join(root, link))).toBe(true);
  });

  // `npm start` is the job that takes a minute; everything else runs as it stands, training a little shorter.
  it("has commands that work, one after the other", async () => {
    for (const command of commands.filter((line) => line !== "npm start")) {
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
    [...programs, ...abiPrograms].map(({ language, code }, i) => ({
      language,
      code,
      name: `${language} ${i + 1}: ${code.match(/\b(load|generate|predict|forecast|backward|stream|network_create)\(/)?.[1]}`,
    })),
  )(
    "runs $name",
    async ({ language, code, name }) => {
      const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const text =
        language === "ts" ? ts.transpileModule(code, { compilerOptions: options }).outputText : code;
      const file = folder.file(`snippet-${name.replace(/\W+/g, "-")}.mjs`, text);
      const result = await execute(process.execPath, [file], { cwd });
      expect(result.code, result.stderr).toBe(0);
      expect(result.stdout.length).toBeGreaterThan(3);
      // A comment under a console.log is what it prints.
      for (const [, said = ""] of code.matchAll(/^console\.log.*\n\/\/ (.*)$/gm))
        expect(result.stdout.trim()).toBe(said);
    },
    60_000,
  );

  it("has snippets that type-check with skipLibCheck off", () => {
    mkdirSync(join(cwd, "types"), { recursive: true });
    const files = programs.map(({ code }, i) => {
      const file = join(cwd, "types", `snippet${i}.mts`);
      writeFileSync(file, code);
      return file;
    });
    const { wrong, sources } = typeCheck(files);
    expect(wrong).toEqual([]);
    expect(sources.some((file) => /recurra\/dist\/index\.d\.ts$/.test(file))).toBe(true);
  }, 60_000);
});
