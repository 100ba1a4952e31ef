// `npm run bench:results`: the full benchmark, written into bench/RESULTS.md, bench/results.json and the README's table.
// Arguments are handed on: `npm run bench:results -- --engine PATH` measures another Node too, `-- startup memory` only these.
import { existsSync } from "node:fs";
import { ensureDist } from "./build.mjs";
import { describeKernel, ensureKernel } from "./kernel.mjs";
import { inRoot, program, run, say } from "./run.mjs";
import { ensurePackages } from "./setup.mjs";

await program(import.meta.url, async (args) => {
  await ensurePackages();
  say(describeKernel(await ensureKernel()));
  await ensureDist();
  if (!existsSync(inRoot("bench/peers/node_modules")))
    say("the other libraries are not installed: npm ci --ignore-scripts in bench/peers");
  // Ctrl-C reaches the benchmark too, which ends whatever it has started.
  process.on("SIGINT", () => {});
  const { code } = await run(process.execPath, ["dist/cli.js", "bench", "--write", ...args], {
    output: "inherit",
  });
  return code;
});
