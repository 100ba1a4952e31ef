/** TensorProto: numbers that are part of the file. */
import { formatError, quote, showShape, unsupported } from "./errors.js";
import { eachField } from "./fields.js";
import type { TensorMessage } from "./messages.js";
import { type Field, fieldsOf, floatBytes, floats, integer, integers, type Part, part } from "./wire.js";

/** A tensor of f32 or of integers, row by row. */
export interface Constant {
  readonly kind: "constant";
  readonly name: string;
  readonly shape: readonly number[];
  readonly floats?: Float32Array<ArrayBuffer>;
  readonly ints?: readonly number[];
  /** Where it stands in the file. */
  readonly offset: number;
}

/** The most integers of a tensor: shapes, axes, or the lengths of a batch. */
const MOST_INTEGERS = 65_536;

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
/** `TensorProto.DataType` in words. */
export const typeName = (type: number): string =>
  [
    ...["undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool"],
    ...["float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16"],
  ][type] ?? `type ${type}`;

/**
 * The numbers of a tensor. Nothing is set aside before it is known that the file holds that many. Throws "format" if
 * shape and numbers do not fit, "unsupported" for numbers of another type, in another file, or in segments.
 */
export function readTensor({ name, part: message }: TensorMessage): Constant {
  const what = `tensor ${quote(name)}`;
  const shape: number[] = [];
  const ints: number[] = [];
  let type = 0;
  let raw: Part | undefined;
  let reals = 0;
  const refuse = (reason: string) => () => {
    throw unsupported(`${what}: ${reason}`);
  };
  const readers = {
    1: (field: Field) => integers(what, field, shape, 64),
    2: (field: Field) => {
      type = integer(what, field);
    },
    3: refuse("expected it whole, got a segment"),
    4: (field: Field) => {
      reals += floatBytes(what, field).bytes.length;
    },
    5: (field: Field) => integers(what, field, ints, MOST_INTEGERS),
    6: refuse("expected numbers, got strings"),
    7: (field: Field) => integers(what, field, ints, MOST_INTEGERS),
    9: (field: Field) => {
      raw = part(what, field);
    },
    10: refuse("expected float32, int32 or int64, got 64-bit numbers of another kind"),
    11: refuse("expected float32, int32 or int64, got 64-bit numbers of another kind"),
    13: refuse("expected its numbers in this file, got external data"),
    14: (field: Field) => {
      if (integer(what, field) !== 0) refuse("expected its numbers in this file, got external data")();
    },
  };
  eachField(what, message, readers, [8, 12, 16]); // name, documentation, metadata
  const { offset } = message;
  if (type !== FLOAT && type !== INT32 && type !== INT64)
    throw unsupported(`${what}: expected float32, int32 or int64, got ${typeName(type)}`);
  const count = shape.reduce((product, size) => product * size, 1);
  const sizes = shape.every((size) => size >= 0 && Number.isSafeInteger(size)) && Number.isSafeInteger(count);
  if (!sizes) throw formatError(`${what}: expected sizes from 0, got ${showShape(shape)}`, offset);
  const width = type === INT64 ? 8 : 4;
  const got = raw ? raw.bytes.length / width : type === FLOAT ? reals / 4 : ints.length;
  const both = raw !== undefined && reals + ints.length > 0;
  const mixed = type === FLOAT ? ints.length > 0 : reals > 0;
  if (got !== count || both || mixed) {
    const held = both || mixed ? "numbers in two places" : `${got}`;
    throw formatError(
      `${what}: expected ${count} numbers for shape ${showShape(shape)}, got ${held}`,
      offset,
    );
  }
  const tensor = { kind: "constant", name, shape, offset } as const;
  if (type === FLOAT) return { ...tensor, floats: raw ? floats(raw.bytes) : gather(message, reals) };
  return { ...tensor, ints: raw ? rawIntegers(what, raw, width) : ints };
}

/** The floats of field 4, in one piece or many. */
function gather(message: Part, length: number): Float32Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const field of fieldsOf(message)) {
    if (field.number !== 4) continue;
    const piece = floatBytes("TensorProto", field).bytes;
    bytes.set(piece, at);
    at += piece.length;
  }
  return new Float32Array(bytes.buffer);
}

function rawIntegers(what: string, { bytes }: Part, width: number): number[] {
  const count = bytes.length / width;
  if (count > MOST_INTEGERS)
    throw unsupported(`${what}: expected at most ${MOST_INTEGERS} integers, got ${count}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, i) =>
    width === 4 ? view.getInt32(4 * i, true) : Number(view.getBigInt64(8 * i, true)),
  );
}
