import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type * as generated from "../../build/kernel/kernel.wasm.js";
import { inlineKernel } from "../../ts/entrypoints/inline.js";
import type { KernelExports } from "../../ts/wasm/exports.js";
import * as slots from "../../ts/wasm/slots.js";

// The compiler's own list of exports has what the facade calls, with as many parameters, and nothing else.
type Arity<T> = T extends (...parameters: infer P extends never[]) => unknown ? P["length"] : "memory";
type Arities<T> = { [K in Exclude<keyof T, `__${string}`>]: Arity<T[K]> };
type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const agree: Equal<Arities<typeof generated>, Arities<KernelExports>> = true;

const header = readFileSync(new URL("../../crate/include/recurra.h", import.meta.url), "utf8");

test("the kernel imports nothing and exports what the header declares", async () => {
  expect(agree).toBe(true);
  const module = await inlineKernel();
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  const declared = [...header.matchAll(/^(?:int32_t|double)\s+(\w+)\(/gm)].map(([, name]) => name);
  expect(declared.length).toBeGreaterThan(20);
  expect(exported.filter((name) => name !== "memory" && !name.startsWith("__")).sort()).toEqual(
    declared.sort(),
  );
});

test("slots, flags and statuses have the header's numbers", () => {
  const defined = new Map(
    [...header.matchAll(/^#define RECURRA_(\w+)\s+(-?\d+)/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
  const { ABI, Status, NetworkSlot, Flag, WorkspaceSlot, OptimizerSlot, StreamSlot } = slots;
  const stream = Object.fromEntries(
    Object.entries(StreamSlot).map(([name, value]) => [`STREAM_${name}`, value]),
  );
  const ours = Object.entries({ ABI, ...Status, ...NetworkSlot, ...Flag, ...OptimizerSlot, ...stream });
  // Two names stand for two things each: INITIAL_FED and INITIAL are flags, the rest of a workspace are slots.
  const all = new Map([...ours, ...Object.entries(WorkspaceSlot)]);
  expect([...all].sort()).toEqual([...defined].sort());
});
