/** Competitors that behave, and competitors that do not. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare, type PeerResult } from "../../../ts/cli/bench/compare.js";
import type { Rival } from "../../../ts/cli/bench/rivals.js";
import { isAlive, workFolder } from "../program.js";

const fake = fileURLToPath(new URL("./fake.mjs", import.meta.url));
const folder = workFolder();
const pids = join(folder.path, "pids");
const rival = (name: string): Rival => ({
  name,
  commands: (problem) => [[process.execPath, fake, name, problem]],
  install: "get it",
});

const seen: string[] = [];
let results: PeerResult[];
const of = (name: string): PeerResult | undefined => results.find(({ peer }) => peer === name);

const comparing = (
  rivals: readonly Rival[],
  patience: number,
  tell: (what: string) => void = () => {},
): Promise<PeerResult[]> =>
  compare({
    workload: "W4",
    own: (problem) => {
      seen.push(problem);
      return [process.execPath, fake, "own", problem];
    },
    rivals,
    pinning: { core: undefined, pin: (command) => command },
    seconds: 0.05,
    tell,
    patience: { ready: patience, check: patience, run: patience },
  });
const started = (): number[] => readFileSync(pids, "utf8").trim().split("\n").map(Number);

beforeAll(async () => {
  process.env.FAKE_PIDS = pids;
  const second: Rival["commands"] = (problem) => [
    ["no-such-program"],
    [process.execPath, fake, "slow", problem],
  ];
  const behaving = [
    ...["slow", "near", "other", "wrong", "absent", "dying", "throwing", "chatting", "failing", "tired"].map(
      rival,
    ),
    { ...rival("second"), commands: second },
    { ...rival("nowhere"), commands: () => [["no-such-program"] as const] },
    { ...rival("missing"), missing: "not installed" },
  ];
  // A machine that is busy takes its time to start the others too.
  const [some, silent] = await Promise.all([
    comparing(behaving, 60),
    comparing([rival("mute"), rival("hanging")], 8),
  ]);
  results = [...some, ...silent.filter(({ peer }) => peer !== "recurra")];
}, 120_000);
afterAll(() => {
  delete process.env.FAKE_PIDS;
  folder.remove();
});

describe("compare", () => {
  it("times those that compute the same, as often as each other", () => {
    const own = of("recurra");
    expect(own).toMatchObject({ status: "timed", ratio: 1, unit: "µs/step", peakRssBytes: 1e6 });
    expect(own?.median).toBeCloseTo(0.01e6 / 64, 6);
    expect(of("slow")).toMatchObject({ status: "timed", version: "fake slow", deviation: 0 });
    expect(of("slow")?.ratio).toBeCloseTo(4, 6);
    expect(of("slow")?.repetitions).toBe(own?.repetitions);
    expect(own?.repetitions).toBeGreaterThanOrEqual(3);
    expect(of("near")?.deviation).toBeCloseTo(5e-6, 9);
  });

  it("times what says that it computes something else, and says so", () => {
    expect(of("other")).toMatchObject({ status: "timed", note: "it has other units" });
    expect(of("other")).not.toHaveProperty("deviation");
  });

  it.each([
    ["wrong", "failed", "computes something else: off by 1.0e-1"],
    ["mute", "failed", "no answer for 8 s"],
    ["hanging", "failed", "no answer for 8 s"],
    ["dying", "failed", "it ended with code 7: no more"],
    ["throwing", "failed", "it ended with code 1: Error: out of luck"],
    ["chatting", "failed", 'expected JSON, got "Hello! I am a library."'],
    ["failing", "failed", "it does not fit"],
    ["tired", "failed", "it ended with code 3"],
    ["absent", "skipped", "library is not installed"],
    ["missing", "skipped", "not installed"],
    ["nowhere", "skipped", "not installed"],
  ])("does not time %s, and says why", (name, status, note) => {
    expect(of(name)).toMatchObject({ peer: name, workload: "W4", status, note });
    expect(of(name)).not.toHaveProperty("median");
  });

  it("says how to get what is not installed", () => {
    for (const name of ["absent", "missing", "nowhere"]) expect(of(name)?.install).toBe("get it");
    expect(of("dying")).not.toHaveProperty("install");
  });

  it("tries one program after the other", () => {
    expect(of("second")?.ratio).toBeCloseTo(4, 6);
  });

  it("leaves no process and no folder behind", async () => {
    const all = started();
    // Those of the competitors, and one that a hanging one had started.
    expect(all.length).toBeGreaterThanOrEqual(14);
    await expect.poll(() => all.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    expect(seen.filter((path) => existsSync(path))).toEqual([]);
    expect(seen).toHaveLength(2);
  });

  it("fails where this library's own process does", async () => {
    const broken = compare({
      workload: "W4",
      own: (problem) => [process.execPath, fake, "dying", problem],
      rivals: [],
      pinning: { core: undefined, pin: (command) => command },
      seconds: 0.05,
      tell: () => {},
    });
    await expect(broken).rejects.toMatchObject({
      code: "environment",
      message: "recurra's own process: it ended with code 7: no more",
    });
  });

  it("lets another one begin each repetition", async () => {
    const order: string[][] = [[], [], []];
    await comparing([rival("slow"), rival("near")], 60, (what) => {
      const [, turn, name = ""] = /repetition (\d+), (\w+)/.exec(what) ?? [];
      order[Number(turn) - 1]?.push(name);
    });
    expect(order).toEqual([
      ["recurra", "near", "slow"],
      ["near", "slow", "recurra"],
      ["slow", "recurra", "near"],
    ]);
  });

  it("ends the others when this library's own process is lost in the middle", async () => {
    writeFileSync(pids, "");
    const lost = comparing([rival("slow"), rival("near")], 60, (what) => {
      if (what.includes("repetition 2, near")) process.kill(Number(started()[0]), "SIGKILL");
    });
    await expect(lost).rejects.toThrow("recurra's own process: it ended with SIGKILL");
    expect(started()).toHaveLength(3);
    await expect.poll(() => started().filter(isAlive), { timeout: 2000 }).toEqual([]);
  });
});
