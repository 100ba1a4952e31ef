// Counted work: instructions of one update in the native build, under callgrind. Unlike a time, the count does not depend
// on what else the machine does: the same compiler makes the same program, and a change of 2 % is a change of the code.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, inRoot, must, run, say, which } from "./run.mjs";

const file = inRoot("bench/guard/instructions.json");
/** Sequences in a batch: alone, where products have one row, and eight together. */
const batches = [1, 8];
export const tolerance = 0.02;

export const readInstructions = () => JSON.parse(readFileSync(file, "utf8"));

/** What decides the count besides the sources: the compiler, with the machine it compiles for, and these flags. */
async function nativeCompiler() {
  const { code, stdout } = await run("rustc", ["--version", "--verbose"], { output: "capture" });
  if (code !== 0 || !which("cargo")) return undefined;
  const host = /^host: (.*)$/m.exec(stdout)?.[1];
  return { compiler: stdout.split("\n")[0], host };
}

/** Why nothing can be counted here; undefined if it can. */
async function missing() {
  if (!(await nativeCompiler())) return "no cargo and rustc on PATH";
  if (!which("valgrind")) return "valgrind is not installed (apt-get install valgrind)";
  return undefined;
}

/** Instructions of one update for each batch: `{ "1": n, "8": n }`. */
async function count() {
  // For any processor of the kind, with nothing from the person's own environment.
  const env = { RUSTFLAGS: "", CARGO_BUILD_RUSTFLAGS: undefined, CARGO_ENCODED_RUSTFLAGS: undefined };
  const target = process.env.CARGO_TARGET_DIR ?? inRoot("build/target");
  const args = ["build", "--release", "--locked", "-p", "recurra-kernel", "--example", "one_update"];
  await must("building the example one_update", "cargo", args, { output: "capture", env });
  const program = join(target, "release/examples/one_update");
  const folder = mkdtempSync(join(tmpdir(), "recurra-count-"));
  try {
    const counts = {};
    for (const sequences of batches) {
      const of = (updates) => countRun(program, sequences, updates, folder);
      const [two, three] = await Promise.all([of(2), of(3)]);
      counts[sequences] = three - two;
    }
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function countRun(program, sequences, updates, folder) {
  const out = join(folder, `${sequences}-${updates}`);
  const args = ["--tool=callgrind", `--callgrind-out-file=${out}`, program, `${sequences}`, `${updates}`];
  const { stderr } = await must("counting instructions", "valgrind", args, { output: "capture" });
  const collected = /Collected\s*:\s*(\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Failure("callgrind ended without a count");
  return Number(collected);
}

/** Writes bench/guard/instructions.json anew. */
export async function recordInstructions() {
  const why = await missing();
  if (why) throw new Failure(`instructions cannot be counted: ${why}`);
  const record = { ...(await nativeCompiler()), profile: "release", instructions: await count() };
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/**
 * Counts again and compares: `{ passed, failed, skipped, why }`. Skipped where there is no valgrind, or a compiler other
 * than the one of the record, which makes another program. Less work has to be recorded, too: else a later loss of as
 * much would pass.
 */
export async function checkInstructions() {
  const recorded = readInstructions();
  const why = await missing();
  if (why) return { skipped: batches.length, why };
  const { compiler, host } = await nativeCompiler();
  if (compiler !== recorded.compiler || host !== recorded.host) {
    const theirs = `${recorded.compiler}, ${recorded.host}`;
    return { skipped: batches.length, why: `counted with ${theirs}; here is ${compiler}, ${host}` };
  }
  const counted = await count();
  const failures = [];
  for (const [sequences, now] of Object.entries(counted)) {
    const before = recorded.instructions[sequences];
    const change = now / before - 1;
    const line = `one update of ${sequences} sequences: ${now} instructions, recorded ${before} (${percent(change)})`;
    say(`  ${line}`);
    if (!(Math.abs(change) <= tolerance)) failures.push(line);
  }
  if (failures.length === 0) return { passed: batches.length };
  return {
    passed: batches.length - failures.length,
    failed: failures.length,
    why: `${failures.join("; ")}; if that is meant: npm run bench:guard -- --record`,
  };
}

const percent = (change) => `${change < 0 ? "−" : "+"}${Math.abs(change * 100).toFixed(2)} %`;
