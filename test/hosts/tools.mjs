// What cells have in common: where programs are, and pages that are served and opened.
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openPage, serve } from "./browsers.mjs";
import { finish, need } from "./processes.mjs";

/** @param folder Has the engines and bundlers in node_modules, and `app` with the programs and the packed library. */
export function toolsIn(folder) {
  const app = join(folder, "app");
  const tool = (...parts) => join(folder, "node_modules", ...parts);
  return {
    app,
    tool,
    /** A file of a package; without it the cell is skipped. */
    script: (name, file) => need(name, tool(name, file)),
    node: (version) =>
      Number(process.versions.node.split(".")[0]) === version
        ? process.execPath
        : need(`Node ${version}`, tool(`node${version}`, "bin/node")),
    /** wrangler and its like want a newer Node than the oldest one that the library runs in. */
    newest: () =>
      [26, 24, 22].map((version) => tool(`node${version}`, "bin/node")).find(existsSync) ?? process.execPath,
    /** What a program wrote last. */
    run: async (program, args) => (await finish(program, args, { cwd: app })).trim().split("\n").at(-1),
    /** Serves a folder of `app` and opens a page of it. */
    async inBrowser(name, root, page) {
      const server = await serve(join(app, root));
      try {
        return await openPage(name, `${server.origin}/${page}`, server);
      } finally {
        server.close();
      }
    },
    /** Opens a page that another program serves. */
    async elsewhere(name, url) {
      const told = await serve(app);
      try {
        return await openPage(name, url, told);
      } finally {
        told.close();
      }
    },
  };
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
