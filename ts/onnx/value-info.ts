/** ValueInfoProto: what enters and leaves a graph. */
import { eachField, push } from "./fields.js";
import { type Field, integer, type Part, part, text } from "./wire.js";

export interface ValueInfo {
  readonly name: string;
  /** `TensorProto.DataType`. */
  readonly type: number;
  /** Sizes, undefined where the graph leaves them open; undefined without a shape. */
  readonly shape: readonly (number | undefined)[] | undefined;
  readonly offset: number;
}

/** Throws "unsupported" for anything but a tensor. */
export function readValueInfo(message: Part): ValueInfo {
  let [name, type] = ["", 0];
  let shape: (number | undefined)[] | undefined;
  const readShape = (dims: Part): void => {
    const sizes: (number | undefined)[] = [];
    eachField("TensorShapeProto", dims, {
      1: (field) =>
        push("TensorShapeProto", sizes, readDimension(part("TensorShapeProto", field)), field.offset, 64),
    });
    shape = sizes;
  };
  const readTensorType = (tensor: Part): void =>
    eachField("TypeProto.Tensor", tensor, {
      1: (field) => {
        type = integer("TypeProto.Tensor", field);
      },
      2: (field) => readShape(part("TypeProto.Tensor", field)),
    });
  const readers = {
    1: (field: Field) => {
      name = text("ValueInfoProto", field);
    },
    2: (field: Field) =>
      eachField(
        "TypeProto",
        part("ValueInfoProto", field),
        { 1: (tensor) => readTensorType(part("TypeProto", tensor)) },
        [6],
      ),
  };
  eachField("ValueInfoProto", message, readers, [3, 4]);
  return { name, type, shape, offset: message.offset };
}

function readDimension(message: Part): number | undefined {
  let size: number | undefined;
  const readers = {
    1: (field: Field) => {
      size = integer("Dimension", field);
    },
  };
  eachField("Dimension", message, readers, [2, 3]); // a name for it
  return size;
}
