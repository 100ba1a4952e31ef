// Plugins that rollup.config.js and vitest.config.ts share.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

const suffix = "?text";

/** `import text from "package/file.css?text"`: the file's content as a string, put in at build time. */
export function text() {
  return {
    name: "text",
    enforce: "pre",
    resolveId(source, importer) {
      if (!source.endsWith(suffix)) return null;
      const file = createRequire(importer ?? import.meta.url).resolve(source.slice(0, -suffix.length));
      // The ending keeps other plugins from taking the module for CSS or JavaScript by its name.
      return `\0text:${file}.txt`;
    },
    load(id) {
      if (!id.startsWith("\0text:")) return null;
      const file = id.slice("\0text:".length, -".txt".length);
      this.addWatchFile(file);
      return `export default ${JSON.stringify(readFileSync(file, "utf8"))};`;
    },
  };
}

const script = "?script";

/**
 * `import text from "./worker.ts?script"`: a TypeScript module and what it imports as the text of one classic script, to
 * be run in a worker that is made from text.
 */
export function scriptText() {
  return {
    name: "script-text",
    enforce: "pre",
    resolveId(source, importer) {
      if (!source.endsWith(script)) return null;
      return `\0script:${join(dirname(importer), source.slice(0, -script.length))}.js`;
    },
    async load(id) {
      if (!id.startsWith("\0script:")) return null;
      const file = id.slice("\0script:".length, -".js".length);
      this.addWatchFile(file);
      return `export default ${JSON.stringify(await bundleScript(file))};`;
    },
  };
}

/** A module and what it imports as one classic script, minified. */
export async function bundleScript(file) {
  const { build } = await import("vite");
  const [{ output }] = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      minify: "oxc",
      lib: { entry: file, formats: ["iife"], name: "script" },
    },
  });
  return output[0].code.trim();
}

/**
 * Behind `@rollup/plugin-wasm`, which makes `import compile from "file.wasm"` a module with the file as base64: the same
 * module with the file deflated, and with `compileDeflated` of `loader` in place of the plugin's own decoder. A kernel
 * shrinks to less than half; gzip cannot do that later, as it finds nothing in base64. Zopfli's search takes 5 % off what
 * zlib makes of it, always in the same bytes.
 */
export function deflateWasm({ loader }) {
  return {
    name: "deflate-wasm",
    async transform(code, id) {
      if (!id.endsWith(".wasm")) return null;
      const base64 = /_loadWasmModule\(0, null, '([\w+/=]+)', imports\)/.exec(code)?.[1];
      if (base64 === undefined) this.error("@rollup/plugin-wasm writes its modules in another form now");
      const { default: zopfli } = await import("@gfx/zopfli");
      const file = Buffer.from(base64, "base64");
      const deflated = Buffer.from(await zopfli.deflateAsync(file, { numiterations: 30 }));
      if (!inflateRawSync(deflated).equals(file))
        this.error(`${id} is not what its deflated form gives back`);
      return {
        code:
          `import { compileDeflated } from ${JSON.stringify(loader)};\n` +
          `export default () => compileDeflated("${deflated.toString("base64")}");`,
        map: { mappings: "" },
      };
    },
  };
}

/**
 * Oxc's minifier, which Vite brings along, over each file: names that repeat from function to function let gzip take off
 * 5 % more than after esbuild's. Exported classes and functions keep their names, which errors and consoles show.
 */
export function minify() {
  return {
    name: "minify",
    async renderChunk(code, { fileName, exports }) {
      const oxc = await import("vite");
      const result = await oxc.minify(fileName, exportInPlace(code, exports), minifyOptions);
      if (result.errors.length > 0) this.error(result.errors[0].message);
      return { code: result.code, map: null };
    },
  };
}

export const minifyOptions = {
  module: true,
  compress: { target: "es2022" },
  mangle: { toplevel: true },
  codegen: { removeWhitespace: true, legalComments: "none" },
};

/** `export class A {}` for `class A {} … export { A };`: a minifier shortens the names of the latter. */
export function exportInPlace(code, names) {
  return names.reduce(
    (text, name) =>
      text.replace(new RegExp(`^(class|function|async function) ${name}(?![\\w$])`, "m"), "export $&"),
    code.replace(/^export \{[^}]*\};\s*$/m, ""),
  );
}

/**
 * Moves the kernel's text to the start of the file, into a constant. Elsewhere it takes part in the same blocks as the code
 * around it, which costs gzip 1.5 kB in the middle and 0.2 kB at the end.
 */
export function kernelFirst() {
  return {
    name: "kernel-first",
    renderChunk(code) {
      const text = /(["`'])[A-Za-z0-9+/=]{8000,}\1/.exec(code)?.[0];
      if (text === undefined) return null;
      const name = "kernelText";
      if (code.includes(name)) this.error(`${name} is taken`);
      return { code: `const ${name} = ${text};\n${code.replace(text, name)}`, map: null };
    },
  };
}

/**
 * TypeScript without its types, for further entries of what the main entry's build compiles and checks: in a tenth of its
 * time.
 */
export function strip() {
  return {
    name: "strip-types",
    resolveId(source, importer) {
      if (importer === undefined || !/^\.{1,2}\/.*\.js$/.test(source)) return null;
      const file = join(dirname(importer), source.replace(/\.js$/, ".ts"));
      return existsSync(file) ? file : null;
    },
    async transform(code, id) {
      if (!id.endsWith(".ts")) return null;
      const { transformWithOxc } = await import("vite");
      return await transformWithOxc(code, id, { target: "es2022" });
    },
  };
}

/**
 * In an output whose module ts/entrypoints/inline.ts was left out as external: `code` that declares `inlineKernel`, or the
 * kernel as the static import of `file`, a WebAssembly.Module where this entry is for.
 */
export function entryKernel({ file, code }) {
  const put = file
    ? `import kernelModule from "${file}";\nconst inlineKernel = async () => kernelModule;`
    : code;
  return {
    name: "entry-kernel",
    renderChunk(text) {
      const left = /^import \{ inlineKernel \} from ["'][^"']*inline\.[jt]s["'];$/m;
      if (!left.test(text)) this.error("the import of the inlined kernel is written in another form now");
      return { code: text.replace(left, put), map: null };
    },
  };
}

/** licenses.txt: what the packages inside the bundle ask to go with them. A package without such a file is an error. */
export function licenses() {
  return {
    name: "licenses",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []);
      const found = modules.map((id) => /^(?:\0\w+:)?(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id));
      const packages = new Map(
        found.filter((match) => match !== null).map(([, folder, name]) => [name, folder]),
      );
      const texts = [...packages].sort().map(([name, folder]) => {
        const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
        if (files.length === 0) this.error(`${name} has no licence file to go with the bundle`);
        const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const content = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
        return [`${name} ${version}`, ...content].join("\n\n");
      });
      const source = `Other people's work inside cli.js and onnx.js.\n\n${texts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
      this.emitFile({ type: "asset", fileName: "licenses.txt", source });
    },
  };
}
