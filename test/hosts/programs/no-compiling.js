/**
 * From here on nothing is compiled, as on a hosted edge: what imitates one in Node allows it. Modules that came compiled
 * are instantiated as before.
 */
export function forbidCompiling() {
  const { CompileError, instantiate } = WebAssembly;
  const refuse = () => {
    throw new CompileError("Wasm code generation disallowed by embedder");
  };
  const refuseLater = async () => refuse();
  Object.assign(WebAssembly, {
    compile: refuseLater,
    compileStreaming: refuseLater,
    instantiateStreaming: refuseLater,
    Module: refuse,
    instantiate: (source, imports) =>
      Object.prototype.toString.call(source) === "[object WebAssembly.Module]"
        ? instantiate(source, imports)
        : refuseLater(),
  });
}
