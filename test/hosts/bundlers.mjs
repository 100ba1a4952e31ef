// Bundlers, each with a page of `recurra` and one of `recurra/slim`, whose kernel it has to put beside the page.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ask, finish, start } from "./processes.mjs";
import { freePort } from "./tools.mjs";

const page = "page.js";
/** `new URL("recurra/kernel.wasm", import.meta.url)` is understood, */
const byAddress = "slim/page.js";
/** or left as it is, and an import gives the address. */
const byImport = "slim/import.js";

export function bundlerCells({ app, script, inBrowser, elsewhere }) {
  const node = (args) => finish(process.execPath, args, { cwd: app });

  /** `bundle` writes `out`/page.js from `entry`, or pages of its own, which Chromium then opens. */
  const bundled = (name, entry, bundle) => async () => {
    const root = join("out", `${name}-${entry.replaceAll(/\W/g, "-")}`);
    const out = join(app, root);
    mkdirSync(out, { recursive: true });
    await bundle(entry, out);
    if (!existsSync(join(out, "index.html")))
      writeFileSync(join(out, "index.html"), '<!doctype html><script type="module" src="page.js"></script>');
    return await inBrowser("Chromium", root, "index.html");
  };

  const esbuild = (entry, out) => {
    const form = ["--bundle", "--splitting", "--format=esm", "--minify", "--loader:.wasm=file"];
    return node([script("esbuild", "bin/esbuild"), `page=${entry}`, ...form, `--outdir=${out}`]);
  };

  const rollup = (entry, out) => {
    const plugins = ["@rollup/plugin-node-resolve", 'url={include:["**/*.wasm"],limit:0}'];
    const args = ["--input", `page=${entry}`, ...plugins.flatMap((plugin) => ["--plugin", plugin])];
    return node([script("rollup", "dist/bin/rollup"), ...args, "--dir", out]);
  };

  const webpack = (entry, out) => {
    script("webpack", "package.json");
    return node(["webpack.mjs", `./${entry}`, out]);
  };

  const vite = () => script("vite", "bin/vite.js");
  const viteBuild = (entry, out) => node([vite(), "build", dirname(entry), "--outDir", out, "--emptyOutDir"]);
  const viteDev = (entry) => async () => {
    const port = await freePort();
    const args = ["--port", String(port), "--strictPort", "--host", "127.0.0.1"];
    const server = start(process.execPath, [vite(), dirname(entry), ...args], { cwd: app });
    try {
      const url = `http://127.0.0.1:${port}/index.html`;
      await ask(url, server);
      return await elsewhere("Chromium", url);
    } finally {
      server.end();
    }
  };

  return [
    ["esbuild", bundled("esbuild", page, esbuild)],
    ["esbuild, recurra/slim", bundled("esbuild", byImport, esbuild)],
    ["Rollup", bundled("rollup", page, rollup)],
    ["Rollup, recurra/slim", bundled("rollup", byImport, rollup)],
    ["webpack", bundled("webpack", page, webpack)],
    ["webpack, recurra/slim", bundled("webpack", byAddress, webpack)],
    ["Vite, build", bundled("vite", page, viteBuild)],
    ["Vite, build, recurra/slim", bundled("vite", byAddress, viteBuild)],
    ["Vite, dev", viteDev(page)],
    ["Vite, dev, recurra/slim", viteDev(byAddress)],
  ];
}
