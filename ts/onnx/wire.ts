/**
 * Protocol Buffers' wire format, field by field: nothing is copied, every value knows its place in the file, and what
 * runs past its message is an error. The library reads varints; it does not look where the bytes end, so this does.
 */
import { PbfReader } from "pbf";
import { formatError } from "./errors.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Some bytes of the file, and where they begin in it. */
export interface Part {
  readonly bytes: Bytes;
  readonly offset: number;
}

/** A field of a message. Messages, strings and packed numbers are parts of the file; so are floats, of 4 bytes. */
export interface Field {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 a length and as many bytes, 5 four bytes. */
  readonly wire: number;
  readonly value: number | Part;
  /** Where its tag stands in the file. */
  readonly offset: number;
}

/** The fields of a message in order. Throws "format" at the byte of the field that is wrong. */
export function* fieldsOf({ bytes, offset }: Part): Generator<Field> {
  const reader = new PbfReader(bytes);
  while (reader.pos < bytes.length) {
    const start = offset + reader.pos;
    const tag = varint(reader, start);
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (number < 1 || number >= 2 ** 29) throw formatError("expected a field, got no such number", start);
    if (wire === 0) {
      yield { number, wire, value: varint(reader, start, true), offset: start };
      continue;
    }
    if (wire !== 1 && wire !== 2 && wire !== 5)
      throw formatError(`field ${number}: expected wire type 0, 1, 2 or 5, got ${wire}`, start);
    const length = wire === 2 ? varint(reader, start) : wire === 1 ? 8 : 4;
    const left = bytes.length - reader.pos;
    if (length > left)
      throw formatError(`field ${number}: expected ${length} bytes, got the end after ${left}`, start);
    const value = {
      bytes: bytes.subarray(reader.pos, reader.pos + length),
      offset: offset + reader.pos,
    };
    reader.pos += length;
    yield { number, wire, value, offset: start };
  }
}

/** An integer at the reader's place: of 64 bits with a sign, or without. */
function varint(reader: PbfReader, start: number, signed = false): number {
  let value: number;
  try {
    value = reader.readVarint(signed);
  } catch (cause) {
    throw formatError("expected an integer of at most 10 bytes, got more", start, cause);
  }
  if (reader.pos > reader.length) throw formatError("expected an integer, got the end of its message", start);
  return value;
}

const wrong = (what: string, expected: string, { number, wire, offset }: Field) =>
  formatError(`${what}: expected field ${number} to be ${expected}, got wire type ${wire}`, offset);

/** An integer that a number holds exactly. */
export function integer(what: string, field: Field): number {
  const { value, offset } = field;
  if (typeof value !== "number") throw wrong(what, "an integer", field);
  if (!Number.isSafeInteger(value)) throw formatError(`${what}: expected an integer below 2⁵³`, offset);
  return value;
}

/** A message, bytes, or packed numbers. */
export function part(what: string, field: Field): Part {
  if (field.wire !== 2 || typeof field.value === "number") throw wrong(what, "bytes with a length", field);
  return field.value;
}

/** A string. */
export function text(what: string, field: Field): string {
  const { bytes, offset } = part(what, field);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw formatError(`${what}: expected UTF-8, got other bytes`, offset, cause);
  }
}

/**
 * Integers, packed or one to a field: appended to `list`, which may become `most` long. Those beyond 2⁵³ are rounded: no
 * size or index is as large, exporters write them for "to the end".
 */
export function integers(what: string, field: Field, list: number[], most: number): void {
  const add = (value: number, offset: number): void => {
    if (list.length >= most)
      throw formatError(`${what}: expected at most ${most} integers, got more`, offset);
    list.push(value);
  };
  if (typeof field.value === "number") {
    add(field.value, field.offset);
    return;
  }
  const { bytes, offset } = part(what, field);
  const reader = new PbfReader(bytes);
  while (reader.pos < bytes.length) {
    const start = offset + reader.pos;
    add(varint(reader, start, true), start);
  }
}

/** The bytes of floats, packed or one to a field: a multiple of 4. */
export function floatBytes(what: string, field: Field): Part {
  if (typeof field.value === "number" || field.wire === 1) throw wrong(what, "floats", field);
  const { bytes, offset } = field.value;
  if (bytes.length % 4 !== 0)
    throw formatError(`${what}: expected a multiple of 4 bytes, got ${bytes.length}`, offset);
  return field.value;
}

/** Floats from little-endian bytes, copied bit for bit. */
export const floats = (bytes: Bytes): Float32Array<ArrayBuffer> => new Float32Array(bytes.slice().buffer);
