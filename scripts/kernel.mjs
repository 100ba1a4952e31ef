// `npm run build:kernel`: puts a kernel into build/kernel, from source where that is possible, else the prebuilt one.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { kernelSourceDigest, sha256 } from "./digest.mjs";
import { builds } from "./flags.mjs";
import { Failure, inRoot, must, program, root, say } from "./run.mjs";
import { findCompiler, findTools, howToGetCompiler, installTools } from "./toolchain.mjs";
import { CUSTOM, IMPORT, readNumber, wasmSections } from "./wasm.mjs";

export const kernelFiles = ["kernel.wasm", "kernel-relaxed.wasm", "kernel.wasm.d.ts"];
const kernelFolder = inRoot("build/kernel");
const prebuiltFolder = inRoot("crate/prebuilt");

const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
export const readPrebuilt = () => readJson(join(prebuiltFolder, "manifest.json"));
const hashes = (folder) =>
  Object.fromEntries(kernelFiles.map((file) => [file, sha256(readFileSync(join(folder, file)))]));
const intact = (folder, expected) =>
  kernelFiles.every(
    (file) => existsSync(join(folder, file)) && sha256(readFileSync(join(folder, file))) === expected?.[file],
  );

export const intactPrebuilt = () => intact(prebuiltFolder, readPrebuilt()?.sha256);

/** What build/kernel holds, if it is whole: `{ origin, why, compiler, sourceDigest, sha256 }`. */
export function currentKernel() {
  const kernel = readJson(join(kernelFolder, "kernel.json"));
  return kernel && intact(kernelFolder, kernel.sha256) ? kernel : undefined;
}

/** Both kernels from source. The result does not depend on where the repository lies. */
export async function buildKernel(compiler, toolsBin) {
  mkdirSync(kernelFolder, { recursive: true });
  const sourceDigest = kernelSourceDigest();
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  for (const [name, { file, cargo, rustflags }] of Object.entries(builds)) {
    const out = inRoot("build/wasm-pack", name);
    const flags = [...rustflags, `--remap-path-prefix=${root}=`, `--remap-path-prefix=${cargoHome}=cargo`];
    flags.push(`--remap-path-prefix=${compiler.source}=rust`);
    const args = ["build", "crate", "--target", "web", "--mode", "force", "--release", "--no-pack"];
    args.push("--out-dir", out, "--out-name", "recurra", "--", "--locked", ...cargo);
    // --config adds to the flags of .cargo/config.toml, where an environment variable would replace them.
    args.push("--config", `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`);
    await must(`compiling the ${name} kernel`, join(toolsBin, "wasm-pack"), args, {
      output: "capture",
      env: {
        ...compiler.env,
        PATH: `${toolsBin}${delimiter}${compiler.env.PATH}`,
        CARGO_TARGET_DIR: inRoot("build/target-wasm"),
        RUSTFLAGS: undefined,
      },
    });
    const bytes = readFileSync(join(out, "recurra_bg.wasm"));
    writeFileSync(join(kernelFolder, file), finish(bytes, file));
    if (name === "simd")
      copyFileSync(join(out, "recurra_bg.wasm.d.ts"), join(kernelFolder, "kernel.wasm.d.ts"));
  }
  return record({ origin: "source", why: "built from source", compiler: compiler.version, sourceDigest });
}

/**
 * Leaves out the custom sections (they name the tools' versions, so they would change the bytes for no reason),
 * and refuses imports: the kernel runs in any host because it needs nothing from it. Works on the bytes, since an
 * engine without relaxed SIMD could not compile the relaxed kernel.
 */
function finish(bytes, file) {
  const parts = [bytes.subarray(0, 8)];
  for (const { id, start, end, body } of wasmSections(bytes)) {
    if (id === IMPORT && readNumber(bytes, body).value > 0) {
      throw new Failure(`${file} imports something; look for a type in exports.rs that is not a number`);
    }
    if (id !== CUSTOM) parts.push(bytes.subarray(start, end));
  }
  return Buffer.concat(parts);
}

/** Copies crate/prebuilt to build/kernel. */
function usePrebuilt(why) {
  const manifest = readPrebuilt();
  if (!manifest)
    throw new Failure(
      `there is no prebuilt kernel in crate/prebuilt, and none can be built: ${howToGetCompiler()}`,
    );
  if (!intactPrebuilt()) {
    throw new Failure(
      "the files in crate/prebuilt do not have the SHA-256 of their manifest: restore them (git checkout crate/prebuilt)",
    );
  }
  mkdirSync(kernelFolder, { recursive: true });
  for (const file of kernelFiles) copyFileSync(join(prebuiltFolder, file), join(kernelFolder, file));
  return record({
    origin: "prebuilt",
    why,
    compiler: manifest.compiler,
    sourceDigest: manifest.sourceDigest,
  });
}

function record(kernel) {
  const complete = { ...kernel, sha256: hashes(kernelFolder) };
  writeJson(join(kernelFolder, "kernel.json"), complete);
  return complete;
}

/** Makes the kernel in use the one of the repository, to be committed. */
export function savePrebuilt(kernel) {
  rmSync(prebuiltFolder, { recursive: true, force: true });
  mkdirSync(prebuiltFolder, { recursive: true });
  for (const file of kernelFiles) copyFileSync(join(kernelFolder, file), join(prebuiltFolder, file));
  const { sourceDigest, compiler, sha256 } = kernel;
  writeJson(join(prebuiltFolder, "manifest.json"), { sourceDigest, compiler, sha256 });
}

/**
 * Sees to it that build/kernel holds the best kernel this machine can have, and returns its record.
 * `install`: may build the tools (minutes) when a compiler is there. `source`: nothing but a build from source will do.
 * `force`: build again even if the sources did not change.
 */
export async function ensureKernel({ install = false, source = false, force = false } = {}) {
  const current = currentKernel();
  const digest = kernelSourceDigest();
  if (!force && current?.origin === "source" && current.sourceDigest === digest) return current;

  const compiler = await findCompiler();
  const toolsBin =
    compiler && ((await findTools()) ?? (install || source ? await installTools(compiler) : undefined));
  if (compiler && toolsBin) return buildKernel(compiler, toolsBin);

  const missing = compiler
    ? "wasm-pack is not built yet; `npm run build:kernel` does that and builds from source"
    : `there is no wasm32 compiler; to build from source: ${howToGetCompiler()}`;
  if (source) throw new Failure(`the kernel cannot be built from source: ${missing}`);
  const stale =
    readPrebuilt()?.sourceDigest === digest ? "" : "; NOTE: it is older than the sources in crate/";
  return usePrebuilt(missing + stale);
}

export const describeKernel = ({ origin, why, compiler }) =>
  origin === "source" ? `kernel: ${why} (${compiler})` : `kernel: prebuilt (${compiler}), because ${why}`;

await program(import.meta.url, async (args) => {
  const kernel = await ensureKernel({
    install: true,
    force: args.includes("--force"),
  });
  say(describeKernel(kernel));
  for (const file of kernelFiles)
    say(`  build/kernel/${file}  ${readFileSync(join(kernelFolder, file)).length} bytes`);
});
