import { count } from "../checks.js";
import { formatError, shapeError, show } from "../errors.js";
import type { Floats } from "../types.js";
import { checkArray } from "./arrays.js";
import { readJson } from "./json.js";

/**
 * Brings columns of numbers to mean 0 and standard deviation 1, and back: (x − mean) ÷ scale for each column. A column
 * that is constant has scale 1. It travels in a model's metadata as the JSON of {@link toJSON}, to the last bit.
 */
export class Scaler {
  /** Columns in a row. */
  readonly columns: number;
  /** Of each column. */
  readonly mean: readonly number[];
  /** Standard deviation (of the rows themselves, Σ(x − mean)² ÷ n) of each column; 1 where it would be 0. */
  readonly scale: readonly number[];

  private constructor(mean: readonly number[], scale: readonly number[]) {
    this.columns = mean.length;
    this.mean = Object.freeze([...mean]);
    this.scale = Object.freeze([...scale]);
  }

  /**
   * Measures rows, in f64. Throws "option" for a number of columns that is none, "shape" for values that do not fill
   * rows, that are not finite, or for no row at all.
   */
  static fit(rows: Float32Array, columns: number): Scaler {
    count("columns", columns);
    checkRows(rows, columns);
    const n = rows.length / columns;
    if (n === 0) throw shapeError("rows", "at least one row", "none");
    const wrong = rows.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw shapeError(`rows[${wrong}]`, "a finite number", rows[wrong]);
    const of = (column: number, f: (value: number) => number) => {
      let sum = 0;
      for (let at = column; at < rows.length; at += columns) sum += f(rows[at] as number);
      return sum / n;
    };
    const all = Array.from({ length: columns }, (_, column) => {
      const first = rows[column] as number;
      // Differences from one value of the column: exactly 0 where it is constant, and small where it varies little.
      const shift = of(column, (value) => value - first);
      const variance = of(column, (value) => (value - first - shift) * (value - first - shift));
      return [first + shift, Math.sqrt(variance) || 1] as const;
    });
    return new Scaler(
      all.map(([mean]) => mean),
      all.map(([, scale]) => scale),
    );
  }

  /** What {@link toJSON} wrote. Anything else is refused with code "format". */
  static fromJSON(json: string): Scaler {
    const { mean, scale } = readJson("scaler", json);
    const isList = (list: unknown): list is number[] => Array.isArray(list) && list.every(Number.isFinite);
    const fits =
      isList(mean) &&
      isList(scale) &&
      mean.length > 0 &&
      mean.length === scale.length &&
      scale.every((size) => size > 0);
    if (!fits) throw formatError(`scaler: expected what toJSON wrote, got ${show(json)}`, 0);
    return new Scaler(mean, scale);
  }

  /** (x − mean) ÷ scale, in new rows, rounded to f32 once. */
  apply(rows: Float32Array): Floats {
    return this.#map(rows, (value, mean, scale) => (value - mean) / scale);
  }

  /** x · scale + mean, in new rows: undoes {@link apply} but for rounding. */
  invert(rows: Float32Array): Floats {
    return this.#map(rows, (value, mean, scale) => value * scale + mean);
  }

  /** A JSON document, `{"mean":[…],"scale":[…]}`: what goes into metadata and files. */
  toJSON(): string {
    return JSON.stringify({ mean: this.mean, scale: this.scale });
  }

  #map(rows: Float32Array, f: (value: number, mean: number, scale: number) => number): Floats {
    const { columns, mean, scale } = this;
    checkRows(rows, columns);
    return Float32Array.from(rows, (value, at) =>
      f(value, mean[at % columns] as number, scale[at % columns] as number),
    );
  }
}

/** Whole rows of values. */
function checkRows(rows: unknown, columns: number): void {
  const { length } = Object(rows) as { length?: number };
  checkArray("Float32Array", "rows", rows, length ?? 0, `a Float32Array of rows of ${columns}`);
  if ((length as number) % columns !== 0) throw shapeError("rows", `rows of ${columns} values`, length);
}
