import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { compileDeflated } from "../../ts/wasm/inflate.js";
import { codeOf } from "../random.js";

const bytes = readFileSync(new URL("../../build/kernel/kernel.wasm", import.meta.url));
const deflated = deflateRawSync(bytes);

afterEach(() => {
  vi.unstubAllGlobals();
});

test("what was deflated compiles to the same module", async () => {
  const module = await compileDeflated(deflated.toString("base64"));
  expect(WebAssembly.Module.exports(module)).toEqual(
    WebAssembly.Module.exports(await WebAssembly.compile(bytes)),
  );
});

test("a part of it, or something else, rejects", async () => {
  const half = deflated.subarray(0, deflated.length >> 1).toString("base64");
  const other = deflateRawSync(Buffer.from("Call me Ishmael.")).toString("base64");
  for (const base64 of [half, other, "AAAA"]) await expect(compileDeflated(base64)).rejects.toThrow();
});

test("a host without DecompressionStream is told so", async () => {
  vi.stubGlobal("DecompressionStream", undefined);
  expect(await codeOf(() => compileDeflated(deflated.toString("base64")))).toBe("environment");
});
