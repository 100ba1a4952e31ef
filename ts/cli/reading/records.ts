/** JSONL: one sequence per line, `{"x": [[…], …], "y": …}` or a bare list of numbers. */
import { RecurraError } from "../../index.js";
import { grouped, plural } from "../format.js";
import type { Label } from "./series.js";
import type { Source } from "./source.js";

/** One line, checked. */
export interface RecordLine {
  readonly line: number;
  readonly id: string | undefined;
  readonly steps: number;
  /** steps × width. */
  readonly x: Float32Array<ArrayBuffer>;
  /** One label; one per step; or steps × `Records.yWidth` numbers. */
  readonly y: Label | readonly Label[] | Float32Array<ArrayBuffer> | undefined;
}

export interface Records {
  readonly name: string;
  readonly lines: readonly RecordLine[];
  /** Numbers in each row of x. */
  readonly width: number;
  /** What x and y are called in the file; y undefined where there is none. */
  readonly xKey: string;
  readonly yKey: string | undefined;
  /** "label": one per sequence; "labels": one per step; "numbers": rows of numbers that are no classes. */
  readonly yKind: "none" | "label" | "labels" | "numbers";
  readonly yWidth: number;
  /** Other keys that hold one value per line, as y might have been. */
  readonly otherKeys: readonly string[];
}

export interface RecordKeys {
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly id?: string | undefined;
  /** Whether y is read at all; a file to predict may have none, or another. */
  readonly ignoreY?: boolean;
  /** Whether y may end before x: what follows is the future, of which x alone is known. */
  readonly shortY?: boolean;
}

const yKeys = ["y", "label", "class", "target", "labels", "targets"];

const wrong = (message: string): RecurraError => new RecurraError({ code: "format", message });
const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};

export function readRecords({ name, text }: Source, keys: RecordKeys = {}): Records {
  const lines: RecordLine[] = [];
  let shape: Shape | undefined;
  let number = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const content = text.slice(from, end < 0 ? text.length : end).trim();
    from = end < 0 ? text.length : end + 1;
    number += 1;
    if (content === "") continue;
    const where = `${name}, line ${grouped(number)}`;
    const value = parseLine(content, where, text);
    shape ??= shapeOf(value, where, keys);
    lines.push(readLine(value, number, where, shape));
  }
  if (shape === undefined) throw wrong(`${name} is empty`);
  const { xKey, yKey, yKind, width, yWidth, otherKeys } = shape;
  return { name, lines, width, xKey, yKey, yKind, yWidth, otherKeys };
}

/** Whether a text is one JSON document, of an object or an array. */
export function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseLine(content: string, where: string, text: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const number = /\b(NaN|Infinity)\b/.test(content) ? ": NaN and Infinity are no numbers in JSON" : "";
    const hint = isJson(text) ? ": the file is one JSON document; write one sequence on each line" : number;
    throw new RecurraError({
      code: "format",
      message: `${where}: expected JSON, got ${content.slice(0, 30)}…${hint}`,
      cause,
    });
  }
}

/** What the first line says about all of them. */
interface Shape {
  readonly bare: boolean;
  readonly xKey: string;
  readonly yKey: string | undefined;
  readonly idKey: string;
  readonly yKind: Records["yKind"];
  readonly width: number;
  readonly yWidth: number;
  readonly otherKeys: readonly string[];
  readonly firstLine: string;
  readonly shortY: boolean;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);

function shapeOf(value: unknown, where: string, keys: RecordKeys): Shape {
  const form = '{"x": [[1, 2], [3, 4]], "y": "label"}';
  const common = { firstLine: where, idKey: keys.id ?? "id", shortY: keys.shortY === true };
  if (Array.isArray(value)) {
    const width = widthOf(value, where, "the line");
    return {
      ...common,
      bare: true,
      xKey: "x",
      yKey: undefined,
      yKind: "none",
      width,
      yWidth: 0,
      otherKeys: [],
    };
  }
  if (!isObject(value)) throw wrong(`${where}: expected a sequence like ${form}, got ${show(value)}`);
  const xKey = keys.x ?? "x";
  const x = value[xKey];
  if (x === undefined) {
    const got = Object.keys(value).slice(0, 8).join(", ");
    const lists = Object.keys(value).filter((key) => Array.isArray(value[key]));
    const hint =
      lists[0] !== undefined && keys.x === undefined ? `; --inputs ${lists[0]} takes that one` : "";
    throw wrong(
      `${where}: expected a sequence like ${form}, got an object without ${JSON.stringify(xKey)} (${got})${hint}`,
    );
  }
  const width = widthOf(x, where, xKey);
  const others = Object.keys(value).filter(
    (key) => key !== xKey && key !== common.idKey && isScalar(value[key]),
  );
  if (keys.ignoreY)
    return {
      ...common,
      bare: false,
      xKey,
      yKey: undefined,
      yKind: "none",
      width,
      yWidth: 0,
      otherKeys: others,
    };
  const yKey = keys.y ?? yKeys.find((key) => value[key] !== undefined);
  const y = yKey === undefined ? undefined : value[yKey];
  if (yKey !== undefined && y === undefined) {
    throw wrong(
      `${where}: expected the key ${JSON.stringify(yKey)}, got ${Object.keys(value).slice(0, 8).join(", ")}`,
    );
  }
  const otherKeys = others.filter((key) => key !== yKey);
  const yKind = kindOfY(y);
  const yWidth = yKind === "numbers" ? widthOf(y, where, yKey ?? "y") : 0;
  return { ...common, bare: false, xKey, yKey, yKind, width, yWidth, otherKeys };
}

function kindOfY(y: unknown): Records["yKind"] {
  if (y === undefined) return "none";
  if (!Array.isArray(y)) return "label";
  const fractions = y.some(
    (value) => Array.isArray(value) || (typeof value === "number" && !Number.isInteger(value)),
  );
  return fractions ? "numbers" : "labels";
}

/** Numbers in a row; 1 for a list of plain numbers. */
function widthOf(x: unknown, where: string, key: string): number {
  if (!Array.isArray(x)) throw wrong(`${where}: expected a list of numbers in ${key}, got ${show(x)}`);
  const [first] = x;
  if (!Array.isArray(first)) return 1;
  if (first.length === 0) throw wrong(`${where}: expected numbers in each step of ${key}, got an empty list`);
  return first.length;
}

function readLine(value: unknown, line: number, where: string, shape: Shape): RecordLine {
  const { bare, xKey, yKey, idKey, yKind, width, yWidth } = shape;
  const record = bare ? { x: value } : value;
  if (!isObject(record)) throw wrong(`${where}: expected an object as on the first line, got ${show(value)}`);
  const given = record[bare ? "x" : xKey];
  const x = numbers(given, width, where, bare ? "the line" : xKey, shape.firstLine);
  const id = record[idKey];
  const base = { line, id: isScalar(id) ? String(id) : undefined, steps: x.length / width, x };
  if (yKey === undefined) return { ...base, y: undefined };
  const y = record[yKey];
  if (yKind === "label") {
    if (!isScalar(y)) {
      const got = y === undefined ? "none" : show(y);
      throw wrong(`${where}: expected one label in ${yKey} as on the first line, got ${got}`);
    }
    return { ...base, y: y as Label };
  }
  if (!Array.isArray(y))
    throw wrong(`${where}: expected a list in ${yKey} as on the first line, got ${show(y)}`);
  if (shape.shortY && yKind === "numbers" ? y.length > base.steps : y.length !== base.steps) {
    const expected = `one element of ${yKey} for each of the ${plural(base.steps, "step")} of ${xKey}`;
    throw wrong(`${where}: expected ${expected}, got ${grouped(y.length)}`);
  }
  if (yKind === "numbers") return { ...base, y: numbers(y, yWidth, where, yKey, shape.firstLine) };
  const bad = y.findIndex((tag) => !isScalar(tag));
  if (bad >= 0) throw wrong(`${where}: expected a label in ${yKey} at step ${bad + 1}, got ${show(y[bad])}`);
  return { ...base, y: y as Label[] };
}

/** The rows of a list, one after the other; every one has to have the width of the first line's. */
function numbers(
  list: unknown,
  width: number,
  where: string,
  key: string,
  firstLine: string,
): Float32Array<ArrayBuffer> {
  if (!Array.isArray(list)) throw wrong(`${where}: expected a list of numbers in ${key}, got ${show(list)}`);
  const values = new Float32Array(list.length * width);
  list.forEach((row: unknown, step) => {
    const cells: readonly unknown[] = Array.isArray(row) ? row : [row];
    if (cells.length !== width) {
      const expected = `${plural(width, "number")} at every step as on ${firstLine.replace(/^.*, /, "")}`;
      throw wrong(`${where}: expected ${expected}, got ${cells.length} at step ${step + 1} of ${key}`);
    }
    cells.forEach((cell, i) => {
      if (typeof cell !== "number" || Math.abs(cell) > 3.4e38) {
        const place = width > 1 ? `step ${step + 1}, number ${i + 1}` : `step ${step + 1}`;
        throw wrong(`${where}: expected a number in ${key} (${place}), got ${show(cell)}`);
      }
      values[step * width + i] = cell;
    });
  });
  return values;
}
