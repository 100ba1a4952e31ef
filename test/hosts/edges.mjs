// Edge runtimes, which may not compile: the kernel comes compiled, by a static import.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, finish, need, start } from "./processes.mjs";
import { freePort } from "./tools.mjs";

export function edgeCells({ app, tool, script, newest, run }) {
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

  const packed = () =>
    workerd([
      ["edge.js", "esModule", "edge.js"],
      ["conformance.js", "esModule", "conformance.js"],
      ["recurra", "esModule", "node_modules/recurra/dist/index.workerd.js"],
      ["kernel.wasm", "wasm", "node_modules/recurra/dist/kernel.wasm"],
    ]);

  const wrangler = async () => {
    const cli = script("wrangler", "bin/wrangler.js");
    const config = { name: "edge", main: "edge.js", compatibility_date: "2026-04-01", send_metrics: false };
    writeFileSync(join(app, "wrangler.json"), JSON.stringify(config));
    const args = [cli, "deploy", "--dry-run", "--config", "wrangler.json", "--outdir", "out/wrangler"];
    await finish(newest(), args, { cwd: app, env: { WRANGLER_SEND_METRICS: "false" } });
    const wasm = readdirSync(join(app, "out/wrangler")).filter((file) => file.endsWith(".wasm"));
    return await workerd([
      ["edge.js", "esModule", "out/wrangler/edge.js"],
      ...wasm.map((file) => [file, "wasm", `out/wrangler/${file}`]),
    ]);
  };

  const edgeRuntime = async () => {
    script("@edge-runtime/vm", "package.json");
    const out = join(app, "out/edge-function.js");
    const form = ["--bundle", "--format=cjs", "--conditions=edge-light", "--external:*?module"];
    const cli = script("esbuild", "bin/esbuild");
    await finish(process.execPath, [cli, "edge-function.js", ...form, `--outfile=${out}`], { cwd: app });
    return await run(process.execPath, ["edge-vm.mjs", out]);
  };

  return [
    ["workerd", packed],
    ["wrangler", wrangler],
    ["Vercel's Edge Runtime", edgeRuntime],
  ];
}
