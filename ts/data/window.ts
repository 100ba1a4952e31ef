import type { ResolvedOptions } from "../options.js";
import type { Kernel } from "../wasm/kernel.js";
import { Flag, WorkspaceSlot as Slot } from "../wasm/slots.js";
import type { Part, Span } from "./lanes.js";
import type { Batch } from "./sequences.js";

/** A workspace and the data whose windows go through it. */
export interface Feed {
  readonly kernel: Kernel;
  readonly workspace: number;
  readonly data: Batch;
  readonly options: ResolvedOptions;
}

/** How a window is written. */
export interface WindowOptions {
  /** What is being done, for messages. */
  readonly context: string;
  /** (lanes, H): what {@link readStates} collected from the window before, instead of the sequences' own initial states. */
  readonly states?: Float32Array | undefined;
  /** Keep the tape of every sequence, for `workspace_forward` and `workspace_backward`. */
  readonly keep?: boolean | undefined;
  /** Absolute number of the first step of every sequence. 0. */
  readonly firstStep?: number | undefined;
}

/**
 * Shapes a workspace for some spans of the data and writes them into it: lengths, identities, inputs, targets, weights, and the
 * state each starts from (without `states` zeros, or at the beginning of a sequence its own), straight from the data's
 * arrays to the kernel's.
 *
 * @returns Steps written, and Σ of their weights: what the loss is divided by.
 */
export function writeWindow(
  { kernel, workspace, data, options }: Feed,
  part: Part,
  { context, states, keep, firstStep = 0 }: WindowOptions,
): { steps: number; count: number } {
  const { inputs, targets, weights, initialState } = data;
  const H = options.hiddenSize;
  const steps = part.reduce((sum, { span: { start, end } }) => sum + end - start, 0);
  const flags =
    (data.kind === "vectors" ? Flag.VECTORS : 0) |
    (targets ? Flag.TARGETS : 0) |
    (weights ? Flag.STEP_WEIGHTS : 0) |
    (states || initialState ? Flag.INITIAL : 0) |
    (keep ? Flag.KEEP : 0);
  kernel.run(context, (exports) => exports.workspace_shape(workspace, part.length, steps, flags));

  // Addresses moved just now; the views hold from here to the end, as nothing below allocates in the kernel.
  const put = (slot: number, value: (span: Span) => number) =>
    kernel.i32(workspace, slot).set(part.map(({ span }) => value(span)));
  put(Slot.LENGTHS, ({ start, end }) => end - start);
  put(Slot.IDS, ({ sequence }) => data.ids[sequence] as number);
  put(Slot.FIRST_STEPS, ({ start }) => firstStep + start);
  const rows = (slot: number, from: Int32Array | Float32Array, columns: number) => {
    const to = from instanceof Int32Array ? kernel.i32(workspace, slot) : kernel.f32(workspace, slot);
    let at = 0;
    for (const { span } of part) {
      const { sequence, start, end } = span;
      const first = data.starts[sequence] as number;
      to.set(from.subarray((first + start) * columns, (first + end) * columns), at);
      at += (end - start) * columns;
    }
    return to;
  };
  rows(Slot.INPUTS, inputs, data.kind === "vectors" ? options.inputSize : 1);
  if (targets) rows(Slot.TARGET, targets, 1);
  let count = steps;
  if (weights) {
    count = 0;
    for (const weight of rows(Slot.WEIGHTS, weights, 1)) count += weight;
  }
  const initial = states ?? initialState;
  if (initial) {
    const to = kernel.f32(workspace, Slot.INITIAL_STATE);
    part.forEach(({ lane, span: { sequence, start } }, i) => {
      const row = states ? lane : sequence;
      if (states || start === 0) to.set(initial.subarray(row * H, (row + 1) * H), i * H);
      else to.fill(0, i * H, (i + 1) * H);
    });
  }
  return { steps, count };
}

/** After a pass: copies the final state of every sequence of the window to its lane's row of `states`. */
export function readStates({ kernel, workspace, options }: Feed, part: Part, states: Float32Array): void {
  const H = options.hiddenSize;
  const from = kernel.f32(workspace, Slot.FINAL_STATE);
  part.forEach(({ lane }, i) => {
    states.set(from.subarray(i * H, (i + 1) * H), lane * H);
  });
}

/** Σ weight · loss in nats, Σ weight, and Σ weight where the most probable symbol was the target. */
export function readResults({ kernel, workspace }: Feed): [loss: number, count: number, correct: number] {
  return [...kernel.f64(workspace, Slot.RESULTS)] as [number, number, number];
}
