import type { Kernel } from "./kernel.js";
import { StreamSlot } from "./slots.js";

/**
 * A stream's slots, for a step that allocates nothing: the only views that are kept, and they cover all of memory.
 * Growing the memory detaches them, which shows as a length of 0, so each use looks at that first. The address of a
 * slot is asked for at each use.
 */
export class Lanes {
  readonly #kernel: Kernel;
  readonly #stream: number;
  #floats = new Float32Array(0);
  #ints = new Int32Array(0);

  constructor(kernel: Kernel, stream: number) {
    this.#kernel = kernel;
    this.#stream = stream;
  }

  /** One index per lane: `values`, or `one` when there is one lane. */
  writeIndices(values: Int32Array | number): void {
    const at = this.#locate(StreamSlot.INDICES);
    if (typeof values === "number") this.#ints[at] = values;
    else for (let b = 0; b < values.length; b++) this.#ints[at + b] = values[b] as number;
  }

  /** One row of values per lane, into a slot of f32. */
  write(slot: number, values: Float32Array): void {
    const at = this.#locate(slot);
    this.#floats.set(values, at);
  }

  /** One row per lane that is 1 at its symbol and 0 elsewhere: what enters the next step through R. */
  writeSymbols(symbols: Int32Array, width: number): void {
    const at = this.#locate(StreamSlot.FEEDBACK);
    this.#floats.fill(0, at, at + symbols.length * width);
    for (let b = 0; b < symbols.length; b++) this.#floats[at + b * width + (symbols[b] as number)] = 1;
  }

  /** Fills `out` from the start of a slot of f32. */
  read(slot: number, out: Float32Array): void {
    const at = this.#locate(slot);
    const floats = this.#floats;
    // A copy through `set` needs a view of the source, which is an allocation; rows of outputs are short.
    for (let i = 0; i < out.length; i++) out[i] = floats[at + i] as number;
  }

  /** The symbol that `stream_sample` gave lane 0. */
  readSymbol(): number {
    return this.#ints[this.#locate(StreamSlot.SYMBOLS)] as number;
  }

  /** Runs one step. */
  step(kind: number): void {
    const kernel = this.#kernel;
    const { exports } = kernel;
    let status: number;
    try {
      status = exports.stream_step(this.#stream, kind);
    } catch (error) {
      throw kernel.caught(error);
    }
    if (status < 0) kernel.check(status, "stream");
  }

  /** Index of a slot's first element in the views, which are made anew if memory has grown. */
  #locate(slot: number): number {
    const kernel = this.#kernel;
    const { exports } = kernel;
    const address = exports.slot_address(this.#stream, slot);
    if (address < 0) kernel.check(address, "stream");
    if (this.#floats.length === 0) {
      const buffer = exports.memory.buffer as ArrayBuffer;
      this.#floats = new Float32Array(buffer);
      this.#ints = new Int32Array(buffer);
    }
    return address >>> 2;
  }
}
