// `npm run bench:guard -- [COMMIT]`: is the working tree slower than a commit (HEAD)? `-- --record` counts instructions
// anew (scripts/instructions.mjs).
//
// Both libraries, kernel and TypeScript, run the working tree's workloads W1 to W6 in one process, in turns: the order of
// the two changes from sample to sample, and the change of a workload is the median over pairs of neighbours. A loss
// above 7 % is measured again, on instances of its own, and counts if it is there three times.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureDist } from "./build.mjs";
import { kernelSourceDigest } from "./digest.mjs";
import { recordInstructions } from "./instructions.mjs";
import { describeKernel, ensureKernel } from "./kernel.mjs";
import { Failure, inRoot, must, program, root, run, say } from "./run.mjs";
import { ensurePackages } from "./setup.mjs";

const names = ["W1", "W2", "W3", "W4", "W5", "W6"];
/** A time longer by more than this is a loss. */
const tolerance = 0.07;
/** Times that it has to be seen. */
const repeats = 3;
/** Pairs of samples of a workload, and milliseconds of a sample, at least. */
const pairs = 9;
const sampleTime = 40;

/** What has to go at the end, however it comes. */
const leftovers = [];
function cleanUp() {
  for (const undo of leftovers.splice(0).reverse()) undo();
}

/** The commit's own sources in a folder of their own, with this tree's packages and tools. */
function checkOut(commit, folder) {
  const git = (...args) => execFileSync("git", args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  leftovers.push(() => {
    rmSync(folder, { recursive: true, force: true });
    git("worktree", "prune");
  });
  try {
    git("worktree", "add", "--detach", "--force", folder, commit);
  } catch (error) {
    throw new Failure(`git cannot check out ${commit}: ${error.stderr?.toString().trim() ?? error.message}`);
  }
  for (const shared of ["node_modules", "build/tools"]) {
    if (!existsSync(inRoot(shared))) continue;
    mkdirSync(join(folder, shared, ".."), { recursive: true });
    symlinkSync(inRoot(shared), join(folder, shared), "junction");
  }
}

/**
 * Builds the library of a checkout by its own scripts. Its prebuilt kernel will do, if it was made from its sources;
 * otherwise the kernel is built from them, and nothing else will do.
 */
const builder = `
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { kernelSourceDigest } from "./scripts/digest.mjs";
import { ensureDist } from "./scripts/build.mjs";
import { ensureKernel, intactPrebuilt, kernelFiles, readPrebuilt } from "./scripts/kernel.mjs";
const manifest = readPrebuilt();
if (intactPrebuilt() && manifest.sourceDigest === kernelSourceDigest()) {
  mkdirSync("build/kernel", { recursive: true });
  for (const file of kernelFiles) copyFileSync("crate/prebuilt/" + file, "build/kernel/" + file);
  writeFileSync("build/kernel/kernel.json", JSON.stringify({ ...manifest, origin: "prebuilt", why: "it is current" }));
} else {
  await ensureKernel({ source: true });
}
await ensureDist();
`;

async function build(folder) {
  const file = join(folder, "build-for-guard.mjs");
  writeFileSync(file, builder);
  await must("building the commit's library", process.execPath, [file], { cwd: folder, output: "capture" });
}

/** The workloads as one module that takes its library from beside itself. */
async function bundleWorkloads(file) {
  const { rollup } = await import("rollup");
  const { default: typescript } = await import("@rollup/plugin-typescript");
  const library = {
    name: "library-beside",
    resolveId: (source) => (source.endsWith("ts/index.js") ? { id: "./index.js", external: true } : null),
  };
  const bundle = await rollup({
    input: inRoot("bench/workloads.ts"),
    external: /^node:/,
    plugins: [library, typescript({ tsconfig: inRoot("ts/tsconfig.json") })],
    logLevel: "silent", // `npm run build` shows what there is to say
  });
  await bundle.write({ file, format: "es" });
  await bundle.close();
}

/** A folder with a library and the workloads: `{ name, workloads }`. */
async function side(name, folder, dist, bundle) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  copyFileSync(join(dist, "index.js"), join(folder, "index.js"));
  copyFileSync(bundle, join(folder, "workloads.js"));
  const { workloads } = await import(pathToFileURL(join(folder, "workloads.js")).href);
  return { name, workloads };
}

/** Milliseconds of this process's own time on a processor: it stands still while other programs have it. */
async function timed(prepared, rounds) {
  const [begin, own] = [performance.now(), process.cpuUsage()];
  await prepared.run(rounds);
  const { user, system } = process.cpuUsage(own);
  // The engine compiles and collects on threads of its own, which count here, too.
  return Math.min(performance.now() - begin, (user + system) / 1000);
}

/** Prepares a workload on both sides and times it in pairs: how much longer the second side takes, and its median time. */
async function compare(name, sides) {
  const prepared = [];
  try {
    for (const { workloads } of sides) {
      const workload = workloads.find((one) => one.name === name);
      if (!workload) throw new Failure(`bench/workloads.ts has no ${name}`);
      prepared.push(await workload.prepare(name, undefined));
    }
    let rounds = 1;
    // Both have to be compiled by the optimizing compiler before the first pair.
    for (;;) {
      const took = await timed(prepared[0], rounds);
      await timed(prepared[1], rounds);
      if (took >= sampleTime) break;
      rounds = took < sampleTime / 16 ? rounds * 8 : Math.ceil((rounds * sampleTime * 1.05) / took);
    }
    const ratios = [];
    const times = [];
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? [0, 1] : [1, 0];
      const took = [];
      for (const one of order) took[one] = await timed(prepared[one], rounds);
      ratios.push(took[1] / took[0]);
      times.push(took[1] / rounds);
    }
    return {
      change: median(ratios) - 1,
      least: Math.min(...ratios) - 1,
      most: Math.max(...ratios) - 1,
      time: median(times),
    };
  } finally {
    for (const one of prepared) one.dispose();
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[sorted.length >> 1] + sorted[(sorted.length - 1) >> 1]) / 2;
}

const percent = (change) => `${change < 0 ? "−" : "+"}${Math.abs(change * 100).toFixed(1)} %`;

/** The kernel of the sources as they are: an older one, of before the change, would be compared with itself. */
async function currentKernel() {
  const kernel = await ensureKernel();
  return kernel.sourceDigest === kernelSourceDigest() ? kernel : ensureKernel({ source: true });
}

async function guard(commit) {
  const { code, stdout } = await run("git", ["rev-parse", "--short=12", "--verify", `${commit}^{commit}`], {
    output: "capture",
  });
  if (code !== 0) throw new Failure(`expected a commit, got ${JSON.stringify(commit)}`);
  const hash = stdout.trim();
  const temp = mkdtempSync(join(tmpdir(), "recurra-guard-"));
  leftovers.push(() => rmSync(temp, { recursive: true, force: true }));

  say("building the working tree");
  await ensurePackages();
  say(describeKernel(await currentKernel()));
  await ensureDist();
  say(`building ${hash}`);
  const tree = join(temp, "commit");
  checkOut(hash, tree);
  await build(tree);
  const bundle = join(temp, "workloads.js");
  await bundleWorkloads(bundle);
  const sides = [
    await side(hash, join(temp, "before"), join(tree, "dist"), bundle),
    await side("working tree", join(temp, "after"), inRoot("dist"), bundle),
  ];

  const results = new Map();
  for (let turn = 1; turn <= repeats; turn++) {
    // Later turns only repeat what looked like a loss in all turns so far.
    const again = names.filter((name) => (results.get(name) ?? []).every(({ change }) => change > tolerance));
    for (const name of again) {
      say(`${name}, turn ${turn}`);
      results.set(name, [...(results.get(name) ?? []), await compare(name, sides)]);
    }
  }
  const lost = names.filter((name) => {
    const turns = results.get(name);
    return turns.length === repeats && turns.every(({ change }) => change > tolerance);
  });
  const lines = names.map((name) => {
    const turns = results.get(name);
    const { time, least, most } = turns[0];
    const changes = turns.map(({ change }) => percent(change)).join(", ");
    const verdict = lost.includes(name) ? "LOSS" : "ok";
    return `| ${name} | ${time.toFixed(3)} ms | ${changes} | ${percent(least)} … ${percent(most)} | ${verdict} |`;
  });
  console.log(`Working tree beside ${hash}: time of the smallest piece of work, and how much longer it takes now.
A loss is more than ${Math.round(tolerance * 100)} %, seen ${repeats} times.

| workload | now | change | spread of ${pairs} pairs | |
| --- | ---: | ---: | ---: | --- |
${lines.join("\n")}`);
  return lost.length > 0 ? 1 : 0;
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.once(signal, () => {
    cleanUp();
    process.exit(code);
  });
}

await program(import.meta.url, async (args) => {
  const [first = "HEAD", ...rest] = args;
  if (rest.length > 0 || (first.startsWith("-") && first !== "--record"))
    throw new Failure("expected a commit or --record, or nothing: the working tree beside HEAD");
  if (first === "--record") {
    const { instructions, compiler } = await recordInstructions();
    say(`bench/guard/instructions.json: ${JSON.stringify(instructions)} (${compiler}); commit it`);
    return 0;
  }
  try {
    return await guard(first);
  } finally {
    cleanUp();
  }
});
