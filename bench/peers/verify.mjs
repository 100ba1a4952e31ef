/**
 * Does every competitor compute what the equations say? `node verify.mjs [competitor ...] [W1 ... W6] [--seconds n]`
 * makes random problems, compares each competitor with the f64 reference and says how fast it is, roughly: the
 * benchmark proper asks all of them in turns.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readProblem, shapesOf } from "./problem.mjs";
import { reference } from "./reference.mjs";

const workloads = {
  W1: { kind: "train", V: 65, I: 65, H: 128, O: 65, steps: 100, batch: 1 },
  W2: { kind: "train", V: 65, I: 65, H: 256, O: 65, steps: 64, batch: 32 },
  W3: { kind: "train", V: 65, I: 65, H: 512, O: 65, steps: 64, batch: 64 },
  W4: { kind: "stream", I: 32, H: 128, O: 10, steps: 64, batch: 1 },
  W5: { kind: "predict", I: 64, H: 256, O: 10, steps: 100, batch: 32, atEnd: true },
  W6: { kind: "train", I: 28, H: 128, O: 10, steps: 28, batch: 64, atEnd: true },
};
const here = import.meta.dirname;
const inNode = (name) => [process.execPath, join(here, "run.mjs"), name];
const inPython = (name) => [process.env.PYTHON ?? "python3", join(here, "native/run.py"), name];
const competitors = Object.fromEntries([
  ...["tuned", "jax-wasm", "tfjs-wasm", "tfjs-cpu", "ort-web", "ort-node", "brain"].map((n) => [
    n,
    inNode(n),
  ]),
  ...["torch", "jax", "numpy"].map((n) => [n, inPython(n)]),
]);

const args = process.argv.slice(2);
const at = args.indexOf("--seconds");
const seconds = at < 0 ? 2 : Number(args.splice(at, 2)[1]);
const chosen = (table) => {
  const named = Object.keys(table).filter((name) => args.includes(name));
  return named.length ? named : Object.keys(table);
};
const seed = 20;
console.log(`seed ${seed}`);
const temporary = mkdtempSync(join(tmpdir(), "recurra-peers-"));
try {
  for (const workload of chosen(workloads)) {
    const folder = join(temporary, workload);
    writeProblem(folder, workload);
    const expected = referenceOf(folder, workload);
    for (const name of chosen(competitors)) await row(workload, name, folder, expected);
  }
} finally {
  rmSync(temporary, { recursive: true });
}

async function row(workload, name, folder, expected) {
  const [program, ...rest] = competitors[name];
  const child = spawn(program, [...rest, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request) => {
    if (request) child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value } = await lines.next();
    const answer = JSON.parse(value ?? `{"error":"no answer"}`);
    if (answer.error) throw new Error(`${name}, ${workload}: ${answer.error}`);
    return answer;
  };
  const columns = [workload, name.padEnd(10)];
  const ready = await ask();
  if (ready.skip) return console.log(...columns, `skipped: ${ready.skip}`);
  const checked = await ask({ check: true });
  columns.push(checked.differs ? "differs " : deviation(checked, expected));
  let best = 0;
  let rounds = 1;
  for (const start = performance.now(); performance.now() - start < seconds * 1000; ) {
    const before = onCore(child.pid);
    const timed = await ask({ run: rounds });
    const rate = rounds / (onCore(child.pid) - before || timed.seconds);
    best = Math.max(best, rate);
    rounds = Math.max(1, Math.round(0.1 * rate));
  }
  const { kind, steps, batch } = workloads[workload];
  if (kind === "stream") columns.push(`${(1e6 / best / steps).toFixed(2)} µs a step`);
  else {
    const units =
      workload === "W5" || workload === "W6" ? ["sequences/s", batch] : ["tokens/s", batch * steps];
    columns.push(`${Math.round(best * units[1])} ${units[0]}, ${best.toPrecision(3)} rounds/s`);
  }
  const { peakRssBytes } = await ask({ end: true });
  console.log(...columns, `${Math.round(peakRssBytes / 2 ** 20)} MiB  ${ready.label}`);
}

/** Seconds a process has had a core to itself, which is what counts while others use the machine; NaN if not told. */
function onCore(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`);
    return tasks.reduce((sum, file) => sum + Number(readFileSync(file, "utf8").split(" ")[0]) / 1e9, 0);
  } catch {
    return Number.NaN;
  }
}

/** Losses: relative; outputs: absolute. */
function deviation(checked, expected) {
  const [got, want] = [checked.losses ?? checked.outputs, expected.losses ?? expected.outputs];
  if (got?.length !== want.length) throw new Error(`expected ${want.length} values, got ${got?.length}`);
  const scale = (value) => (expected.losses ? Math.abs(value) : 1);
  return Math.max(...want.map((value, i) => Math.abs(got[i] - value) / scale(value))).toExponential(1);
}

/** The reference takes half a minute on W3, so it is a process of its own; its result is kept for the folder. */
function referenceOf(folder, workload) {
  const problem = readProblem(folder);
  const start = performance.now();
  const result = reference(problem);
  console.error(`${workload}: reference took ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

function writeProblem(folder, workload) {
  const { atEnd, ...problem } = workloads[workload];
  const { V, I, H, steps, batch, O, kind } = problem;
  const random = generator(seed);
  mkdirSync(folder, { recursive: true });
  const files = {};
  const write = (name, type, values) => {
    files[name] = `${name}.${type}`;
    const array = (type === "i32" ? Int32Array : Float32Array).from(values);
    writeFileSync(join(folder, files[name]), new Uint8Array(array.buffer));
  };
  const uniform = (count, limit) => Array.from({ length: count }, () => limit * (2 * random() - 1));
  const whole = (count, below) => Array.from({ length: count }, () => Math.floor(below * random()));
  for (const [name, shape] of Object.entries(shapesOf(problem))) {
    write(
      name,
      "f32",
      uniform(
        shape.reduce((a, b) => a * b),
        1 / Math.sqrt(H),
      ),
    );
  }
  if (V) write("inputs", "i32", whole(batch * steps, V));
  else write("inputs", "f32", uniform(batch * steps * I, 1));
  if (kind === "train") write("targets", "i32", whole(atEnd ? batch : batch * steps, O));
  writeFileSync(
    join(folder, "problem.json"),
    JSON.stringify({ workload, ...problem, learningRate: 0.1, files }),
  );
}

/** A linear congruential generator; the same numbers everywhere. */
function generator(state) {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
