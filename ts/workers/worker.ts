/**
 * What runs in a worker: an instance of the kernel that computes parts of batches. The build bundles this file by itself and puts it
 * into the library as text, and into the package as worker.js.
 */
import type { KernelExports } from "../wasm/exports.js";
import { NetworkSlot, WorkspaceSlot as Slot } from "../wasm/slots.js";
import type { Pass, Ready, Reply, Start, Work } from "./protocol.js";

interface Port {
  onmessage: ((event: { readonly data: Start | Work }) => void) | null;
  postMessage(message: Ready | Reply, transfer?: ArrayBuffer[]): void;
}

type Floats = Float32Array<ArrayBuffer>;
type Constructor<T> = new (buffer: ArrayBufferLike, address: number, length: number) => T;

// A Web Worker's global is its port; in Node the port has to be asked for.
const port = (typeof postMessage === "function"
  ? globalThis
  : globalThis.process.getBuiltinModule("node:worker_threads").parentPort) as unknown as Port;

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

/** Writes a pass into the workspace and runs it; the first status below 0 ends it. */
function run({ shape, forcing, noise, slots, count }: Pass): number {
  let status = kernel.workspace_shape(workspace, ...shape);
  if (status >= 0 && forcing) status = kernel.workspace_forcing(workspace, ...forcing);
  if (status < 0) return status;
  for (const [slot, values] of slots) {
    if (values instanceof Int32Array) view(Int32Array, workspace, slot).set(values);
    else view(Float32Array, workspace, slot).set(values);
  }
  if (noise) status = kernel.workspace_add_noise(workspace, ...noise);
  if (status < 0) return status;
  if (count === undefined) return kernel.workspace_evaluate(workspace);
  status = kernel.workspace_count(workspace, count);
  return status < 0 ? status : kernel.workspace_train(workspace);
}

/** Slots of f32 one behind the other. */
function join(slots: readonly number[]): Floats {
  // The length of a slot that there is not is a status.
  const lengths = slots.map((slot) => Math.max(0, kernel.slot_length(workspace, slot)));
  const all = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  slots.forEach((slot, i) => {
    if (lengths[i]) all.set(view(Float32Array, workspace, slot), at);
    at += lengths[i] as number;
  });
  return all;
}

function work({ id, parameters, passes }: Work): void {
  if (parameters) {
    view(Float32Array, network, NetworkSlot.PARAMETERS).set(parameters);
    kernel.network_changed(network);
  }
  passes.forEach((pass, index) => {
    const status = run(pass);
    const good = status >= 0;
    let gradients: Floats | undefined;
    if (good && pass.count !== undefined) {
      const from = view(Float32Array, network, NetworkSlot.GRADIENTS);
      gradients = pass.gradients ?? new Float32Array(from.length);
      gradients.set(from);
    }
    const reply: Reply = {
      id,
      status,
      details: good ? [] : [0, 1, 2, 3].map((which) => kernel.error_detail(which)),
      results: good ? [...view(Float64Array, workspace, Slot.RESULTS)] : [],
      values: good ? join([Slot.STEP_LOSSES, Slot.FINAL_STATE, Slot.FINAL_FED]) : new Float32Array(0),
      gradients,
      parameters: index === 0 ? parameters : undefined,
    };
    const buffers = [gradients, reply.values, reply.parameters].flatMap((array) =>
      array ? [array.buffer] : [],
    );
    port.postMessage(reply, buffers);
  });
}

port.onmessage = ({ data }) => {
  if ("module" in data) start(data);
  else work(data);
};
