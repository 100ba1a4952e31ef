/** The examples that need Node and the package alone: each runs as its first lines say. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, root, workFolder } from "../cli/program.js";
import { examples, kernel, lineCount, makeModel, output, runExample } from "./common.js";

const folder = workFolder();
let model = "";
let expected = "";
beforeAll(async () => {
  ({ model, expected } = await makeModel(folder.path));
}, 120_000);
afterAll(() => folder.remove());

describe("the bare kernel", () => {
  it("gives a hash of what was streamed and one of the trained weights", () => {
    expect(expected).toMatch(/^stream {2}[0-9a-f]{64}\nweights [0-9a-f]{64}\n$/);
  });

  it("does the same in plain JavaScript", async () => {
    expect(await runExample("plain-js/host.mjs", kernel, model)).toBe(expected);
    expect(lineCount("plain-js/host.mjs")).toBeLessThan(100);
  });

  it("says what it wants where it is not told", async () => {
    const { code, stdout, stderr } = await execute(process.execPath, [join(examples, "plain-js/host.mjs")]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^usage: node host\.mjs kernel\.wasm model\.safetensors .*\n$/);
  });
});

describe("examples in Node", () => {
  it("forecast: a day ahead, far better than the last value", async () => {
    const printed = await runExample("forecast/forecast.mjs");
    const [, error, naive] =
      printed.match(/over a day: ([\d.]+); of repeating the last value: ([\d.]+)/) ?? [];
    expect(Number(naive)).toBeGreaterThan(50);
    expect(Number(error)).toBeLessThan(5);
  });

  it("sensor: every sample is answered, and the fault is seen", async () => {
    const printed = await runExample("sensor/sensor.mjs", "0.5");
    expect(printed).toMatch(/^500 samples, \d+ deadlines missed, slowest step \d+\.\d+ ms\n/);
    expect(printed).toContain("alarms at 250");
  });

  it("server: streams text to several at once, refuses what it cannot do, and stops at SIGTERM", async () => {
    const server = spawn(process.execPath, [join(examples, "server/server.mjs"), "0"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const ended = once(server, "exit");
      const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
      const [, address = ""] = line.match(/^listening on (\S+)/) ?? [];
      const ask = (query: string) => read(`${address}/?${query}`);
      const [first, same, greedy, refused] = await Promise.all([
        ask("prompt=the&steps=300&seed=1"),
        ask("prompt=the&steps=300&seed=1"),
        ask("prompt=the+quick+&steps=20&temperature=0"),
        ask("temperature=-1"),
      ]);
      expect(first.status).toBe(200);
      expect(first.text).toMatch(/^[a-z. ]{300}\n$/);
      expect(first.chunks).toBeGreaterThan(1);
      expect(same.text).toBe(first.text);
      expect(greedy.text).toBe("brown fox jumps over\n");
      expect(refused.status).toBe(400);
      expect(refused.text).toContain("temperature");
      server.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    } finally {
      server.kill("SIGKILL");
    }
  });
});

/** Reads a whole answer, counting the pieces in which it came. */
async function read(address: string): Promise<{ status: number; text: string; chunks: number }> {
  const [response] = await once(get(address, { agent: false }), "response");
  let text = "";
  let chunks = 0;
  for await (const chunk of response.setEncoding("utf8")) {
    text += chunk;
    chunks++;
  }
  return { status: response.statusCode ?? 0, text, chunks };
}

describe("edge workers", () => {
  it.each(["edge", "workerd"])(
    "%s makes a model where there is none, and says where it listens",
    async (name) => {
      const place = workFolder();
      const file = join(place.path, "model.safetensors");
      const make = (): Promise<string> => output(process.execPath, ["make-model.mjs"], { cwd: place.path });
      try {
        // The folder by itself, with the package installed.
        copyFileSync(join(examples, name, "make-model.mjs"), join(place.path, "make-model.mjs"));
        mkdirSync(join(place.path, "node_modules"));
        symlinkSync(root, join(place.path, "node_modules/recurra"));
        expect(await make()).toContain("127.0.0.1:8787");
        expect(readFileSync(file).equals(readFileSync(model))).toBe(true);
        writeFileSync(file, "somebody's own");
        await make();
        expect(readFileSync(file, "utf8")).toBe("somebody's own");
      } finally {
        place.remove();
      }
      for (const part of ["worker.capnp", "make-model.mjs"])
        expect(readFileSync(join(examples, name, part), "utf8")).toContain("127.0.0.1:8787");
      expect(readFileSync(join(examples, name, "package.json"), "utf8")).not.toContain("../make-model");
    },
  );
});

describe("the list of examples", () => {
  const page = readFileSync(join(examples, "README.md"), "utf8");
  const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it.each(folders.map(({ name }) => name))("names %s, with the command that starts it", (name) => {
    const row = page.split("\n").find((line) => line.startsWith("|") && line.includes(`](${name}/)`));
    expect(row).toMatch(/`[^`]+`[ |]*$/);
  });
});
