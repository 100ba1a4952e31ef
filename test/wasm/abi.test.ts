// The promises of crate/include/recurra.h: no argument makes the module trap, and a refusal changes nothing.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inlineKernel } from "../../ts/entrypoints/inline.js";
import type { KernelExports } from "../../ts/wasm/exports.js";
import { Kernel } from "../../ts/wasm/kernel.js";
import { Flag, NetworkSlot, WorkspaceSlot as Slot, Status, StreamSlot } from "../../ts/wasm/slots.js";
import { generator } from "../random.js";

const seed = 20261122;
const instance = async () =>
  new Kernel((await WebAssembly.instantiate(await inlineKernel())).exports as unknown as KernelExports);

const header = readFileSync(new URL("../../crate/include/recurra.h", import.meta.url), "utf8");
const functions = [...header.matchAll(/^(?:int32_t|double)\s+(\w+)\(([^)]*)\)/gm)].map(([, name, list]) => ({
  name: name as keyof Omit<KernelExports, "memory">,
  arity: list === "void" ? 0 : (list as string).split(",").length,
}));
const odd = [
  0,
  1,
  2,
  3,
  5,
  7,
  16,
  31,
  63,
  255,
  65536,
  2 ** 24,
  2 ** 24 + 1,
  2 ** 30,
  2 ** 31 - 1,
  -1,
  -7,
  -(2 ** 31),
  0.5,
  1e300,
  -1e300,
].concat([
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 32,
  2 ** 53,
  Number.MAX_SAFE_INTEGER,
  -0,
  1e-320,
]);

test("100,000 calls with any numbers, in any order, on slots full of anything, never trap", async () => {
  const kernel = await instance();
  const e = kernel.exports;
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)] as T;
  const live: Record<string, number[]> = { network: [], workspace: [], optimizer: [], stream: [] };
  const trail: string[] = [];
  const done = new Map<string, number>();
  e.memory_limit(30_000_000);
  /** Whose handle comes first, if any does. */
  const owner = (name: string) =>
    name === "network_create" ? undefined : /_create$/.test(name) ? "network" : name.split("_")[0];
  /** An argument: mostly a number that could be meant, sometimes any. */
  const argument = (name: string, position: number) => {
    const draw = random.next();
    if (draw > 0.97) return pick(odd);
    if (position === 0) {
      const own = /^slot_/.test(name) ? Object.values(live).flat() : (live[owner(name) ?? ""] ?? []);
      if (own.length > 0) return pick(own);
    }
    if (name === "network_create" && position > 2) return random.integer(0, draw < 0.9 ? 2 : 3);
    if (name === "workspace_budget" && position === 1) return draw < 0.5 ? 0 : random.integer(0, 20_000);
    if (name === "workspace_shape" && position === 3) return random.integer(0, 63);
    return random.integer(0, position === 1 ? 27 : 12);
  };
  for (let call = 0; call < 100_000; call++) {
    const { name, arity } = pick(functions);
    if (name === "peak" || name === "memory_limit") continue; // they decide time and memory of all that follows
    if (name.endsWith("_free") && random.next() < 0.8) continue;
    const numbers = Array.from({ length: arity }, (_, position) => argument(name, position));
    trail.push(`${name}(${numbers})`);
    if (trail.length > 20) trail.shift();
    let answer: number;
    try {
      answer = (e[name] as (...numbers: number[]) => number)(...numbers);
    } catch (error) {
      throw new Error(`seed ${seed}, call ${call}:\n${trail.join("\n")}`, { cause: error });
    }
    if (typeof answer !== "number") throw new Error(`${name} answered ${String(answer)}`);
    if (answer >= 0) done.set(name, (done.get(name) ?? 0) + 1);
    if (name.endsWith("_create") && answer > 0) {
      const own = live[name.split("_")[0] as string] as number[];
      own.push(answer);
      if (own.length > 4) own.shift();
    }
    if (name === "workspace_shape" && answer === 0 && random.next() < 0.9) {
      // Lengths that add up, more often than chance would have them; the rest of the slots hold what they hold.
      const [workspace, sequences, rows] = numbers.map((n) => n | 0) as [number, number, number];
      const lengths = new Int32Array(sequences);
      // One each at first, as outputs "last" ask for.
      for (let row = 0; row < rows; row++)
        (lengths[row < sequences ? row : random.integer(0, sequences - 1)] as number)++;
      kernel.i32(workspace, Slot.LENGTHS).set(lengths);
      for (const slot of [Slot.INPUTS, Slot.TARGET]) {
        if (e.slot_length(workspace, slot) > 0) kernel.i32(workspace, slot).fill(random.integer(-1, 3));
      }
    }
  }
  // Chance reached behind the checks: every function succeeded, not only refused.
  const never = functions
    .map(({ name }) => name)
    .filter((name) => !/peak|memory_limit/.test(name) && !done.has(name));
  expect(never).toEqual([]);
}, 120_000);

/** Networks trained, passed forward and back, and streamed: every call that allocates. */
function run(kernel: Kernel, ask: (call: () => number) => number): number[] {
  const canonical = runOne(kernel, ask, { recurrence: 0, loss: 0, feedback: 1, budget: 0 });
  return [...canonical, ...runOne(kernel, ask, { recurrence: 2, loss: 2, feedback: 3, budget: 8000 })];
}

function runOne(
  kernel: Kernel,
  ask: (call: () => number) => number,
  { recurrence, loss, feedback, budget }: Record<"recurrence" | "loss" | "feedback" | "budget", number>,
): number[] {
  const e = kernel.exports;
  const network = ask(() => e.network_create(9, 20, 9, recurrence, 0, 0, loss, feedback));
  ask(() => e.network_initialize(network, 1, 5));
  const workspace = ask(() => e.workspace_create(network));
  const fill = () => {
    kernel.i32(workspace, Slot.LENGTHS).set([30, 20, 10]);
    kernel.i32(workspace, Slot.INPUTS).fill(3);
    if (loss === 0) kernel.i32(workspace, Slot.TARGET).fill(4);
    else kernel.f32(workspace, Slot.TARGET).fill(0.25);
    if (recurrence > 0) ask(() => e.workspace_forcing(workspace, 0.5, 3, 0));
  };
  ask(() => e.workspace_shape(workspace, 3, 60, Flag.TARGETS));
  fill();
  ask(() => e.workspace_train(workspace));
  const optimizer = ask(() => e.optimizer_create(network, 1));
  ask(() => e.optimizer_step(optimizer, 0.01, 5, 0, 0.9, 0.999, 1e-8, 0));
  ask(() => e.workspace_budget(workspace, budget));
  ask(() => e.workspace_shape(workspace, 3, 60, Flag.TARGETS | Flag.KEEP));
  fill();
  ask(() => e.workspace_forward(workspace));
  ask(() => e.workspace_open(workspace, Slot.STATES));
  ask(() => e.workspace_open(workspace, Slot.D_OUTPUTS));
  ask(() => e.workspace_backward(workspace, 1));
  ask(() => e.workspace_open(workspace, Slot.GRAD_STATES));
  if (recurrence > 0) ask(() => e.workspace_open(workspace, Slot.FED_BACK));
  const stream = ask(() => e.stream_create(network, 2));
  kernel.i32(stream, StreamSlot.INDICES).fill(1);
  ask(() => e.stream_step(stream, 1));
  if (loss === 0) ask(() => e.stream_sample(stream, 1, 0, 0, 0));
  const slots = [
    [network, NetworkSlot.PARAMETERS],
    [network, NetworkSlot.GRADIENTS],
    [workspace, Slot.STATES],
    [workspace, Slot.GRAD_STATES],
    [stream, StreamSlot.OUTPUTS],
    ...(recurrence > 0 ? ([[workspace, Slot.FED_BACK]] as const) : []),
  ] as const;
  const answer = slots.flatMap(([handle, slot]) => [...kernel.f32(handle, slot)]);
  for (const free of [() => e.stream_free(stream), () => e.optimizer_free(optimizer)]) ask(free);
  for (const free of [() => e.workspace_free(workspace), () => e.network_free(network)]) ask(free);
  return answer;
}

test("memory that runs out anywhere is refused there; the call made again with more gives the same bits", async () => {
  const free = await instance();
  const wanted = run(free, (call) => free.check(call()));
  const left = free.exports.memory_used();
  const most = 2 ** 31 - 65536;
  const places = new Set<string>();
  let complete = false;
  for (let room = 0; !complete; room += 256) {
    const kernel = await instance();
    const e = kernel.exports;
    const base = e.memory_used();
    let refused = 0;
    const answer = run(kernel, (call) => {
      e.memory_limit(base + room);
      let status = call();
      if (status === Status.OUT_OF_MEMORY) {
        refused++;
        places.add(String(call));
        expect(e.error_detail(1)).toBe(base + room);
        e.memory_limit(most);
        status = call();
      }
      return kernel.check(status);
    });
    expect(answer).toEqual(wanted);
    expect(e.memory_used()).toBe(left);
    complete = refused === 0;
  }
  expect(places.size).toBeGreaterThan(8);
}, 120_000);
