// The hosts and bundlers. Each cell runs the conformance file and returns the line it tells.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openPage, serve } from "./browsers.mjs";
import { ask, finish, need, start } from "./processes.mjs";

const lastLine = (text) => text.trim().split("\n").at(-1);

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @param folder Has the tools in node_modules, and `app` with the programs and the packed library. */
export function cellsIn(folder) {
  const app = join(folder, "app");
  const tool = (...parts) => join(folder, "node_modules", ...parts);
  const node = (version) =>
    Number(process.versions.node.split(".")[0]) === version
      ? process.execPath
      : need(`Node ${version}`, tool(`node${version}`, "bin/node"));
  const run = async (program, args) => lastLine(await finish(program, args, { cwd: app }));
  const script = (name, bin) => need(name, tool(name, bin));
  // wrangler and its like want a newer Node than the oldest one that the library runs in.
  const newest = () =>
    [26, 24, 22].map((v) => tool(`node${v}`, "bin/node")).find(existsSync) ?? process.execPath;

  /** Serves a folder of `app` and opens a page of it. */
  const inBrowser = async (name, root, page) => {
    const server = await serve(join(app, root));
    try {
      return await openPage(name, `${server.origin}/${page}`, server);
    } finally {
      server.close();
    }
  };

  /** The page as a bundler's output: `bundle` writes out/`name`/page.js. */
  const bundled = (name, bundle) => async () => {
    const out = join(app, "out", name);
    mkdirSync(out, { recursive: true });
    await bundle(out);
    if (!existsSync(join(out, "index.html")))
      writeFileSync(join(out, "index.html"), '<!doctype html><script type="module" src="page.js"></script>');
    return await inBrowser("Chromium", join("out", name), "index.html");
  };

  /** The library's own file in a browser, then in a page that may not compile. */
  const page = (name) => async () => {
    const line = await inBrowser(name, ".", "page.html");
    const forbidden = await inBrowser(name, ".", "forbidden.html?strict");
    const { error } = JSON.parse(forbidden);
    return error ? forbidden : line;
  };

  /** Modules of a worker, `[name, kind, path]`, in workerd. */
  const workerd = async (modules) => {
    const program = need("workerd", tool("@cloudflare/workerd-linux-64/bin/workerd"));
    const port = await freePort();
    const list = modules.map(([name, kind, path]) => `(name = "${name}", ${kind} = embed "${path}")`);
    const config = join(app, `workerd-${port}.capnp`);
    writeFileSync(
      config,
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [${list.join(", ")}], compatibilityDate = "2026-04-01"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);\n`,
    );
    const server = start(program, ["serve", config], { cwd: app });
    try {
      return await ask(`http://127.0.0.1:${port}/`, server);
    } finally {
      server.end();
    }
  };

  const wrangler = async () => {
    const cli = script("wrangler", "bin/wrangler.js");
    const config = { name: "edge", main: "edge.js", compatibility_date: "2026-04-01", send_metrics: false };
    writeFileSync(join(app, "wrangler.json"), JSON.stringify(config));
    const args = [cli, "deploy", "--dry-run", "--config", "wrangler.json", "--outdir", "out/wrangler"];
    await finish(newest(), args, { cwd: app, env: { WRANGLER_SEND_METRICS: "false" } });
    const files = readdirSync(join(app, "out/wrangler"));
    const wasm = files.filter((file) => file.endsWith(".wasm"));
    return await workerd([
      ["edge.js", "esModule", "out/wrangler/edge.js"],
      ...wasm.map((file) => [file, "wasm", `out/wrangler/${file}`]),
    ]);
  };

  const viteDev = async () => {
    const cli = script("vite", "bin/vite.js");
    const port = await freePort();
    const vite = start(
      process.execPath,
      [cli, "--port", String(port), "--strictPort", "--host", "127.0.0.1"],
      { cwd: app },
    );
    const told = await serve(app);
    try {
      await ask(`http://127.0.0.1:${port}/index.html`, vite);
      return await openPage("Chromium", `http://127.0.0.1:${port}/index.html`, told);
    } finally {
      vite.end();
      told.close();
    }
  };

  /** Next, built and started once: its route in Node, then its page in Chromium, which have to agree. */
  const next = async () => {
    const cli = script("next", "dist/bin/next");
    const cwd = join(app, "next");
    const env = { NEXT_TELEMETRY_DISABLED: "1" };
    await finish(process.execPath, [cli, "build"], { cwd, env, seconds: 420 });
    const port = await freePort();
    const server = start(process.execPath, [cli, "start", "-p", String(port), "-H", "127.0.0.1"], {
      cwd,
      env,
    });
    const told = await serve(app);
    try {
      const route = await ask(`http://127.0.0.1:${port}/api/run`, server);
      const client = await openPage("Chromium", `http://127.0.0.1:${port}/`, told);
      return route === client ? route : JSON.stringify({ error: `route ${route}, page ${client}` });
    } finally {
      server.end();
      told.close();
    }
  };

  const nodes = [20, 22, 24, 26].flatMap((version) => [
    [`Node ${version}, import`, () => run(node(version), ["module.mjs"])],
    [`Node ${version}, require`, () => run(node(version), ["require.cjs"])],
    [`Node ${version}, recurra/slim and recurra/node`, () => run(node(version), ["slim.mjs"])],
  ]);

  return [
    ...nodes,
    [
      "Deno",
      () =>
        run(need("deno", tool("@deno/linux-x64-glibc/deno")), [
          "run",
          "-A",
          "--no-lock",
          "--no-remote",
          "module.mjs",
        ]),
    ],
    [
      "Bun",
      () =>
        run(need("bun", tool("@oven/bun-linux-x64/bin/bun"), tool("@oven/bun-linux-x64-baseline/bin/bun")), [
          "module.mjs",
        ]),
    ],
    [
      "workerd",
      () =>
        workerd([
          ["edge.js", "esModule", "edge.js"],
          ["conformance.js", "esModule", "conformance.js"],
          ["recurra", "esModule", "node_modules/recurra/dist/index.workerd.js"],
          ["kernel.wasm", "wasm", "node_modules/recurra/dist/kernel.wasm"],
        ]),
    ],
    ["Chromium", page("Chromium")],
    ["Firefox ESR", page("Firefox ESR")],
    ["WebKitGTK", page("WebKitGTK")],
    [
      "esbuild",
      bundled("esbuild", (out) =>
        finish(
          process.execPath,
          [
            script("esbuild", "bin/esbuild"),
            ...["page.js", "--bundle", "--format=esm", "--minify", `--outfile=${join(out, "page.js")}`],
          ],
          { cwd: app },
        ),
      ),
    ],
    [
      "Rollup",
      bundled("rollup", (out) =>
        finish(
          process.execPath,
          [
            script("rollup", "dist/bin/rollup"),
            ...["page.js", "-p", "@rollup/plugin-node-resolve", "--file", join(out, "page.js")],
          ],
          { cwd: app },
        ),
      ),
    ],
    ["webpack", bundled("webpack", (out) => finish(process.execPath, ["webpack.mjs", out], { cwd: app }))],
    [
      "Vite, build",
      bundled("vite", (out) =>
        finish(process.execPath, [script("vite", "bin/vite.js"), "build", "--outDir", out, "--emptyOutDir"], {
          cwd: app,
        }),
      ),
    ],
    ["Vite, dev", viteDev],
    ["Next with Turbopack", next],
    ["wrangler", wrangler],
  ].map(([name, body]) => ({ name, body }));
}
