/** recurra/slim: no kernel inside, and training in a file of its own, which is loaded when it is first needed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import * as main from "../ts/index.js";
import { execute, freshDist, root } from "./cli/program.js";

const address = (name: string): string => pathToFileURL(join(root, "dist", name)).href;

beforeAll(freshDist, 120_000);

/** Runs a module that has the slim library as `slim` and a network of it as `rnn`; gives what it prints. */
async function run(body: string): Promise<string> {
  const program = `
    import { readFileSync } from "node:fs";
    import * as slim from ${JSON.stringify(address("slim.js"))};
    const module = readFileSync(new URL(${JSON.stringify(address("kernel.wasm"))}));
    const runtime = await slim.createRuntime({ module });
    const rnn = await slim.Rnn.create({ inputSize: 4, hiddenSize: 5, outputSize: 4, seed: 3 }, runtime);
    const data = { inputs: Int32Array.from({ length: 90 }, (_, t) => (t * t) % 4), targets: "next" };
    const bits = () => Buffer.from(rnn.save()).toString("base64");
    const training = ${JSON.stringify(address("slim-training.js"))};
    ${body}`;
  const { code, stdout, stderr } = await execute(process.execPath, ["--input-type=module", "-e", program]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout.trim();
}

/** A loader of modules for which the file of training is not there. */
const offline = `
  import { register } from "node:module";
  register("data:text/javascript," + encodeURIComponent(
    "export async function resolve(name, context, next) {" +
    "  if (name.includes('slim-training')) throw new Error('no network');" +
    "  return await next(name, context); }"));`;

test("exports all but Trainer and Optimizer, which recurra/slim/training has; classes keep their names", async () => {
  const shown = await run(`
    const more = await import(training);
    const names = (module) => Object.keys(module).filter((name) => /^[a-z]/.test(name) || module[name].name === name);
    console.log(JSON.stringify([names(slim), names(more)]));`);
  const [first, second] = JSON.parse(shown) as [string[], string[]];
  expect(second.sort()).toEqual(["Optimizer", "Trainer"]);
  expect([...first, ...second].sort()).toEqual(Object.keys(main).sort());
  for (const [file, names] of [
    ["slim.d.ts", first],
    ["slim-training.d.ts", second],
  ] as const)
    for (const name of names) expect(readFileSync(join(root, "dist", file), "utf8")).toContain(name);
});

test("trains to the bits of the main entry, by fit and by the Trainer of recurra/slim/training", async () => {
  const [fitted, trained, ...losses] = JSON.parse(
    await run(`
    const before = rnn.stateDict();
    const options = { updates: 20, batchSize: 2, truncate: 6 };
    await rnn.fit(data, options);
    const fitted = bits();
    rnn.loadStateDict(before);
    const { Trainer } = await import(training);
    const trainer = new Trainer(rnn, data, options);
    await trainer.run({ updates: 7 });
    const resumed = await Trainer.resume(trainer.save(), data, options, runtime);
    await resumed.run();
    await trainer.run();
    const { loss } = await rnn.evaluate(data);
    console.log(JSON.stringify([fitted, bits(), loss, (await resumed.rnn.evaluate(data)).loss]));`),
  ) as [string, string, number, number];
  expect(trained).toBe(fitted);
  using rnn = await main.Rnn.create({ inputSize: 4, hiddenSize: 5, outputSize: 4, seed: 3 });
  const data = { inputs: Int32Array.from({ length: 90 }, (_, t) => (t * t) % 4), targets: "next" } as const;
  await rnn.fit(data, { updates: 20, batchSize: 2, truncate: 6 });
  expect(Buffer.from(rnn.save()).toString("base64")).toBe(fitted);
  const { loss } = await rnn.evaluate(data);
  expect(losses).toEqual([loss, loss]);
});

test("loads training once, when it is first needed, and says what to do where it cannot", async () => {
  const shown = await run(`
    ${offline}
    const codes = [];
    for (const start of [() => rnn.fit(data, { updates: 1 }), () => rnn.evaluate(data)])
      await start().catch(({ code, message }) => codes.push(code, message));
    [...rnn.generate({ steps: 3 })];
    console.log(JSON.stringify(codes));`);
  const [code, message, ...again] = JSON.parse(shown) as string[];
  expect(code).toBe("environment");
  expect(message).toContain('use Trainer of "recurra/slim/training"');
  expect(again).toEqual([code, message]);
  expect(readFileSync(join(root, "dist/slim-start.js"), "utf8").match(/\bimport\(/g)).toHaveLength(1);
  expect(
    await run(`
    await import(training);
    ${offline}
    console.log((await rnn.fit(data, { updates: 2 })).updates);`),
  ).toBe("2");
});
