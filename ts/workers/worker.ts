/**
 * What runs in a worker: an instance of the kernel that computes parts of batches. The build bundles this file by itself and puts it
 * into the library as text, and into the package as worker.js.
 */
import type { KernelExports } from "../wasm/exports.js";
import { NetworkSlot, WorkspaceSlot as Slot } from "../wasm/slots.js";
import type { Call, Pass, Ready, Reply, Start, Work } from "./protocol.js";

interface Port {
  onmessage: ((event: { readonly data: Start | Work }) => void) | null;
  postMessage(message: Ready | Reply, transfer?: ArrayBuffer[]): void;
}

type Floats = Float32Array<ArrayBuffer>;
type Constructor<T> = new (buffer: ArrayBufferLike, address: number, length: number) => T;

// In Node the port has to be asked for; a Web Worker's global is its port. Bun's node:worker_threads have `postMessage`
// there too, but messages arrive at the port alone.
const port = (globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort ??
  globalThis) as unknown as Port;

let kernel: KernelExports;
let network: number;
let workspace: number;

/** A fresh view of a slot. */
const view = <T>(type: Constructor<T>, handle: number, slot: number): T =>
  new type(kernel.memory.buffer, kernel.slot_address(handle, slot), kernel.slot_length(handle, slot));

/** What a start cannot do without. */
function need(status: number): number {
  if (status < 0) throw new Error(`kernel: status ${status}`);
  return status;
}

function start({ module, memoryLimit, network: codes, budget }: Start): void {
  kernel = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  if (memoryLimit !== undefined) need(kernel.memory_limit(memoryLimit));
  network = need(kernel.network_create(...(codes as Parameters<KernelExports["network_create"]>)));
  workspace = need(kernel.workspace_create(network));
  need(kernel.workspace_budget(workspace, budget));
  port.postMessage({ ready: kernel.abi_version() });
}

/** Calls up to the first that is refused: the last status. */
function call(calls: readonly Call[]): number {
  let status = 0;
  for (const [name, ...numbers] of calls) {
    status = (kernel[name] as (...numbers: number[]) => number)(workspace, ...numbers);
    if (status < 0) break;
  }
  return status;
}

/** Writes a pass into the workspace and computes it. */
function run({ shaping, slots, calls }: Pass): number {
  const status = call(shaping);
  if (status < 0) return status;
  for (const [slot, values] of slots)
    view(values.constructor as Constructor<typeof values>, workspace, slot).set(values);
  return call(calls);
}

/** A slot of f32, copied; nothing where there is none, whose length is a status. */
const copy = (slot: number): Floats =>
  kernel.slot_length(workspace, slot) < 0 ? new Float32Array(0) : view(Float32Array, workspace, slot).slice();

function work({ parameters, passes }: Work): void {
  if (parameters) {
    view(Float32Array, network, NetworkSlot.PARAMETERS).set(parameters);
    kernel.network_changed(network);
  }
  passes.forEach((pass, index) => {
    const status = run(pass);
    let gradients: Floats | undefined;
    if (pass.learns) {
      const from = view(Float32Array, network, NetworkSlot.GRADIENTS);
      gradients = pass.gradients ?? new Float32Array(from.length);
      gradients.set(from);
    }
    const reply: Reply = {
      status,
      details: [0, 1, 2, 3].map((which) => kernel.error_detail(which)),
      results: [...view(Float64Array, workspace, Slot.RESULTS)],
      stepLosses: copy(Slot.STEP_LOSSES),
      states: copy(Slot.FINAL_STATE),
      feedback: copy(Slot.FINAL_FED),
      gradients,
      parameters: index === 0 ? parameters : undefined,
    };
    const arrays = [reply.stepLosses, reply.states, reply.feedback, gradients, reply.parameters];
    port.postMessage(
      reply,
      arrays.flatMap((array) => array?.buffer ?? []),
    );
  });
}

port.onmessage = ({ data }) => {
  if ("module" in data) start(data);
  else work(data);
};
