import { arrayKind, copyBytes, sizeOf } from "../checks.js";
import { formatError, optionError, shapeError, show, unsupported } from "../errors.js";
import { checkMetadata } from "../options.js";
import type { Bytes, BytesLike, Floats, StateDict, Tensor } from "../types.js";
import { otherFormat } from "./other-formats.js";
import { HEADER, parseHeader, type TensorInfo } from "./safetensors-header.js";

/** A longer header is refused: 16 MB describe some 200,000 tensors, and take most of a second to read. */
export const MAX_HEADER = 16_000_000;

/** The types of the format. */
const types = /^(BOOL|U8|I8|F8_E(5M2|4M3|8M0)|F4|F6_E(2M3|3M2)|[IUF](16|32|64)|BF16|C64)$/;

/** How each type that can become f32 does so. F64 is rounded to the nearest; the others are exact. */
const toFloats: Readonly<Record<string, (bytes: Bytes) => Floats>> = {
  F32: (bytes) => new Float32Array(bytes.buffer),
  F64: (bytes) => new Float32Array(new Float64Array(bytes.buffer)),
  F16: (bytes) => new Float32Array(new Uint16Array(bytes.buffer)).map(fromHalf),
  BF16: (bytes) =>
    new Float32Array(new Uint32Array(new Uint16Array(bytes.buffer)).map((half) => half << 16).buffer),
};

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

/**
 * Reads a safetensors file: named tensors in row-major order, converted to f32, in the order of their bytes.
 *
 * Strict: the tensors must fill the file without hole or overlap, no name may occur twice, and nothing is allocated
 * beside a copy of the file and its numbers as f32 (F16 and BF16 become twice as long). NaNs keep their bits in F32.
 * Throws "format" with a byte offset, or "unsupported" for a tensor of a type that is no floating-point number.
 */
export function readSafetensors(file: BytesLike): {
  /** By name, in the order of their bytes. */
  tensors: Map<string, Tensor>;
  /** What the file says under `__metadata__`; empty if nothing. */
  metadata: Record<string, string>;
} {
  const { tensors, metadata } = readPlaced(file);
  return { tensors, metadata };
}

/** What {@link readSafetensors} reads, and the byte of the file at which a tensor's entry begins, for messages. */
export function readPlaced(file: BytesLike): {
  tensors: Map<string, Tensor>;
  metadata: Record<string, string>;
  placeOf: (name: string) => number;
} {
  const bytes = copyBytes("file", file);
  const size = bytes.length;
  if (size < 8) throw formatError(`file: expected a header length of 8 bytes, got ${size} bytes`, size);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  if (length > MAX_HEADER) {
    const other = bytes[HEADER] !== 0x7b && `file: expected safetensors, got ${otherFormat(bytes)}`;
    throw formatError(other || `header: expected at most ${MAX_HEADER} bytes, got ${length}`, 0);
  }
  const start = 8 + length;
  if (start > size)
    throw formatError(`header: expected ${length} bytes, got the end of the file after ${size - 8}`, size);
  const { infos, metadata } = parseHeader(bytes.subarray(0, start), HEADER);
  const entries = [...infos].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  // Every tensor as long as its shape says, one after the other, up to the end of the file.
  let at = 0;
  for (const [name, info] of entries) {
    checkInfo(name, info, at);
    at = info.end;
  }
  at += start;
  if (at !== size) {
    const got = at > size ? "the end of the file before it" : `${size - at} more`;
    throw formatError(`file: expected to end at byte ${at}, got ${got}`, Math.min(at, size));
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const convert = toFloats[dtype];
    if (!convert) throw unsupported(`tensor ${show(name)}: expected F32, F64, F16 or BF16, got ${dtype}`);
    tensors.set(name, { shape, data: convert(bytes.slice(start + begin, start + end)) });
  }
  return { tensors, metadata, placeOf: (name) => infos.get(name)?.offset ?? HEADER };
}

/** A known type, and bytes from `at` on, as many as the shape says. */
function checkInfo(name: string, { dtype, shape, begin, end, offset }: TensorInfo, at: number): void {
  const check = (fits: boolean, expected: string, got: unknown) => {
    if (!fits) throw formatError(`tensor ${show(name)}: expected ${expected}, got ${got}`, offset);
  };
  check(types.test(dtype), "a type of the format", show(dtype));
  const bits = Number(/\d+/.exec(dtype) ?? 8);
  // A zero anywhere makes the product 0, whatever the rest: multiply it first, so that nothing overflows before it.
  const bytes = sizeOf([bits / 8, ...shape].sort((a, b) => a - b));
  const whole = Number.isSafeInteger(8 * bytes) && bytes % 1 === 0;
  check(whole, "a shape of whole bytes below 2⁵³", `[${brief(shape)}] of ${dtype}`);
  check(begin === at, `data_offsets from ${at}`, begin);
  check(end - begin === bytes, `${bytes} bytes for its shape`, end - begin);
}

/** The sizes of a shape, of which a hostile file may have a million. */
const brief = (shape: readonly number[]) => shape.slice(0, 8).join(", ") + (shape.length > 8 ? ", …" : "");

/**
 * Writes a safetensors file of F32 tensors. The same tensors in the same order, with the same metadata in any order,
 * give the same bytes. Throws "shape" for a tensor whose data does not fit its shape, "option" for metadata that is
 * not strings.
 */
export function writeSafetensors(tensors: StateDict, metadata?: Readonly<Record<string, string>>): Bytes {
  const own = Object.entries(checkMetadata("metadata", metadata ?? {})).sort(([a], [b]) => (a < b ? -1 : 1));
  if (!(typeof tensors === "object" && Symbol.iterator in tensors))
    throw shapeError("tensors", "a Map", show(tensors));
  const texts = own.flat();
  const header = own.length ? [`"__metadata__":${JSON.stringify(Object.fromEntries(own))}`] : [];
  const all: Floats[] = [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    if (name === "__metadata__") throw optionError("name of a tensor", "another name", name);
    const data = checkTensor(`tensor ${show(name)}`, tensor);
    const begin = end;
    end += data.byteLength;
    const entry = { dtype: "F32", shape: tensor.shape, data_offsets: [begin, end] };
    header.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    texts.push(name);
    all.push(data);
  }
  for (const text of texts)
    if (/\p{Surrogate}/u.test(text)) throw optionError("names and metadata", "well-formed text", text);
  const encoded = new TextEncoder().encode(`{${header.join()}}`);
  const length = Math.ceil(encoded.length / 8) * 8;
  if (length > MAX_HEADER)
    throw optionError("metadata and names", `at most ${MAX_HEADER} bytes`, encoded.length);
  let at = 8 + length;
  const file = new Uint8Array(at + end).fill(0x20, 8, at);
  new DataView(file.buffer).setUint32(0, length, true);
  file.set(encoded, 8);
  for (const { buffer, byteOffset, byteLength } of all) {
    file.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return file;
}

/** The data of a tensor: a Float32Array that fits its shape. Throws "shape". */
export function checkTensor(what: string, tensor: Tensor): Floats {
  const { shape, data } = (tensor ?? {}) as Partial<Tensor>;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw shapeError(what, "a shape of integers", show(shape));
  }
  const length = sizeOf(shape);
  if (arrayKind(data) !== "Float32Array" || (data as Floats).length !== length) {
    throw shapeError(what, `a Float32Array of length ${length} for shape [${shape.join(", ")}]`, show(data));
  }
  return data as Floats;
}
