import { wasm } from "@rollup/plugin-wasm";
import { defineConfig } from "vitest/config";
import { scriptText, text } from "./scripts/plugins/text.mjs";

// Tests run from the TypeScript sources, with the kernel of build/kernel inlined as in the package.
export default defineConfig({
  // "pre": otherwise Vite's own handling of .wasm comes first.
  plugins: [text(), scriptText(), { ...wasm({ targetEnv: "auto-inline" }), enforce: "pre" }],
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    coverage: { include: ["ts/**/*.ts"], reportsDirectory: "build/coverage" },
  },
  cacheDir: "build/vite",
});
