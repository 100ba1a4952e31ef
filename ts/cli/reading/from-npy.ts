/**
 * Sequences out of arrays of numpy: one axis is a series, two are the rows and columns of a table without names, three
 * are sequences × steps × numbers.
 */
import { extname } from "node:path";
import { RecurraError } from "../../index.js";
import { readFile } from "../../io/files.js";
import { type NumpyArray, parseNpy } from "./npy.js";
import type { Records } from "./records.js";
import { checkSize } from "./source.js";
import type { Column, Table } from "./table.js";

export const isNpy = (path: string): boolean => extname(path).toLowerCase() === ".npy";

/** The array of a file, as a table or as records: whatever has as many axes. */
export function readNpy(path: string): { table: Table } | { records: Records } {
  checkSize(path);
  const array = parseNpy(path, readFile(path));
  const { shape } = array;
  if (shape.length < 1 || shape.length > 3) {
    const message = `${path}: expected 1, 2 or 3 axes, got ${shape.length}`;
    throw new RecurraError({ code: "unsupported", message });
  }
  if (shape.includes(0)) throw new RecurraError({ code: "format", message: `${path} is empty` });
  return shape.length === 3 ? { records: asRecords(path, array) } : { table: asTable(path, array) };
}

/** A table without names. NaN is a cell that is missing. */
function asTable(name: string, { shape, values }: NumpyArray): Table {
  const [rows = 0, width = 1] = shape;
  const columns = Array.from({ length: width }, (_, i): Column => {
    const numbers = Float64Array.from({ length: rows }, (_, row) => values[row * width + i] ?? Number.NaN);
    const texts = new Map<number, string>();
    numbers.forEach((value, row) => {
      if (Number.isFinite(value)) return;
      texts.set(row, String(value));
      numbers[row] = Number.NaN;
    });
    return {
      name: width === 1 ? "value" : String(i + 1),
      position: i + 1,
      kind: texts.size < rows ? "number" : "empty",
      numbers,
      texts,
    };
  });
  return {
    name,
    columns,
    rows,
    header: false,
    lines: Int32Array.from({ length: rows }, (_, row) => row + 1),
    blankLines: [],
  };
}

/** Sequences of equally many steps, without labels. Throws "format" for numbers that float32 has not. */
function asRecords(name: string, { shape, values }: NumpyArray): Records {
  const [count = 0, steps = 0, width = 0] = shape;
  const bad = values.findIndex((value) => !(Math.abs(value) <= 3.4e38));
  if (bad >= 0) {
    const place = [Math.floor(bad / (steps * width)), Math.floor(bad / width) % steps, bad % width];
    const message = `${name}: expected a number at [${place.join(", ")}], got ${values[bad]}`;
    throw new RecurraError({ code: "format", message });
  }
  const lines = Array.from({ length: count }, (_, i) => ({
    ...{ line: i + 1, id: undefined, steps, y: undefined },
    x: new Float32Array(values.subarray(i * steps * width, (i + 1) * steps * width)),
  }));
  return { name, lines, width, xKey: "x", yKey: undefined, yKind: "none", yWidth: 0, otherKeys: [] };
}
