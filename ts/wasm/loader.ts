import { inlineKernel } from "../entrypoints/inline.js";
import { failure, formatError, optionError, RecurraError, typeName } from "../errors.js";
import type { KernelExports } from "./exports.js";
import { fetchKernel, htmlError, LESS_THAN } from "./fetch.js";
import { Kernel } from "./kernel.js";
import { ABI } from "./slots.js";

// (module (func (result v128) i32.const 0 i8x16.splat)): valid exactly where the kernel's instructions are.
const simdProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

const environment = (message: string, cause?: unknown) => failure("environment", message, { cause });

/** If a content security policy forbids compiling: V8 and SpiderMonkey refuse then, WebKit when an instance is made. */
const forbidden = (error: unknown) =>
  /unsafe-eval|content security policy|\bCSP\b|disallowed by embedder/i.test(String(error)) &&
  environment(
    "WebAssembly: this page's content security policy forbids it; allow 'wasm-unsafe-eval' in its script-src, or pass a " +
      "compiled `module`",
    error,
  );

/**
 * Compiles the kernel of this entry of the package, or another one that was given, or explains why that is not possible
 * here.
 *
 * @param source A WebAssembly.Module, its file's bytes, a Response or a URL that gives them, a promise of one of these, or
 * undefined.
 */
export async function compileKernel(source: unknown, kind: "simd" | "relaxed"): Promise<WebAssembly.Module> {
  if (!globalThis.WebAssembly?.validate(simdProbe)) {
    const engines = "Chrome 91, Firefox 89, Safari 16.4";
    throw environment(`WebAssembly: expected a host with its SIMD (${engines}), got one without`);
  }
  // The build leaves it out of recurra/slim.
  if (source === undefined && !(inlineKernel as unknown))
    throw optionError("module", "recurra/kernel.wasm for recurra/slim", source);
  const given = source === undefined ? undefined : await fetchKernel(source);
  if (typeName(given) === "WebAssembly.Module") return given as WebAssembly.Module;
  const bytes = given as Uint8Array<ArrayBuffer> | undefined;
  if (bytes?.[0] === LESS_THAN) throw htmlError();
  try {
    return await (bytes ? WebAssembly.compile(bytes) : inlineKernel());
  } catch (error) {
    const refused = error instanceof RecurraError ? error : forbidden(error);
    if (refused) throw refused;
    if (bytes && String(bytes.subarray(0, 4)) !== "0,97,115,109")
      throw formatError("module: expected a WebAssembly file, got something else", 0, error);
    if (kind === "relaxed") {
      throw environment(`kernel: expected an engine with relaxed SIMD, got one without; use "simd"`, error);
    }
    throw formatError(
      "module: expected a complete WebAssembly file, got one that does not compile",
      8,
      error,
    );
  }
}

/** A fresh instance with memory of its own. Throws "environment" if it is not our kernel, or another version's. */
export async function instantiateKernel(
  module: WebAssembly.Module,
  kind: "simd" | "relaxed",
  memoryLimit: number | undefined,
): Promise<Kernel> {
  let exports: KernelExports;
  try {
    exports = (await WebAssembly.instantiate(module)).exports as unknown as KernelExports;
  } catch (error) {
    const cause = { cause: error };
    throw (
      forbidden(error) ||
      (error instanceof RangeError
        ? failure("out-of-memory", "kernel: expected memory for another instance, got none", cause)
        : environment(
            "module: expected recurra's kernel, got a module that wants imports or failed to start",
            error,
          ))
    );
  }
  const version = (exports as Partial<KernelExports>).abi_version?.();
  if (version !== ABI) {
    const got = version === undefined ? "another module" : `version ${version}`;
    throw environment(
      `module: expected recurra's kernel with interface version ${ABI}, got ${got}; take this package's kernel.wasm`,
    );
  }
  const kernel = new Kernel(exports, kind, { module, memoryLimit });
  if (memoryLimit !== undefined) kernel.run("memoryLimit", (e) => e.memory_limit(memoryLimit));
  return kernel;
}
