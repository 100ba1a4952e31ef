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
 * shrinks to less than half; gzip cannot do that later, as it finds nothing in such text. Zopfli's search takes 5 % off what
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
      const deflated = Buffer.from(await zopfli.deflateAsync(file, { numiterations: 120 }));
      if (!inflateRawSync(deflated).equals(file))
        this.error(`${id} is not what its deflated form gives back`);
      return {
        code:
          `import { compileDeflated } from ${JSON.stringify(loader)};\n` +
          `export default () => compileDeflated(${JSON.stringify(toLetters(deflated))}, ${deflated.length});`,
        map: { mappings: "" },
      };
    },
  };
}

/**
 * Bytes as text: 13 bits, the lowest first, in two of the 91 printable letters of ASCII without space, !, " and the backslash,
 * the lower digit first. gzip gives every letter the same bits in the end, as with base64, but cuts what it reads into
 * blocks of 16,383 letters: with these 2,800 fewer of the kernel's share the codes of a block with the program.
 */
export function toLetters(bytes) {
  const letter = (digit) => String.fromCharCode(digit + (digit > 56 ? 36 : 35));
  let [text, held, bits] = ["", 0, 0];
  // Two more, which push out the last bits.
  for (const byte of [...bytes, 0, 0]) {
    held |= byte << bits;
    bits += 8;
    if (bits < 13) continue;
    const pair = held & 8191;
    text += letter(pair % 91) + letter(Math.floor(pair / 91));
    held >>= 13;
    bits -= 13;
  }
  return text;
}

/**
 * Oxc's minifier, which Vite brings along, over each file: names that repeat from function to function let gzip take off
 * 5 % more than after esbuild's. Exported classes and functions keep their names, which errors and consoles show; each
 * statement has a line of its own, since V8 prints the whole line of an error that nobody caught above its message.
 */
export function minify() {
  return {
    name: "minify",
    async renderChunk(code, { fileName, exports, isEntry }) {
      const oxc = await import("vite");
      // What a chunk exports to others has short names already; classes may be seen through them.
      const result = isEntry
        ? await oxc.minify(fileName, exportInPlace(code, exports), minifyOptions)
        : await oxc.minify(fileName, code, { ...minifyOptions, ...classNames });
      if (result.errors.length > 0) this.error(result.errors[0].message);
      const pure = withPureCalls(result.code, this.parse(result.code));
      return { code: statementPerLine(pure, this.parse(pure)), map: null };
    },
  };
}

/**
 * Marks what is called for the values of a program's constants as without effect, for bundlers to leave out with those
 * constants: else whoever imports one name would get all of them. It is so in this library, where what has an effect is a
 * statement of its own.
 */
export function withPureCalls(code, { body }) {
  const starts = [];
  const see = (node) => {
    if (typeof node !== "object" || node === null || /Function|^MethodDefinition$/.test(node.type)) return;
    if (/^(Call|New)Expression$/.test(node.type)) starts.push(node.start);
    for (const part of Object.values(node)) see(part);
  };
  for (const statement of body)
    if (/Declaration$/.test(statement.type)) see(statement.declaration ?? statement);
  // A call inside another's begins where that does: f()().
  return [...new Set(starts)]
    .sort((a, b) => b - a)
    .reduce((text, at) => `${text.slice(0, at)}/*#__PURE__*/${text.slice(at)}`, code);
}

export const minifyOptions = {
  module: true,
  compress: { target: "es2022" },
  mangle: { toplevel: true },
  codegen: { removeWhitespace: true, legalComments: "none" },
};

const keepNames = { class: true, function: false };
const classNames = {
  compress: { ...minifyOptions.compress, keepNames },
  mangle: { ...minifyOptions.mangle, keepNames },
};

/**
 * A line break behind each statement of the program and of functions, in place of its semicolon where the next statement
 * begins with a word and so cannot continue it. gzip takes 3 bytes for it in 10 kB.
 */
export function statementPerLine(code, tree) {
  const ends = [];
  const empty = new Set();
  eachNode(tree, (node) => {
    if (node.type === "EmptyStatement") empty.add(node.end);
    const list = node.type === "ClassBody" ? [] : [node.body ?? node.consequent].flat();
    ends.push(...list.slice(0, -1).map(({ end }) => end));
  });
  let [text, from] = ["", 0];
  for (const end of ends.sort((a, b) => a - b)) {
    // The semicolon of `while (more());` is the loop's body.
    const spare = code[end - 1] === ";" && !empty.has(end) && /[\w$]/.test(code[end]);
    text += `${code.slice(from, spare ? end - 1 : end)}\n`;
    from = end;
  }
  return text + code.slice(from);
}

/** Calls `see` with every node of a syntax tree. */
function eachNode(node, see) {
  if (typeof node !== "object" || node === null) return;
  see(node);
  for (const part of Object.values(node)) eachNode(part, see);
}

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
      const name = "kernelText";
      if (code.includes(name)) this.error(`${name} is taken`);
      let [text, rest] = ["", code];
      eachNode(this.parse(code), ({ type, value, quasis, start, end }) => {
        const found = type === "TemplateLiteral" ? quasis[0].value.cooked : type === "Literal" ? value : "";
        if (typeof found !== "string" || found.length < 8000) return;
        text = found;
        rest = code.slice(0, start) + name + code.slice(end);
      });
      // Between double quotes it has nothing to escape.
      return text === "" ? null : { code: `const ${name} = ${JSON.stringify(text)};\n${rest}`, map: null };
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
 * In an output whose module ts/entrypoints/inline.ts was left out as external: the kernel as the static import of `file`, a
 * WebAssembly.Module where this entry is for.
 */
export function entryKernel(file) {
  const put = `import kernelModule from "${file}";\nconst inlineKernel = async () => kernelModule;`;
  return {
    name: "entry-kernel",
    renderChunk(text) {
      const left = /^import \{ inlineKernel \} from ["'][^"']*inline\.[jt]s["'];$/m;
      if (!left.test(text)) this.error("the import of the inlined kernel is written in another form now");
      return { code: text.replace(left, put), map: null };
    },
  };
}

/** No kernel in the place of the module ts/entrypoints/inline.ts. */
export const withoutKernel = (module) => ({
  name: "without-kernel",
  load: (id) => (id === module ? "export const inlineKernel = undefined;" : null),
});

/** One module in the place of another. */
export const instead = (module, other) => ({
  name: "instead",
  async resolveId(source, importer) {
    const found = await this.resolve(source, importer, { skipSelf: true });
    return found?.id === module ? other : found;
  },
});

/** Two chunks: `start`, what an entry has without its import(), and `rest`. */
export function splitAfter(entry) {
  const start = new Set();
  const visit = (id, getModuleInfo) => {
    if (start.has(id)) return;
    start.add(id);
    for (const imported of getModuleInfo(id).importedIds) visit(imported, getModuleInfo);
  };
  return {
    name: "split-after",
    outputOptions(options) {
      const manualChunks = (id, { getModuleInfo }) => {
        if (start.size === 0) visit(entry, getModuleInfo);
        return start.has(id) ? "start" : "rest";
      };
      return { ...options, manualChunks };
    },
  };
}

/** For an entry that exports a part of what `main` does: its types. */
export const typesFrom = (main) => ({
  name: "types-from",
  generateBundle(_, bundle) {
    for (const { isEntry, name, exports } of Object.values(bundle)) {
      if (!isEntry) continue;
      const source = `export type * from "${main}";\nexport { ${exports.join(", ")} } from "${main}";\n`;
      this.emitFile({ type: "asset", fileName: `${name}.d.ts`, source });
    }
  },
});

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
