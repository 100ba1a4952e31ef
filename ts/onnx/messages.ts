/**
 * The messages of onnx.proto that a small network is made of. Every field is either read here, or one that says nothing
 * about numbers (documentation, names of producers, devices), or refused: nothing is passed over that might matter.
 */
import { formatError, quote, unsupported } from "./errors.js";
import { eachField, MOST, MOST_INTEGERS, push } from "./fields.js";
import { readValueInfo, type ValueInfo } from "./value-info.js";
import {
  type Field,
  fieldsOf,
  floatBytes,
  floats,
  integer,
  integers,
  type Part,
  part,
  text,
} from "./wire.js";

export interface Model {
  /** Version of the default operator set. */
  readonly opset: number;
  readonly graph: Graph;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly initializers: readonly TensorMessage[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly offset: number;
}

export interface Node {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly Attribute[];
  readonly offset: number;
}

export interface Attribute {
  readonly name: string;
  /** `AttributeProto.AttributeType`; 0 in files older than it. */
  readonly type: number;
  readonly f: number | undefined;
  readonly i: number | undefined;
  readonly s: string | undefined;
  readonly t: TensorMessage | undefined;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly string[];
  readonly offset: number;
}

/** A tensor that has not been read yet. */
export interface TensorMessage {
  readonly name: string;
  readonly part: Part;
}

/** ModelProto. Throws "format" and "unsupported". */
export function readModel(file: Part): Model {
  let graph: Graph | undefined;
  let opset: number | undefined;
  const metadata = new Map<string, string>();
  const readers = {
    1: (field: Field) => integer("ModelProto", field),
    7: (field: Field) => {
      if (graph !== undefined) throw formatError("file: expected one graph, got another", field.offset);
      graph = readGraph(part("ModelProto", field));
    },
    8: (field: Field) => {
      const { domain, version } = readOpset(part("ModelProto", field));
      if (domain !== "" && domain !== "ai.onnx") return; // nodes of another domain are refused one by one
      if (opset !== undefined) throw formatError("file: expected one operator set, got two", field.offset);
      opset = version;
    },
    14: (field: Field) => readEntry(part("ModelProto", field), metadata),
  };
  // Producer, its version, domain, model version, documentation, devices.
  eachField("ModelProto", file, readers, [2, 3, 4, 5, 6, 26]);
  if (graph === undefined) throw formatError("file: expected an ONNX model, got no graph", 0);
  if (opset === undefined) throw formatError("file: expected the version of its operators, got none", 0);
  return { opset, graph, metadata };
}

function readOpset(message: Part): { domain: string; version: number } {
  let [domain, version] = ["", 0];
  eachField("OperatorSetIdProto", message, {
    1: (field) => {
      domain = text("OperatorSetIdProto", field);
    },
    2: (field) => {
      version = integer("OperatorSetIdProto", field);
    },
  });
  return { domain, version };
}

/** StringStringEntryProto, into a map. */
function readEntry(message: Part, entries: Map<string, string>): void {
  let [key, value] = ["", ""];
  eachField("StringStringEntryProto", message, {
    1: (field) => {
      key = text("StringStringEntryProto", field);
    },
    2: (field) => {
      value = text("StringStringEntryProto", field);
    },
  });
  if (entries.has(key))
    throw formatError(`metadata: expected ${quote(key)} once, got it twice`, message.offset);
  if (entries.size >= MOST) throw formatError(`metadata: expected at most ${MOST}, got more`, message.offset);
  entries.set(key, value);
}

function readGraph(message: Part): Graph {
  const nodes: Node[] = [];
  const initializers: TensorMessage[] = [];
  const [inputs, outputs]: [ValueInfo[], ValueInfo[]] = [[], []];
  const readers = {
    1: (field: Field) => push("nodes", nodes, readNode(part("GraphProto", field)), field.offset),
    5: (field: Field) =>
      push("initializers", initializers, readTensorName(part("GraphProto", field)), field.offset),
    11: (field: Field) => push("inputs", inputs, readValueInfo(part("GraphProto", field)), field.offset),
    12: (field: Field) => push("outputs", outputs, readValueInfo(part("GraphProto", field)), field.offset),
  };
  // Name, documentation, shapes of what lies between, metadata.
  eachField("GraphProto", message, readers, [2, 10, 13, 16]);
  return { nodes, initializers, inputs, outputs, offset: message.offset };
}

function readNode(message: Part): Node {
  let [op, name, domain, overload] = ["", "", "", ""];
  const [inputs, outputs, attributes]: [string[], string[], Attribute[]] = [[], [], []];
  const what = "NodeProto";
  const readers = {
    1: (field: Field) => push(what, inputs, text(what, field), field.offset, MOST_INTEGERS),
    2: (field: Field) => push(what, outputs, text(what, field), field.offset, MOST_INTEGERS),
    3: (field: Field) => {
      name = text(what, field);
    },
    4: (field: Field) => {
      op = text(what, field);
    },
    5: (field: Field) =>
      push(what, attributes, readAttribute(part(what, field)), field.offset, MOST_INTEGERS),
    7: (field: Field) => {
      domain = text(what, field);
    },
    8: (field: Field) => {
      overload = text(what, field);
    },
  };
  eachField(what, message, readers, [6, 9, 10]); // documentation, metadata, devices
  if (domain !== "" && domain !== "ai.onnx")
    throw unsupported(`operator ${op}: expected ONNX's own, got that of ${quote(domain)}`);
  if (overload !== "")
    throw unsupported(`operator ${op}: expected none of its overloads, got ${quote(overload)}`);
  return { op, name, inputs, outputs, attributes, offset: message.offset };
}

function readAttribute(message: Part): Attribute {
  const what = "AttributeProto";
  let [name, type] = ["", 0];
  let [f, i]: (number | undefined)[] = [];
  let s: string | undefined;
  let t: TensorMessage | undefined;
  const [reals, ints, strings]: [number[], number[], string[]] = [[], [], []];
  const readers = {
    1: (field: Field) => {
      name = text(what, field);
    },
    2: (field: Field) => {
      f = floats(floatBytes(what, field).bytes)[0];
    },
    3: (field: Field) => {
      i = integer(what, field);
    },
    4: (field: Field) => {
      s = text(what, field);
    },
    5: (field: Field) => {
      t = readTensorName(part(what, field));
    },
    7: (field: Field) => {
      for (const value of floats(floatBytes(what, field).bytes.subarray(0, 4 * MOST_INTEGERS + 4)))
        push(what, reals, value, field.offset, MOST_INTEGERS);
    },
    8: (field: Field) => integers(what, field, ints, MOST_INTEGERS),
    9: (field: Field) => push(what, strings, text(what, field), field.offset, MOST_INTEGERS),
    20: (field: Field) => {
      type = integer(what, field);
    },
  };
  eachField(what, message, readers, [13]); // documentation
  return { name, type, f, i, s, t, floats: reals, ints, strings, offset: message.offset };
}

/** A tensor's name; the rest is read when it is needed. */
function readTensorName(message: Part): TensorMessage {
  let name = "";
  for (const field of fieldsOf(message)) if (field.number === 8) name = text("TensorProto", field);
  return { name, part: message };
}
