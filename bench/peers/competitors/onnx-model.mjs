/** The net as ONNX models. */
import { create, toBinary } from "@bufbuild/protobuf";
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType } from "onnx-buf";

const float = TensorProto_DataType.FLOAT;

/**
 * Whole sequences by the operator RNN: x (steps, batch, I), time first, and h0 (1, batch, H) to the outputs (batch, O)
 * of the last step.
 * @param {import("../problem.mjs").Problem} problem
 * @returns {Uint8Array}
 */
export function sequenceModel({ weights, I, H, O, batch, steps }) {
  const biases = new Float32Array(2 * H);
  biases.set(weights.bias_h);
  return model({
    input: [value("x", [steps, batch, I]), value("h0", [1, batch, H])],
    output: [value("outputs", [batch, O])],
    initializer: [
      tensor("U", [1, H, I], weights.weight_ih),
      tensor("W", [1, H, H], weights.weight_hh),
      tensor("b", [1, 2 * H], biases),
      tensor("V", [O, H], weights.weight_ho),
      tensor("c", [O], weights.bias_o),
      tensor("shape", [2], [batch, H]),
    ],
    node: [
      node("RNN", ["x", "U", "W", "b", "", "h0"], ["", "h"], { hidden_size: H }),
      node("Reshape", ["h", "shape"], ["last"]),
      node("Gemm", ["last", "V", "c"], ["outputs"], { transB: 1 }),
    ],
  });
}

/**
 * One step: x (1, I) and h0 (1, H) to h (1, H) and outputs (1, O). Three Gemm and a Tanh take a tenth less than RNN.
 * @param {import("../problem.mjs").Problem} problem
 * @returns {Uint8Array}
 */
export const stepModel = ({ weights, I, H, O }) =>
  model({
    input: [value("x", [1, I]), value("h0", [1, H])],
    output: [value("h", [1, H]), value("outputs", [1, O])],
    initializer: [
      tensor("U", [H, I], weights.weight_ih),
      tensor("W", [H, H], weights.weight_hh),
      tensor("b", [H], weights.bias_h),
      tensor("V", [O, H], weights.weight_ho),
      tensor("c", [O], weights.bias_o),
    ],
    node: [
      node("Gemm", ["x", "U", "b"], ["from_x"], { transB: 1 }),
      node("Gemm", ["h0", "W", "from_x"], ["sum"], { transB: 1 }),
      node("Tanh", ["sum"], ["h"]),
      node("Gemm", ["h", "V", "c"], ["outputs"], { transB: 1 }),
    ],
  });

const model = (graph) =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: "", version: 17n }],
      producerName: "recurra-bench-peers",
      graph: { name: "rnn", ...graph },
    }),
  );

const node = (opType, input, output, attributes = {}) => ({
  ...{ opType, input, output },
  attribute: Object.entries(attributes).map(([name, i]) => ({
    ...{ name, i: BigInt(i) },
    type: AttributeProto_AttributeType.INT,
  })),
});

const value = (name, shape) => ({
  name,
  type: {
    value: {
      case: "tensorType",
      value: {
        elemType: float,
        shape: { dim: shape.map((size) => ({ value: { case: "dimValue", value: BigInt(size) } })) },
      },
    },
  },
});

function tensor(name, shape, values) {
  const dims = shape.map(BigInt);
  if (!(values instanceof Float32Array)) {
    return { name, dims, dataType: TensorProto_DataType.INT64, int64Data: values.map(BigInt) };
  }
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, dataType: float, rawData };
}
