/** Arrays of numpy, as `numpy.save` writes them: the documentation of `numpy.lib.format`. */
import { RecurraError } from "../../index.js";

/** Numbers in the order of the last axis first, and how many there are along each axis. */
export interface NumpyArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** The types that are read, all little-endian. Above 2⁵³ i8 is rounded. */
const types = new Map<string, (bytes: ArrayBuffer) => Float64Array>([
  ["<f4", (bytes) => new Float64Array(new Float32Array(bytes))],
  ["<f8", (bytes) => new Float64Array(bytes)],
  ["<i4", (bytes) => new Float64Array(new Int32Array(bytes))],
  ["<i8", (bytes) => Float64Array.from(new BigInt64Array(bytes), Number)],
]);

/** The Python dict that a header is. */
const dictionary =
  /^\{'descr': (?:'([^']*)'|\[.*\]), 'fortran_order': (True|False), 'shape': \((\d+,|\d+(?:, \d+)+|)\),? *\} *\n?$/;

/** Throws "format" with a byte offset, "unsupported" for arrays of other types or orders. */
export function parseNpy(name: string, bytes: Uint8Array<ArrayBuffer>): NumpyArray {
  const wrong = (expected: string, got: string, offset: number): RecurraError =>
    new RecurraError({
      code: "format",
      message: `${name}: expected ${expected}, got ${got} (at byte ${offset})`,
      offset,
    });
  const other = (expected: string, got: string): RecurraError =>
    new RecurraError({ code: "unsupported", message: `${name}: expected ${expected}, got ${got}` });

  const magic = "\x93NUMPY";
  if (String.fromCharCode(...bytes.subarray(0, 6)) !== magic)
    throw wrong("an array of numpy.save", "another file", 0);
  const [version = 0] = bytes.subarray(6, 7);
  if (version < 1 || version > 3) throw wrong("version 1, 2 or 3", String(version), 6);
  const head = version === 1 ? 10 : 12;
  if (bytes.length < head) throw wrong("a header", "the end of the file", bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = head + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length)
    throw wrong(`a header of ${start - head} bytes`, "the end of the file", bytes.length);
  // An array of numbers says so in some hundred bytes.
  if (start - head > 65_535) throw wrong("a header below 65,536 bytes", String(start - head), 8);
  const text = new TextDecoder("latin1").decode(bytes.subarray(head, start));
  const [all, type = "several types", fortran, sizes = ""] = dictionary.exec(text) ?? [];
  if (all === undefined)
    throw wrong("{'descr': …, 'fortran_order': …, 'shape': …}", JSON.stringify(text.slice(0, 40)), head);
  const convert = types.get(type);
  if (convert === undefined) {
    const remedy = 'save it anew in Python: numpy.save("data.npy", array.astype("float32"))';
    throw other("float32, float64, int32 or int64", `${type}; ${remedy}`);
  }
  if (fortran === "True")
    throw other("rows one after the other", "columns (fortran_order); numpy.ascontiguousarray turns it");
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const bytesExpected = shape.reduce((product, size) => product * size, Number(type[2]));
  const bytesGot = bytes.length - start;
  if (bytesGot !== bytesExpected)
    throw wrong(
      `${bytesExpected} bytes for shape (${shape.slice(0, 8).join(", ")}) of ${type}`,
      String(bytesGot),
      start,
    );
  return { shape, values: convert(bytes.slice(start).buffer) };
}
