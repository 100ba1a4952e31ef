/** Other libraries by the names that readers know. */

/** What runs in every browser. */
export const web: Readonly<Record<string, string>> = {
  "tfjs-wasm": "TensorFlow.js (wasm)",
  "tfjs-cpu": "TensorFlow.js (cpu)",
  "jax-wasm": "jax-js (wasm)",
  "ort-web": "onnxruntime-web",
  brain: "brain.js",
  tuned: "plain JavaScript",
};

/** What needs native code. */
export const native: Readonly<Record<string, string>> = {
  "ort-node": "onnxruntime",
  torch: "PyTorch",
  jax: "JAX",
  numpy: "numpy",
};

export const libraryName = (peer: string): string => web[peer] ?? native[peer] ?? peer;

/** Of a comparison, those that this library is furthest behind first; what was not timed comes last. */
export const byRatio = <T extends { readonly ratio?: number }>(rows: readonly T[]): T[] =>
  [...rows].sort(
    (a, b) => (a.ratio ?? Number.POSITIVE_INFINITY) - (b.ratio ?? Number.POSITIVE_INFINITY) || 0,
  );
