import { describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { KernelExports } from "../../ts/wasm/exports.js";
import { Kernel } from "../../ts/wasm/kernel.js";
import { createRuntime, kernelOf } from "../../ts/wasm/runtime.js";
import { codeOf } from "../random.js";

const trap = () => {
  throw new WebAssembly.RuntimeError("unreachable");
};

/** A kernel whose functions answer what the test wants. */
function fake(answers: Partial<KernelExports>): Kernel {
  return new Kernel({ memory: new WebAssembly.Memory({ initial: 1 }), ...answers } as KernelExports);
}

describe("statuses", () => {
  const details = [3, 70, 1, 65];
  const kernel = fake({ error_detail: (which) => details[which] as number });
  const cases: [number, string, RegExp][] = [
    [-1, "disposed", /^call: /],
    [-2, "option", /argument 3: expected 1 … 65, got 70/],
    [-3, "shape", /sequence 3: expected 1, got 70/],
    [-4, "shape", /slot 3, index 70: expected 0 … 64, got 1/],
    [-5, "out-of-memory", /at most 70 bytes .* request for 3 more with 1 in use/],
    [-6, "unsupported", /argument 3/],
    [-7, "shape", /parameters of the forward pass/],
    [-8, "option", /finite/],
    [-99, "unsupported", /status -99/],
  ];
  test.each(cases)("%i is %s", (status, code, message) => {
    expect(() => kernel.check(status, "call")).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
  test("0 and more are answers; out-of-memory has its figures", () => {
    expect([kernel.check(0), kernel.check(7)]).toEqual([0, 7]);
    expect(() => kernel.check(-5)).toThrow(expect.objectContaining({ requested: 3, limit: 70 }));
  });
});

describe("a trap", () => {
  test("ends the instance: every later use says so, and frees do nothing", async () => {
    let frees = 0;
    const kernel = fake({ peak: trap, network_free: () => ++frees });
    expect(await codeOf(() => kernel.call((exports) => exports.peak(1)))).toBe("kernel-terminated");
    expect(kernel.alive).toBe(false);
    const uses = [
      () => kernel.exports,
      () => kernel.call(() => 1),
      () => kernel.f32(1, 1),
      () => kernel.run("x", () => 1),
    ];
    for (const use of uses) expect(await codeOf(use)).toBe("kernel-terminated");
    kernel.release((exports) => exports.network_free(1));
    expect(frees).toBe(0);
    kernel.dispose();
    expect(await codeOf(() => kernel.exports)).toBe("kernel-terminated");
  });

  test.each([
    new RangeError("Maximum call stack size exceeded"),
    Object.assign(new Error("too much recursion"), { name: "InternalError" }),
  ])("so does a stack overflow: %s", async (error) => {
    const kernel = fake({
      peak: () => {
        throw error;
      },
    });
    expect(await codeOf(() => kernel.call((exports) => exports.peak(1)))).toBe("kernel-terminated");
  });

  test("another error inside a call passes through and ends nothing", () => {
    const kernel = fake({});
    const error = new TypeError("mine");
    expect(() =>
      kernel.call(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(kernel.alive).toBe(true);
  });

  test("while freeing is kept for the next user", async () => {
    const kernel = fake({ network_free: trap });
    kernel.release((exports) => exports.network_free(1));
    expect(await codeOf(() => kernel.exports)).toBe("kernel-terminated");
  });
});

test("everything on a trapped instance throws; the next create gets a fresh one; others go on", async () => {
  const options = { inputSize: 3, hiddenSize: 4, outputSize: 3 };
  using runtime = await createRuntime();
  using bystander = await Rnn.create(options);
  const wanted = bystander.save();
  const input = [{ inputs: Int32Array.of(1, 2), targets: "next" as const }];
  for (let cycle = 0; cycle < 100; cycle++) {
    const rnn = await Rnn.create(options, runtime);
    expect(rnn.save()).toEqual(wanted);
    const stream = rnn.stream();
    const pass = rnn.forward(input);
    const gradients = pass.backward();
    const kernel = await kernelOf(runtime);
    expect(() => kernel.call(trap)).toThrow("unreachable");
    const uses: (() => unknown)[] = [
      () => rnn.save(),
      () => rnn.stateDict(),
      () => rnn.forward(input),
      () => rnn.predict(input),
      () => rnn.stream(),
      () => rnn.generate({ steps: 1 }),
      () => rnn.fit(input),
      () => rnn.evaluate(input),
      () => stream.step(1),
      () => stream.state(),
      () => pass.backward(),
      () => pass.outputs(),
      () => gradients.states,
    ];
    for (const use of uses) expect(await codeOf(use)).toBe("kernel-terminated");
    for (const thing of [stream, pass, rnn]) thing.dispose();
  }
  expect(bystander.save()).toEqual(wanted);
});
