import { copyBytes } from "../checks.js";
import { failure, RecurraError, typeName } from "../errors.js";

/** What an HTML page begins with, and a WebAssembly file never. */
export const LESS_THAN = 60;

/** A page in the place of the file, which is how many servers say that they do not have it. */
export const htmlError = (what = "an HTML page", cause?: unknown): RecurraError =>
  failure("environment", `module: expected a WebAssembly file, got ${what}; check its address`, { cause });

interface Host {
  readonly process?: {
    getBuiltinModule?(name: "node:fs"): { readFileSync(path: URL): Uint8Array } | undefined;
  };
}

/**
 * A module as it is, or the bytes of one, copied. Throws "option" for something of another type; "environment" where the
 * address leads to nothing or to a page.
 */
export async function fetchKernel(source: unknown): Promise<WebAssembly.Module | Uint8Array<ArrayBuffer>> {
  let found: unknown;
  try {
    found = await source;
    if (typeName(found) === "URL") found = await open(found as URL);
    if (typeName(found) === "Response") found = await bodyOf(found as Response);
  } catch (cause) {
    if (cause instanceof RecurraError) throw cause;
    throw htmlError(`none (${cause})`, cause);
  }
  return typeName(found) === "WebAssembly.Module"
    ? (found as WebAssembly.Module)
    : copyBytes("module", found, "a WebAssembly.Module, its bytes, a Response, a URL or a promise of one");
}

/** Files are read by Node itself where its `fetch` cannot. */
function open(url: URL): unknown {
  const fs =
    url.protocol === "file:"
      ? (globalThis as unknown as Host).process?.getBuiltinModule?.("node:fs")
      : undefined;
  return fs ? fs.readFileSync(url) : fetch(url);
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  const { ok, status, url, headers } = response;
  if (ok && !/^text\/html/i.test(headers.get("content-type") ?? "")) return await response.arrayBuffer();
  throw htmlError(`${ok ? "an HTML page" : `status ${status}`} from ${url || "a Response"}`);
}
