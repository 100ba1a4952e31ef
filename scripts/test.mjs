// `npm test`: sets up, builds, checks and tests everything; the last line on stdout counts it all.
// `npm run check` is the same with --quick: no installing, no packing; for daily work.
// With CI=true it may install system packages, a kernel built from source is required, instructions are counted, onnxruntime
// is installed to judge test/onnx, and the package is run in all hosts.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { ensureDist } from "./build.mjs";
import { kernelSourceDigest } from "./digest.mjs";
import { checkInstructions } from "./instructions.mjs";
import { currentKernel, describeKernel, ensureKernel, intactPrebuilt, readPrebuilt } from "./kernel.mjs";
import { checkPackage, pack } from "./pack.mjs";
import { Failure, inRoot, program, run, runTool, say, which } from "./run.mjs";
import { ensureOnnxruntime, ensurePackages, hasOnnxruntime, howToGetOnnxruntime } from "./setup.mjs";
import { testHosts } from "./test-hosts.mjs";
import {
  findCompiler,
  howToGetCompiler,
  installCompiler,
  installTools,
  installValgrind,
} from "./toolchain.mjs";

const ci = process.env.CI === "true";

// Colours are for terminals; some tools look only at their own flags or at FORCE_COLOR, so they are told.
const colours = process.stderr.isTTY ? [] : ["--colors=off"];
if (!process.stderr.isTTY) {
  process.env.NO_COLOR = "1";
  delete process.env.FORCE_COLOR;
}

const passed = (count = 1) => ({ passed: count });
const skipped = (why, count = 1) => ({ skipped: count, why });
const failed = (why, count = 1) => ({ failed: count, why });
const verdict = ({ code }, why) => (code === 0 ? passed() : failed(why));

const rows = [];

/** Runs one suite; whatever it throws is one failure, and the next suite runs all the same. */
async function suite(name, body) {
  say(`\n=== ${name}`);
  const start = performance.now();
  let result;
  try {
    result = await body();
  } catch (error) {
    result = failed(error instanceof Failure ? error.message : error.stack);
  }
  const row = {
    name,
    passed: 0,
    failed: 0,
    skipped: 0,
    seconds: (performance.now() - start) / 1000,
    ...result,
  };
  rows.push(row);
  say(describe(row));
  return row;
}

const describe = ({ name, passed, failed, skipped, seconds, why }) =>
  `${failed > 0 ? "FAILED" : "ok    "}  ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped` +
  ` (${seconds.toFixed(1)} s)${why ? `: ${why}` : ""}`;

/** The npm packages beside the compiler and its tools: neither waits for the other. */
async function setUp() {
  const rust = async () => {
    if (ci && !(await findCompiler())) await installCompiler();
    const compiler = await findCompiler();
    if (compiler) await installTools(compiler);
  };
  const results = await Promise.allSettled([ensurePackages(), rust()]);
  const problems = results.filter(({ status }) => status === "rejected").map(({ reason }) => reason.message);
  return problems.length === 0 ? passed() : failed(problems.join("; "), problems.length);
}

/** A cargo command that gives one verdict. Some machines have cargo without clippy or rustfmt. */
async function cargoCheck(command, args, why) {
  const { code } = await run("cargo", [command, "--version"], { output: "capture" });
  if (code !== 0) {
    const missing = which("cargo")
      ? `cargo ${command} is not installed (rustup component add ${command})`
      : "no cargo on PATH";
    return ci ? failed(missing) : skipped(missing);
  }
  return verdict(await run("cargo", [command, ...args]), why);
}

/** cargo prints one `test result:` line for each test program. */
async function cargoTest() {
  if (!which("cargo")) return (ci ? failed : skipped)("no cargo on PATH");
  const { code, stdout } = await run("cargo", ["test", "--workspace", "--locked", "--no-fail-fast"], {
    output: "both",
  });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [, ok, bad, ignored] of stdout.matchAll(
    /^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    total.passed += Number(ok);
    total.failed += Number(bad);
    total.skipped += Number(ignored);
  }
  if (code !== 0 && total.failed === 0)
    return { ...total, failed: 1, why: "it does not compile, or a test ended the program" };
  return total;
}

/** The instructions of one update are those of the record. */
async function instructions() {
  await installValgrind();
  return checkInstructions();
}

async function kernel(quick) {
  const built = await ensureKernel({ install: !quick, source: ci });
  if (built.origin === "source") return { ...passed(), why: describeKernel(built) };
  return skipped(`NOT built from source: ${describeKernel(built)}`);
}

/** The kernels in crate/prebuilt are whole, and were made from these sources. */
function prebuilt() {
  const manifest = readPrebuilt();
  const refresh = "run `npm run refresh-prebuilt` and commit crate/prebuilt";
  if (!manifest) return failed(`crate/prebuilt has no kernel: ${refresh}`);
  if (!intactPrebuilt())
    return failed(`the files in crate/prebuilt do not have the SHA-256 of their manifest: ${refresh}`);
  if (manifest.sourceDigest !== kernelSourceDigest()) {
    return (ci ? failed : skipped)(`crate/prebuilt is older than the sources: ${refresh}`);
  }
  const built = currentKernel();
  if (built?.origin !== "source")
    return { ...passed(1), ...skipped("the bytes are compared where the kernel is built from source") };
  // Another compiler makes other bytes; then the golden suite below shows that they compute the same.
  if (built.compiler !== manifest.compiler) {
    return {
      ...passed(),
      why: `made by another compiler (${manifest.compiler}), so the golden hashes are compared`,
    };
  }
  const different = Object.keys(manifest.sha256).filter(
    (file) => manifest.sha256[file] !== built.sha256[file],
  );
  if (different.length === 0) return passed(2);
  return failed(`the same compiler made other bytes (${different.join(", ")}): ${refresh}`);
}

const goldenNeeded = () =>
  currentKernel()?.origin === "source" && currentKernel().compiler !== readPrebuilt()?.compiler;

/** vitest, counted by its JSON report. */
async function vitest(name, args, env = {}) {
  const report = inRoot(`build/${name}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await runTool("vitest", ["run", ...reporters, ...args], { env });
  if (!existsSync(report)) return failed("vitest ended without a report");
  const json = JSON.parse(readFileSync(report, "utf8"));
  for (const { status, fullName } of json.testResults.flatMap((file) => file.assertionResults))
    if (status !== "passed" && status !== "failed") say(`  ${status}: ${fullName}`);
  const total = {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  };
  // A file that cannot be loaded has no tests to fail.
  total.failed += json.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  if (code !== 0 && total.failed === 0)
    return { ...total, failed: 1, why: "vitest failed outside of any test" };
  return total;
}

async function lint() {
  const biome = await runTool("@biomejs/biome", ["ci", ...colours, "."], {}, "biome");
  const math = await run(process.execPath, ["scripts/lint-math.mjs"]);
  const good = [biome, math].filter(({ code }) => code === 0).length;
  return { passed: good, failed: 2 - good, ...(biome.code && { why: "npm run format corrects most of it" }) };
}

async function packageChecks(file) {
  const checks = await checkPackage(file);
  const left = checks.filter(({ skipped }) => skipped);
  const bad = checks.filter(({ ok, skipped }) => !ok && !skipped);
  for (const { name, ok, detail, skipped } of checks)
    say(
      `  ${ok ? "ok  " : skipped ? "skip" : "FAIL"}  ${name}${(detail ?? skipped) ? `: ${detail ?? skipped}` : ""}`,
    );
  return {
    passed: checks.length - bad.length - left.length,
    failed: bad.length,
    skipped: left.length,
    why: bad.map(({ name }) => name).join(", "),
  };
}

async function hosts(file) {
  const { text, ...result } = await testHosts(file);
  say(text);
  return result;
}

await program(import.meta.url, async (args) => {
  const quick = args.includes("--quick");
  const start = performance.now();
  mkdirSync(inRoot("build"), { recursive: true });
  say(
    `recurra ${quick ? "check" : "test"}: Node ${process.version}, ${cpus().length} cores${ci ? ", CI" : ""}`,
  );

  if (quick) await ensurePackages();
  else await suite("set-up", setUp);
  if (ci && !quick) await suite("onnxruntime", ensureOnnxruntime);

  await suite("rustfmt", () =>
    cargoCheck("fmt", ["--all", "--check", "--", "-l"], "npm run format corrects it"));
  await suite("clippy", () =>
    cargoCheck("clippy", ["--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]));
  await suite("cargo test", cargoTest);
  if (ci) await suite("instructions of one update", instructions);
  await suite("kernel from source", () => kernel(quick));
  if (!quick) await suite("prebuilt kernel", prebuilt);

  const packages = existsSync(inRoot("node_modules/vitest"));
  if (packages) {
    await suite("types", async () => verdict(await runTool("typescript", ["--project", "."], {}, "tsc")));
    await suite("lint", lint);
    let file;
    if (!quick) {
      await suite("build", async () => {
        await ensureDist();
        file = await pack();
        return passed();
      });
    }
    await suite("vitest", () => vitest("vitest", [], file ? { RECURRA_PACKAGE: file } : {}));
    if (!quick && goldenNeeded()) {
      await suite("golden hashes of the prebuilt kernel", () =>
        vitest("vitest-prebuilt", ["test/golden.test.ts"], { RECURRA_KERNEL_DIR: inRoot("crate/prebuilt") }));
    }
    if (!quick)
      await suite("package", () =>
        file ? packageChecks(file) : failed("there is no package, as the build failed"));
    if (ci && file) await suite("hosts and bundlers", () => hosts(file));
  }

  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const row of rows) for (const key of Object.keys(total)) total[key] += row[key];
  say(`\n${rows.map(describe).join("\n")}\n${((performance.now() - start) / 1000).toFixed(0)} s in all`);
  if (!(await findCompiler()) && !ci) say(`To build the kernel from source: ${howToGetCompiler()}`);
  if (!hasOnnxruntime()) say(`To judge ONNX files by onnxruntime: ${howToGetOnnxruntime}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 ? 1 : 0;
});
