/** An ONNX file as options and tensors. */
import { type BytesLike, RecurraError, type RnnOptions, type Tensor } from "../index.js";
import { Call } from "./call.js";
import { formatError, quote, unsupported } from "./errors.js";
import { type Graph, readModel } from "./messages.js";
import { operators, type Reading } from "./operators.js";
import type { Cell } from "./rnn.js";
import { readTensor } from "./tensors.js";
import { type Derived, describe, type Head, type Value } from "./values.js";

/** Versions of ONNX's operators that are read. */
const FIRST = 7;
const LAST = 25;

/** A value that enters or leaves a graph. */
export interface OnnxPort {
  readonly name: string;
  /** What its axes run over: T steps, N sequences, I inputs, H units, O outputs, 1 nothing; "TN" is two of them in one. */
  readonly axes: readonly string[];
}

/** What a graph says about a network. */
export interface OnnxNetwork {
  /** Sizes, activation and outputs, what was kept of a network of ours, and the file's metadata. */
  readonly options: RnnOptions;
  /** Names and shapes of `Rnn.stateDict()`. */
  readonly tensors: Map<string, Tensor>;
  readonly inputs: {
    readonly x: OnnxPort;
    readonly initialState?: OnnxPort;
    readonly sequenceLengths?: OnnxPort;
  };
  /** The graph's outputs, by what they are; "final" ones are of each sequence's last step. */
  readonly outputs: readonly (OnnxPort & { readonly what: "outputs" | "states"; readonly last: boolean })[];
  /** Initial states that are part of the graph, B × H, unless they are zeros. */
  readonly initialStates?: Float32Array<ArrayBuffer>;
  /** Lengths of the B sequences that are part of the graph. */
  readonly lengths?: Int32Array<ArrayBuffer>;
}

/**
 * Reads an ONNX file: one operator `RNN` and at most one linear layer after it (`Gemm`, or `MatMul` and `Add`), with
 * `Transpose`, `Squeeze`, `Unsqueeze`, `Reshape`, `Gather` and `Slice` between. Reads all of it, in linear time; no array that it
 * makes is larger than the file.
 *
 * Throws "format" with the byte offset for a file that is broken, "unsupported" naming the operator, attribute, input or
 * type for one that says something else.
 */
export function readOnnx(file: BytesLike): OnnxNetwork {
  const bytes = bytesOf(file);
  const { opset, graph, metadata } = readModel({ bytes, offset: 0 });
  if (opset < FIRST || opset > LAST)
    throw unsupported(`file: expected operators of version ${FIRST} to ${LAST}, got ${opset}`);
  const reading: Reading = { cell: undefined, budget: 4 * bytes.length, largest: bytes.length };
  const values = valuesOf(graph);
  for (const node of graph.nodes) {
    const operator = operators.get(node.op);
    if (operator === undefined) throw unsupported(`operator ${node.op}: expected RNN and a linear layer`);
    const call = new Call(node, values, opset);
    const results = operator(call, reading);
    call.finish();
    node.outputs.forEach((name, i) => {
      if (name === "") return;
      const result = results[i];
      if (result === undefined) throw unsupported(`${call.what}: expected no output ${i}, got one`);
      define(values, name, result, node.offset);
    });
  }
  const { cell } = reading;
  if (cell === undefined) throw unsupported("file: expected an operator RNN, got none");
  const outputs = outputsOf(graph, values);
  return { ...networkOf(cell, outputs, metadata), ...portsOf(cell, outputs) };
}

function bytesOf(file: BytesLike): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(file)) {
    const bytes = new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
    // Text is not decoded out of memory that is shared.
    return Object.prototype.toString.call(file.buffer) === "[object ArrayBuffer]" ? bytes : bytes.slice();
  }
  if (Object.prototype.toString.call(file) === "[object ArrayBuffer]") return new Uint8Array(file);
  throw new RecurraError({
    code: "option",
    message: `file: expected an ArrayBuffer or a view of one, got ${typeof file}`,
  });
}

function define(values: Map<string, Value>, name: string, value: Value, offset: number): void {
  if (values.has(name)) throw formatError(`graph: expected ${quote(name)} once, got it twice`, offset);
  values.set(name, value);
}

/** Constants and inputs. A constant that is among the inputs too is a default; it is taken as it is. */
function valuesOf({ initializers, inputs }: Graph): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const message of initializers) define(values, message.name, readTensor(message), message.part.offset);
  const constants = new Set(values.keys());
  for (const { name, type, shape, offset } of inputs) {
    if (constants.delete(name)) continue;
    define(values, name, { kind: "given", name, type, shape, axes: undefined }, offset);
  }
  return values;
}

interface Output {
  readonly name: string;
  readonly value: Derived;
}

function outputsOf({ outputs, offset }: Graph, values: ReadonlyMap<string, Value>): Output[] {
  if (outputs.length === 0) throw formatError("graph: expected outputs, got none", offset);
  return outputs.map(({ name, offset }) => {
    const value = values.get(name);
    if (value === undefined)
      throw formatError(`graph: expected a node that makes its output ${quote(name)}, got none`, offset);
    if (value.kind !== "derived")
      throw unsupported(
        `output ${quote(name)}: expected states or outputs of an RNN, got ${describe(value)}`,
      );
    return { name, value };
  });
}

/** The one head of a graph's outputs. */
function headOf(outputs: readonly Output[]): { head: Head | undefined; last: boolean } {
  const made = outputs.filter(({ value }) => value.head !== undefined);
  const [first] = made;
  for (const { name, value } of made)
    if (value.head !== first?.value.head)
      throw unsupported(`output ${quote(name)}: expected one linear layer, got several`);
  return { head: first?.value.head, last: made.every(({ value }) => value.last) };
}

function networkOf(
  cell: Cell,
  outputs: readonly Output[],
  entries: ReadonlyMap<string, string>,
): Pick<OnnxNetwork, "options" | "tensors"> {
  const { I, H, activation } = cell;
  const { head, last } = headOf(outputs);
  const metadata = Object.fromEntries([...entries].filter(([key]) => !/^recurra(\.|$)/.test(key)));
  const loss = (["cross-entropy", "squared-error", "bernoulli"] as const).find(
    (each) => each === entries.get("recurra.loss"),
  );
  const sizes = { inputSize: I, hiddenSize: H, activation, metadata };
  const options: RnnOptions = head
    ? { ...sizes, outputSize: head.O, outputs: last ? "last" : "every", ...(loss && { loss }) }
    : { ...sizes, outputs: "none" };
  const tensors = new Map<string, Tensor>([
    ["weight_ih", { shape: [H, I], data: cell.weight_ih }],
    ["weight_hh", { shape: [H, H], data: cell.weight_hh }],
    ["bias_h", { shape: [H], data: cell.bias_h }],
  ]);
  if (I === 0) tensors.delete("weight_ih");
  if (head) {
    tensors.set("weight_ho", { shape: [head.O, H], data: head.weight });
    tensors.set("bias_o", { shape: [head.O], data: head.bias ?? new Float32Array(head.O) });
  }
  return { options, tensors };
}

function portsOf(cell: Cell, outputs: readonly Output[]): Omit<OnnxNetwork, "options" | "tensors"> {
  const port = ({ name, axes }: { name: string; axes: string }) => ({ name, axes: [...axes] });
  const { x, initialState, sequenceLengths, initialStates, lengths } = cell;
  return {
    inputs: {
      x: port(x),
      ...(initialState && { initialState: port(initialState) }),
      ...(sequenceLengths && { sequenceLengths: port(sequenceLengths) }),
    },
    outputs: outputs.map(({ name, value }) => ({
      name,
      axes: value.axes.map((axis) => axis || "1"),
      what: value.head ? "outputs" : "states",
      last: value.last,
    })),
    ...(initialStates && { initialStates }),
    ...(lengths && { lengths: Int32Array.from(lengths) }),
  };
}
