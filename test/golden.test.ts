// The run of test/golden/README.md, once by hand on the module and once through the public API.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime, Optimizer, Rnn, type Runtime } from "../ts/index.js";
import type { KernelExports } from "../ts/wasm/exports.js";
import { Kernel } from "../ts/wasm/kernel.js";
import { kernelOf } from "../ts/wasm/runtime.js";
import { Flag, NetworkSlot, WorkspaceSlot as Slot } from "../ts/wasm/slots.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = process.env.RECURRA_KERNEL_DIR ?? join(here, "../build/kernel");
const module = readFileSync(join(folder, "kernel.wasm"));
const { sha256: recorded } = JSON.parse(readFileSync(join(here, "golden/updates.json"), "utf8")) as {
  sha256: string;
};

const [SYMBOLS, HIDDEN, SEED, SEQUENCES, UPDATES] = [29, 40, 7, 5, 200];
const parameters = ["WEIGHT_IH", "WEIGHT_HH", "BIAS_H", "WEIGHT_HO", "BIAS_O"] as const;

/** Sequence b of update n: its symbols s₀ … s_τ. */
function symbols(draw: KernelExports["draw"], b: number, n: number): Int32Array<ArrayBuffer> {
  const d = (step: number) => draw(SEED, 16, b, step, n);
  const s = new Int32Array(4 + Math.floor(18 * d(0)));
  s[0] = Math.floor(SYMBOLS * d(1));
  for (let i = 1; i < s.length; i++) {
    const u = d(i + 1);
    s[i] = u < 0.75 ? (2 * (s[i - 1] as number) + 1) % SYMBOLS : Math.floor(SYMBOLS * 4 * (u - 0.75));
  }
  return s;
}

const hash = (tensors: Iterable<Float32Array>) => {
  const sha256 = createHash("sha256");
  for (const tensor of tensors) sha256.update(new Uint8Array(tensor.slice().buffer));
  return sha256.digest("hex");
};

describe(`${UPDATES} updates of the kernel in ${process.env.RECURRA_KERNEL_DIR ?? "build/kernel"}`, () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ module });
  });
  afterAll(() => runtime.dispose());

  test("by hand", async () => {
    const { instance } = await WebAssembly.instantiate(module);
    const kernel = new Kernel(instance.exports as unknown as KernelExports);
    const e = kernel.exports;
    const network = kernel.check(e.network_create(SYMBOLS, HIDDEN, SYMBOLS, 0, 0, 0, 0, 1));
    kernel.check(e.network_initialize(network, 0, SEED));
    const workspace = kernel.check(e.workspace_create(network));
    const optimizer = kernel.check(e.optimizer_create(network, 1));
    for (let n = 0; n < UPDATES; n++) {
      const batch = Array.from({ length: SEQUENCES }, (_, b) => symbols(e.draw, b, n));
      const rows = batch.reduce((sum, { length }) => sum + length - 1, 0);
      kernel.check(e.workspace_shape(workspace, SEQUENCES, rows, Flag.TARGETS));
      kernel.i32(workspace, Slot.LENGTHS).set(batch.map(({ length }) => length - 1));
      kernel.i32(workspace, Slot.INPUTS).set(batch.flatMap((s) => [...s.subarray(0, -1)]));
      kernel.i32(workspace, Slot.TARGET).set(batch.flatMap((s) => [...s.subarray(1)]));
      kernel.check(e.workspace_train(workspace));
      kernel.check(e.optimizer_step(optimizer, 0.01, 5, 0, 0.9, 0.999, 1e-8, 0));
    }
    expect(hash(parameters.map((name) => kernel.f32(network, NetworkSlot[name])))).toBe(recorded);
  });

  test("through forward, backward and Optimizer", async () => {
    using rnn = await Rnn.create(
      { inputSize: SYMBOLS, hiddenSize: HIDDEN, outputSize: SYMBOLS, seed: SEED },
      runtime,
    );
    using optimizer = new Optimizer(rnn, { kind: "adam", learningRate: 0.01 });
    const { draw } = (await kernelOf(runtime)).exports;
    for (let n = 0; n < UPDATES; n++) {
      const sequences = Array.from({ length: SEQUENCES }, (_, b) => ({
        inputs: symbols(draw, b, n),
        targets: "next" as const,
      }));
      using pass = rnn.forward(sequences);
      optimizer.step(pass.backward({ scale: 1 / pass.count }), { clipNorm: 5 });
    }
    expect(hash([...rnn.stateDict().values()].map(({ data }) => data))).toBe(recorded);
  });
});
