import { failure } from "../errors.js";

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/**
 * Compiles a kernel that the build deflated (RFC 1951) and wrote as base64: what the import of a `.wasm` file becomes in
 * the package. Throws "environment" where nothing can inflate it.
 */
export async function compileDeflated(base64: string): Promise<WebAssembly.Module> {
  if (typeof DecompressionStream !== "function")
    throw failure(
      "environment",
      "DecompressionStream: expected a host that has it, got one that does not; pass a compiled `module`",
    );
  const deflated = fromBase64(base64);
  // Not through a Response, for which Node loads its whole HTTP client: 20 ms of a start.
  const reader = new Blob([deflated])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"))
    .getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return await WebAssembly.compile(await new Blob(parts).arrayBuffer());
    parts.push(value);
  }
}
