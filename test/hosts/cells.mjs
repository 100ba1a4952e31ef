// The hosts and bundlers. Each cell runs the conformance file and returns the line it tells.
import { bundlerCells } from "./bundlers.mjs";
import { edgeCells } from "./edges.mjs";
import { nextCells } from "./next.mjs";
import { need } from "./processes.mjs";
import { toolsIn } from "./tools.mjs";

/** @param folder Has the tools in node_modules, and `app` with the programs and the packed library. */
export function cellsIn(folder) {
  const tools = toolsIn(folder);
  const { tool, node, run, inBrowser } = tools;

  const nodes = [20, 22, 24, 26].flatMap((version) => [
    [`Node ${version}, import`, () => run(node(version), ["module.mjs"])],
    [`Node ${version}, require`, () => run(node(version), ["require.cjs"])],
    [`Node ${version}, recurra/slim and recurra/node`, () => run(node(version), ["slim.mjs"])],
  ]);

  const deno = () => {
    const args = ["run", "-A", "--no-lock", "--no-remote", "module.mjs"];
    return run(need("deno", tool("@deno/linux-x64-glibc/deno")), args);
  };
  const bun = () => {
    const builds = ["bun-linux-x64", "bun-linux-x64-baseline"].map((name) => tool("@oven", name, "bin/bun"));
    return run(need("bun", ...builds), ["module.mjs"]);
  };

  /** The library's own files in a browser, without and with a kernel of the page's, then in a page that may not compile. */
  const page = (name) => async () => {
    const lines = [await inBrowser(name, ".", "page.html"), await inBrowser(name, ".", "slim/plain.html")];
    const forbidden = await inBrowser(name, ".", "forbidden.html?strict");
    if (JSON.parse(forbidden).error) return forbidden;
    return lines[0] === lines[1] ? lines[0] : JSON.stringify({ error: `page ${lines[0]}, slim ${lines[1]}` });
  };

  /**
   * A figure, not a pass or a failure: the least of three pages, each in a browser that has compiled nothing before, as
   * whatever else runs on the machine only adds to it.
   */
  const standstill = async () => {
    const pages = [];
    while (pages.length < 3) {
      const page = JSON.parse(await inBrowser("Chromium", ".", "responsive.html"));
      if (page.error) return JSON.stringify(page);
      pages.push(page);
    }
    const least = (key) => `${Math.round(Math.min(...pages.map((page) => page[key])))} ms`;
    const [alone, shared] = [least("alone"), least("shared")];
    const what = "Training H 256 on 65 symbols, 8 × 32 steps at a time, holds a page in Chromium for up to";
    return JSON.stringify({ note: `${what} ${alone}; with \`workers: 1\`, ${shared}.` });
  };

  return [
    ...nodes,
    ["Deno", deno],
    ["Bun", bun],
    ...["Chromium", "Firefox ESR", "WebKitGTK"].map((name) => [name, page(name)]),
    ...bundlerCells(tools),
    ...nextCells(tools),
    ...edgeCells(tools),
    ["Chromium, standstill", standstill],
  ].map(([name, body]) => ({ name, body }));
}
