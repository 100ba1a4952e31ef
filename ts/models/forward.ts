import { anything, checkOptions, finite, MAX_FLOAT } from "../checks.js";
import { checkFloats } from "../data/arrays.js";
import type { Batch } from "../data/sequences.js";
import { failure, shapeError, show, unsupported } from "../errors.js";
import { feedsBack } from "../options.js";
import type { Downstream, Floats, Forward, Gradients } from "../types.js";
import { NetworkSlot, WorkspaceSlot as Slot } from "../wasm/slots.js";
import { type Entry, internals, Owner } from "./internals.js";
import { readParameters } from "./parameters.js";
import type { Rnn } from "./rnn.js";

/** Rows of a slot, cut into one copy per sequence: `counts[b]` rows of `width` each. */
export function split(rows: Floats, counts: ArrayLike<number>, width: number): Floats[] {
  let at = 0;
  return Array.from(counts, (count) => {
    at += count * width;
    return rows.slice(at - count * width, at);
  });
}

const rules = {
  outputs: anything,
  states: anything,
  finalState: anything,
  scale: finite(-MAX_FLOAT, MAX_FLOAT),
};

/** A pass that was run: its tape lives in a workspace of its own. */
export class ForwardPass extends Owner implements Forward {
  readonly loss: number;
  readonly count: number;
  tapeBytes: number;
  readonly #workspace: number;
  readonly #batch: Batch;
  readonly #version: number;
  #passes = 0;

  /** Takes over a workspace on which `workspace_forward` has run. */
  constructor(rnn: Rnn, workspace: number, free: () => void, batch: Batch) {
    const found = internals(rnn);
    const [loss = 0, count = 0, , bytes = 0] = found.kernel.f64(workspace, Slot.RESULTS);
    super({ what: "forward", found, rnn, free } satisfies Entry);
    this.loss = batch.targets ? loss + 0 : Number.NaN; // an empty sum may be −0
    this.count = batch.targets ? count : 0;
    this.tapeBytes = bytes;
    this.#workspace = workspace;
    this.#batch = batch;
    this.#version = found.changes;
  }

  outputs(): Floats[] {
    const { outputSize: O, hiddenSize: H } = internals(this).options;
    // So many are not kept but computed again: docs/abi.md.
    if (O > 4 * H) this.#checkVersion("outputs");
    return split(this.#opened(Slot.OUTPUTS, O), this.#batch.scored, O);
  }

  states(): Floats[] {
    const H = internals(this).options.hiddenSize;
    return split(this.#opened(Slot.STATES, H), this.#batch.lengths, H);
  }

  stepLosses(): Floats[] {
    const { kernel } = internals(this);
    const { targets, scored } = this.#batch;
    return split(targets ? kernel.f32(this.#workspace, Slot.STEP_LOSSES) : EMPTY, scored, 1);
  }

  feedback(): Floats[] {
    const O = this.#fedSize("feedback");
    return split(this.#opened(Slot.FED_BACK, O), this.#batch.lengths, O);
  }

  finalFeedback(): Floats {
    this.#fedSize("finalFeedback");
    return internals(this).kernel.f32(this.#workspace, Slot.FINAL_FED).slice();
  }

  /** O, where there is an R. */
  #fedSize(what: string): number {
    const { options } = internals(this);
    if (feedsBack(options)) return options.outputSize;
    throw unsupported(`${what}: recurrence "hidden" feeds nothing back from the output`);
  }

  finalState(): Floats {
    return internals(this).kernel.f32(this.#workspace, Slot.FINAL_STATE).slice();
  }

  backward(downstream: Downstream = {}): Gradients {
    const found = internals(this);
    const { kernel, options } = found;
    const { inputSize: I, hiddenSize: H, outputSize: O } = options;
    const { outputs, states, finalState, scale = 1 } = checkOptions("downstream", downstream, rules);
    this.#checkVersion("backward");
    const { lengths, scored, kind } = this.#batch;
    if (finalState !== undefined) checkFloats("downstream finalState", finalState, lengths.length * H);
    const given: [number, Floats | undefined][] = [
      [Slot.D_OUTPUTS, this.#joined("outputs", outputs, O, scored)],
      [Slot.D_STATES, this.#joined("states", states, H, lengths)],
      [Slot.D_FINAL_STATE, finalState && new Float32Array(finalState)],
    ];
    const workspace = this.#workspace;
    const pass = ++this.#passes;
    // They stay open: under a budget the kernel reads them again for what is read of the gradients.
    for (const [slot] of given) kernel.release((exports) => exports.workspace_close(workspace, slot));
    for (const [slot, values] of given) {
      if (!values) continue;
      kernel.run("backward", (exports) => exports.workspace_open(workspace, slot));
      kernel.f32(workspace, slot).set(values);
    }
    kernel.run("backward", (exports) => exports.workspace_backward(workspace, scale));
    // Under a budget the way back may keep more than the way there.
    this.tapeBytes = Math.max(this.tapeBytes, kernel.f64(workspace, Slot.RESULTS)[3] as number);
    const copy = (slot: number): Floats => {
      if (pass !== this.#passes)
        throw failure("disposed", "gradients: expected those of the last backward, got earlier ones");
      this.#checkVersion("gradients");
      return this.#opened(slot, 1);
    };
    // The parameters' gradients are copied at once: they are the network's, and its next backward overwrites them.
    const parameters = readParameters(found, NetworkSlot.GRADIENT);
    return lazy<Gradients>({
      parameters: () => parameters,
      inputs: () =>
        kind === "vectors" ? split(copy(Slot.GRAD_INPUTS), lengths, I) : split(EMPTY, lengths, 0),
      states: () => split(copy(Slot.GRAD_STATES), lengths, H),
      initialState: () => copy(Slot.GRAD_INITIAL_STATE),
      initialFeedback: () => (feedsBack(options) ? copy(Slot.GRAD_INITIAL_FEEDBACK) : EMPTY),
    });
  }

  /** A tape is good only for the parameters it was made with. */
  #checkVersion(what: string): void {
    if (internals(this).changes !== this.#version)
      throw failure("shape", `${what}: expected the parameters of the forward pass, got others`);
  }

  /** A copy of an optional slot, which exists only while it is copied. */
  #opened(slot: number, width: number): Floats {
    const { kernel } = internals(this);
    const workspace = this.#workspace;
    if (width === 0) return EMPTY;
    kernel.run("forward", (exports) => exports.workspace_open(workspace, slot));
    try {
      return kernel.f32(workspace, slot).slice();
    } finally {
      kernel.release((exports) => exports.workspace_close(workspace, slot));
    }
  }

  /** What was given per sequence, `counts[b]` rows of `width` each, in one array. */
  #joined(name: string, parts: unknown, width: number, counts: Int32Array): Floats | undefined {
    if (parts === undefined) return undefined;
    const what = `downstream ${name}`;
    if (width === 0) throw shapeError(what, 'none with outputs "none"', show(parts));
    if (!Array.isArray(parts) || parts.length !== counts.length)
      throw shapeError(what, `an array of ${counts.length}, one per sequence`, show(parts));
    const joined = new Float32Array(counts.reduce((sum, count) => sum + count * width, 0));
    let at = 0;
    counts.forEach((count, b) => {
      checkFloats(`${what} of sequence ${b}`, parts[b], count * width);
      joined.set(parts[b], at);
      at += count * width;
    });
    return joined;
  }
}

const EMPTY = new Float32Array(0);

/** An object whose properties are computed when they are first read. */
function lazy<T extends object>(makers: { readonly [K in keyof T]: () => T[K] }): T {
  const made = {} as T;
  for (const [name, make] of Object.entries<() => unknown>(makers)) {
    let value: unknown;
    Object.defineProperty(made, name, { enumerable: true, get: () => (value ??= make()) });
  }
  return made;
}
