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

/** The engines and bundlers, kept from run to run, and the packed library fresh beside the programs. */
async function install(file) {
  const folder = join(tmpdir(), `recurra-hosts-${own()}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = join(folder, "installed.json");
  const lock = readFileSync(here("package-lock.json"), "utf8");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    say("installing engines and bundlers (once; a few minutes)");
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
  for (const name of ["page.js", "conformance.js"]) cpSync(here("programs", name), join(app, "next", name));
  // Pages without a bundler name the library by its address.
  for (const name of ["page", "forbidden"]) {
    const text = readFileSync(here("programs", `${name}.js`), "utf8");
    const address = '"/node_modules/recurra/dist/index.js"';
    writeFileSync(join(app, `${name}-plain.js`), text.replace('"recurra"', address));
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
      const { hash, error } = JSON.parse(line);
      return error ? { failed: error } : { hash };
    },
    (error) =>
      error instanceof Skip ? { skipped: error.message } : { failed: String(error?.stack ?? error) },
  );
  const seconds = (performance.now() - start) / 1000;
  say(`  ${name}: ${result.hash ?? result.failed ?? `skipped, ${result.skipped}`} (${seconds.toFixed(1)} s)`);
  return { name, ...result };
}

const matrix = (rows) =>
  [
    "| host | result | SHA-256 of the weights |",
    "| --- | --- | --- |",
    ...rows.map(({ name, hash, skipped }) =>
      skipped
        ? `| ${name} | skipped: ${skipped} | |`
        : `| ${name} | ${hash ? "passed" : "FAILED"} | ${hash ? `\`${hash.slice(0, 16)}…\`` : ""} |`,
    ),
  ].join("\n");

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
  return result.failed > 0 || result.passed === 0 ? 1 : 0;
});
