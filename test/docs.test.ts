/**
 * The pages of docs/ that lead from the chapter to the library: each page's blocks are one program, which is run from the
 * built package and type-checked; every option and every experiment is named; links lead somewhere. README.md and
 * docs/abi.md have blocks that stand alone: `readme.test.ts`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metadataKeys } from "../ts/cli/model.js";
import { experiments } from "../ts/lab/index.js";
import { optionNames } from "../ts/options.js";
import { fitNames } from "../ts/training/options.js";
import { execute, freshDist, root, workFolder } from "./cli/program.js";
import { gestures, sunspots } from "./example-files.js";
import { anchorsOf, linksOf } from "./markdown.js";
import { typeCheck } from "./type-check.js";

const pages = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => ({ name, text: readFileSync(join(root, "docs", name), "utf8") }));
const guide = pages.filter(({ name }) => name !== "abi.md");
const all = guide.map(({ text }) => text).join("\n");
const overview = guide.find(({ name }) => name === "README.md")?.text ?? "";

/** All blocks of a page, one after the other. */
const programs = guide
  .map(({ name, text }) => ({
    name,
    code: [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, block = ""]) => block).join("\n"),
  }))
  .filter(({ code }) => code !== "");
/** What a program prints: its lines that begin with an arrow. */
const said = (code: string): string[] => [...code.matchAll(/^ *\/\/ → (.*)$/gm)].map(([, line = ""]) => line);

const folder = workFolder();
const cwd = folder.path;

/** A reader's project with the package, the one that is being tested or dist/ as it is built now, and two models. */
beforeAll(async () => {
  folder.file("package.json", JSON.stringify({ name: "reader", private: true, type: "module" }));
  const given = process.env.RECURRA_PACKAGE;
  if (given === undefined) {
    await freshDist();
    mkdirSync(join(cwd, "node_modules"));
    symlinkSync(root, join(cwd, "node_modules/recurra"));
  } else {
    const args = ["install", given, "--no-audit", "--no-fund", "--offline", "--ignore-scripts"];
    const { code, stderr } = await execute("npm", args, { cwd });
    expect(code, stderr).toBe(0);
  }
  folder.file("sunspots.csv", sunspots());
  folder.file("gestures.jsonl", gestures());
  for (const file of ["sunspots.csv", "gestures.jsonl"]) await recurra("train", file, "--updates", "150");
}, 300_000);

/** What the command line prints, in the reader's project. */
async function recurra(...args: string[]): Promise<string> {
  const program = join(cwd, "node_modules/recurra/dist/cli.js");
  const { code, stdout, stderr } = await execute(process.execPath, [program, ...args], { cwd });
  expect(code, stderr).toBe(0);
  return stdout;
}
afterAll(() => folder.remove());

describe("code", () => {
  it("is there, in JavaScript or as plain text", () => {
    expect(programs.length).toBeGreaterThan(4);
    const languages = guide.flatMap(({ text }) => [...text.matchAll(/^```(\w+)\n.*?^```$/gms)]);
    expect(new Set(languages.map(([, language]) => language))).toEqual(new Set(["js", "text"]));
  });

  it.each(programs)(
    "of $name prints what it says",
    async ({ name, code }) => {
      expect(said(code).length).toBeGreaterThan(2);
      const { stdout, stderr, ...end } = await execute(process.execPath, [folder.file(`${name}.mjs`, code)], {
        cwd,
      });
      expect(end.code, stderr).toBe(0);
      expect(stdout.trimEnd().split("\n")).toEqual(said(code));
    },
    120_000,
  );

  it("of interchange.md forecasts what recurra predict does", async () => {
    const { code = "" } = programs.find(({ name }) => name === "interchange.md") ?? {};
    const file = folder.file("forecast.mjs", `${code}\nconsole.log(JSON.stringify([...forecast]));\n`);
    const { stdout } = await execute(process.execPath, [file], { cwd });
    const here = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as number[];
    const { rows } = JSON.parse(await recurra("predict", "sunspots-model", "sunspots.csv", "--json")) as {
      rows: { values: { spots: number } }[];
    };
    expect(here.map((value) => Number(value.toPrecision(7)))).toEqual(rows.map(({ values }) => values.spots));
  }, 60_000);

  it("type-checks, strictly and with skipLibCheck off", () => {
    const files = programs.map(({ name, code }) => folder.file(`${name}.mts`, code));
    const { wrong, sources } = typeCheck(files);
    expect(wrong).toEqual([]);
    expect(sources.some((file) => file.endsWith("/dist/index.d.ts"))).toBe(true);
  }, 120_000);
});

/** Names of the properties of an interface or of what an alias puts together, from the types that ship. */
function propertiesOf(...types: string[]): string[] {
  const program = ts.createProgram([join(root, "ts/types.ts")], { noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const names: string[] = [];
  for (const node of program.getSourceFile(join(root, "ts/types.ts"))?.statements ?? []) {
    if (!ts.isInterfaceDeclaration(node) || !types.includes(node.name.text)) continue;
    names.push(
      ...checker
        .getTypeAtLocation(node)
        .getProperties()
        .map(({ name }) => name),
    );
  }
  return names;
}

/** Whether pages name this as code: alone, with a value, or among others. */
const isNamed = (name: string): boolean =>
  [...all.matchAll(/`([^`\n]+)`/g)].some(([, code = ""]) => new RegExp(`\\b${name}\\b`).test(code)) ||
  programs.some(({ code }) => new RegExp(`\\b${name}\\b`).test(code));

describe("coverage", () => {
  it.each([
    ["RnnOptions", propertiesOf("Sizes", "WithOutputs"), optionNames],
    ["FitOptions", propertiesOf("FitOptions"), fitNames],
    ["ForwardOptions", propertiesOf("ForwardOptions"), ["teacherForcing", "memoryBudget"]],
    ["Sequence", propertiesOf("Sequence"), ["inputs", "initialFeedback"]],
    ["Downstream", propertiesOf("Downstream"), ["states", "finalState"]],
    ["Gradients", propertiesOf("Gradients"), ["parameters", "initialFeedback"]],
    ["GenerateOptions", propertiesOf("GenerateOptions"), ["temperature", "stop"]],
  ])("names every property of %s", (_, names, some) => {
    expect(names).toEqual(expect.arrayContaining([...some]));
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });

  it("explains every key of the command line's metadata, and no other", () => {
    const text = guide.find(({ name }) => name === "interchange.md")?.text ?? "";
    const section = text.split("## Models of the command line\n")[1]?.split("\n## ")[0] ?? "";
    const rows = [...section.matchAll(/^\| (`[^|]*?) +\|/gm)].flatMap(([, cell = ""]) => cell.match(/\w+/g));
    expect(rows.sort()).toEqual(Object.values(metadataKeys).sort());
  });

  it("explains every option of fit in a row of its own", () => {
    const text = guide.find(({ name }) => name === "training.md")?.text ?? "";
    const rows = [...text.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...fitNames].sort());
  });

  it("names every word that an option can be", () => {
    const source = readFileSync(join(root, "ts/types.ts"), "utf8");
    const aliases = /^export type (?:Recurrence|Activation|Initializer|Loss|Feedback) = (.*);$/gm;
    const words = [...source.matchAll(aliases)].flatMap(([, line = ""]) => line.match(/"[^"]+"/g) ?? []);
    expect(words.length).toBe(16);
    expect(words.filter((word) => !all.includes(word))).toEqual([]);
  });

  it("lists every experiment, says which equation or figure it shows, and invents none", () => {
    const names = experiments.map(({ name }) => name);
    const rowsOf = (title: string) => overview.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
    const listed = [...rowsOf("Experiments").matchAll(/^\| `([\w-]+)` /gm)].map(([, name]) => name);
    expect([...listed].sort()).toEqual([...names].sort());
    const shown = [...rowsOf("From the book to the code").matchAll(/\| ([^|]*) \|$/gm)].flatMap(
      ([, cell = ""]) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name),
    );
    // jsb and nottingham are tasks; they show no equation that another experiment does not.
    expect(names.filter((name) => !shown.includes(name))).toEqual(["jsb", "nottingham"]);
    expect(shown.filter((name) => !names.includes(name))).toEqual([]);
    for (const [, name = ""] of all.matchAll(/`recurra lab ([a-z-]+)`/g)) expect(names).toContain(name);
  });
});

describe("links", () => {
  it.each(pages)("of $name lead to files and headings that exist", ({ name, text }) => {
    const here = join(root, "docs", name);
    for (const { link, path, heading } of linksOf(text)) {
      const file = path === "" ? here : join(dirname(here), path);
      expect(existsSync(file), link).toBe(true);
      if (heading !== undefined) expect(anchorsOf(file), link).toContain(heading);
    }
  });

  it("reach every page from the overview", () => {
    for (const { name } of pages) if (name !== "README.md") expect(overview).toContain(`](${name})`);
  });
});
