// `npm run build`: dist/ from ts/ and the kernel in build/kernel.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { digestOf, filesUnder } from "./digest.mjs";
import { currentKernel, describeKernel, ensureKernel, kernelFiles } from "./kernel.mjs";
import { Failure, inRoot, program, runTool, say } from "./run.mjs";
import { ensurePackages } from "./setup.mjs";

const stamp = inRoot("build/dist.sha256");

const inputs = () =>
  digestOf([
    ...filesUnder("ts"),
    // The command line carries the workloads of `recurra bench`.
    ...readdirSync(inRoot("bench"))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `bench/${file}`),
    ...kernelFiles.map((file) => `build/kernel/${file}`),
    "package-lock.json",
    "rollup.config.js",
    ...filesUnder("scripts/plugins"),
    "tsconfig.json",
  ]);

const products = [
  "index.js",
  "index.d.ts",
  "index.workerd.js",
  "index.edge-light.js",
  "slim.js",
  "slim.d.ts",
  "slim-training.js",
  "slim-training.d.ts",
  "slim-start.js",
  "node.js",
  "node.d.ts",
  "onnx.js",
  "onnx.d.ts",
  "worker.js",
  "cli.js",
  "bench-child.js",
  "licenses.txt",
  ...kernelFiles,
].map((file) => inRoot("dist", file));

/**
 * The kernel's exports get their types from wasm-bindgen. Beside them: what importing the file gives by default, and no type
 * that programs without the DOM's do not know.
 */
function typeModule(file) {
  const types = readFileSync(file, "utf8").replace("WebAssembly.Memory", 'Wasm<"Memory">');
  const more = `
/** WebAssembly's types, in programs that have them: those of Node alone do not. */
type Wasm<Name extends string> = typeof globalThis extends {
    WebAssembly: Record<Name, { prototype: infer T }>;
} ? T : object;
/** The module, where a host compiles what is imported; its address, where a bundler puts the file beside the page. */
declare const module: Wasm<"Module"> & string;
export default module;
`;
  writeFileSync(file, types + more);
}

/** Builds dist/ unless it was made from exactly these inputs. */
export async function ensureDist({ force = false } = {}) {
  if (!currentKernel())
    throw new Failure("there is no kernel in build/kernel: run `npm run build:kernel` first");
  const digest = inputs();
  const built = existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
  if (!force && built && products.every((file) => existsSync(file))) return;

  // A folder of its own: two builds at once must not write into each other's files.
  const fresh = inRoot(`build/dist-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    const env = { RECURRA_BUILD: fresh };
    const { code } = await runTool("rollup", ["--config", "rollup.config.js", "--silent"], { env });
    if (code !== 0)
      throw new Failure("rollup could not build dist/: see its message above; the old dist/ is untouched");
    for (const file of kernelFiles) copyFileSync(inRoot("build/kernel", file), join(fresh, file));
    typeModule(join(fresh, "kernel.wasm.d.ts"));
    chmodSync(join(fresh, "cli.js"), 0o755);
    if (existsSync(inRoot("dist"))) renameSync(inRoot("dist"), old);
    renameSync(fresh, inRoot("dist"));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
  writeFileSync(stamp, digest);
}

await program(import.meta.url, async (args) => {
  await ensurePackages();
  say(describeKernel(await ensureKernel()));
  await ensureDist({ force: args.includes("--force") });
  say("dist/ is up to date");
});
