/** A network as an ONNX file. */
import { RecurraError, type Rnn, type RnnOptions, type Tensor } from "../index.js";
import { unsupported } from "./errors.js";
import { type Dimension, type GraphParts, writeModel } from "./write.js";

/** How a network is written. */
export interface ExportOnnxOptions {
  /**
   * The attribute of the operator: 0 for X of (T, N, I), 1 for (N, T, I). Some programs, onnxruntime among them, refuse 1.
   * Default 0.
   */
  layout?: 0 | 1 | undefined;
  /** Sequences come first in what enters and leaves the graph; Transpose does it where the layout does not. Default: layout is 1. */
  batchFirst?: boolean | undefined;
  /** An input `initial_state` (1, N, H) of the graph; without it states begin at zero. Default false. */
  initialState?: boolean | undefined;
  /** An input `sequence_lengths` (N) of int32; without it all sequences have T steps. Default false. */
  sequenceLengths?: boolean | undefined;
}

type Node = GraphParts["nodes"][number];
type Checked = { [K in keyof ExportOnnxOptions]-?: NonNullable<ExportOnnxOptions[K]> };

const flags = ["batchFirst", "initialState", "sequenceLengths"] as const;

/**
 * A network as an ONNX file of operators of version 14: `RNN`, and `MatMul` and `Add` or `Gemm` for its head.
 *
 * Inputs of the graph: `x` (T, N, I), one-hot where the network learned class indices; `initial_state` and
 * `sequence_lengths` if asked for. Outputs: `outputs` (T, N, O), before any softmax; with outputs "last" (N, O), of each
 * sequence's own last step; without a head `states` (T, N, H); and always `final_state` (1, N, H). Beyond a sequence's end
 * the operator gives states of 0, so outputs are c there. With layout 1 or `batchFirst`, N comes first everywhere.
 *
 * Metadata goes along, with the loss as "recurra.loss". Throws "unsupported" for recurrence from the output and for
 * networks without inputs, for which ONNX has no operator; "option".
 */
export function exportOnnx(rnn: Rnn, options: ExportOnnxOptions = {}): Uint8Array<ArrayBuffer> {
  const shown = check(options);
  const { layout, batchFirst, initialState, sequenceLengths } = shown;
  const { inputSize: I, hiddenSize: H, outputSize: O, recurrence, outputs, metadata, loss } = rnn.options;
  if (recurrence !== "hidden")
    throw unsupported(
      `recurrence ${JSON.stringify(recurrence)}: does not go with ONNX, whose RNN feeds back states`,
    );
  if (I === 0) throw unsupported("inputSize 0: does not go with ONNX, whose RNN needs inputs");
  const tensors = rnn.stateDict();
  const tensor = (name: string) => tensors.get(name) as Tensor;
  const biases = new Float32Array(2 * H); // one half holds the sum, the other zeros
  biases.set(tensor("bias_h").data);
  const steps: Dimension[] = batchFirst ? ["N", "T"] : ["T", "N"];
  const state: Dimension[] = layout === 1 ? ["N", 1, H] : [1, "N", H];
  const last = outputs === "last";
  const head: GraphParts["floats"] = O
    ? [
        last
          ? ["V", [O, H], tensor("weight_ho").data]
          : ["V", [H, O], transpose(tensor("weight_ho").data, H)],
        ["c", [O], tensor("bias_o").data],
      ]
    : [];
  return writeModel({
    ...nodesOf(rnn.options, shown),
    floats: [
      ["W", [1, H, I], tensor("weight_ih").data],
      ["R", [1, H, H], tensor("weight_hh").data],
      ["B", [1, 2 * H], biases],
      ...head,
    ],
    inputs: [
      ["x", [...steps, I]],
      ...(sequenceLengths ? [["sequence_lengths", ["N"], "int32"] as const] : []),
      ...(initialState ? [["initial_state", state] as const] : []),
    ],
    outputs: [
      O ? ["outputs", last ? ["N", O] : [...steps, O]] : ["states", [...steps, H]],
      ["final_state", state],
    ],
    metadata: { ...metadata, ...(loss && { "recurra.loss": loss }) },
  });
}

/** The nodes, from x to what the graph gives, and their axes. */
function nodesOf(
  network: Readonly<RnnOptions>,
  { layout, batchFirst, initialState, sequenceLengths }: Checked,
): Pick<GraphParts, "nodes" | "integers"> {
  const nodes: Node[] = [];
  const add = (op: string, inputs: string[], outputs: string[], attributes: Node["attributes"] = {}) => {
    nodes.push({ op, inputs, outputs, attributes });
  };
  const swaps = batchFirst !== (layout === 1);
  const perm = { perm: [1, 0, 2] };
  if (swaps) add("Transpose", ["x"], ["X"], perm);
  const { activation = "tanh", outputs, hiddenSize } = network;
  const affine = { activation_alpha: Float32Array.of(1), activation_beta: Float32Array.of(0) };
  const inputs = [swaps ? "X" : "x", "W", "R", "B"];
  inputs.push(sequenceLengths ? "sequence_lengths" : "", initialState ? "initial_state" : "");
  while (inputs.at(-1) === "") inputs.pop(); // what is left out at the end is not written
  add("RNN", inputs, [outputs === "last" ? "" : "Y", "final_state"], {
    activations: [{ tanh: "Tanh", relu: "Relu", identity: "Affine" }[activation]],
    ...(activation === "identity" && affine),
    hidden_size: hiddenSize,
    ...(layout === 1 && { layout }),
  });
  if (outputs === "last") {
    add("Squeeze", ["final_state", "direction"], ["h"]);
    add("Gemm", ["h", "V", "c"], ["outputs"], { transB: 1 });
    return { nodes, integers: [["direction", [layout]]] };
  }
  // Y is (T, 1, N, H), with layout 1 (N, T, 1, H).
  const states = outputs === "none" ? "states" : "h";
  add("Squeeze", ["Y", "direction"], [swaps ? "Y3" : states]);
  if (swaps) add("Transpose", ["Y3"], [states], perm);
  if (outputs !== "none") {
    add("MatMul", ["h", "V"], ["products"]);
    add("Add", ["products", "c"], ["outputs"]);
  }
  return { nodes, integers: [["direction", [layout === 1 ? 2 : 1]]] };
}

function check(options: ExportOnnxOptions): Checked {
  const bad = (name: string, expected: string, got: unknown) =>
    new RecurraError({ code: "option", message: `${name}: expected ${expected}, got ${String(got)}` });
  for (const name of Object.keys(options))
    if (name !== "layout" && !flags.some((flag) => flag === name))
      throw bad("export options", `layout, ${flags.join(", ")}`, JSON.stringify(name));
  for (const name of flags)
    if (options[name] !== undefined && typeof options[name] !== "boolean")
      throw bad(name, "true or false", options[name]);
  const { layout = 0 } = options;
  if (layout !== 0 && layout !== 1) throw bad("layout", "0 or 1", layout);
  const { batchFirst = layout === 1, initialState = false, sequenceLengths = false } = options;
  return { layout, batchFirst, initialState, sequenceLengths };
}

/** (O, H) as (H, O): what MatMul takes. */
function transpose(weight: Float32Array<ArrayBuffer>, H: number): Float32Array<ArrayBuffer> {
  const O = weight.length / H;
  return weight.map((_, i) => weight[(i % O) * H + Math.floor(i / O)] as number);
}
