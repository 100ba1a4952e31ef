import { describe, expect, test } from "vitest";
import { Scaler } from "../../ts/index.js";
import { bits, codeOf, generator } from "../random.js";

const seed = 20261122;
const random = generator(seed);

test("brings columns to mean 0 and deviation 1, and back", () => {
  const columns = 3;
  const [sizes, centres] = [Float64Array.of(1, 1000, 1e-3), Float64Array.of(0, 5, -7)];
  const of = (list: Float64Array, at: number) => list[at % columns] as number;
  const rows = random.floats(500 * columns).map((value, at) => value * of(sizes, at) + of(centres, at));
  const scaler = Scaler.fit(rows, columns);
  const scaled = scaler.apply(rows);
  for (let column = 0; column < columns; column++) {
    const own = scaled.filter((_, at) => at % columns === column);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length;
    // Each scaled value is rounded to f32 once: at most 2⁻²⁴ of its size, and none is above 2.
    expect(Math.abs(mean)).toBeLessThan(2 ** -22);
    expect(Math.abs(variance - 1)).toBeLessThan(2 ** -20);
  }
  const back = scaler.invert(scaled);
  rows.forEach((value, at) => {
    // Rounding of the scaled value times the scale, and of the result.
    const bound = 2 ** -23 * (Math.abs(value) + 2 * (scaler.scale[at % columns] as number));
    expect(Math.abs((back[at] as number) - value)).toBeLessThanOrEqual(bound);
  });
});

test("knows a small example by heart", () => {
  const scaler = Scaler.fit(Float32Array.of(1, 10, 3, 10, 5, 10), 2);
  expect(scaler.columns).toBe(2);
  expect(scaler.mean).toEqual([3, 10]);
  expect(scaler.scale).toEqual([Math.sqrt(8 / 3), 1]);
  expect([...scaler.apply(Float32Array.of(3, 12))]).toEqual([0, 2]);
  expect([...scaler.invert(Float32Array.of(0, 2))]).toEqual([3, 12]);
  expect(scaler.apply(new Float32Array(0))).toHaveLength(0);
});

test("a constant column has scale 1 whatever its value, and comes back in bits", () => {
  for (const value of [0.1, -0.3, 1e30, 1 / 3, 0]) {
    const rows = new Float32Array(7).fill(value);
    const scaler = Scaler.fit(rows, 1);
    expect(scaler.scale).toEqual([1]);
    expect([...scaler.apply(rows)]).toEqual(new Array(7).fill(0));
    expect(bits(scaler.invert(scaler.apply(rows)))).toEqual(bits(rows));
  }
});

test("nearly the whole range of f32 is measured without overflow", () => {
  const scaler = Scaler.fit(Float32Array.of(-3e38, 3e38), 1);
  expect([...scaler.apply(Float32Array.of(-3e38, 3e38))]).toEqual([-1, 1]);
});

test("JSON keeps every bit, and tells itself from anything else", async () => {
  const scaler = Scaler.fit(random.floats(30), 5);
  const again = Scaler.fromJSON(scaler.toJSON());
  expect([again.mean, again.scale]).toEqual([scaler.mean, scaler.scale]);
  expect(again.toJSON()).toBe(scaler.toJSON());
  const rows = random.floats(10);
  expect(bits(again.apply(rows))).toEqual(bits(scaler.apply(rows)));
  const wrong = [
    "",
    "null",
    "[]",
    "{}",
    '{"mean":[],"scale":[]}',
    '{"mean":[1],"scale":[1,2]}',
    '{"mean":[1],"scale":[0]}',
    '{"mean":[1],"scale":[-1]}',
    '{"mean":["1"],"scale":[1]}',
    '{"mean":[1e999],"scale":[1]}',
    '{"mean":[null],"scale":[1]}',
    '{"mean":1,"scale":1}',
  ];
  for (const json of wrong) expect(await codeOf(() => Scaler.fromJSON(json)), json).toBe("format");
  expect(await codeOf(() => Scaler.fromJSON(1 as never))).toBe("option");
});

describe("refuses", () => {
  const scaler = Scaler.fit(Float32Array.of(1, 2, 3, 4), 2);
  const cases: [string, () => unknown, string, RegExp][] = [
    ["no columns", () => Scaler.fit(Float32Array.of(1), 0), "option", /^columns: expected an integer/],
    ["half a column", () => Scaler.fit(Float32Array.of(1), 0.5), "option", /^columns/],
    [
      "values that fill no rows",
      () => Scaler.fit(new Float32Array(5), 2),
      "shape",
      /^rows: .*rows of 2 values, got 5/,
    ],
    ["no row", () => Scaler.fit(new Float32Array(0), 2), "shape", /^rows: expected at least one row/],
    ["doubles", () => Scaler.fit(new Float64Array(2) as never, 2), "shape", /^rows: .*Float64Array/],
    ["a list", () => Scaler.fit([1, 2] as never, 2), "shape", /^rows: .*an array of 2/],
    [
      "NaN",
      () => Scaler.fit(Float32Array.of(1, Number.NaN), 2),
      "shape",
      /^rows\[1\]: expected a finite number, got NaN/,
    ],
    ["infinity", () => Scaler.fit(Float32Array.of(1 / 0, 1), 1), "shape", /^rows\[0\]/],
    ["rows of other width", () => scaler.apply(new Float32Array(3)), "shape", /^rows/],
    ["nothing", () => scaler.invert(undefined as never), "shape", /^rows: .*undefined/],
  ];
  test.each(cases)("%s", async (_, run, code, message) => {
    expect(await codeOf(run)).toBe(code);
    expect(run).toThrow(message);
  });
});
