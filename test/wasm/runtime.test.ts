import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createRuntime, Rnn } from "../../ts/index.js";
import type { Forward, RuntimeOptions } from "../../ts/types.js";
import { kernelOf } from "../../ts/wasm/runtime.js";
import { codeOf } from "../random.js";

const bytes = new Uint8Array(readFileSync(new URL("../../build/kernel/kernel.wasm", import.meta.url)));
const relaxed = new Uint8Array(
  readFileSync(new URL("../../build/kernel/kernel-relaxed.wasm", import.meta.url)),
);
const options = { inputSize: 3, hiddenSize: 4, outputSize: 3 };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.doUnmock("../../ts/entrypoints/inline.js");
});

describe("the shared instance", () => {
  test("is one, however many ask at once", async () => {
    vi.resetModules();
    const instantiate = vi.spyOn(WebAssembly, "instantiate");
    const { kernelOf: fresh } = await import("../../ts/wasm/runtime.js");
    const kernels = await Promise.all(Array.from({ length: 100 }, () => fresh()));
    expect(new Set(kernels).size).toBe(1);
    expect(instantiate).toHaveBeenCalledTimes(1);
  });

  test("a failure is forgotten, and the next try succeeds", async () => {
    vi.resetModules();
    let tries = 0;
    vi.doMock("../../ts/entrypoints/inline.js", () => ({
      inlineKernel: async () => {
        if (++tries === 1) throw new WebAssembly.CompileError("out of luck");
        return await WebAssembly.compile(bytes);
      },
    }));
    const { kernelOf: fresh } = await import("../../ts/wasm/runtime.js");
    await expect(fresh()).rejects.toMatchObject({ name: "RecurraError" });
    expect((await fresh()).alive).toBe(true);
    expect(tries).toBe(2);
  });

  test("after a trap, all who ask at once get the same fresh instance", async () => {
    const dead = await kernelOf();
    expect(() =>
      dead.call(() => {
        throw new WebAssembly.RuntimeError("unreachable");
      }),
    ).toThrow();
    const kernels = await Promise.all(Array.from({ length: 10 }, () => kernelOf()));
    expect(new Set(kernels).size).toBe(1);
    expect(kernels[0]).not.toBe(dead);
  });
});

describe("createRuntime", () => {
  test("takes the module compiled, as bytes, as a buffer or any view", async () => {
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    for (const module of [
      await WebAssembly.compile(bytes),
      bytes,
      bytes.slice().buffer,
      new DataView(shifted.buffer, 3),
    ]) {
      using runtime = await createRuntime({ module });
      expect(runtime.kernel).toBe("simd");
      expect(runtime.bytes % 65536).toBe(0);
      using rnn = await Rnn.create(options, runtime);
      expect(rnn.parameterCount).toBe(4 * 8 + 15);
    }
  });

  test("memory is each runtime's own and ends with it", async () => {
    const runtime = await createRuntime();
    const rnn = await Rnn.create(options, runtime);
    using other = await Rnn.create(options);
    runtime.dispose();
    runtime.dispose();
    expect(runtime.bytes).toBe(0);
    expect(await codeOf(() => rnn.save())).toBe("disposed");
    expect(await codeOf(() => Rnn.create(options, runtime))).toBe("disposed");
    rnn.dispose();
    expect(other.save().length).toBeGreaterThan(0);
  });

  test("memoryLimit stops a batch, and everything made before stays", async () => {
    using runtime = await createRuntime({ memoryLimit: 4_000_000 });
    using rnn = await Rnn.create(options, runtime);
    const saved = rnn.save();
    using pass = rnn.forward([{ inputs: Int32Array.of(1, 2), targets: "next" }]);
    const gradients = [...pass.backward().parameters];
    const kernel = await kernelOf(runtime);
    let used = 0;
    for (let round = 0; round < 20; round++) {
      const error = await Promise.resolve()
        .then(() => rnn.forward([{ inputs: new Int32Array(500_000), targets: "next" }]))
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: "out-of-memory", limit: 4_000_000, requested: expect.any(Number) });
      // The first refusal may have made room in the table of handles, which stays.
      const now = kernel.call((exports) => exports.memory_used());
      if (round > 0) expect(now).toBe(used);
      used = now;
    }
    expect([...pass.backward().parameters]).toEqual(gradients);
    expect(rnn.save()).toEqual(saved);
  });

  test("memoryLimit is at least what a fresh instance has, and with little more a small network trains", async () => {
    using fresh = await createRuntime();
    const least = fresh.bytes;
    await expect(createRuntime({ memoryLimit: least - 1 })).rejects.toThrow(
      `memoryLimit: expected an integer, ${least} …`,
    );
    using full = await createRuntime({ memoryLimit: least });
    expect(full.bytes).toBe(least);
    using runtime = await createRuntime({ memoryLimit: least + 65536 });
    using rnn = await Rnn.create(options, runtime);
    const data = { inputs: Int32Array.of(1, 2, 0, 1, 2), targets: "next" } as const;
    expect((await rnn.fit(data, { updates: 3 })).updates).toBe(3);
  });

  test("passes that nobody disposes of run out of memory, and the error says what to do", async () => {
    using runtime = await createRuntime({ memoryLimit: 2_000_000 });
    using rnn = await Rnn.create(options, runtime);
    const sequence = { inputs: new Int32Array(3000), targets: "next" } as const;
    const kept: Forward[] = [];
    const forget = () => {
      for (;;) kept.push(rnn.forward([sequence]));
    };
    expect(forget).toThrow(/^forward: expected at most 2000000 bytes .* in use; .* or dispose\(\) may help$/);
    expect(kept.length).toBeGreaterThan(0);
    for (const pass of kept) pass.dispose();
    rnn.forward([sequence]).dispose();
  });

  const wrong: [string, unknown, string, RegExp][] = [
    ["another kernel", { kernel: "fast" }, "option", /^kernel: expected "simd", "relaxed", got "fast"/],
    [
      "relaxed without its module",
      { kernel: "relaxed" },
      "option",
      /^module: expected recurra\/kernel-relaxed\.wasm/,
    ],
    ["a limit of 0", { memoryLimit: 0 }, "option", /^memoryLimit/],
    ["a limit of NaN", { memoryLimit: Number.NaN }, "option", /^memoryLimit/],
    ["a limit of 2³¹", { memoryLimit: 2 ** 31 }, "option", /^memoryLimit/],
    ["an unknown option", { memorylimit: 1e6 }, "option", /Did you mean "memoryLimit"/],
    ["a path", { module: "kernel.wasm" }, "option", /^module/],
    ["null", null, "option", /object/],
    ["no WebAssembly", { module: new Uint8Array(16) }, "format", /^module: expected a WebAssembly file/],
    ["half of it", { module: bytes.slice(0, bytes.length >> 1) }, "format", /complete/],
    [
      "another module",
      { module: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) },
      "environment",
      /version 1, got another module/,
    ],
    // (import "a" "b" (func)): what this library never wants.
    [
      "a module that imports",
      { module: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0) },
      "environment",
      /wants imports/,
    ],
  ];
  test.each(wrong)("refuses %s", async (_, given, code, message) => {
    await expect(createRuntime(given as RuntimeOptions)).rejects.toMatchObject({
      name: "RecurraError",
      code,
      message: expect.stringMatching(message),
    });
  });

  test("refuses a kernel of another version", async () => {
    // (func (export "abi_version") (result i32) i32.const 2) and a memory.
    const other = Uint8Array.of(
      ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1],
      ...[
        7, 24, 2, 6, 109, 101, 109, 111, 114, 121, 2, 0, 11, 97, 98, 105, 95, 118, 101, 114, 115, 105, 111,
        110, 0, 0,
      ],
      ...[10, 6, 1, 4, 0, 65, 2, 11],
    );
    await expect(createRuntime({ module: other })).rejects.toThrow(/interface version 1, got version 2/);
  });

  test("a runtime of another copy of the package is refused", async () => {
    vi.resetModules();
    const copy = await import("../../ts/index.js");
    using foreign = await copy.createRuntime();
    expect(await codeOf(() => Rnn.create(options, foreign))).toBe("option");
    expect(await codeOf(() => Rnn.create(options, {} as never))).toBe("option");
  });

  test("the relaxed kernel runs where the engine has relaxed SIMD; elsewhere the error says so", async () => {
    const can = WebAssembly.validate(relaxed);
    const made = createRuntime({ kernel: "relaxed", module: relaxed });
    if (can) expect((await made).kernel).toBe("relaxed");
    else
      await expect(made).rejects.toMatchObject({
        code: "environment",
        message: expect.stringMatching(/relaxed SIMD/),
      });
  });
});

describe("hosts that cannot", () => {
  test.each([
    "WebAssembly.compile(): Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive",
    "call to WebAssembly.compile() blocked by CSP",
    "WebAssembly.compile(): Wasm code generation disallowed by embedder",
  ])("%s", async (text) => {
    vi.spyOn(WebAssembly, "compile").mockRejectedValue(new WebAssembly.CompileError(text));
    await expect(createRuntime()).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(/'wasm-unsafe-eval'/),
    });
  });

  test("no SIMD", async () => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    await expect(createRuntime()).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(/SIMD/),
    });
  });

  test("no WebAssembly", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    await expect(createRuntime()).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(/WebAssembly/),
    });
  });

  test("no room for another memory", async () => {
    vi.spyOn(WebAssembly, "instantiate").mockRejectedValue(new RangeError("could not allocate memory"));
    expect(await codeOf(() => createRuntime())).toBe("out-of-memory");
  });

  test("no Symbol.dispose: nothing is called by the name undefined", async () => {
    vi.resetModules();
    const make = Symbol;
    vi.stubGlobal("Symbol", (text: string) => make(text));
    const { disposeSymbol } = await import("../../ts/dispose.js");
    vi.unstubAllGlobals();
    expect(typeof disposeSymbol).toBe("symbol");
    expect(disposeSymbol).not.toBe(Symbol.dispose);
  });
});

test("what was forgotten without dispose is freed in the end", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  using runtime = await createRuntime();
  const kernel = await kernelOf(runtime);
  const used = () => kernel.call((exports) => exports.memory_used());
  const forget = async () => {
    const rnn = await Rnn.create({ ...options, hiddenSize: 50 }, runtime);
    rnn.stream().step(1);
    rnn.forward([{ inputs: Int32Array.of(1, 2), targets: "next" }]).backward();
  };
  const before = used();
  for (let round = 0; round < 20; round++) await forget();
  const after = used();
  for (let tries = 0; tries < 100 && used() - before > (after - before) / 10; tries++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(used() - before).toBeLessThan((after - before) / 10);
});
