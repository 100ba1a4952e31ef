import { failure } from "../errors.js";

/** The part of `node:zlib` that is used. */
interface Zlib {
  inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}

interface Host {
  readonly process?: { getBuiltinModule?(name: "node:zlib"): Zlib | undefined };
}

/** So many bytes from text: 13 bits, the lowest first, in two letters, as `toLetters` of scripts/plugins/kernel.mjs wrote them. */
function fromLetters(text: string, length: number): Uint8Array<ArrayBuffer> {
  let at = 0;
  let held = 0;
  let bits = 0;
  const digit = () => {
    const letter = text.charCodeAt(at++);
    return letter - (letter > 92 ? 36 : 35);
  };
  // 2 ms for the kernel.
  return new Uint8Array(length).map(() => {
    if (bits < 8) {
      held |= (digit() + 91 * digit()) << bits;
      bits += 13;
    }
    const byte = held;
    held >>= 8;
    bits -= 8;
    return byte;
  });
}

/** What was deflated, by the web's own means. */
async function inflate(deflated: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  if (typeof DecompressionStream !== "function")
    throw failure(
      "environment",
      "DecompressionStream: expected a host with it, got one without; pass a compiled `module`",
    );
  const { writable, readable } = new DecompressionStream("deflate-raw");
  const writer = writable.getWriter();
  // Broken data rejects these as well as the reading, which is what is waited for.
  for (const written of [writer.write(deflated), writer.close()]) written.catch(() => {});
  const reader = readable.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    // Not by a Response, for which Node loads its whole HTTP client.
    if (done) return await new Blob(parts).arrayBuffer();
    parts.push(value);
  }
}

/**
 * Compiles a kernel that the build deflated (RFC 1951) to `length` bytes and wrote as text: what the import of a `.wasm` file
 * becomes in the package. Throws "environment" where nothing can inflate it.
 */
export async function compileDeflated(text: string, length: number): Promise<WebAssembly.Module> {
  const deflated = fromLetters(text, length);
  // Node's own module takes 1 ms where that of the web takes 20; it is asked for where it is, never imported.
  const zlib = (globalThis as unknown as Host).process?.getBuiltinModule?.("node:zlib");
  return await WebAssembly.compile(zlib ? zlib.inflateRawSync(deflated) : await inflate(deflated));
}
