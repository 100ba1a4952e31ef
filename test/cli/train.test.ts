import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../ts/index.js";
import { freshDist, prose, recurra, workFolder } from "./program.js";

const folder = workFolder();
const cwd = folder.path;
const book = prose(6000).slice(0, 6000);
const small = ["--hidden-size", "16", "--truncate", "16"];
const train = (...args: string[]) => recurra(["train", "book.txt", ...small, ...args], { cwd });

beforeAll(async () => {
  folder.file("book.txt", book);
  await freshDist();
}, 300_000);
afterAll(() => folder.remove());

describe("recurra train", () => {
  it("writes a model, a checkpoint and a page, and says how good it is", async () => {
    const { code, stdout, stderr } = await train("--updates", "60");
    expect(stderr).toContain("book: 5,400 characters to learn from, 600 held out");
    expect(code).toBe(0);
    expect(readdirSync(join(cwd, "book-model")).sort()).toEqual([
      "checkpoint.safetensors",
      "model.safetensors",
      "report.html",
    ]);
    expect(stdout).toContain("── 400 characters it wrote ");
    expect(stdout).toMatch(/held out +\d\.\d{3} bits per character/);
    expect(stdout).toMatch(/baseline +\d\.\d{3} bits per character \(symbol frequencies\)/);
    expect(stdout).toContain("npx recurra generate book-model");
    // Not on a terminal: no colours, nothing that moves.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what must not be there
    expect(stdout + stderr).not.toMatch(/[\u001b\r]/);
  });

  it("prints one JSON document with --json, whose hash is that of the file's numbers", async () => {
    const { code, stdout } = await train("--updates", "40", "--out", "json", "--json");
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown> & { heldOut: Record<string, number> };
    expect(Object.keys(result)).toEqual(
      "task kernel updates steps seconds stepsPerSecond heldOut model checkpoint report sha256".split(" "),
    );
    expect(result).toMatchObject({
      task: "generate",
      kernel: "simd",
      updates: 40,
      model: join("json", "model.safetensors"),
    });
    // 8 lanes of 16 steps; 5399 steps make lanes of 674 and 675, so every update is full up to the 42nd.
    expect(result.steps).toBe(40 * 8 * 16);
    const { loss = 0, bits = 0, baseline = 0, accuracy = 0 } = result.heldOut;
    expect(bits).toBeCloseTo(loss / Math.log(2), 12);
    expect(accuracy).toBeGreaterThan(0);
    expect(baseline).toBeGreaterThan(0);
    const hash = createHash("sha256");
    const { tensors } = readSafetensors(readFileSync(join(cwd, "json/model.safetensors")));
    for (const { data } of tensors.values())
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    expect(result.sha256).toBe(hash.digest("hex"));
  });

  it("gets the same weights from the same command", async () => {
    const [a, b] = await Promise.all(
      ["same-a", "same-b"].map((out) => train("--updates", "30", "--out", out, "--json")),
    );
    expect(JSON.parse(a?.stdout ?? "").sha256).toBe(JSON.parse(b?.stdout ?? "").sha256);
  });

  it("after Ctrl-C goes on to the very weights of an uninterrupted run", async () => {
    const options = ["--updates", "4000", "--json", "--hidden-size", "32"];
    const whole = await train(...options.slice(0, 3), "--out", "whole");
    const stop = (after: number) => {
      let sent = false;
      return {
        cwd,
        onStderr: (_: string, child: { kill: (signal: "SIGINT") => boolean }) => {
          if (!sent) setTimeout(() => child.kill("SIGINT"), after);
          sent = true;
        },
      };
    };
    const start = ["train", "book.txt", ...small, ...options.slice(0, 3), "--out", "cut"];
    const first = await recurra(start, stop(20));
    expect(first.stderr).toMatch(/stopped after update [\d,]+; everything is saved/);
    expect(first.stderr).toContain("npx recurra train book.txt --out cut --resume");
    expect(first.code).toBe(130);
    expect(first.stdout).toBe("");
    const onward = ["train", "book.txt", "--out", "cut", "--resume", "--json"];
    const second = await recurra(onward, stop(120));
    expect([0, 130]).toContain(second.code);
    const last = await recurra(onward, { cwd });
    expect(JSON.parse(last.stdout).sha256).toBe(JSON.parse(whole.stdout).sha256);
    expect(JSON.parse(last.stdout).updates).toBe(4000);
  }, 120_000);

  it("saves when its terminal is closed, however often it is told so", async () => {
    let sent = false;
    const { code, stderr } = await recurra(
      ["train", "book.txt", ...small, "--updates", "1000000", "--out", "closed"],
      {
        cwd,
        onStderr: (_, child) => {
          if (!sent) for (const after of [200, 201]) setTimeout(() => child.kill("SIGHUP"), after);
          sent = true;
        },
      },
    );
    const [, update] = /stopped after update ([\d,]+); everything is saved/.exec(stderr) ?? [];
    expect(update, stderr).toBeDefined();
    // It ends by the signal itself, which a shell shows as 129.
    expect(code).toBeNull();
    const { stdout } = await recurra(["inspect", "closed/checkpoint.safetensors"], { cwd });
    expect(stdout).toContain(`checkpoint after update ${update}`);
  }, 60_000);

  it("leaves at once at a second Ctrl-C, with whole files", async () => {
    expect((await train("--updates", "5", "--out", "twice")).code).toBe(0);
    const args = ["train", "book.txt", "--out", "twice", "--resume", "--updates", "1000000"];
    let sent = false;
    const { code } = await recurra(args, {
      cwd,
      onStderr: (_, child) => {
        if (!sent) for (const after of [200, 201]) setTimeout(() => child.kill("SIGINT"), after);
        sent = true;
      },
    });
    expect(code).toBe(130);
    expect((await recurra(["inspect", "twice/checkpoint.safetensors"], { cwd })).code).toBe(0);
    expect((await recurra(["inspect", "twice"], { cwd })).code).toBe(0);
  }, 60_000);

  it("extends a finished run, and keeps what it wrote before", async () => {
    expect((await train("--updates", "20", "--out", "longer")).code).toBe(0);
    const before = readFileSync(join(cwd, "longer/report.html"), "utf8");
    const { code, stdout } = await recurra(
      ["train", "book.txt", "--out", "longer", "--resume", "--updates", "50", "--json"],
      { cwd },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).updates).toBe(50);
    const after = readFileSync(join(cwd, "longer/report.html"), "utf8");
    const items = (page: string) => page.split("<li>").length - 1;
    expect(items(after)).toBe(items(before) + 1);
  });

  it("never writes over anything without leave", async () => {
    expect((await train("--updates", "5", "--out", "kept")).code).toBe(0);
    const files = readdirSync(join(cwd, "kept")).map((name) => join(cwd, "kept", name));
    const before = files.map((file) => readFileSync(file));
    const again = await train("--updates", "5", "--out", "kept", "--seed", "1");
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(
      /exists; go on with --resume, start anew over it with --force, or choose --out/,
    );
    expect(files.map((file) => readFileSync(file))).toEqual(before);
    expect((await train("--updates", "5", "--out", "kept", "--seed", "1", "--force")).code).toBe(0);
    expect(files.map((file) => readFileSync(file))).not.toEqual(before);
  });

  it("stops where numbers stop being finite, and keeps the last good state", async () => {
    expect((await train("--updates", "5", "--out", "burst")).code).toBe(0);
    // Weights so large that the outputs overflow, as after an update that was far too long.
    const path = join(cwd, "burst/checkpoint.safetensors");
    const { tensors, metadata } = readSafetensors(readFileSync(path));
    tensors.get("weight_ho")?.data.fill(3e38);
    writeFileSync(path, writeSafetensors(tensors, metadata));
    const { code, stderr, stdout } = await recurra(
      ["train", "book.txt", "--out", "burst", "--resume", "--updates", "50", "--json"],
      { cwd },
    );
    expect(stderr).toMatch(
      /error: training stopped at update 6 \(loss NaN.*\): loss or gradient norm is not finite/,
    );
    expect(code).toBe(1);
    expect(stdout).toBe("");
    const { tensors: kept, metadata: state } = readSafetensors(readFileSync(path));
    expect(JSON.parse(state["recurra.checkpoint"] ?? "").update).toBe(5);
    expect(kept.get("weight_hh")).toEqual(tensors.get("weight_hh"));
  });

  it("leaves symbols that training never saw out of scoring, and says so", async () => {
    folder.file("odd.txt", `${book.slice(0, 5400)}${book.slice(0, 590)}é—é`);
    const { code, stderr } = await recurra(["train", "odd.txt", ...small, "--updates", "5"], { cwd });
    expect(stderr).toContain(
      '3 characters of the held-out part never occur in the training part ("é" (U+00E9), "—" (U+2014))',
    );
    expect(code).toBe(0);
  });

  it("learns bytes of any file", async () => {
    folder.file(
      "any.bin",
      new Uint8Array(4000).map((_, i) => (i * i) % 256),
    );
    const { code, stdout } = await recurra(["train", "any.bin", "--bytes", ...small, "--updates", "5"], {
      cwd,
    });
    expect(stdout).toMatch(/bits per byte/);
    expect(code).toBe(0);
  });

  it("uses colour when it is asked to, and never against NO_COLOR", async () => {
    const args = ["train", "book.txt", ...small, "--updates", "5", "--force"];
    const colour = await recurra(args, { cwd, env: { FORCE_COLOR: "1" } });
    expect(colour.stdout).toContain("\u001b[");
    const none = await recurra(args, { cwd, env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(none.stdout + none.stderr).not.toContain("\u001b[");
  });
});
