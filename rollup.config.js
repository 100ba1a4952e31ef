// dist/: the library with its kernel inlined, the command line beside it, and the types. `npm run build` runs this.
import { fileURLToPath } from "node:url";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import typescript from "@rollup/plugin-typescript";
import { wasm } from "@rollup/plugin-wasm";
import { dts } from "rollup-plugin-dts";
import { deflateWasm, kernelLast, licenses, minify, text } from "./scripts/plugins.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const library = here("ts/index.ts");
const external = /^node:/;
const dir = "build/dist"; // scripts/build.mjs puts it in the place of dist/ when it is whole

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
  renderChunk: (code) => (code.startsWith("#!") ? null : `#!/usr/bin/env node\n${code}`),
};

export default [
  {
    input: { index: library },
    output: { dir, format: "es", generatedCode: "es2015" },
    external,
    plugins: [text(), ...compile(), remember, minify(), kernelLast()],
  },
  {
    input: { cli: here("ts/cli/main.ts") },
    output: { dir, format: "es", generatedCode: "es2015" },
    external,
    plugins: [text(), useLibrary, ...compile(), minify(), licenses()],
  },
  {
    input: { index: library },
    // The types speak of Disposable, which programs with an older `lib` do not know by themselves.
    output: { dir, format: "es", banner: '/// <reference lib="esnext.disposable" />' },
    external,
    plugins: [dts({ tsconfig: here("ts/tsconfig.json") })],
  },
];
