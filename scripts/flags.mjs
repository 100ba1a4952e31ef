// How the two kernels are compiled, beyond .cargo/config.toml (which holds what both share).
// This text is part of the source digest: change a flag, and the prebuilt kernels are out of date.

export const builds = {
  simd: { file: "kernel.wasm", cargo: [], rustflags: [] },
  relaxed: {
    file: "kernel-relaxed.wasm",
    cargo: ["--features", "relaxed"],
    rustflags: [
      "-Ctarget-feature=+relaxed-simd",
      "-Clink-arg=--features=simd128,relaxed-simd,bulk-memory,mutable-globals,sign-ext,nontrapping-fptoint",
    ],
  },
};

/**
 * Where the compiler brings its library's source instead of the compiled library: build `core` and `alloc` with the
 * crate, and let a panic be nothing but a trap (messages that nobody could read are a quarter of the module).
 */
export const buildStd = {
  RUSTC_BOOTSTRAP: "1",
  CARGO_UNSTABLE_BUILD_STD: "core,alloc",
  CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT: "true",
  CARGO_PROFILE_RELEASE_PANIC: "immediate-abort",
};

/** The tools of the build. wasm-bindgen's version is that of the crate in Cargo.lock: see toolchain.mjs. */
export const wasmPackVersion = "0.15.1";
