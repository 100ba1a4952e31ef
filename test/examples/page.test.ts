/**
 * Pages in Chromium that need nothing but the browser, and are skipped where it is absent: a worklet, a service worker, a
 * page that trains, and the README's page without a bundler.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it, type TestContext } from "vitest";
import { Rnn, Vocabulary } from "../../ts/index.js";
import { freshDist, prose, root, workFolder } from "../cli/program.js";
import { Chromium } from "./chromium.js";
import { answers, end, examples } from "./common.js";

const folder = workFolder();
afterAll(() => folder.remove());

/** Starts an example's server, opens its page, and ends both; the server by SIGTERM. */
async function visit(context: TestContext, example: string, look: (browser: Chromium) => Promise<void>) {
  const program = process.env.CHROMIUM ?? "chromium";
  if (!(await answers(program, "--version"))) context.skip("Chromium is not here");
  await freshDist();
  const server = spawn(process.execPath, [join(examples, example, "serve.mjs"), "0"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const browser = new Chromium(program, join(folder.path, example));
  try {
    const ended = once(server, "exit");
    const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
    await browser.open(line.match(/http:\S+/)?.[0] ?? "");
    await browser.until(`location.protocol === "http:" && document.readyState === "complete"`);
    await look(browser);
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  } finally {
    browser.close();
    end(server);
  }
}

describe.skipIf(process.env.CI !== "true")("with CI=true", () => {
  it("audio-worklet: a net plays its tone", { timeout: 300_000 }, (context) =>
    visit(context, "audio-worklet", async (browser) => {
      const samples = (await browser.evaluate(`(async () => {
        const { oscillator } = await import("/page.js");
        const context = new OfflineAudioContext(1, 12800, 48000);
        await oscillator(context);
        return [...(await context.startRendering()).getChannelData(0)];
      })()`)) as number[];
      expect(samples).toHaveLength(12800);
      const settled = samples.slice(6400);
      expect(Math.max(...settled)).toBeGreaterThan(0.3);
      expect(Math.max(...settled)).toBeLessThan(1.2);
      // The tone it learned repeats every 16 pi = 50.3 samples.
      const rises = settled.filter((value, i) => i > 0 && (settled[i - 1] ?? 0) < 0 && value >= 0).length;
      expect(rises).toBeGreaterThan(0.9 * (6400 / 50.3));
      expect(rises).toBeLessThan(1.1 * (6400 / 50.3));
    }),
  );

  it("service-worker: completes what the page asks for", { timeout: 300_000 }, (context) =>
    visit(context, "service-worker", async (browser) => {
      const written = `document.getElementById("written").textContent`;
      await browser.until(`${written} !== ""`);
      expect(await browser.evaluate(written)).toBe("brown fox jumps over the lazy dog.");
      const refused = await browser.evaluate(
        `fetch("/complete?prompt=1").then(async (answer) => [answer.status, await answer.text()])`,
      );
      expect(refused).toEqual([400, expect.stringContaining("symbols")]);
    }),
  );

  it("training-page: stops, and goes on where it stopped after a reload", { timeout: 300_000 }, (context) =>
    visit(context, "training-page", async (browser) => {
      const status = `(document.getElementById("status")?.textContent ?? "")`;
      const points = `document.getElementById("curve").getAttribute("points").split(" ").length`;
      const click = (id: string) => browser.evaluate(`document.getElementById("${id}").click()`);
      const idle = `document.getElementById("stop")?.disabled && !document.getElementById("forget").disabled`;
      await browser.until(`${status} === "nothing learned yet" && ${idle}`);
      await click("train");
      await browser.until(`/^update \\d+ of 3000/.test(${status})`);
      await click("stop");
      await browser.until(idle);
      const [, stopped = ""] = ((await browser.evaluate(status)) as string).match(/^update (\d+) of/) ?? [];
      expect(Number(stopped)).toBeLessThan(3000);
      expect(await browser.evaluate(points)).toBe(Number(stopped));
      await browser.evaluate(`window.old = true; void setTimeout(() => location.reload())`);
      await browser.until(`!window.old && ${status}.startsWith("update ${stopped} of 3000") && ${idle}`);
      await click("train");
      await browser.until(`${status}.startsWith("update 3000 of 3000") && ${idle}`);
      expect(await browser.evaluate(points)).toBe(3000);
      expect(await browser.evaluate(`document.getElementById("written").textContent`)).toMatch(
        /^the quick brown fox jumps over the lazy dog\. the quick/,
      );
    }),
  );

  it("the README's page writes by a copied file of the package", { timeout: 300_000 }, async (context) => {
    const program = process.env.CHROMIUM ?? "chromium";
    if (!(await answers(program, "--version"))) context.skip("Chromium is not here");
    await freshDist();
    const text = prose(5000);
    const vocabulary = Vocabulary.fromText(text);
    const sizes = { inputSize: vocabulary.size, hiddenSize: 16, outputSize: vocabulary.size };
    const rnn = await Rnn.create({ ...sizes, seed: 1, metadata: { vocabulary: vocabulary.toJSON() } });
    const prompt = { inputs: vocabulary.encode("The ") };
    const expected = vocabulary.decode([...rnn.generate({ prompt, steps: 300, seed: 1 })]);

    const [, page = ""] = readFileSync(join(root, "README.md"), "utf8").match(/^```html\n(.*?)^```/ms) ?? [];
    const files: Record<string, readonly [type: string, content: string | Uint8Array]> = {
      "/": ["text/html; charset=utf-8", page],
      "/recurra.js": ["text/javascript", readFileSync(join(root, "dist/index.js"))],
      "/model.safetensors": ["application/octet-stream", rnn.save()],
    };
    const server = createServer(({ url = "/" }, response) => {
      const [type, content] = files[url] ?? [];
      response.writeHead(type ? 200 : 404, { "content-type": type ?? "text/plain" }).end(content);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const browser = new Chromium(program, join(folder.path, "page"));
    try {
      await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const written = `(document.querySelector("output")?.textContent ?? "…")`;
      await browser.until(`${written} !== "…"`);
      expect(await browser.evaluate(written)).toBe(expected);
    } finally {
      browser.close();
      server.close();
    }
  });
});
