import { failure } from "../errors.js";

/** The parts of `node:buffer` and `node:zlib` that are used. */
interface NodeModules {
  readonly "node:buffer": {
    readonly Buffer: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
  };
  readonly "node:zlib": { inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer> };
}

interface Host {
  readonly process?: { getBuiltinModule?<N extends keyof NodeModules>(name: N): NodeModules[N] | undefined };
}

/** Standard base64 as bytes. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  // Half the time of Uint8Array.from with a function.
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** What was deflated, by the web's own means. */
async function inflate(deflated: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  if (typeof DecompressionStream !== "function")
    throw failure(
      "environment",
      "DecompressionStream: expected a host that has it, got one that does not; pass a compiled `module`",
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
 * Compiles a kernel that the build deflated (RFC 1951) and wrote as base64: what the import of a `.wasm` file becomes in
 * the package. Throws "environment" where nothing can inflate it.
 */
export async function compileDeflated(base64: string): Promise<WebAssembly.Module> {
  // Node's own modules take 1 ms where those of the web take 20; they are asked for where they are, never imported.
  const node = (globalThis as unknown as Host).process?.getBuiltinModule;
  const buffer = node?.("node:buffer");
  const zlib = node?.("node:zlib");
  return await WebAssembly.compile(
    buffer && zlib
      ? zlib.inflateRawSync(buffer.Buffer.from(base64, "base64"))
      : await inflate(fromBase64(base64)),
  );
}
