import compile from "../../build/kernel/kernel.wasm";

/**
 * The kernel that an entry of the package brings along, compiled. Here the bundler put it into the file, which works
 * wherever a page or program may compile WebAssembly; other entries have another in its place, or none: rollup.config.js.
 */
export const inlineKernel = async (): Promise<WebAssembly.Module> => await compile();
