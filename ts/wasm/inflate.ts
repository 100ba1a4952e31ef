import { RecurraError } from "../errors.js";

/**
 * Compiles a kernel that the build deflated (RFC 1951) and wrote as base64: what the import of a `.wasm` file becomes in
 * the package. Throws "environment" where nothing can inflate it.
 */
export async function compileDeflated(base64: string): Promise<WebAssembly.Module> {
  if (typeof DecompressionStream !== "function") {
    const message =
      "DecompressionStream: expected a host that has it, got one that does not; pass the kernel as `module`";
    throw new RecurraError({ code: "environment", message });
  }
  const deflated = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const inflated = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await WebAssembly.compile(await new Response(inflated).arrayBuffer());
}
