/** `recurra bench` as a command: its parts, what it prints, and what it leaves behind when it is stopped. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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
      ...["cpu", "engine", "commit", "kernel", "peakGflops", "workloads", "peers"],
    ]);
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
    for (const name of ["torch", "jax", "numpy"])
      expect(rows).toContainEqual(expect.objectContaining({ peer: name, note: "not installed" }));
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
  }, 120_000);

  it.each([
    [["memory", "--peers"], "--peers: expected one of W1, W2, W3, W4, W5, W6"],
    [["W7", "--native"], "--native: expected one of W1, W2, W3, W4, W5, W6"],
    [["W1", "--python", "python3"], "--python: expected --native too"],
    [["memory", "--engine", "node"], "--engine: expected one of W1, W2, W3"],
    [["W1", "--report", "sweep.html"], "--report: expected sweep too"],
    [["W1", "--write", "--kernel", "relaxed"], "--write: expected the default kernel and no workers"],
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
    expect(none.stderr).toContain("--engine: expected a Node that runs no-such-engine, got spawn");
  }, 60_000);

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
