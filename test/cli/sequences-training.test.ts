/** Training on sequences can be repeated, stopped and taken up again, to the bit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../ts/index.js";
import { freshDist, recurra, workFolder } from "./program.js";
import { documents, jsonl, level, ramp, range, series, small } from "./sequence-files.js";

const folder = workFolder();
const cwd = folder.path;
const { run, train, json } = documents(cwd);

beforeAll(async () => {
  folder.file("levels.csv", `time,level\n${series(0, 400, (i) => [i / 4, level(i).toFixed(3)])}`);
  folder.file("ramps.jsonl", jsonl(range(80).map((i) => ramp(i, i % 2 ? "up" : "down"))));
  await freshDist();
}, 300_000);
afterAll(() => folder.remove());

describe("training on sequences", () => {
  it("gives the same weights for the same command", async () => {
    const [a, b] = await Promise.all(
      ["a", "b"].map((out) => train("ramps.jsonl", "--updates", "40", "--out", out)),
    );
    expect(a?.sha256).toBe(b?.sha256);
  });

  it.each(["levels.csv", "ramps.jsonl"])(
    "of %s after Ctrl-C goes on to the bits of a whole run",
    async (file) => {
      const updates = ["--updates", "3000"];
      const out = `${file}-cut`;
      const whole = await train(file, ...updates, "--out", `${file}-whole`);
      let sent = false;
      const first = await recurra(["train", file, ...small, ...updates, "--out", out], {
        cwd,
        onStderr: (_, child) => {
          if (!sent) setTimeout(() => child.kill("SIGINT"), 30);
          sent = true;
        },
      });
      expect(first.stderr).toMatch(/stopped after update [\d,]+; everything is saved/);
      expect(first.code).toBe(130);
      const last = await json("train", file, "--out", out, "--resume");
      expect([last.updates, last.sha256]).toEqual([3000, whole.sha256]);
      // What is saved for going on is where training stands, not the best net on the way.
      const [cut, uncut] = [out, `${file}-whole`].map((name) =>
        readSafetensors(readFileSync(join(cwd, name, "checkpoint.safetensors"))),
      );
      expect(cut?.tensors).toEqual(uncut?.tensors);
    },
    60_000,
  );

  it("goes on only with the data it began with", async () => {
    await train("ramps.jsonl", "--updates", "5", "--out", "other");
    folder.file("changed.jsonl", jsonl(range(80).map((i) => ramp(i + 1, i % 2 ? "up" : "down"))));
    const { code, stderr } = await run("train", "changed.jsonl", "--out", "other", "--resume");
    expect(stderr).toMatch(
      /^error: changed\.jsonl is not the data that other.checkpoint\.safetensors learned from/,
    );
    expect(code).toBe(1);
  });
});
