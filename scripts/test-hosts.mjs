// `npm run test:hosts`: packs the library, installs it elsewhere, and runs one conformance file in every engine and behind
// every bundler that is there. Prints the matrix; fails if a cell fails or the weights differ. `--write` puts the matrix into
// README.md; other words choose cells by a part of their names.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cellsIn } from "../test/hosts/cells.mjs";
import { Skip } from "../test/hosts/processes.mjs";
import { ensureDist } from "./build.mjs";
import { pack } from "./pack.mjs";
import { Failure, inRoot, npm, program, run, say, which } from "./run.mjs";
import { ensurePackages } from "./setup.mjs";

const own = () => process.getuid?.() ?? 0;
const here = (...parts) => inRoot("test/hosts", ...parts);

/** Browsers come from the system; where it may be changed, those that are missing are installed. */
async function installBrowsers() {
  const wanted = { chromium: "chromium", "firefox-esr": "firefox-esr", "xvfb-run": "xvfb webkit2gtk-driver" };
  const missing = Object.keys(wanted).filter((name) => !which(name));
  if (missing.length === 0 || process.env.CI !== "true" || own() !== 0 || !which("apt-get")) return;
  const args = [
    "install",
    "--yes",
    "--no-install-recommends",
    ...missing.flatMap((name) => wanted[name].split(" ")),
  ];
  await run("apt-get", ["update"], { output: "capture" });
  await run("apt-get", args, { output: "capture", env: { DEBIAN_FRONTEND: "noninteractive" } });
}

/** `"recurra/slim"` as the address of its file on the server of the pages. */
function address(_, entry = "index") {
  const file = entry.includes(".") ? entry : `${entry}.js`;
  return JSON.stringify(`/node_modules/recurra/dist/${file}`);
}

/** The engines and bundlers, kept from run to run, and the packed library fresh beside the programs. */
async function install(file) {
  const folder = join(tmpdir(), `recurra-hosts-${own()}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = join(folder, "installed.json");
  const lock = readFileSync(here("package-lock.json"), "utf8");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    say("installing engines and bundlers (once; a few minutes)");
    // What an older list installed may keep npm from installing what is new.
    rmSync(join(folder, "node_modules"), { recursive: true, force: true });
    for (const name of ["package.json", "package-lock.json"]) cpSync(here(name), join(folder, name));
    // All of them are optional: one that cannot be fetched is left out, and its cells are skipped.
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
    const { code, stderr } = await npm(args, { cwd: folder, output: "capture" });
    if (code === 0) writeFileSync(stamp, lock);
    else say(`npm could not install them: ${stderr.trim().slice(-800)}`);
  }
  const app = join(folder, "app");
  rmSync(app, { recursive: true, force: true });
  cpSync(here("programs"), app, { recursive: true });
  cpSync(here("next"), join(app, "next"), { recursive: true });
  cpSync(here("programs"), join(app, "next/programs"), { recursive: true });
  // Pages without a bundler name the library's files by their addresses.
  for (const name of ["page", "forbidden", "responsive", "slim/page"]) {
    const text = readFileSync(here("programs", `${name}.js`), "utf8");
    writeFileSync(join(app, `${name}-plain.js`), text.replaceAll(/"recurra(?:\/([\w.]+))?"/g, address));
  }
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--offline", file];
  const { code, stderr } = await npm(args, { cwd: app, output: "capture" });
  if (code !== 0) throw new Failure(`the package cannot be installed: ${stderr}`);
  return folder;
}

async function runCell({ name, body }) {
  const start = performance.now();
  const result = await body().then(
    (line) => {
      const { hash, error, note } = JSON.parse(line);
      return error ? { failed: error } : { hash, note };
    },
    (error) =>
      error instanceof Skip ? { skipped: error.message } : { failed: String(error?.stack ?? error) },
  );
  const seconds = (performance.now() - start) / 1000;
  const text = result.hash ?? result.note ?? result.failed ?? `skipped, ${result.skipped}`;
  say(`  ${name}: ${text} (${seconds.toFixed(1)} s)`);
  return { name, ...result };
}

/** Lines of a table in Markdown, its columns as wide as their widest cell. */
function table([head, ...body]) {
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((cells) => cells[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  return [head, widths.map((width) => "-".repeat(width)), ...body].map(line);
}

/** The table, and below it what was measured and not judged. */
function matrix(rows) {
  const judged = rows.filter(({ note }) => note === undefined);
  const cells = judged.map(({ name, hash, skipped }) =>
    hash
      ? [name, "passed", `\`${hash.slice(0, 16)}…\``]
      : [name, skipped ? `skipped: ${skipped}` : "FAILED", ""],
  );
  const notes = rows.flatMap(({ note }) => (note === undefined ? [] : ["", note]));
  return [...table([["host", "result", "SHA-256 of the weights"], ...cells]), ...notes].join("\n");
}

/** All cells: `{ rows, text, passed, failed, skipped, why }`. */
export async function testHosts(file, words = []) {
  await installBrowsers();
  const folder = await install(file);
  const chosen = cellsIn(folder).filter(
    ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase())),
  );
  const rows = [];
  for (const cell of chosen) rows.push(await runCell(cell));
  const reference = rows.find(({ hash }) => hash)?.hash;
  for (const row of rows) {
    if (!row.hash || row.hash === reference) continue;
    Object.assign(row, { failed: `other weights than ${reference}: ${row.hash}`, hash: undefined });
  }
  const names = (kind) => rows.filter((row) => row[kind]).map(({ name }) => name);
  return {
    rows,
    text: matrix(rows),
    passed: names("hash").length,
    failed: names("failed").length,
    skipped: names("skipped").length,
    why: [
      ...names("failed"),
      ...rows.filter((row) => row.skipped).map((row) => `${row.name} skipped: ${row.skipped}`),
    ].join("; "),
  };
}

function writeReadme(text) {
  const file = inRoot("README.md");
  const place = /(<!-- hosts -->\n)[\s\S]*?(<!-- \/hosts -->)/;
  const readme = readFileSync(file, "utf8");
  if (!place.test(readme))
    throw new Failure("README.md has no place for the matrix: <!-- hosts --> … <!-- /hosts -->");
  writeFileSync(
    file,
    readme.replace(place, (_, open, close) => `${open}\n${text}\n\n${close}`),
  );
}

await program(import.meta.url, async (args) => {
  await ensurePackages();
  await ensureDist();
  const result = await testHosts(
    await pack(),
    args.filter((arg) => !arg.startsWith("--")),
  );
  console.log(result.text);
  if (args.includes("--write")) writeReadme(result.text);
  return result.failed > 0 || result.rows.every(({ skipped }) => skipped) ? 1 : 0;
});
