import { feedsBack, type ResolvedOptions } from "../options.js";
import type { Kernel } from "../wasm/kernel.js";
import { Flag, WorkspaceSlot as Slot } from "../wasm/slots.js";
import type { Call } from "../workers/protocol.js";
import { targetWidth } from "./sequence.js";
import type { Batch } from "./sequences.js";
import { type Part, type Span, stepsOf } from "./spans.js";

/** A workspace and the data whose windows go through it. */
export interface Feed {
  readonly kernel: Kernel;
  readonly workspace: number;
  readonly data: Batch;
  readonly options: ResolvedOptions;
}

/** Where a window is written: a workspace of this thread, or what is sent to a worker. */
export interface Place {
  /** A call that shapes it. */
  call(...call: Call): unknown;
  /** A slot to be filled, of this length. */
  i32(slot: number, length: number): Int32Array<ArrayBuffer>;
  f32(slot: number, length: number): Float32Array<ArrayBuffer>;
}

/** What goes on from window to window, a row per lane. */
export interface Carried {
  /** (lanes, H): the state after the last step. */
  readonly states: Float32Array<ArrayBuffer>;
  /** (lanes, O): what was fed back by then; nothing without R. */
  readonly feedback: Float32Array<ArrayBuffer>;
}

/** How a window is written. */
export interface WindowOptions {
  /** What is being done, for messages. */
  readonly context: string;
  /** What `readCarried` collected from the window before, instead of the sequences' own beginnings. */
  readonly carried?: Carried | undefined;
  /** Keep the tape of every sequence, for `workspace_forward` and `workspace_backward`. */
  readonly keep?: boolean | undefined;
  /** Absolute number of the first step of every sequence. 0. */
  readonly firstStep?: number | undefined;
  /** With R: how often targets are fed back, and the key of all draws. 1, 0 and 0. */
  readonly dial?: Dial | undefined;
  /** Σ of the weights of what is scored before this, with which `count` begins. 0. */
  readonly counted?: number;
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
  { context, ...window }: WindowOptions,
): { steps: number; count: number } {
  // Addresses move while the batch is shaped; from then on views hold, as nothing more is allocated in the kernel.
  const place: Place = {
    call: (name, ...numbers) =>
      kernel.run(context, (exports) =>
        (exports[name] as (...numbers: number[]) => number)(workspace, ...numbers),
      ),
    i32: (slot) => kernel.i32(workspace, slot),
    f32: (slot) => kernel.f32(workspace, slot),
  };
  return fillWindow(place, data, options, part, window);
}

/** {@link writeWindow} to any place. */
export function fillWindow(
  place: Place,
  data: Batch,
  options: ResolvedOptions,
  part: Part,
  { carried, keep, firstStep = 0, dial = {}, counted = 0 }: Omit<WindowOptions, "context">,
): { steps: number; count: number } {
  const { inputs, targets, weights, initialState, initialFeedback } = data;
  const last = options.outputs === "last";
  const isDone = ({ sequence, end }: Span) => end === data.lengths[sequence];
  const steps = stepsOf(part);
  const weighed = targets !== undefined && (weights || (last && !part.every(({ span }) => isDone(span))));
  const flags =
    (data.kind === "vectors" ? Flag.VECTORS : 0) |
    (targets ? Flag.TARGETS : 0) |
    (weighed ? Flag.STEP_WEIGHTS : 0) |
    (carried || initialState ? Flag.INITIAL : 0) |
    (carried?.feedback.length || initialFeedback ? Flag.INITIAL_FED : 0) |
    (keep ? Flag.KEEP : 0);
  place.call("workspace_shape", part.length, steps, flags);
  const { teacherForcing = 1, seed = 0, update = 0 } = dial;
  if (feedsBack(options)) place.call("workspace_forcing", teacherForcing, seed, update);

  const put = (slot: number, value: (span: Span) => number) =>
    place.i32(slot, part.length).set(part.map(({ span }) => value(span)));
  put(Slot.LENGTHS, ({ start, end }) => end - start);
  put(Slot.IDS, ({ sequence }) => data.ids[sequence] as number);
  put(Slot.FIRST_STEPS, ({ start }) => firstStep + start);
  /** Arrays, one behind the other. */
  const join = (slot: number, pieces: readonly (Int32Array | Float32Array)[]) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const to = pieces[0] instanceof Int32Array ? place.i32(slot, length) : place.f32(slot, length);
    let at = 0;
    for (const piece of pieces) {
      to.set(piece, at);
      at += piece.length;
    }
    return to;
  };
  /** Rows `first` to `end` − 1 of every span. */
  const copy = (
    slot: number,
    from: Int32Array | Float32Array,
    columns: number,
    rowsOf: (span: Span) => readonly [first: number, end: number],
  ) =>
    join(
      slot,
      part.map(({ span }) => {
        const [first, end] = rowsOf(span);
        return from.subarray(first * columns, end * columns);
      }),
    );
  const stepRows = ({ sequence, start, end }: Span) => {
    const first = data.starts[sequence] as number;
    return [first + start, first + end] as const;
  };
  const scoredRows = last ? ({ sequence }: Span) => [sequence, sequence + 1] as const : stepRows;
  const { inputSize: I, hiddenSize: H, outputSize: O } = options;
  if (data.kind !== "none") copy(Slot.INPUTS, inputs, data.kind === "vectors" ? I : 1, stepRows);
  if (targets) copy(Slot.TARGET, targets, targetWidth(options), scoredRows);
  const scored = last ? part.length : steps;
  let count = counted;
  if (weighed) {
    const to = weights ? copy(Slot.WEIGHTS, weights, 1, scoredRows) : place.f32(Slot.WEIGHTS, scored).fill(1);
    part.forEach(({ span }, i) => {
      if (last && !isDone(span)) to[i] = 0;
    });
    for (const weight of to) count += weight;
  } else {
    count += scored;
  }
  const begin = (slot: number, width: number, own?: Float32Array, handed?: Float32Array) => {
    const from = handed?.length ? handed : own;
    if (!from) return;
    const zeros = new Float32Array(width);
    join(
      slot,
      part.map(({ lane, span: { sequence, start } }) => {
        const row = from === own ? sequence : lane;
        return from === own && start > 0 ? zeros : from.subarray(row * width, (row + 1) * width);
      }),
    );
  };
  begin(Slot.INITIAL_STATE, H, initialState, carried?.states);
  begin(Slot.INITIAL_FEEDBACK, O, initialFeedback, carried?.feedback);
  return { steps, count };
}
