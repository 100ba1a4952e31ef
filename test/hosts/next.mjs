// Next with Turbopack: pages in Chromium, a route in Node, and one in the edge runtime that it brings along.
import { join } from "node:path";
import { ask, finish, start } from "./processes.mjs";
import { freePort } from "./tools.mjs";

export function nextCells({ app, script, elsewhere }) {
  const cwd = join(app, "next");
  const env = { NEXT_TELEMETRY_DISABLED: "1" };
  const cli = () => script("next", "dist/bin/next");
  let built;
  const build = () => {
    built ??= finish(process.execPath, [cli(), "build"], { cwd, env, seconds: 420 });
    return built;
  };

  /** Starts what was built, or the server for development, and lets `visit` ask it. */
  const served = (command, visit) => async () => {
    if (command === "start") await build();
    const port = await freePort();
    const args = [cli(), command, "-p", String(port), "-H", "127.0.0.1"];
    const server = start(process.execPath, args, { cwd, env });
    try {
      return await visit((path) => `http://127.0.0.1:${port}${path}`, server);
    } finally {
      server.end();
    }
  };

  /** Both have to say the same. */
  const both = async (visit, server) => {
    const route = await ask(visit("/api/run"), server);
    const client = await elsewhere("Chromium", visit("/"));
    return route === client ? route : JSON.stringify({ error: `route ${route}, page ${client}` });
  };
  const edge = (visit, server) => ask(visit("/api/edge"), server);
  const slim = async (visit, server) => {
    await ask(visit("/slim"), server);
    return await elsewhere("Chromium", visit("/slim"));
  };

  return [
    ["Next with Turbopack", served("start", both)],
    ["Next with Turbopack, recurra/slim", served("start", slim)],
    ["Next with Turbopack, edge route", served("start", edge)],
    ["Next with Turbopack, dev, edge route", served("dev", edge)],
  ];
}
