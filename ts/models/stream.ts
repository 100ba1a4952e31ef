import { arrayKind, integer, MAX_INT, seedRule } from "../checks.js";
import { checkArray, checkFloats, checkIndices } from "../data/arrays.js";
import { digestOf, lettersOf } from "../data/digest.js";
import { checkNames, formatError, shapeError, show, unsupported } from "../errors.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import { parameterShapes } from "../options.js";
import type { Bytes, Floats, StepOptions, Stream } from "../types.js";
import { Lanes } from "../wasm/lanes.js";
import { StreamInput, StreamSlot } from "../wasm/slots.js";
import { type Entry, type Internals, internals, Owner } from "./internals.js";
import { checkTensors } from "./parameters.js";
import type { Rnn } from "./rnn.js";

const stepNames = ["target", "out"];

/** Lanes: at most the kernel's own bound. */
export const batchRule = integer(1, 1 << 20);

/** Lanes whose state is carried from step to step. */
export class RnnStream extends Owner implements Stream {
  readonly #stream: number;
  readonly #batchSize: number;
  readonly #width: number;
  readonly #inputSize: number;
  readonly #outputSlot: number;
  readonly #lanes: Lanes;
  #steps = 0;

  constructor(rnn: Rnn, batchSize: number) {
    const found = internals(rnn);
    const { kernel, network, options } = found;
    const [stream, free] = kernel.create("stream", "stream", network, batchSize);
    super({ what: "stream", found, rnn, free } satisfies Entry);
    this.#stream = stream;
    this.#batchSize = batchSize;
    this.#inputSize = options.inputSize;
    this.#outputSlot = options.outputSize ? StreamSlot.OUTPUTS : StreamSlot.STATE;
    this.#width = options.outputSize || options.hiddenSize;
    this.#lanes = new Lanes(kernel, stream);
  }

  // Neither looks whether it was disposed of nor makes anything: the kernel refuses a handle that is gone.
  step(input?: number | Int32Array | Float32Array, options?: StepOptions): Floats {
    const length = this.#batchSize * this.#width;
    const out = options === undefined ? undefined : checkStep(options, length);
    this.#lanes.step(this.#write(input));
    this.#steps++;
    const filled = out ?? new Float32Array(length);
    this.#lanes.read(this.#outputSlot, filled);
    return filled;
  }

  state(): Floats {
    return internals(this).kernel.f32(this.#stream, StreamSlot.STATE).slice();
  }

  /** Takes a state of B × H. */
  setState(state: Float32Array): void {
    internals(this).kernel.f32(this.#stream, StreamSlot.STATE).set(state);
  }

  reset(lane?: number): void {
    const { kernel, options } = internals(this);
    const last = this.#batchSize - 1;
    if (lane !== undefined) integer(0, last)("lane", lane);
    const H = options.hiddenSize;
    kernel.f32(this.#stream, StreamSlot.STATE).fill(0, (lane ?? 0) * H, ((lane ?? last) + 1) * H);
  }

  /** Draws lane 0's next symbol: softmax(outputs / temperature), or the most probable one at 0. */
  sample(temperature: number, seed: number, id: number): number {
    const step = this.#steps % (MAX_INT + 1);
    internals(this).kernel.run("generate", (exports) =>
      exports.stream_sample(this.#stream, temperature, seed, id, step),
    );
    return this.#lanes.readSymbol();
  }

  save(): Bytes {
    const found = internals(this);
    const shape = [this.#batchSize, found.options.hiddenSize];
    return writeSafetensors(new Map([["state", { shape, data: this.state() }]]), {
      "recurra.stream": markOf(found),
      "recurra.steps": String(this.#steps),
    });
  }

  restore(bytes: BufferSource): void {
    const found = internals(this);
    const { tensors, metadata } = readSafetensors(bytes);
    if (metadata["recurra.stream"] !== markOf(found))
      throw formatError("stream: expected one saved by this network with these parameters, got another", 8);
    const shape = [this.#batchSize, found.options.hiddenSize];
    const [state] = checkTensors("stream", tensors, [["state", shape]]) as [Floats];
    this.#steps = seedRule("recurra.steps", Number(metadata["recurra.steps"]));
    this.setState(state);
  }

  /** Checks and writes the input; returns its kind. */
  #write(input: number | Int32Array | Float32Array | undefined): number {
    const I = this.#inputSize;
    const B = this.#batchSize;
    if (typeof input === "number" && B === 1) {
      if (!(Number.isInteger(input) && input >= 0 && input < I))
        throw shapeError("input", `0 … ${I - 1}`, input);
      this.#lanes.writeIndices(input);
      return StreamInput.INDICES;
    }
    if (arrayKind(input) === "Int32Array") {
      checkArray("Int32Array", "input", input, B);
      checkIndices("input", "", input as Int32Array, I);
      this.#lanes.writeIndices(input as Int32Array);
      return StreamInput.INDICES;
    }
    if (arrayKind(input) !== "Float32Array")
      throw shapeError(
        "input",
        `${B === 1 ? "an index, " : ""}an Int32Array of ${B} or a Float32Array of ${B * I}`,
        show(input),
      );
    checkFloats("input", input, B * I);
    this.#lanes.writeVectors(input);
    return StreamInput.VECTORS;
  }
}

/** Marks a saved stream: the version of its form, and what tells a network, options and parameters, from another. */
const markOf = ({ kernel, network, options }: Internals): string =>
  `1 ${digestOf([
    lettersOf(Object.values(options).join()),
    ...parameterShapes(options).map(([, slot]) => kernel.i32(network, slot)),
  ])}`;

/** Returns where the outputs go. Allocates nothing, unlike the usual checks of options. */
function checkStep(options: StepOptions, length: number): Floats | undefined {
  if (typeof options !== "object" || options === null) checkNames("step options", options, stepNames);
  for (const name in options) if (!stepNames.includes(name)) checkNames("step options", options, stepNames);
  const { target, out } = options;
  if (target !== undefined)
    throw unsupported('target: recurrence "hidden" takes nothing from the output side');
  if (out !== undefined) checkFloats("out", out, length);
  return out as Floats | undefined;
}
