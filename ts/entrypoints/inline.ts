import compile from "../../build/kernel/kernel.wasm";

/** The kernel that the bundler put into this file: works wherever a page or program may compile WebAssembly. */
export async function inlineKernel(): Promise<WebAssembly.Module> {
  return await compile();
}
