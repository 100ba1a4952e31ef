// Files as text in a bundle.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

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
