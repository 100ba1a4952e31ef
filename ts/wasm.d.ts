// What the bundler turns into modules. The same plugins run in rollup.config.js and vitest.config.ts.

// @rollup/plugin-wasm inlines the file; called without imports, it compiles it.
declare module "*.wasm" {
  const compile: () => WebAssembly.Module | Promise<WebAssembly.Module>;
  export default compile;
}

// scripts/plugins/text.mjs: the content of the file as a string.
declare module "*?text" {
  const text: string;
  export default text;
}

// scripts/plugins/text.mjs: the module and what it imports as the text of one script.
declare module "*?script" {
  const text: string;
  export default text;
}
