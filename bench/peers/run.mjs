/**
 * One competitor at one workload, as a process of its own: `node run.mjs <competitor> <folder>`.
 * Asked by JSON lines on stdin, answers by JSON lines on stdout; what a library prints goes to stderr.
 */
import { Console } from "node:console";
import { createInterface } from "node:readline";
import { readProblem, Skip } from "./problem.mjs";

/** A competitor exports `open(problem, name)`, which gives `{ label, versions }` and, by the kind of workload,
 * - train: `update()`, one update, which returns the loss before it, and `reset()`, back to the given weights;
 * - stream: `step(t, out)`, step t of the inputs, copied in, outputs copied to `out`, and `restart()`, h = 0;
 * - predict: `predict()`, the outputs of the whole batch.
 * All may return promises. `differs` says why its results cannot be compared. */
const programs = {
  "tfjs-wasm": () => import("./competitors/tfjs.mjs"),
  "tfjs-cpu": () => import("./competitors/tfjs.mjs"),
  "jax-wasm": () => import("./competitors/jax.mjs"),
  "ort-web": () => import("./competitors/ort.mjs"),
  "ort-node": () => import("./competitors/ort.mjs"),
  brain: () => import("./competitors/brain.mjs"),
  tuned: () => import("./competitors/tuned.mjs"),
};

const [name, folder] = process.argv.slice(2);
globalThis.console = new Console(process.stderr, process.stderr);
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  if (!programs[name] || folder === undefined) {
    throw new Error(`usage: node run.mjs <${Object.keys(programs).join(" | ")}> <folder>`);
  }
  const problem = readProblem(folder);
  const competitor = await (await programs[name]()).open(problem, name);
  const { label, versions } = competitor;
  answer({ ready: true, name, label, versions: { node: process.versions.node, ...versions } });
  await serve(problem, competitor);
} catch (error) {
  const reason = skipReason(error);
  answer(reason ? { skip: reason } : { error: error instanceof Error ? error.message : String(error) });
  if (!reason) console.error(error);
  process.exit(reason ? 0 : 1);
}

async function serve(problem, competitor) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    if (request.check) answer(await check(problem, competitor));
    else if (request.run) answer(await run(problem, competitor, request.run));
    else if (request.end) break;
    else throw new Error(`expected check, run or end, got ${line}`);
  }
  process.stdout.write(`${JSON.stringify({ peakRssBytes: process.resourceUsage().maxRSS * 1024 })}\n`, () =>
    process.exit(0),
  );
}

async function check({ kind, steps, O }, competitor) {
  const { differs } = competitor;
  if (kind === "train") {
    const losses = [await competitor.update(), await competitor.update(), await competitor.update()];
    await competitor.reset();
    return differs ? { differs } : { losses };
  }
  if (kind === "predict") return { outputs: [...(await competitor.predict())] };
  const out = new Float32Array(O);
  const outputs = [];
  for (let t = 0; t < steps; t++) {
    await competitor.step(t, out);
    outputs.push(...out);
  }
  await competitor.restart();
  return { outputs };
}

async function run({ kind, steps, O }, competitor, rounds) {
  if (kind === "stream") return stream(competitor, steps, O, rounds);
  const once = kind === "train" ? competitor.update : competitor.predict;
  const start = performance.now();
  for (let round = 0; round < rounds; round++) await once();
  return { seconds: (performance.now() - start) / 1000, rounds };
}

/** A promise is awaited only where there is one; the clock is read as rarely as for recurra, at the ends of a sample. */
async function stream(competitor, steps, O, rounds) {
  const out = new Float32Array(O);
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    for (let t = 0; t < steps; t++) {
      const pending = competitor.step(t, out);
      if (pending) await pending;
    }
  }
  return { seconds: (performance.now() - start) / 1000, rounds };
}

/** Why there is nothing to time, if that is no failure. */
function skipReason(error) {
  if (error instanceof Skip) return error.message;
  if (error?.code === "ERR_MODULE_NOT_FOUND" || error?.code === "MODULE_NOT_FOUND") {
    const what = /Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1];
    return `${what} is not installed: npm ci --ignore-scripts in bench/peers`;
  }
  return undefined;
}
