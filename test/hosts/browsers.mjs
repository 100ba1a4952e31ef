// Browsers of the system that open one page, and the server of the page, which hears from it what came of it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { which } from "../../scripts/run.mjs";
import { need, start } from "./processes.mjs";

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const quiet = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
];

/** How each browser is started without a window: `[program, arguments]`. */
const browsers = {
  Chromium: (profile, url) => [
    need("chromium", which("chromium"), which("google-chrome")),
    ["--headless", ...quiet, `--user-data-dir=${profile}`, url],
  ],
  "Firefox ESR": (profile, url) => [
    need("firefox-esr", which("firefox-esr")),
    ["--headless", "--no-remote", "--profile", profile, url],
  ],
  WebKitGTK: (_, url) => [
    need("xvfb-run", which("xvfb-run")),
    [
      "--auto-servernum",
      need(
        "MiniBrowser (webkit2gtk-driver)",
        ...["4.1", "4.0", "6.0"].map((v) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${v}/MiniBrowser`),
      ),
      "--private",
      url,
    ],
  ],
};

const policy = (compile) =>
  `default-src 'self'; script-src 'self' ${compile ? "'wasm-unsafe-eval'" : ""}; worker-src 'self' blob:; connect-src *`;

/** Serves a folder; pages of which the address has `strict` in its query may not compile WebAssembly. */
export async function serve(folder) {
  const waiting = new Map();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://host");
    if (request.method === "POST") {
      let body = "";
      for await (const part of request) body += part;
      waiting.get(pathname)?.(body);
      return response.end();
    }
    const path = normalize(pathname);
    try {
      const file = readFileSync(join(folder, path));
      response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream");
      response.setHeader("content-security-policy", policy(!searchParams.has("strict")));
      response.end(file);
    } catch {
      response.writeHead(404, { "content-type": "text/html" }).end("<p>Not found");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  let count = 0;
  return {
    origin,
    /** An address to tell what came of it, and what is told. */
    mailbox() {
      count += 1;
      const path = `/told/${count}`;
      return { address: origin + path, told: new Promise((resolve) => waiting.set(path, resolve)) };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Opens a page in a browser and returns what it tells. */
export async function openPage(name, page, server, seconds = 120) {
  const profile = mkdtempSync(join(tmpdir(), "recurra-profile-"));
  const { address, told } = server.mailbox();
  const url = `${page}${page.includes("?") ? "&" : "?"}report=${encodeURIComponent(address)}`;
  let browser;
  try {
    browser = start(...browsers[name](profile, url), { env: { HOME: profile }, seconds });
    const ended = browser.done.then(({ text }) => {
      throw new Error(`the page told nothing: ${text.trim().slice(-1500)}`);
    });
    return await Promise.race([told, ended]);
  } finally {
    browser?.end();
    await browser?.done;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
