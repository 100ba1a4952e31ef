import { copyBytes } from "../checks.js";
import { inlineKernel } from "../entrypoints/inline.js";
import { failure, formatError, RecurraError, typeName } from "../errors.js";
import type { KernelExports } from "./exports.js";
import { fromBase64 } from "./inflate.js";
import { Kernel } from "./kernel.js";
import { ABI } from "./slots.js";

// (module (func (result v128) i32.const 0 i8x16.splat)): valid exactly where the kernel's instructions are.
const simdProbe = "AGFzbQEAAAABBQFgAAF7AwIBAAoIAQYAQQD9Dws=";

const environment = (message: string, cause?: unknown) => failure("environment", message, { cause });

/** Compiles the inlined kernel, or another one that was given, or explains why that is not possible here. */
export async function compileKernel(source: unknown, kind: "simd" | "relaxed"): Promise<WebAssembly.Module> {
  if (!globalThis.WebAssembly?.validate(fromBase64(simdProbe)))
    throw environment("WebAssembly: expected a host that has it, with SIMD, got one that does not");
  if (typeName(source) === "WebAssembly.Module") return source as WebAssembly.Module;
  const bytes =
    source === undefined
      ? undefined
      : copyBytes("module", source, "a WebAssembly.Module, an ArrayBuffer or a view of one");
  try {
    return await (bytes ? WebAssembly.compile(bytes) : inlineKernel());
  } catch (error) {
    if (error instanceof RecurraError) throw error;
    if (/unsafe-eval|content security policy|\bCSP\b|disallowed by embedder/i.test(String(error))) {
      const advice = "allow 'wasm-unsafe-eval' in its script-src, or pass a compiled `module`";
      throw environment(
        `WebAssembly: this page's content security policy forbids compiling it; ${advice}`,
        error,
      );
    }
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
    throw error instanceof RangeError
      ? failure("out-of-memory", "kernel: expected memory for another instance, got none", {
          cause: error,
        })
      : environment(
          "module: expected recurra's kernel, got a module that wants imports or failed to start",
          error,
        );
  }
  const version = (exports as Partial<KernelExports>).abi_version?.();
  if (version !== ABI) {
    const got = version === undefined ? "another module" : `version ${version}`;
    throw environment(`module: expected recurra's kernel with interface version ${ABI}, got ${got}`);
  }
  const kernel = new Kernel(exports, kind);
  if (memoryLimit !== undefined) kernel.run("memoryLimit", (e) => e.memory_limit(memoryLimit));
  return kernel;
}
