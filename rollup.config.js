// dist/: the library with its kernel inlined, the command line beside it, and the types. `npm run build` runs this.
import { fileURLToPath } from "node:url";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import typescript from "@rollup/plugin-typescript";
import { wasm } from "@rollup/plugin-wasm";
import { dts } from "rollup-plugin-dts";
import { instead, splitAfter, strip, typesFrom } from "./scripts/plugins/entries.mjs";
import { deflateWasm, entryKernel, kernelFirst, withoutKernel } from "./scripts/plugins/kernel.mjs";
import { licenses } from "./scripts/plugins/licenses.mjs";
import { minify } from "./scripts/plugins/minify.mjs";
import { bundleScript, scriptText, text } from "./scripts/plugins/text.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const library = here("ts/index.ts");
const slim = here("ts/entrypoints/slim.ts");
const external = /^node:/;
// scripts/build.mjs puts it in the place of dist/ when it is whole.
const dir = process.env.RECURRA_BUILD ?? "build/dist";

const compile = () => [
  nodeResolve(),
  // 'auto-inline' is the only setting of this plugin that works in Node, browsers and bundlers alike.
  wasm({ targetEnv: "auto-inline" }),
  deflateWasm({ loader: here("ts/wasm/inflate.ts") }),
  typescript({ tsconfig: here("ts/tsconfig.json") }),
];

// The command line imports the library as any program would. A module that is in both would be there twice, with two
// kernels and two classes of error: that is refused here.
const inLibrary = new Set();

const remember = {
  name: "remember-library",
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) for (const id of chunk.moduleIds ?? []) inLibrary.add(id);
  },
};

const useLibrary = {
  name: "use-library",
  async resolveId(source, importer) {
    if (importer === undefined) return null;
    const resolved = await this.resolve(source, importer, { skipSelf: true });
    return resolved?.id === library ? { id: "./index.js", external: true } : resolved;
  },
  moduleParsed({ id }) {
    if (id.startsWith(here("ts")) && inLibrary.has(id)) {
      this.error(`${id} is part of the library: the command line has to import it from ts/index.ts`);
    }
  },
};

/** The command line starts by its name. */
const executable = {
  name: "executable",
  renderChunk: (code, { fileName }) =>
    fileName !== "cli.js" || code.startsWith("#!") ? null : `#!/usr/bin/env node\n${code}`,
};

/** The worker as a file, for pages that may not make one from text. */
const workerFile = {
  name: "worker-file",
  async generateBundle() {
    const source = `${await bundleScript(here("ts/workers/worker.ts"))}\n`;
    this.emitFile({ type: "asset", fileName: "worker.js", source });
  },
};

/** The entries that have the kernel as a static import: what stands in the place of ts/entrypoints/inline.ts in each. */
const inline = here("ts/entrypoints/inline.ts");
const entry = (name, file) => ({
  dir,
  format: "es",
  generatedCode: "es2015",
  entryFileNames: `${name}.js`,
  plugins: [entryKernel(file), minify()],
});
const entries = [entry("index.workerd", "./kernel.wasm"), entry("index.edge-light", "./kernel.wasm?module")];

export default [
  {
    input: { index: library },
    output: { dir, format: "es", generatedCode: "es2015" },
    external,
    plugins: [text(), scriptText(), ...compile(), remember, workerFile, minify(), kernelFirst()],
  },
  {
    input: { index: library },
    output: entries,
    external: [external, inline],
    plugins: [text(), scriptText(), strip()],
  },
  {
    // No kernel, and training loaded when it is needed: what both entries share is a file that both import.
    input: { slim, "slim-training": here("ts/entrypoints/slim-training.ts") },
    output: {
      dir,
      format: "es",
      generatedCode: "es2015",
      chunkFileNames: "slim-[name].js",
      plugins: [minify(), typesFrom("./index.js")],
    },
    external,
    plugins: [
      withoutKernel(inline),
      instead(here("ts/entrypoints/training.ts"), here("ts/entrypoints/training-on-demand.ts")),
      splitAfter(slim),
      text(),
      scriptText(),
      strip(),
    ],
  },
  {
    input: { node: here("ts/entrypoints/node.ts") },
    output: { dir, format: "es", generatedCode: "es2015" },
    external,
    plugins: [useLibrary, strip(), minify()],
  },
  {
    // What `recurra bench` starts as a process of its own shares no module with it, so that each is one file.
    input: {
      cli: here("ts/cli/main.ts"),
      onnx: here("ts/onnx/index.ts"),
      "bench-child": here("ts/cli/bench/child.ts"),
    },
    output: { dir, format: "es", generatedCode: "es2015" },
    external,
    plugins: [text(), useLibrary, ...compile(), executable, minify(), licenses()],
  },
  {
    input: { index: library, node: here("ts/entrypoints/node.ts") },
    // The types speak of Disposable, which programs with an older `lib` do not know by themselves.
    output: { dir, format: "es", banner: '/// <reference lib="esnext.disposable" />' },
    external,
    plugins: [dts({ tsconfig: here("ts/tsconfig.json") })],
  },
  {
    input: { onnx: here("ts/onnx/index.ts") },
    output: { dir, format: "es" },
    external,
    plugins: [useLibrary, dts({ tsconfig: here("ts/tsconfig.json") })],
  },
];
