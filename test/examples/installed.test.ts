/**
 * The examples that need something installed, each with the versions it names: only with CI=true, and skipped, with the
 * reason, where the program or the package registry is absent.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { execute, prose, workFolder } from "../cli/program.js";
import { Chromium } from "./chromium.js";
import { answers, end, examples, install, kernel, lineCount, makeModel, output } from "./common.js";

const folder = workFolder();
afterAll(() => folder.remove());
const MINUTES = 60_000;

/** Skips a test, with the reason, where what it needs cannot be had. */
async function need(context: TestContext, what: string, program: string, ...args: string[]): Promise<void> {
  if (!(await answers(program, ...args))) context.skip(`${what} is not here`);
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, "close");
  return port;
}

const place = (name: string): string => {
  const path = join(folder.path, name);
  mkdirSync(path);
  return path;
};

/** Inputs of step t, as in make-model.mjs. */
const row = (t: number): number[] => [0, 1, 2].map((k) => (((7 * t + 5 * k) % 17) - 8) / 8);

describe.skipIf(process.env.CI !== "true")("with CI=true", () => {
  let model = "";
  let expected = "";
  beforeAll(async () => {
    ({ model, expected } = await makeModel(folder.path));
  }, 2 * MINUTES);

  /** Installs and starts an example of workerd on a port of its own. */
  async function serve(example: string) {
    const cwd = place(example);
    await install(example, cwd);
    copyFileSync(model, join(cwd, "model.safetensors"));
    const port = await freePort();
    const program = join(cwd, "node_modules/workerd/bin/workerd");
    const options = ["serve", "worker.capnp", `--socket-addr=http=127.0.0.1:${port}`];
    const worker = spawn(process.execPath, [program, ...options], { cwd, stdio: "inherit", detached: true });
    const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}/${path}`, init);
    while (worker.exitCode === null && !(await ask("").catch(() => undefined)))
      await new Promise((done) => setTimeout(done, 100));
    return { ask, stop: () => end(worker) };
  }

  it("python: wasmtime gives the library's bits", { timeout: 5 * MINUTES }, async (context) => {
    await need(context, "Python with venv", "python3", "-c", "import ensurepip, venv");
    const venv = join(folder.path, "venv");
    await output("python3", ["-m", "venv", venv]);
    const python = join(venv, "bin/python");
    const wanted = join(examples, "python/requirements.txt");
    const pip = await execute(python, ["-m", "pip", "install", "--quiet", "-r", wanted]);
    if (pip.code !== 0) context.skip(`wasmtime cannot be installed: ${pip.stderr.slice(-300)}`);
    expect(await output(python, [join(examples, "python/host.py"), kernel, model])).toBe(expected);
    expect(lineCount("python/host.py")).toBeLessThan(100);
  });

  it("go: wazero gives the library's bits", { timeout: 5 * MINUTES }, async (context) => {
    await need(context, "Go", "go", "version");
    const cwd = join(examples, "go");
    const download = await execute("go", ["mod", "download"], { cwd });
    if (download.code !== 0) context.skip(`wazero cannot be downloaded: ${download.stderr.slice(-300)}`);
    expect(await output("go", ["run", "-mod=readonly", ".", kernel, model], { cwd })).toBe(expected);
    expect(lineCount("go/main.go")).toBeLessThan(100);
    expect(await output("gofmt", ["-l", "."], { cwd })).toBe("");
  });

  it("workerd: each visitor has a stream, with the library's bits", {
    timeout: 5 * MINUTES,
  }, async (context) => {
    await need(context, "the npm registry", "npm", "ping");
    const { ask, stop } = await serve("workerd");
    try {
      // Two visitors by turns: neither disturbs the other.
      const hashes = [createHash("sha256"), createHash("sha256")];
      for (let t = 0; t < 100; t++) {
        for (const [visitor, hash] of hashes.entries()) {
          const answer = await ask(`?visitor=${visitor}&step=${row(t).join()}`);
          hash.update(Float32Array.from((await answer.json()) as number[]));
        }
      }
      const weights = await (await ask("train")).text();
      for (const hash of hashes) expect(`stream  ${hash.digest("hex")}\nweights ${weights}\n`).toBe(expected);
      expect((await ask("?visitor=0&step=1,x")).status).toBe(400);
      expect(lineCount("workerd/worker.js")).toBeLessThan(100);
    } finally {
      stop();
    }
  });

  it("edge: streams predictions, with the library's bits", { timeout: 5 * MINUTES }, async (context) => {
    await need(context, "the npm registry", "npm", "ping");
    const { ask, stop } = await serve("edge");
    try {
      const post = async (body: string): Promise<string> => (await ask("", { method: "POST", body })).text();
      const rows = Array.from({ length: 100 }, (_, t) => `${JSON.stringify(row(t))}\n`);
      const lines = (await post(rows.join(""))).trimEnd().split("\n");
      expect(lines).toHaveLength(100);
      const hash = createHash("sha256");
      for (const line of lines) hash.update(Float32Array.from(JSON.parse(line) as number[]));
      expect(expected).toContain(`stream  ${hash.digest("hex")}\n`);
      expect(await post("[1, 2]\n[1, 2, 3]\n")).toMatch(/^\{"error":"input: [^\n]*\}\n$/);
      expect((await ask("")).status).toBe(405);
    } finally {
      stop();
    }
  });

  it("vite-page: trains on pasted text in Chromium", { timeout: 5 * MINUTES }, async (context) => {
    const program = process.env.CHROMIUM ?? "chromium";
    await need(context, "Chromium", program, "--version");
    await need(context, "the npm registry", "npm", "ping");
    const cwd = place("vite-page");
    await install("vite-page", cwd);
    await output("npm", ["run", "build"], { cwd });

    const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };
    const server = createServer(({ url = "/" }, response) => {
      const file = join(cwd, "dist", url === "/" ? "index.html" : url);
      if (!existsSync(file)) response.writeHead(404).end();
      else
        response
          .writeHead(200, { "content-type": types[extname(file)] ?? "text/plain" })
          .end(readFileSync(file));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const browser = new Chromium(program, cwd);
    try {
      await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await browser.until(`location.protocol === "http:" && document.readyState === "complete"`);
      const start = (updates: number) =>
        browser.evaluate(`
          document.getElementById("text").value = ${JSON.stringify(prose(5000))};
          document.getElementById("updates").value = ${updates};
          document.getElementById("train").click();`);
      const status = `document.getElementById("status").textContent`;
      await start(300);
      await browser.until(`/^(Done|[a-z])/.test(${status})`);
      expect(await browser.evaluate(status)).toMatch(/^Done after 300 updates, loss 0\.\d+$/);
      expect(await browser.evaluate(`document.getElementById("written").textContent`)).toMatch(
        /The sea was calm\.|A ship came in|nobody knew/,
      );
      await start(20_000);
      await browser.until(`/^Update \\d/.test(${status})`);
      await browser.evaluate(`document.getElementById("stop").click()`);
      await browser.until(`/^Stopped after \\d+ updates/.test(${status})`);
    } finally {
      browser.close();
      server.close();
    }
  });
});
