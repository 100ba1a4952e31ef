import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDist, program, prose, recurra, root, workFolder } from "./program.js";

const folder = workFolder();
const cwd = folder.path;
const names = ["train", "generate", "predict", "eval", "inspect", "convert", "lab", "bench"];
const run = (...args: string[]) => recurra(args, { cwd });

beforeAll(async () => {
  folder.file("book.txt", prose(6000));
  await freshDist();
  const { code } = await run("train", "book.txt", "--hidden-size", "16", "--updates", "100");
  expect(code).toBe(0);
}, 300_000);
afterAll(() => folder.remove());

describe("recurra", () => {
  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(await run("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("helps", async () => {
    const all = await run("--help");
    expect(all.code).toBe(0);
    for (const name of names) {
      expect(all.stdout).toContain(`  ${name} `);
      const one = await run(name, "--help");
      expect(one).toEqual({ code: 0, stdout: (await run("help", name)).stdout, stderr: "" });
      expect(one.stdout).toContain(`recurra ${name}`);
      expect(one.stdout).toContain("Examples");
    }
  });

  it("says how large a file may be, and what a folder of results is before it names it", async () => {
    const { stdout } = await run("train", "--help");
    const words = stdout.replace(/\s+/g, " ");
    expect(words).toContain("up to 268 MB");
    expect(words).toContain("The results go to a folder, NAME-model or --out FOLDER: model.safetensors");
  });

  it.each([
    [["trian"], "unknown command trian; did you mean train?"],
    [
      ["quux"],
      "unknown command quux; there are train, generate, predict, eval, inspect, convert, lab, bench",
    ],
    [["--versoin"], "unknown flag --versoin"],
    [["generate"], "MODEL is missing"],
    [["eval", "book-model"], "FILE is missing"],
    [["generate", "book-model", "--lenght", "3"], "unknown flag --lenght; did you mean --length?"],
    [["bench", "W99"], "expected W1, W2,"],
    [
      ["bench", "sclaing"],
      'expected W1, W2, W3, W4, W5, W6, W7, W8, W9, W10, W11, scaling, relaxed, startup, memory or sweep, got "sclaing"; did you mean scaling?',
    ],
  ])("refuses %j with exit code 2 and the right form", async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain("usage: recurra ");
    expect(code).toBe(2);
    expect(stdout).toBe("");
  });

  it("shows itself when called without a command, as a mistake", async () => {
    const { code, stderr } = await run();
    expect(code).toBe(2);
    expect(stderr).toContain("recurra train book.txt");
  });
});

describe("recurra generate", () => {
  it("writes the same for the same seed, whatever shape the command has", async () => {
    const text = await run("generate", "book-model", "--length", "120", "--seed", "5");
    expect(text.stderr).toBe("");
    const json = await run(
      "generate",
      "book-model/model.safetensors",
      "--length",
      "120",
      "--seed",
      "5",
      "--json",
    );
    const parsed = JSON.parse(json.stdout) as { text: string; seed: number };
    expect(parsed.seed).toBe(5);
    expect(Array.from(parsed.text)).toHaveLength(120);
    expect(text.stdout.trimEnd()).toBe(parsed.text.trimEnd());
    const other = await run("generate", "book-model", "--length", "120", "--seed", "6");
    expect(other.stdout).not.toBe(text.stdout);
  });

  it("draws a seed and prints it", async () => {
    const drawn = await run("generate", "book-model", "--length", "50", "--prompt", "The sea ");
    const seed = /^seed (\d+)\n$/.exec(drawn.stderr)?.[1] ?? "";
    expect(drawn.stdout.startsWith("The sea ")).toBe(true);
    const again = await run(
      "generate",
      "book-model",
      "--length",
      "50",
      "--prompt",
      "The sea ",
      "--seed",
      seed,
    );
    expect(again.stdout).toBe(drawn.stdout);
  });

  it("takes an empty prompt for none", async () => {
    const options = ["--length", "50", "--seed", "3", "--json"];
    const none = await run("generate", "book-model", ...options);
    for (const empty of [["--prompt", ""], ["--prompt="]]) {
      expect(await run("generate", "book-model", ...empty, ...options)).toEqual(none);
    }
    expect(none.code).toBe(0);
    const { code, stderr } = await run("generate", "book-model", "--prompt");
    expect([code, stderr]).toEqual([2, expect.stringContaining("--prompt needs a value: --prompt TEXT")]);
  });

  it("ends quietly when nobody reads on", async () => {
    const child = spawn(
      process.execPath,
      [program, "generate", "book-model", "--length", "1000000", "--seed", "1"],
      { cwd },
    );
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(stderr).toBe("");
  });

  it("names a symbol of the prompt that it does not know", async () => {
    const { code, stderr } = await run("generate", "book-model", "--prompt", "Où?");
    expect(stderr).toMatch(/^error: --prompt: .*"O" \(U\+004F\) at position 0/);
    expect(code).toBe(1);
  });
});

describe("recurra eval", () => {
  it("is better than the baseline on what it learned", async () => {
    const { code, stdout } = await run("eval", "book-model", "book.txt", "--json");
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(result)).toEqual(["loss", "bits", "accuracy", "baseline", "count"]);
    expect(result.count).toBe(Array.from(readFileSync(join(cwd, "book.txt"), "utf8")).length - 1);
    expect(result.bits).toBeLessThan(result.baseline ?? 0);
    expect((await run("eval", "book-model", "book.txt")).stdout).toContain(
      `${result.bits?.toFixed(3)} bits per character`,
    );
  });

  it("names an unknown symbol and where it stands", async () => {
    folder.file("other.txt", "The sea\nwas blüe.");
    const { code, stderr } = await run("eval", "book-model", "other.txt");
    expect(stderr).toMatch(/^error: other\.txt: .*"ü" \(U\+00FC\) at position 14, line 2\n$/);
    expect(code).toBe(1);
  });

  it.each([
    ["one.txt", "T", /has 1 character; at least 2 are needed/],
    ["bytes.bin", Uint8Array.of(0xff, 0xff), /is not text: it stops being UTF-8 at byte 0\n/],
  ])("refuses %s", async (name, content, message) => {
    folder.file(name, content);
    const { code, stderr } = await run("eval", "book-model", name);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});

describe("recurra inspect", () => {
  it("shows models and checkpoints", async () => {
    const model = JSON.parse((await run("inspect", "book-model", "--json")).stdout);
    expect(model).toMatchObject({ kind: "model", options: { hiddenSize: 16 } });
    expect(model.tensors.map(({ name }: { name: string }) => name)).toEqual([
      "weight_ih",
      "weight_hh",
      "bias_h",
      "weight_ho",
      "bias_o",
    ]);
    const checkpoint = JSON.parse(
      (await run("inspect", "book-model/checkpoint.safetensors", "--json")).stdout,
    );
    expect(checkpoint).toMatchObject({ kind: "checkpoint", update: 100, limits: { updates: 100 } });
    expect((await run("inspect", "book-model/checkpoint.safetensors")).stdout).toContain(
      "checkpoint after update 100",
    );
    expect((await run("inspect", "book-model")).stdout).toMatch(/weight_hh +16 × 16 +256/);
  });
});

describe("model files that are none", () => {
  it.each(["generate", "eval", "inspect"])("%s refuses them by name, in one sentence", async (command) => {
    const whole = readFileSync(join(cwd, "book-model/model.safetensors"));
    folder.file("cut.safetensors", whole.subarray(0, whole.length >> 1));
    folder.file("foreign.safetensors", "this is no such file, though it has some length");
    folder.file("empty.safetensors", "");
    for (const name of [
      "cut.safetensors",
      "foreign.safetensors",
      "empty.safetensors",
      "none.safetensors",
      ".",
    ]) {
      const { code, stdout, stderr } = await run(command, name, ...(command === "eval" ? ["book.txt"] : []));
      expect(stderr).toMatch(/^error: .*\n$/);
      expect(stderr).toContain(name === "." ? "model.safetensors" : name);
      expect(code).toBe(1);
      expect(stdout).toBe("");
    }
  });
});
