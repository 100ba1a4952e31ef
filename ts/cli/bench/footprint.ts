/**
 * Bytes that a workload takes in the kernel, counted by the kernel itself on an instance of its own, made as any host would
 * make one; and what the sizes alone say they should be.
 */
import { fileURLToPath } from "node:url";
import { shapes } from "../../../bench/problems.js";
import { readFile } from "../../io/files.js";

/** Bytes. */
export interface Footprint {
  readonly name: string;
  /** 4 · (H·I + H² + H + O·H + O). */
  readonly parameters: number;
  /** Parameters, their gradients and packed copies, as allocated. */
  readonly network: number;
  /** 4 · H · rows, and again for gradients: rows of a shard of 8 sequences and their first states. */
  readonly tapeFormula: number;
  readonly tape: number;
  /** Inputs, targets, weights, losses, states in and out. */
  readonly batch: number;
  /** All that a pass works in: tape, batch, packed operands, a block of outputs, gradients of one shard. */
  readonly workspace: number;
  /** Memory of the instance in all, its stack and data included. */
  readonly memory: number;
}

/** From crate/include/recurra.h. */
const slots = { lengths: 0, inputs: 1, target: 2, results: 10 } as const;
const batchSlots = 11;
const flags = { vectors: 1, targets: 2 } as const;
/** Sequences whose tape is held at a time, and steps at a time where nothing is learned. */
const shard = 8;
const stepsForward = 64;

type Call = (...numbers: number[]) => number;

export async function footprintOf(name: string): Promise<Footprint> {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`there is no problem ${name}`);
  const { kind, I, V, H, O, steps, batch, outputs } = shape;
  const bytes = readFile(fileURLToPath(new URL("./kernel.wasm", import.meta.url)));
  const { instance } = await WebAssembly.instantiate(bytes);
  const memory = instance.exports.memory as WebAssembly.Memory;
  const call = (name: string, ...numbers: number[]): number => {
    const status = (instance.exports[name] as Call)(...numbers);
    if (status < 0) throw new Error(`${name}: status ${status}`);
    return status;
  };
  const used = (): number => call("memory_used");
  const parameters = 4 * (H * I + H * H + H + O * H + O);

  const before = used();
  const network = call("network_create", I, H, O, 0, outputs === "last" ? 1 : 0, 0, 0, 1);
  call("network_initialize", network, 0, 1);
  if (kind === "stream") {
    const stream = call("stream_create", network, 1);
    call("stream_step", stream, 2);
    const whole = used();
    call("stream_free", stream);
    const workspace = whole - used();
    return {
      ...{ name, parameters, network: used() - before, tapeFormula: 0, tape: 0 },
      ...{ batch: 4 * (I + H + O + 1), workspace, memory: memory.buffer.byteLength },
    };
  }

  const train = kind === "train";
  const workspace = call("workspace_create", network);
  const given = (V === undefined ? flags.vectors : 0) + (train ? flags.targets : 0);
  call("workspace_shape", workspace, batch, batch * steps, given);
  const place = (slot: number) => call("slot_address", workspace, slot);
  new Int32Array(memory.buffer, place(slots.lengths), batch).fill(steps);
  new Uint8Array(memory.buffer, place(slots.inputs), 4 * call("slot_length", workspace, slots.inputs)).fill(
    0,
  );
  if (train)
    new Int32Array(memory.buffer, place(slots.target), call("slot_length", workspace, slots.target)).fill(0);
  let held = 0;
  for (let slot = 0; slot < batchSlots; slot++) {
    const length = (instance.exports.slot_length as Call)(workspace, slot);
    if (length > 0) held += length * (slot === slots.results ? 8 : 4);
  }
  call(train ? "workspace_train" : "workspace_evaluate", workspace);
  const tape = new Float64Array(memory.buffer, place(slots.results), 4)[3] ?? Number.NaN;
  const whole = used();
  call("workspace_free", workspace);
  const rows = Math.min(shard, batch) * ((train ? steps : Math.min(stepsForward, steps)) + 1);
  return {
    ...{ name, parameters, network: used() - before },
    ...{ tapeFormula: 4 * H * rows * (train ? 2 : 1), tape, batch: held },
    ...{ workspace: whole - used(), memory: memory.buffer.byteLength },
  };
}
