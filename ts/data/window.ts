import { feedsBack, type ResolvedOptions } from "../options.js";
import type { Kernel } from "../wasm/kernel.js";
import { Flag, WorkspaceSlot as Slot } from "../wasm/slots.js";
import type { Part, Span } from "./lanes.js";
import { targetWidth } from "./sequence.js";
import type { Batch } from "./sequences.js";

/** A workspace and the data whose windows go through it. */
export interface Feed {
  readonly kernel: Kernel;
  readonly workspace: number;
  readonly data: Batch;
  readonly options: ResolvedOptions;
}

/** What goes on from window to window, a row per lane. */
export interface Carried {
  /** (lanes, H): the state after the last step. */
  readonly states: Float32Array<ArrayBuffer>;
  /** (lanes, O): what was fed back by then; nothing without R. */
  readonly feedback: Float32Array<ArrayBuffer>;
}

/** Room for what is carried. */
export const makeCarried = (options: ResolvedOptions, lanes: number): Carried => ({
  states: new Float32Array(lanes * options.hiddenSize),
  feedback: new Float32Array(feedsBack(options) ? lanes * options.outputSize : 0),
});

/** How a window is written. */
export interface WindowOptions {
  /** What is being done, for messages. */
  readonly context: string;
  /** What {@link readCarried} collected from the window before, instead of the sequences' own beginnings. */
  readonly carried?: Carried | undefined;
  /** Keep the tape of every sequence, for `workspace_forward` and `workspace_backward`. */
  readonly keep?: boolean | undefined;
  /** Absolute number of the first step of every sequence. 0. */
  readonly firstStep?: number | undefined;
  /** With R: how often targets are fed back, and the key of all draws. 1, 0 and 0. */
  readonly dial?: Dial | undefined;
}

/** Teacher forcing of a pass. */
export interface Dial {
  readonly teacherForcing?: number | undefined;
  readonly seed?: number | undefined;
  readonly update?: number;
}

/**
 * Shapes a workspace for some spans of the data and writes them into it: lengths, identities, inputs, targets, weights, and the
 * state and feedback each starts from (without `carried` zeros, or at the beginning of a sequence its own), straight from
 * the data's arrays to the kernel's. With outputs "last", a span that ends before its sequence does has weight 0.
 *
 * @returns Steps written, and Σ of their weights: what the loss is divided by.
 */
export function writeWindow(
  { kernel, workspace, data, options }: Feed,
  part: Part,
  { context, carried, keep, firstStep = 0, dial = {} }: WindowOptions,
): { steps: number; count: number } {
  const { inputs, targets, weights, initialState, initialFeedback } = data;
  const last = options.outputs === "last";
  const isDone = ({ sequence, end }: Span) => end === data.lengths[sequence];
  const steps = part.reduce((sum, { span: { start, end } }) => sum + end - start, 0);
  const weighed = targets !== undefined && (weights || (last && !part.every(({ span }) => isDone(span))));
  const flags =
    (data.kind === "vectors" ? Flag.VECTORS : 0) |
    (targets ? Flag.TARGETS : 0) |
    (weighed ? Flag.STEP_WEIGHTS : 0) |
    (carried || initialState ? Flag.INITIAL : 0) |
    (carried?.feedback.length || initialFeedback ? Flag.INITIAL_FED : 0) |
    (keep ? Flag.KEEP : 0);
  kernel.run(context, (exports) => exports.workspace_shape(workspace, part.length, steps, flags));
  const { teacherForcing = 1, seed = 0, update = 0 } = dial;
  if (feedsBack(options))
    kernel.run(context, (exports) => exports.workspace_forcing(workspace, teacherForcing, seed, update));

  // Addresses moved just now; the views hold from here to the end, as nothing below allocates in the kernel.
  const put = (slot: number, value: (span: Span) => number) =>
    kernel.i32(workspace, slot).set(part.map(({ span }) => value(span)));
  put(Slot.LENGTHS, ({ start, end }) => end - start);
  put(Slot.IDS, ({ sequence }) => data.ids[sequence] as number);
  put(Slot.FIRST_STEPS, ({ start }) => firstStep + start);
  /** Rows `first` to `end` − 1 of every span, one span after the other. */
  const copy = (
    slot: number,
    from: Int32Array | Float32Array,
    columns: number,
    rowsOf: (span: Span) => readonly [first: number, end: number],
  ) => {
    const to = from instanceof Int32Array ? kernel.i32(workspace, slot) : kernel.f32(workspace, slot);
    let at = 0;
    for (const { span } of part) {
      const [first, end] = rowsOf(span);
      to.set(from.subarray(first * columns, end * columns), at);
      at += (end - first) * columns;
    }
    return to;
  };
  const stepRows = ({ sequence, start, end }: Span) => {
    const first = data.starts[sequence] as number;
    return [first + start, first + end] as const;
  };
  const scoredRows = last ? ({ sequence }: Span) => [sequence, sequence + 1] as const : stepRows;
  const { inputSize: I, hiddenSize: H, outputSize: O } = options;
  if (data.kind !== "none") copy(Slot.INPUTS, inputs, data.kind === "vectors" ? I : 1, stepRows);
  if (targets) copy(Slot.TARGET, targets, targetWidth(options), scoredRows);
  let count = last ? part.length : steps;
  if (weighed) {
    const to = weights
      ? copy(Slot.WEIGHTS, weights, 1, scoredRows)
      : kernel.f32(workspace, Slot.WEIGHTS).fill(1);
    part.forEach(({ span }, i) => {
      if (last && !isDone(span)) to[i] = 0;
    });
    count = 0;
    for (const weight of to) count += weight;
  }
  const begin = (slot: number, width: number, own?: Float32Array, handed?: Float32Array) => {
    const from = handed?.length ? handed : own;
    if (!from) return;
    const to = kernel.f32(workspace, slot);
    part.forEach(({ lane, span: { sequence, start } }, i) => {
      const row = from === own ? sequence : lane;
      if (from === handed || start === 0) to.set(from.subarray(row * width, (row + 1) * width), i * width);
      else to.fill(0, i * width, (i + 1) * width);
    });
  };
  begin(Slot.INITIAL_STATE, H, initialState, carried?.states);
  begin(Slot.INITIAL_FEEDBACK, O, initialFeedback, carried?.feedback);
  return { steps, count };
}

/** After a pass: copies the final state and feedback of every sequence of the window to its lane's row of `to`. */
export function readCarried({ kernel, workspace, options }: Feed, part: Part, to: Carried): void {
  const read = (slot: number, width: number, all: Float32Array) => {
    const from = kernel.f32(workspace, slot);
    part.forEach(({ lane }, i) => {
      all.set(from.subarray(i * width, (i + 1) * width), lane * width);
    });
  };
  read(Slot.FINAL_STATE, options.hiddenSize, to.states);
  if (to.feedback.length) read(Slot.FINAL_FED, options.outputSize, to.feedback);
}

/** Σ weight · loss in nats, Σ weight, Σ weight where the most probable symbol was the target, bytes of the tape. */
export function readResults({
  kernel,
  workspace,
}: Feed): [loss: number, count: number, correct: number, bytes: number] {
  return [...kernel.f64(workspace, Slot.RESULTS)] as [number, number, number, number];
}
