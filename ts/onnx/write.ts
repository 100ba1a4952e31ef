/** onnx.proto's messages as bytes: as much of them as a small network is made of. */
import { PbfWriter } from "pbf";

type Floats = Float32Array<ArrayBuffer>;

/** An axis: its size, or a name for one that is left open. */
export type Dimension = number | string;

export interface GraphParts {
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    /** INT, INTS, FLOATS and STRINGS. */
    readonly attributes?: Readonly<Record<string, number | readonly number[] | Floats | readonly string[]>>;
  }[];
  readonly floats: readonly (readonly [name: string, shape: readonly number[], data: Floats])[];
  readonly integers: readonly (readonly [name: string, values: readonly number[]])[];
  readonly inputs: readonly (readonly [name: string, shape: readonly Dimension[], type?: "int32"])[];
  readonly outputs: readonly (readonly [name: string, shape: readonly Dimension[]])[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** ONNX 1.9: the first operators with RNN's attribute `layout`, which nearly everything in use reads. */
const IR_VERSION = 7;
const OPSET = 14;

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;

type Message = (writer: PbfWriter) => void;

/** ModelProto. */
export function writeModel(graph: GraphParts): Uint8Array<ArrayBuffer> {
  const writer = new PbfWriter();
  writer.writeVarintField(1, IR_VERSION);
  writer.writeStringField(2, "recurra");
  put(writer, 7, (inner) => writeGraph(inner, graph));
  put(writer, 8, (inner) => {
    inner.writeStringField(1, "");
    inner.writeVarintField(2, OPSET);
  });
  for (const [key, value] of Object.entries(graph.metadata)) {
    put(writer, 14, (inner) => {
      inner.writeStringField(1, key);
      inner.writeStringField(2, value);
    });
  }
  return new Uint8Array(writer.finish());
}

const put = (writer: PbfWriter, field: number, message: Message): void =>
  writer.writeMessage(field, (_: undefined, inner) => message(inner), undefined);

function writeGraph(writer: PbfWriter, graph: GraphParts): void {
  for (const node of graph.nodes) put(writer, 1, (inner) => writeNode(inner, node));
  writer.writeStringField(2, "recurra");
  for (const [name, shape, data] of graph.floats) {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    put(writer, 5, (inner) => writeTensor(inner, name, shape, FLOAT, raw));
  }
  for (const [name, values] of graph.integers) {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    put(writer, 5, (inner) => writeTensor(inner, name, [values.length], INT64, raw));
  }
  for (const [name, shape, type] of graph.inputs)
    put(writer, 11, (inner) => writeValueInfo(inner, name, shape, type === "int32" ? INT32 : FLOAT));
  for (const [name, shape] of graph.outputs)
    put(writer, 12, (inner) => writeValueInfo(inner, name, shape, FLOAT));
}

function writeNode(
  writer: PbfWriter,
  { op, inputs, outputs, attributes = {} }: GraphParts["nodes"][number],
): void {
  for (const name of inputs) writer.writeStringField(1, name);
  for (const name of outputs) writer.writeStringField(2, name);
  writer.writeStringField(3, outputs.find((name) => name !== "") ?? op);
  writer.writeStringField(4, op);
  for (const [name, value] of Object.entries(attributes)) {
    put(writer, 5, (inner) => {
      inner.writeStringField(1, name);
      inner.writeVarintField(20, writeValue(inner, value));
    });
  }
}

/** An attribute's value. Returns its AttributeType. */
function writeValue(
  writer: PbfWriter,
  value: number | readonly number[] | Floats | readonly string[],
): number {
  if (typeof value === "number") {
    writer.writeVarintField(3, value);
    return 2;
  }
  if (value instanceof Float32Array) {
    for (const item of value) writer.writeFloatField(7, item);
    return 6;
  }
  for (const item of value) {
    if (typeof item === "number") writer.writeVarintField(8, item);
    else writer.writeStringField(9, item);
  }
  return typeof value[0] === "number" ? 7 : 8;
}

function writeTensor(
  writer: PbfWriter,
  name: string,
  shape: readonly number[],
  type: number,
  raw: Uint8Array,
): void {
  for (const size of shape) writer.writeVarintField(1, size);
  writer.writeVarintField(2, type);
  writer.writeStringField(8, name);
  writer.writeBytesField(9, raw);
}

function writeValueInfo(writer: PbfWriter, name: string, shape: readonly Dimension[], type: number): void {
  writer.writeStringField(1, name);
  const writeShape: Message = (inner) => {
    for (const size of shape)
      put(inner, 1, (dimension) =>
        typeof size === "number" ? dimension.writeVarintField(1, size) : dimension.writeStringField(2, size),
      );
  };
  put(writer, 2, (types) =>
    put(types, 1, (tensor) => {
      tensor.writeVarintField(1, type);
      put(tensor, 2, writeShape);
    }),
  );
}
