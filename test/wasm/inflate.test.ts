import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { toLetters } from "../../scripts/plugins/kernel.mjs";
import { compileDeflated } from "../../ts/wasm/inflate.js";
import { codeOf, generator } from "../random.js";

const bytes = readFileSync(new URL("../../build/kernel/kernel.wasm", import.meta.url));
const deflated = deflateRawSync(bytes);
const compile = (part: Uint8Array) => compileDeflated(toLetters(part), part.length);

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** What hosts have: the modules of Node, or only what the web has. */
const hosts: Readonly<Record<string, () => void>> = {
  Node: () => {},
  "the web": () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  },
};

describe.each(Object.keys(hosts))("by the means of %s", (name) => {
  test("what was deflated compiles to the same module", async () => {
    hosts[name]?.();
    const module = await compile(deflated);
    expect(WebAssembly.Module.exports(module)).toEqual(
      WebAssembly.Module.exports(await WebAssembly.compile(bytes)),
    );
  });

  test("a part of it, or something else, rejects", async () => {
    hosts[name]?.();
    const half = deflated.subarray(0, deflated.length >> 1);
    const other = deflateRawSync(Buffer.from("Call me Ishmael."));
    for (const wrong of [half, other, Uint8Array.of(7)]) await expect(compile(wrong)).rejects.toThrow();
  });

  test("every byte comes through, and any number of them", async () => {
    hosts[name]?.();
    const passed = vi.spyOn(WebAssembly, "compile").mockResolvedValue({} as WebAssembly.Module);
    const random = generator(31);
    for (let length = 0; length < 120; length++) {
      const plain = Uint8Array.from({ length }, () => random.integer(0, 255));
      const packed = deflateRawSync(plain, { level: length % 10 });
      expect(toLetters(packed)).toMatch(/^[#-[\]-~]+$/);
      await compile(packed);
      const [given] = passed.mock.calls.at(-1) as [Uint8Array | ArrayBuffer];
      expect([...new Uint8Array(given)]).toEqual([...plain]);
    }
  });
});

test("a host without DecompressionStream is told so", async () => {
  hosts["the web"]?.();
  vi.stubGlobal("DecompressionStream", undefined);
  expect(await codeOf(() => compile(deflated))).toBe("environment");
});
