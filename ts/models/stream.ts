import { arrayKind, integer, MAX_INT } from "../checks.js";
import { checkArray, checkFloats, checkIndices } from "../data/arrays.js";
import { checkNames, shapeError, show, unsupported } from "../errors.js";
import { feedsBack, isTeachable, type ResolvedOptions } from "../options.js";
import type { Bytes, BytesLike, Floats, StepOptions, Stream } from "../types.js";
import { Lanes } from "../wasm/lanes.js";
import { StreamInput, StreamSlot } from "../wasm/slots.js";
import { type Entry, internals, Owner } from "./internals.js";
import type { Rnn } from "./rnn.js";
import { readStream, writeStream } from "./stream-file.js";

const stepNames = ["target", "out"];

/** Lanes: at most the kernel's own bound. */
export const batchRule = integer(1, 1 << 20);

/** Lanes whose state and feedback are carried from step to step. */
export class RnnStream extends Owner implements Stream {
  readonly #stream: number;
  readonly #batchSize: number;
  readonly #width: number;
  readonly #options: ResolvedOptions;
  readonly #outputSlot: number;
  readonly #lanes: Lanes;
  readonly #firstId: number;
  #seed: number;
  #steps = 0;

  /** @param firstId Lane l draws as a sequence of the identity `firstId` + l. */
  constructor(rnn: Rnn, batchSize: number, seed = 0, firstId = 0) {
    const found = internals(rnn);
    const { kernel, network, options } = found;
    const [stream, free] = kernel.create("stream", "stream", network, batchSize);
    super({ what: "stream", found, rnn, free } satisfies Entry);
    this.#stream = stream;
    this.#batchSize = batchSize;
    this.#options = options;
    this.#outputSlot = options.outputSize ? StreamSlot.OUTPUTS : StreamSlot.STATE;
    this.#width = options.outputSize || options.hiddenSize;
    this.#lanes = new Lanes(kernel, stream);
    this.#firstId = firstId;
    this.#seed = seed;
    this.#setDraws();
  }

  // Neither looks whether it was disposed of nor makes anything: the kernel refuses a handle that is gone.
  step(input?: number | Int32Array | Float32Array, options?: StepOptions): Floats {
    const length = this.#batchSize * this.#width;
    const out = options === undefined ? undefined : RnnStream.#checkStep(options, length);
    const target = options?.target;
    if (target !== undefined) this.#checkTarget(target);
    this.#lanes.step(this.#write(input));
    this.#steps++;
    if (target !== undefined) this.feed(target);
    const filled = out ?? new Float32Array(length);
    this.#lanes.read(this.#outputSlot, filled);
    return filled;
  }

  state(): Floats {
    return internals(this).kernel.f32(this.#stream, StreamSlot.STATE).slice();
  }

  /** Takes a state of B × H, and a feedback of B × O, which enters the next step. */
  set(state: Float32Array | undefined, feedback: Float32Array | undefined): void {
    internals(this);
    if (state) this.#lanes.write(StreamSlot.STATE, state);
    if (feedback) this.#lanes.write(StreamSlot.FEEDBACK, feedback);
  }

  /** What enters the next step through R instead of the network's own: B symbols or B × O values, not checked. */
  feed(target: Int32Array | Float32Array): void {
    const { loss, outputSize } = this.#options;
    if (loss === "cross-entropy") this.#lanes.writeSymbols(target as Int32Array, outputSize);
    else this.#lanes.write(StreamSlot.FEEDBACK, target as Float32Array);
  }

  reset(lane?: number): void {
    const { kernel, options } = internals(this);
    const last = this.#batchSize - 1;
    if (lane !== undefined) integer(0, last)("lane", lane);
    const clear = (slot: number, width: number) =>
      kernel.f32(this.#stream, slot).fill(0, (lane ?? 0) * width, ((lane ?? last) + 1) * width);
    clear(StreamSlot.STATE, options.hiddenSize);
    if (feedsBack(options)) clear(StreamSlot.FEEDBACK, options.outputSize);
  }

  /** Draws lane 0's next symbol: softmax(outputs / temperature), or the most probable one at 0. */
  sample(temperature: number): number {
    const step = this.#steps % (MAX_INT + 1);
    internals(this).kernel.run("generate", (exports) =>
      exports.stream_sample(this.#stream, temperature, this.#seed, this.#firstId, step),
    );
    return this.#lanes.readSymbol();
  }

  save(): Bytes {
    const found = internals(this);
    const feedback = feedsBack(found.options)
      ? found.kernel.f32(this.#stream, StreamSlot.FEEDBACK).slice()
      : undefined;
    const state = this.state();
    return writeStream(found, { state, feedback, steps: this.#steps, seed: this.#seed }, this.#batchSize);
  }

  restore(bytes: BytesLike): void {
    const saved = readStream(internals(this), bytes, this.#batchSize);
    this.set(saved.state, saved.feedback);
    this.#steps = saved.steps;
    this.#seed = saved.seed;
    this.#setDraws();
  }

  /** Tells the kernel the key of what feedback "sample" draws, and the number of the next step. */
  #setDraws(): void {
    const { kernel, options } = internals(this);
    if (feedsBack(options))
      kernel.run("stream", (exports) =>
        exports.stream_draws(this.#stream, this.#seed, this.#firstId, this.#steps),
      );
  }

  /**
   * Returns where the outputs go. Allocates nothing, unlike the usual checks of options; a method, as the build would put a
   * function that is called from one place there, and with it a closure into every step.
   */
  static #checkStep(options: StepOptions, length: number): Floats | undefined {
    let fits = typeof options === "object" && options !== null;
    for (const name in options) fits &&= stepNames.includes(name);
    if (!fits) checkNames("step options", options, stepNames);
    const { out } = options;
    if (out !== undefined) checkFloats("out", out, length);
    return out as Floats | undefined;
  }

  #checkTarget(target: unknown): void {
    const { loss, outputSize } = this.#options;
    const B = this.#batchSize;
    if (!isTeachable(this.#options)) {
      const why = feedsBack(this.#options) ? 'outputs "last"' : 'recurrence "hidden"';
      throw unsupported(`target: with ${why} no target is fed back`);
    }
    if (loss === "cross-entropy") checkSymbols("target", target, B, outputSize);
    else checkFloats("target", target, B * outputSize);
  }

  /** Checks and writes the input; returns its kind. */
  #write(input: number | Int32Array | Float32Array | undefined): number {
    const I = this.#options.inputSize;
    const B = this.#batchSize;
    if (I === 0) {
      if (input !== undefined) throw shapeError("input", "none with inputSize 0", show(input));
      return StreamInput.NONE;
    }
    if (typeof input === "number" && B === 1) {
      if (!(Number.isInteger(input) && input >= 0 && input < I))
        throw shapeError("input", `0 … ${I - 1}`, input);
      this.#lanes.writeIndices(input);
      return StreamInput.INDICES;
    }
    const kind = arrayKind(input);
    if (kind === "Int32Array") {
      checkSymbols("input", input, B, I);
      this.#lanes.writeIndices(input as Int32Array);
      return StreamInput.INDICES;
    }
    if (kind !== "Float32Array")
      throw shapeError(
        "input",
        `${B === 1 ? "an index, " : ""}an Int32Array of ${B} or a Float32Array of ${B * I}`,
        show(input),
      );
    checkFloats("input", input, B * I);
    this.#lanes.write(StreamSlot.VECTORS, input);
    return StreamInput.VECTORS;
  }
}

/** One symbol per lane. */
function checkSymbols(name: string, symbols: unknown, B: number, bound: number): void {
  checkArray("Int32Array", name, symbols, B);
  checkIndices(name, "", symbols as Int32Array, bound);
}
