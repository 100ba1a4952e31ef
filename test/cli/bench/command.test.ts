/** `recurra bench` as a command: its parts, what it prints, and what it leaves behind when it is stopped. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDist, isAlive, recurra, workFolder } from "../program.js";

const folder = workFolder();
const peers = join(folder.path, "peers");
const temporary = join(folder.path, "tmp");
const pids = join(folder.path, "pids");
const env = { RECURRA_BENCH_PEERS: peers, TMPDIR: temporary, FAKE_PIDS: pids };
const bench = (...args: string[]) => recurra(["bench", ...args], { env });

beforeAll(async () => {
  mkdirSync(peers);
  mkdirSync(temporary);
  copyFileSync(fileURLToPath(new URL("./fake.mjs", import.meta.url)), join(peers, "run.mjs"));
  await freshDist();
}, 300_000);
afterAll(() => folder.remove());

describe("recurra bench", () => {
  it("prints what was timed, as JSON and as a table", async () => {
    const { code, stdout, stderr } = await bench("w1", "W4", "--seconds", "0.1", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(Object.keys(result)).toEqual([
      ...["version", "date", "system", "cpu", "engine", "commit", "kernel", "workers"],
      ...["seconds", "peakGflops", "workloads", "peers"],
    ]);
    expect(result.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(new Date(result.date).toISOString()).toBe(result.date);
    expect(result.system).toContain(process.platform);
    expect(result.workers).toBe(0);
    expect(result.workloads.map(({ name, unit }: Record<string, string>) => [name, unit])).toEqual([
      ["W1", "tokens/s"],
      ["W4", "µs/step"],
    ]);
    for (const { median, best, gflops, shareOfPeak, spread, floor, reached } of result.workloads) {
      for (const value of [median, best, gflops, shareOfPeak, ...spread, floor])
        expect(value).toBeGreaterThan(0);
      expect(reached).toBe(shareOfPeak >= floor);
    }
    const table = await bench("W4", "--seconds", "0.1");
    expect(table.stdout).toMatch(/\| W4 +\| .* \| .* µs\/step \| .* µs\/step \| .* \| +\d+ % \|/);
    expect(table.stdout).toContain("- W4: the call and the copies");
  }, 60_000);

  it("compares with what is there and lists what is not", async () => {
    const { code, stdout, stderr } = await bench("W4", "--peers", "--native", "--seconds", "0.3", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const { peers: rows, core } = JSON.parse(stdout);
    expect(core === null || Number.isInteger(core)).toBe(true);
    expect(rows[0]).toMatchObject({ peer: "recurra", workload: "W4", status: "timed", ratio: 1 });
    expect(rows[0].peakRssBytes).toBeGreaterThan(1e7);
    // These answer with 3 outputs, where there are 64 × 10.
    const names = ["tfjs-wasm", "tfjs-cpu", "jax-wasm", "ort-web", "ort-node", "brain", "tuned"];
    for (const name of names) {
      const note = "expected 640 outputs, got 3";
      expect(rows).toContainEqual({ peer: name, workload: "W4", status: "failed", note });
    }
    for (const name of ["torch", "jax", "numpy"]) {
      const install = expect.stringMatching(/^RECURRA_BENCH_PEERS is .*: there is no .*run\.py$/);
      expect(rows).toContainEqual(expect.objectContaining({ peer: name, note: "not installed", install }));
    }
    expect(readdirSync(temporary)).toEqual([]);
  }, 60_000);

  it("counts bytes and starts processes", async () => {
    const { code, stdout, stderr } = await bench("memory", "startup", "--seconds", "0.1", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const { memory, startup, workloads, peakGflops } = JSON.parse(stdout);
    expect([workloads, peakGflops]).toEqual([[], null]);
    expect(memory.workloads).toHaveLength(6);
    for (const row of memory.workloads) {
      // No workload has sizes that would be padded, or a budget.
      expect(row.tape).toBe(row.tapeFormula);
      expect(row.network).toBeGreaterThanOrEqual(2 * row.parameters);
      expect(row.workspace).toBeGreaterThanOrEqual(row.tape + row.batch);
      expect(row.peakRssBytes).toBeGreaterThan(row.memory);
    }
    expect(memory.steady).toMatchObject({ updates: 10_000, after: memory.steady.before });
    for (const { total, split } of startup.rows) {
      expect(total).toBeGreaterThan(0);
      expect(Object.keys(split)).toEqual(["import", "compile", "create", "first"]);
    }
  }, 120_000);

  it("puts separate programs beside workers", async () => {
    const { code, stdout, stderr } = await bench("scaling", "--workers", "2", "--seconds", "0.1", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const { scaling } = JSON.parse(stdout);
    expect(scaling.map(({ name, workers }: Record<string, unknown>) => [name, workers])).toEqual(
      ["W2", "W3"].flatMap((name) => [0, 1, 2].map((workers) => [name, workers])),
    );
    for (const { workers, speedUp, separate, separateSpread, share } of scaling) {
      expect(speedUp).toBeGreaterThan(0);
      if (workers === 2 && availableParallelism() > 1)
        for (const value of [separate, ...separateSpread, share]) expect(value).toBeGreaterThan(0);
      else expect([separate, separateSpread, share]).toEqual([undefined, undefined, undefined]);
    }
    expect(readdirSync(temporary)).toEqual([]);
  }, 240_000);

  it("keeps what it found beside what failed", async () => {
    const nowhere = join(folder.path, "nowhere");
    const args = ["bench", "W4", "memory", "startup", "--peers", "--seconds", "0.1", "--json"];
    const { code, stdout, stderr } = await recurra(args, { env: { ...env, TMPDIR: nowhere, TEMP: nowhere } });
    expect(code).toBe(1);
    const { workloads, peers, startup, failures } = JSON.parse(stdout);
    expect([workloads.length, peers, startup.rows.length]).toEqual([1, [], 2]);
    const message = `cannot make a folder in ${nowhere} (ENOENT)`;
    expect(Object.keys(failures)).toEqual(["peers", "memory"]);
    expect(failures.peers).toContain(`W4: ${message}`);
    expect(failures.memory).toContain(message);
    expect(stderr).toContain(`error: memory: ${message}`);
    expect(stderr).not.toContain("report this");
  }, 60_000);

  it.each([
    [["memory", "--peers"], "--peers: expected W1, W2, W3, W4, W5 or W6"],
    [["W7", "--native"], "--native: expected W1, W2, W3, W4, W5 or W6"],
    [["W1", "--python", "python3"], "--python: expected --native too"],
    [["memory", "--engine", "node"], "--engine: expected W1, W2, W3"],
    [["W1", "--report", "sweep.html"], "--report: expected sweep too"],
    [["W1", "--write", "--kernel", "relaxed"], "--write: expected the default kernel and no workers"],
    [["W4", "W5", "--workers", "2"], "--workers: expected scaling or a workload that trains: W1, W2, W3, W6"],
    [["W2", "--workers", "2", "--peers"], "--workers: expected neither --peers nor --native"],
    [["memory", "--seconds", "5"], "--seconds: expected something that is timed, memory is counted"],
    [
      ["W1", "startup", "scaling", "--kernel", "relaxed"],
      "--kernel relaxed: expected workloads and sweep only, got scaling, startup",
    ],
    [
      ["W4", "memory", "sweep", "--engine", "node"],
      "--engine: expected memory, sweep in a call without it: measured in this Node only",
    ],
    [["W1", "--kernel", "foo"], '--kernel: expected simd or relaxed, got "foo"'],
    [["scaling", "--workers", "-1"], "--workers: expected a whole number from 0 to 64"],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await bench(...args);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain("usage: recurra bench [W1");
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("asks another engine, and says so if that is none", async () => {
    const args = ["startup", "--seconds", "0.1", "--json", "--engine"];
    const { code, stdout, stderr } = await bench(...args, process.execPath);
    expect([code, stderr]).toEqual([0, ""]);
    const { engine, engines } = JSON.parse(stdout);
    expect(engines).toHaveLength(1);
    expect(engines[0].engine).toBe(engine);
    const none = await bench(...args, "no-such-engine");
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("error: --engine: expected a Node, got no-such-engine (ENOENT)\n");
    const other = await bench("W4", "--engine", "git");
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^error: --engine: expected a Node, got git \(its version is "git/);
    const python = await bench("W4", "--native", "--python", join(folder.path, "python"));
    expect([python.code, python.stdout]).toEqual([1, ""]);
    expect(python.stderr).toMatch(/^error: --python: expected a Python, got .*python \(ENOENT\)$/m);
  }, 60_000);

  it.skipIf(process.platform === "win32")(
    "keeps what it found beside an engine that fails later, and what such an engine found",
    async () => {
      const engine = async (answer: string) => {
        const text = `#!${process.execPath}\nif (process.argv[2] === "--version") console.log("v99.0.0");\nelse { ${answer} }\n`;
        const path = folder.file("engine.mjs", text);
        chmodSync(path, 0o755);
        const { code, stdout } = await bench("W4", "--seconds", "0.1", "--json", "--engine", path);
        const { workloads, failures, engines } = JSON.parse(stdout);
        expect([code, workloads.length]).toEqual([1, 1]);
        return { failures, engines };
      };
      const broken = await engine('console.log("Hello!"); process.exitCode = 3');
      expect(broken.engines).toBeUndefined();
      expect(broken.failures.engine).toMatch(/engine\.mjs: expected a document, got code 3: "Hello!/);
      const document = { workloads: [], failures: { startup: "no" } };
      const partly = await engine(`console.log('${JSON.stringify(document)}'); process.exitCode = 1`);
      expect(partly.failures).toBeUndefined();
      expect(partly.engines).toEqual([document]);
    },
    60_000,
  );

  it.skipIf(process.platform === "win32")(
    "ends at once on Ctrl-C, with all that it started",
    async () => {
      writeFileSync(pids, "");
      const started = (): number[] =>
        readFileSync(pids, "utf8").trim().split("\n").filter(Boolean).map(Number);
      // Only the competitor that hangs: its process, and another that it starts.
      writeFileSync(join(peers, "run.mjs"), hanging());
      const ended = recurra(["bench", "W4", "--peers", "--seconds", "0.1"], { env, onStart: interruptLater });
      const { code, stdout } = await ended;
      expect([code, stdout]).toEqual([130, ""]);
      expect(started().length).toBeGreaterThanOrEqual(2);
      await expect.poll(() => started().filter(isAlive), { timeout: 10_000 }).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);

      async function interruptLater(stop: (signal: NodeJS.Signals) => void): Promise<void> {
        await expect.poll(() => started().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
        stop("SIGINT");
      }
    },
    90_000,
  );
});

/** The fake under a name that makes it hang, whatever it is asked for. */
function hanging(): string {
  const text = readFileSync(fileURLToPath(new URL("./fake.mjs", import.meta.url)), "utf8");
  return text.replace("const [name] = process.argv.slice(2);", 'const name = "hanging";');
}
