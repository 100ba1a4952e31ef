/**
 * `recurra train` and `eval` on real data of four kinds, with no flag: what is held out has to be told clearly better than
 * without a net. The files are not part of the project: RECURRA_DATA names the folder that has them; without it the tests
 * are skipped.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDist, recurra, workFolder } from "./program.js";

const data = process.env.RECURRA_DATA;
const folder = workFolder();
const cwd = folder.path;
if (data === undefined) console.warn("skipped: RECURRA_DATA does not name a folder of data files");

beforeAll(async () => {
  if (data !== undefined) await freshDist();
}, 300_000);
afterAll(() => folder.remove());

/** `share`: of the baseline's error, the most that may be left. `test`: another file, and the least accuracy on it. */
const cases = [
  { file: "sunspots.csv", task: "forecast", share: 0.7 },
  { file: "santafe_laser.txt", task: "forecast", share: 0.15 },
  {
    file: "italy_power_demand_train.jsonl",
    task: "classify",
    test: "italy_power_demand_test.jsonl",
    least: 0.93,
  },
  { file: "japanese_vowels_train.jsonl", task: "classify", test: "japanese_vowels_test.jsonl", least: 0.93 },
  { file: "basic_motions_train.jsonl", task: "classify", test: "basic_motions_test.jsonl", least: 0.85 },
  { file: "names.txt", task: "generate", flags: ["--updates", "1000"], share: 0.85 },
] as const;

describe.skipIf(data === undefined)("real files", () => {
  it.each(cases)(
    "$file is worth learning",
    async (given) => {
      const { file, task } = given;
      const path = join(data ?? "", file);
      if (!existsSync(path)) {
        console.warn(`skipped: no ${path}`);
        return;
      }
      const flags = "flags" in given ? given.flags : [];
      const trained = await recurra(["train", path, ...flags, "--out", file, "--json"], { cwd });
      expect(trained.code, trained.stderr).toBe(0);
      const document = JSON.parse(trained.stdout) as { task: string; heldOut: Record<string, number> };
      expect(document.task).toBe(task);
      const { bits, rmse = bits, baseline = 0, accuracy = 0 } = document.heldOut;
      if ("share" in given) expect((rmse ?? Number.NaN) / baseline).toBeLessThan(given.share);
      else expect(accuracy).toBeGreaterThan(baseline + 0.3);
      if (!("test" in given)) return;
      const measured = await recurra(["eval", file, join(data ?? "", given.test), "--json"], { cwd });
      expect((JSON.parse(measured.stdout) as { accuracy: number }).accuracy).toBeGreaterThan(given.least);
    },
    120_000,
  );
});
