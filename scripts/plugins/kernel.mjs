// The kernel in the library: as text, or as the import of a file.
import { inflateRawSync } from "node:zlib";
import { eachNode } from "./syntax.mjs";

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
