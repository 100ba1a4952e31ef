import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { compileDeflated } from "../../ts/wasm/inflate.js";
import { codeOf } from "../random.js";

const bytes = readFileSync(new URL("../../build/kernel/kernel.wasm", import.meta.url));
const deflated = deflateRawSync(bytes);

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** What hosts have: the modules of Node, or only what the web has, with and without the newer decoder. */
const hosts: Readonly<Record<string, () => void>> = {
  Node: () => {},
  "the web": () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  },
  "the web, with Uint8Array.fromBase64": () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    vi.stubGlobal(
      "Uint8Array",
      class extends Uint8Array {
        static fromBase64(text: string): Uint8Array {
          return new Uint8Array(Buffer.from(text, "base64"));
        }
      },
    );
  },
};

describe.each(Object.keys(hosts))("by the means of %s", (name) => {
  test("what was deflated compiles to the same module", async () => {
    hosts[name]?.();
    const module = await compileDeflated(deflated.toString("base64"));
    expect(WebAssembly.Module.exports(module)).toEqual(
      WebAssembly.Module.exports(await WebAssembly.compile(bytes)),
    );
  });

  test("a part of it, or something else, rejects", async () => {
    hosts[name]?.();
    const half = deflated.subarray(0, deflated.length >> 1).toString("base64");
    const other = deflateRawSync(Buffer.from("Call me Ishmael.")).toString("base64");
    for (const base64 of [half, other, "AAAA"]) await expect(compileDeflated(base64)).rejects.toThrow();
  });
});

test("a host without DecompressionStream is told so", async () => {
  hosts["the web"]?.();
  vi.stubGlobal("DecompressionStream", undefined);
  expect(await codeOf(() => compileDeflated(deflated.toString("base64")))).toBe("environment");
});
