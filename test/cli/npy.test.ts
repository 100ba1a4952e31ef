/** Arrays of numpy as data. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parseNpy } from "../../ts/cli/reading/npy.js";
import { readForModel, readForTraining } from "../../ts/cli/reading/read.js";
import { trainCommand } from "../../ts/cli/train.js";
import { RecurraError } from "../../ts/index.js";
import { workFolder } from "./program.js";

const folder = workFolder();
afterAll(() => folder.remove());

const wishes = { file: "a.npy", command: trainCommand };

/** A file of version 1 with any header. */
function fileOf(header: string, data: ArrayBufferView = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const text = `${header.padEnd(117)}\n`;
  const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const start = [0x93, ...[..."NUMPY"].map((letter) => letter.charCodeAt(0)), 1, 0];
  return Uint8Array.of(
    ...start,
    ...[text.length & 255, text.length >> 8],
    ...new TextEncoder().encode(text),
    ...content,
  );
}
const header = (type: string, shape: string, fortran = "False") =>
  `{'descr': '${type}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
const save = (shape: string, data: Float64Array) => folder.file("a.npy", fileOf(header("<f8", shape), data));

function refusal(run: () => unknown): RecurraError {
  try {
    run();
  } catch (error) {
    if (error instanceof RecurraError) return error;
    throw error;
  }
  throw new Error("expected it to be refused");
}

describe("an array", () => {
  it("is what numpy saved", () => {
    // numpy.save(file, numpy.array([[1.5, -2], [3, 4], [5, 6.25]], dtype="float32"))
    const text =
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAQEAAAIBAAACgQAAAyEA=";
    const bytes = new Uint8Array(Buffer.from(text, "base64"));
    const { shape, values } = parseNpy("a.npy", bytes);
    expect(shape).toEqual([3, 2]);
    expect([...values]).toEqual([1.5, -2, 3, 4, 5, 6.25]);
    for (let length = 0; length < bytes.length; length++) {
      const error = refusal(() => parseNpy("a.npy", bytes.slice(0, length)));
      expect(error.code).toBe("format");
      expect(error.offset).toBeLessThanOrEqual(length);
    }
  });

  it.each([
    ["<f4", Float32Array.of(1.5, -3)],
    ["<f8", Float64Array.of(1.5, -3)],
    ["<i4", Int32Array.of(7, -3)],
    ["<i8", BigInt64Array.of(7n, -3n)],
  ])("of %s has its numbers", (type, data) => {
    expect([...parseNpy("a.npy", fileOf(header(type, "(2,)"), data)).values]).toEqual([...data].map(Number));
  });

  it.each<[string, Uint8Array<ArrayBuffer>, string, RegExp]>([
    ["strings", fileOf(header("<U1", "(2,)")), "unsupported", /got <U1; save it anew in Python: numpy\.save/],
    ["big-endian numbers", fileOf(header(">f4", "(2,)")), "unsupported", /got >f4/],
    ["objects", fileOf(header("|O", "(2,)")), "unsupported", /expected float32, .* got \|O/],
    ["a type called constructor", fileOf(header("constructor", "(2,)")), "unsupported", /got constructor/],
    [
      "records",
      fileOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }"),
      "unsupported",
      /got several types/,
    ],
    ["columns", fileOf(header("<f8", "(2, 2)", "True"), new Float64Array(4)), "unsupported", /fortran_order/],
    [
      "too few numbers",
      fileOf(header("<f8", "(3,)"), new Float64Array(2)),
      "format",
      /expected 24 bytes .* got 16/,
    ],
    [
      "a shape beyond all memory",
      fileOf(header("<f8", "(99999999999, 99999999999)")),
      "format",
      /bytes for shape/,
    ],
    ["another dict", fileOf("{'descr': '<f8'}"), "format", /got "\{'descr': '<f8'\} .*at byte 10/],
    ["a call", fileOf(`{'descr': '<f8', 'fortran_order': exit(), 'shape': (1,), }`), "format", /at byte 10/],
    [
      "another version",
      fileOf("").map((byte, i) => (i === 6 ? 9 : byte)),
      "format",
      /version 1, 2 or 3, got 9/,
    ],
    ["a text", new TextEncoder().encode("1,2,3"), "format", /got another file \(at byte 0\)/],
  ])("%s is refused", (_, bytes, code, message) => {
    expect(refusal(() => parseNpy("a.npy", bytes))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("with any byte changed is read or refused", () => {
    const bytes = fileOf(header("<f4", "(2, 3)"), Float32Array.of(1, 2, 3, 4, 5, 6));
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    let refused = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        try {
          const { shape, values } = parseNpy("a.npy", damaged);
          expect(shape.reduce((a, b) => a * b, 1)).toBe(values.length);
        } catch (error) {
          if (!(error instanceof RecurraError)) throw error;
          if (error.code === "format") expect(error.offset).toBeLessThanOrEqual(damaged.length);
          refused++;
        }
      }),
      { seed: 20261123, numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });
});

describe("as data", () => {
  it("one axis is a series", () => {
    const path = save("(5,)", Float64Array.of(3, 1, 4, 1, 5));
    const set = readForTraining(path, wishes);
    if (set === "text") throw new Error("expected sequences");
    expect(set.reading).toMatchObject({ task: "forecast", targets: ["value"], inputs: [] });
    expect(set.series.map(({ values }) => [...(values ?? [])])).toEqual([[3, 1, 4, 1, 5]]);
  });

  it("two axes are a table without names, of which columns are chosen by number", () => {
    const path = save("(4, 2)", Float64Array.of(1, 5, 9, 6, 3, 7, 8, 8));
    expect(() => readForTraining(path, wishes)).toThrow(
      /has 2 columns and no line of names; say which is meant/,
    );
    const set = readForTraining(path, { ...wishes, task: "forecast", targets: ["2"], inputs: ["1"] });
    if (set === "text") throw new Error("expected sequences");
    expect(set.series.map(({ inputs, values }) => [[...inputs], [...(values ?? [])]])).toEqual([
      [
        [1, 9, 3, 8],
        [5, 6, 7, 8],
      ],
    ]);
  });

  it("three axes are sequences, to learn from and to predict", () => {
    const path = save(
      "(2, 3, 2)",
      Float64Array.from({ length: 12 }, (_, i) => i),
    );
    const set = readForTraining(path, wishes);
    if (set === "text") throw new Error("expected sequences");
    expect(set.reading).toMatchObject({ task: "forecast", targets: ["x1", "x2"] });
    expect(set.series.map(({ steps, values }) => [steps, values?.[0]])).toEqual([
      [3, 0],
      [3, 6],
    ]);
    expect(readForModel(path, set.reading, { needTargets: false }).series).toEqual(set.series);
    const classes = { task: "classify", inputs: ["x1", "x2"], targets: ["y"] } as const;
    const [first] = readForModel(path, classes, { needTargets: false }).series;
    expect([...(first?.inputs ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(() => readForModel(path, classes, { needTargets: true })).toThrow(
      /expected y in every line, got none/,
    );
  });

  it.each<[string, string, number[], RegExp]>([
    ["no axis", "()", [1], /1, 2 or 3 axes, got 0/],
    ["four axes", "(1, 1, 1, 1)", [1], /got 4/],
    ["nothing in it", "(0, 3)", [], /is empty/],
    ["NaN in a sequence", "(1, 2, 2)", [1, 2, Number.NaN, 4], /expected a number at \[0, 1, 0\], got NaN/],
    ["numbers beyond float32", "(1, 1, 2)", [1, 1e300], /at \[0, 0, 1\], got 1e\+300/],
  ])("%s is refused", (_, shape, values, message) => {
    const path = save(shape, Float64Array.from(values));
    expect(() => readForTraining(path, wishes)).toThrow(message);
  });
});
