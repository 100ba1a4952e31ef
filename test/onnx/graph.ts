/** ONNX files by hand, in every form that the format allows: numbers raw, packed or one by one, any attribute, any node. */
import { PbfWriter } from "pbf";

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Tensor };

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | readonly number[];
  /** How its numbers are kept: "raw" if not said. */
  readonly form?: "raw" | "packed" | "single";
  /** `TensorProto.DataType`: 1 for a Float32Array, 7 for integers if not said; 6 is int32. */
  readonly type?: number;
  readonly external?: true;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, Tensor>>;
  /** Shape with names for open sizes, and type: float32 if not said. */
  readonly inputs: Readonly<Record<string, readonly [shape: readonly (number | string)[], type?: number]>>;
  readonly outputs: readonly string[];
  readonly opset?: number;
  readonly metadata?: readonly (readonly [string, string])[];
}

type Write = (writer: PbfWriter) => void;
const message = (writer: PbfWriter, field: number, write: Write): void =>
  writer.writeMessage(field, (_: null, inner) => write(inner), null);

export function encode({
  nodes,
  tensors = {},
  inputs,
  outputs,
  opset = 17,
  metadata = [],
}: Graph): Uint8Array<ArrayBuffer> {
  const writer = new PbfWriter();
  writer.writeVarintField(1, opset > 20 ? 10 : 8);
  message(writer, 8, (set) => set.writeVarintField(2, opset));
  message(writer, 7, (graph) => {
    graph.writeStringField(2, "by hand");
    for (const node of nodes) message(graph, 1, (inner) => putNode(inner, node));
    for (const [name, tensor] of Object.entries(tensors))
      message(graph, 5, (inner) => putTensor(inner, tensor, name));
    for (const [name, [shape, type = 1]] of Object.entries(inputs))
      message(graph, 11, (inner) => putInfo(inner, name, shape, type));
    for (const name of outputs) message(graph, 12, (inner) => putInfo(inner, name, undefined, 1));
  });
  for (const [key, value] of metadata)
    message(writer, 14, (entry) => {
      entry.writeStringField(1, key);
      entry.writeStringField(2, value);
    });
  return new Uint8Array(writer.finish());
}

function putNode(writer: PbfWriter, { op, inputs, outputs, attributes = {}, domain }: Node): void {
  for (const name of inputs) writer.writeStringField(1, name);
  for (const name of outputs) writer.writeStringField(2, name);
  writer.writeStringField(4, op);
  if (domain !== undefined) writer.writeStringField(7, domain);
  for (const [name, value] of Object.entries(attributes))
    message(writer, 5, (inner) => {
      inner.writeStringField(1, name);
      inner.writeVarintField(20, putAttribute(inner, value));
    });
}

/** Returns its AttributeType. */
function putAttribute(writer: PbfWriter, value: Attribute): number {
  if ("int" in value) {
    writer.writeVarintField(3, value.int);
    return 2;
  }
  if ("float" in value) {
    writer.writeFloatField(2, value.float);
    return 1;
  }
  if ("string" in value) {
    writer.writeStringField(4, value.string);
    return 3;
  }
  if ("tensor" in value) {
    message(writer, 5, (inner) => putTensor(inner, value.tensor));
    return 4;
  }
  if ("ints" in value) {
    for (const item of value.ints) writer.writeVarintField(8, item);
    return 7;
  }
  if ("floats" in value) {
    writer.writePackedFloat(7, [...value.floats]);
    return 6;
  }
  for (const item of value.strings) writer.writeStringField(9, item);
  return 8;
}

function putTensor(
  writer: PbfWriter,
  { shape, data, form = "raw", external, ...more }: Tensor,
  name?: string,
): void {
  const isFloat = data instanceof Float32Array;
  const { type = isFloat ? 1 : 7 } = more;
  if (form === "raw") for (const size of shape) writer.writeVarintField(1, size);
  else writer.writePackedVarint(1, [...shape]);
  writer.writeVarintField(2, type);
  if (name !== undefined) writer.writeStringField(8, name);
  const field = isFloat ? 4 : type === 6 ? 5 : 7;
  if (external) {
    message(writer, 13, (entry) => {
      entry.writeStringField(1, "location");
      entry.writeStringField(2, "weights.bin");
    });
    writer.writeVarintField(14, 1);
  } else if (form === "raw") {
    const raw = isFloat
      ? data.slice().buffer
      : type === 6
        ? Int32Array.from(data).buffer
        : BigInt64Array.from(data, BigInt).buffer;
    writer.writeBytesField(9, new Uint8Array(raw));
  } else if (isFloat && form === "packed") writer.writePackedFloat(field, [...data]);
  else if (isFloat) for (const value of data) writer.writeFloatField(field, value);
  else if (form === "packed") writer.writePackedVarint(field, [...data]);
  else for (const value of data) writer.writeVarintField(field, value);
}

function putInfo(
  writer: PbfWriter,
  name: string,
  shape: readonly (number | string)[] | undefined,
  type: number,
): void {
  writer.writeStringField(1, name);
  message(writer, 2, (types) =>
    message(types, 1, (tensor) => {
      tensor.writeVarintField(1, type);
      if (shape === undefined) return;
      message(tensor, 2, (dims) => {
        for (const size of shape)
          message(dims, 1, (dim) =>
            typeof size === "number" ? dim.writeVarintField(1, size) : dim.writeStringField(2, size),
          );
      });
    }),
  );
}
