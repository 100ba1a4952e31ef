import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecurraError } from "../../ts/errors.js";
import { readSafetensors, writeSafetensors } from "../../ts/io/safetensors.js";
import type { Tensor } from "../../ts/types.js";

const seed = 20261122;

/** A file with any header, right or wrong. */
function fileOf(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(0),
  length?: bigint,
): Uint8Array<ArrayBuffer> {
  const bytes = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + bytes.length + data.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(bytes.length), true);
  file.set(bytes, 8);
  file.set(data, 8 + bytes.length);
  return file;
}

function failure(file: BufferSource): RecurraError {
  try {
    readSafetensors(file);
  } catch (error) {
    if (error instanceof RecurraError) return error;
    throw error;
  }
  throw new Error("expected it to be refused");
}

const bitsOf = (data: Float32Array) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
const f32 = (entry: string) => `{"a":{"dtype":"F32",${entry}}}`;

// Any bits, so NaNs with payloads too.
const tensor = fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((product, size) => product * size, 1);
  return fc
    .array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: length, maxLength: length })
    .map((bits): Tensor => ({ shape, data: new Float32Array(Uint32Array.from(bits).buffer) }));
});
const name = fc
  .oneof(
    fc.constantFrom("__proto__", "constructor", "weight_ih", "", "é", '"\\\n'),
    fc.string({ unit: "grapheme" }),
  )
  .filter((text) => text !== "__metadata__");

describe("round trip", () => {
  test("keeps names, order, shapes, bits and metadata", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, tensor), { maxLength: 6 }),
        fc.array(fc.tuple(name, fc.string({ unit: "grapheme" }))),
        (list, pairs) => {
          const tensors = new Map(list);
          const metadata = Object.fromEntries(pairs);
          const read = readSafetensors(writeSafetensors(tensors, metadata));
          // Empty tensors may stand anywhere among the others, since they share an offset with the next.
          expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.keys()));
          expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
          for (const [key, { shape, data }] of tensors) {
            const got = read.tensors.get(key) as Tensor;
            expect(got.shape).toEqual(shape);
            expect(bitsOf(got.data)).toEqual(bitsOf(data));
          }
        },
      ),
      { seed, numRuns: 500 },
    );
  });

  test("writes the same bytes for the same content, whatever the order of the metadata", () => {
    const tensors = new Map([
      ["b", { shape: [1], data: Float32Array.of(1) }],
      ["a", { shape: [], data: Float32Array.of(2) }],
    ]);
    const file = writeSafetensors(tensors, { x: "1", y: "2" });
    expect(writeSafetensors(tensors, { y: "2", x: "1" })).toEqual(file);
    const header =
      '{"__metadata__":{"x":"1","y":"2"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(file).toEqual(fileOf(padded, new Uint8Array(Float32Array.of(1, 2).buffer)));
  });

  test("writes the part of a larger array that the tensor is", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const { tensors } = readSafetensors(writeSafetensors(new Map([["a", { shape: [2], data }]])));
    expect([...(tensors.get("a")?.data ?? [])]).toEqual([2, 3]);
  });

  test("reads views, offsets and shared memory, and keeps nothing of the caller's", () => {
    const file = writeSafetensors(new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]), { k: "v" });
    const shared = new Uint8Array(new SharedArrayBuffer(file.length + 3), 3);
    shared.set(file);
    for (const source of [file, file.buffer, shared, new DataView(file.buffer)]) {
      const { tensors, metadata } = readSafetensors(source as unknown as BufferSource);
      expect([...(tensors.get("a")?.data ?? [])]).toEqual([1, 2]);
      expect(metadata).toEqual({ k: "v" });
    }
    const { tensors } = readSafetensors(file);
    file.fill(0);
    expect([...(tensors.get("a")?.data ?? [])]).toEqual([1, 2]);
  });
});

describe("types", () => {
  const one = (dtype: string, bytes: ArrayLike<number>) =>
    readSafetensors(
      fileOf(
        `{"a":{"dtype":"${dtype}","shape":[1],"data_offsets":[0,${bytes.length}]}}`,
        Uint8Array.from(bytes),
      ),
    ).tensors.get("a")?.data[0];

  test("F64 is rounded, F16 and BF16 are exact", () => {
    const double = (value: number) => new Uint8Array(Float64Array.of(value).buffer);
    expect(one("F64", double(0.1))).toBe(Math.fround(0.1));
    expect(one("F64", double(1e300))).toBe(Number.POSITIVE_INFINITY);
    const half = (bits: number) => one("F16", [bits & 255, bits >> 8]);
    expect([0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x3555].map(half)).toEqual([
      1,
      -2,
      2 ** -24,
      65504,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0.333251953125,
    ]);
    expect(half(0x7e00)).toBeNaN();
    expect(Object.is(half(0x8000), -0)).toBe(true);
    expect(one("BF16", [0xc0, 0x3f])).toBe(1.5);
    expect(one("BF16", [0x80, 0xff])).toBe(Number.NEGATIVE_INFINITY);
  });

  test.each(["I32", "I64", "BOOL", "U8"])("%s is refused with the tensor's name", (dtype) => {
    const width = { I32: 4, I64: 8 }[dtype] ?? 1;
    const error = failure(
      fileOf(`{"a":{"dtype":"${dtype}","shape":[1],"data_offsets":[0,${width}]}}`, new Uint8Array(width)),
    );
    expect(error.code).toBe("unsupported");
    expect(error.message).toContain(`tensor "a": expected F32, F64, F16 or BF16, got ${dtype}`);
  });
});

describe("hostile files", () => {
  const four = new Uint8Array(4);
  const cases: [string, Uint8Array<ArrayBuffer>, RegExp, number][] = [
    ["nothing", new Uint8Array(0), /8 bytes, got 0/, 0],
    ["a header length beyond the file", fileOf("{}", undefined, 3n), /got the end of the file/, 10],
    ["a header of 2⁶³ bytes", fileOf("{}", undefined, 2n ** 63n), /at most 16000000/, 0],
    ["a header above the cap", fileOf("{}", undefined, 16_000_001n), /at most 16000000/, 0],
    ["an empty header", fileOf(""), /expected "\{"/, 8],
    ["a header that starts with a space", fileOf(" {}"), /expected "\{", got byte 32/, 8],
    ["a list", fileOf("[]"), /expected "\{", got "\["/, 8],
    ["text after the header", fileOf("{} x"), /only spaces after the header, got "x"/, 11],
    ["two headers", fileOf("{}{}"), /only spaces after the header/, 10],
    [
      "a comma too many",
      fileOf(`${f32('"shape":[],"data_offsets":[0,4]').slice(0, -1)},}`, four),
      /expected a string/,
      61,
    ],
    [
      "the same name twice",
      fileOf('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{}}'),
      /"a" again/,
      62,
    ],
    [
      "the same name twice, once escaped",
      fileOf('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}'),
      /"a" again/,
      62,
    ],
    [
      "the same key twice in an entry",
      fileOf(f32('"shape":[],"shape":[],"data_offsets":[0,4]'), four),
      /"shape" again/,
      39,
    ],
    ["the same metadata twice", fileOf('{"__metadata__":{"k":"1","k":"2"}}'), /"k" again/, 33],
    ["metadata that is a number", fileOf('{"__metadata__":{"k":1}}'), /expected a string, got "1"/, 29],
    ["metadata that nests", fileOf('{"__metadata__":{"k":{}}}'), /expected a string/, 29],
    [
      "an unknown key",
      fileOf(f32('"shape":[],"data_offsets":[0,4],"more":1'), four),
      /dtype, shape or data_offsets, got "more"/,
      60,
    ],
    [
      "no shape",
      fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', four),
      /dtype, shape and two data_offsets/,
      13,
    ],
    ["one offset", fileOf(f32('"shape":[],"data_offsets":[0]'), four), /two data_offsets/, 13],
    ["reversed offsets", fileOf(f32('"shape":[],"data_offsets":[4,0]'), four), /in order, got \[4, 0\]/, 13],
    ["a negative offset", fileOf(f32('"shape":[],"data_offsets":[-4,0]'), four), /an integer/, 55],
    ["a fraction", fileOf(f32('"shape":[1.5],"data_offsets":[0,4]'), four), /"," or "\]", got "\."/, 38],
    ["1e400", fileOf(f32('"shape":[1e400],"data_offsets":[0,4]'), four), /"," or "\]", got "e"/, 38],
    [
      "an integer above 2⁵³",
      fileOf(f32('"shape":[9007199254740993],"data_offsets":[0,4]'), four),
      /an integer/,
      37,
    ],
    ["a leading zero", fileOf(f32('"shape":[01],"data_offsets":[0,4]'), four), /an integer/, 37],
    [
      "an unknown type",
      fileOf('{"a":{"dtype":"F99","shape":[],"data_offsets":[0,4]}}', four),
      /got "F99"/,
      13,
    ],
    [
      "a shape larger than the bytes",
      fileOf(f32('"shape":[2],"data_offsets":[0,4]'), four),
      /expected 8 bytes for its shape, got 4/,
      13,
    ],
    [
      "a shape that wraps 2⁶⁴ to 4",
      fileOf(f32('"shape":[4194305,4194305,211106198978564],"data_offsets":[0,4]'), four),
      /below 2⁵³/,
      13,
    ],
    ["half bytes", fileOf('{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}', four), /whole bytes/, 13],
    [
      "an offset outside the file",
      fileOf(f32('"shape":[2],"data_offsets":[0,8]'), four),
      /end of the file/,
      66,
    ],
    ["a hole", fileOf(f32('"shape":[],"data_offsets":[4,8]'), new Uint8Array(8)), /from 0, got 4/, 13],
    ["bytes that belong to nothing", fileOf("{}", four), /4 more/, 10],
    [
      "an overlap",
      fileOf(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        four,
      ),
      /from 4, got 0/,
      66,
    ],
    ["half a string", fileOf('{"a'), /complete string/, 9],
    ["a string that ends in a backslash", fileOf('{"a\\'), /complete string/, 9],
    ["a line break in a string", fileOf('{"a\n":{}}'), /valid UTF-8/, 9],
    ["half a surrogate pair", fileOf('{"\\ud800":{}}'), /valid UTF-8/, 9],
    ["bytes that are not UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22)), /valid UTF-8/, 9],
    ["deep nesting", fileOf(`{"a":${"[".repeat(1e5)}`), /expected "\{", got "\["/, 13],
  ];
  test.each(cases)("%s", (_, file, message, offset) => {
    const error = failure(file);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: "format", offset });
  });

  test("what a million sizes or digits say is told in a few words", () => {
    for (const shape of [Array(1e6).fill(9).join(), "1".repeat(1e6), Array(1e6).fill(0).join()]) {
      const error = failure(
        fileOf(`{"${"a".repeat(1e6)}":{"dtype":"F32","shape":[${shape}],"data_offsets":[0,4]}}`, four),
      );
      expect(error.code).toBe("format");
      expect(error.message.length).toBeLessThan(300);
    }
  });

  test("a tensor named __proto__ is a tensor, and so is metadata of that name", () => {
    const file = fileOf(
      '{"__metadata__":{"__proto__":"x"},"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
      four,
    );
    const { tensors, metadata } = readSafetensors(file);
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(Object.entries(metadata)).toEqual([["__proto__", "x"]]);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
  });

  test("what may be there: spaces, empty tensors anywhere, a product of 0 beside a huge size", () => {
    const file = fileOf(
      '{ "a" :\t{"shape":[0,9007199254740991],"dtype":"F32","data_offsets":[4,4]}\n, "b":{"dtype":"F32","shape":[],"data_offsets":[0,4]} }  ',
      four,
    );
    expect(readSafetensors(file).tensors.get("a")).toEqual({
      shape: [0, 9007199254740991],
      data: new Float32Array(0),
    });
  });

  test.each([undefined, null, "file", 3, {}, [1, 2]])("%s is no file", (file) => {
    expect(failure(file as unknown as BufferSource).code).toBe("option");
  });

  test("a buffer that was transferred is no file", () => {
    const file = writeSafetensors(new Map());
    structuredClone(file.buffer, { transfer: [file.buffer] });
    expect(failure(file).code).toBe("option");
    expect(failure(file.buffer).code).toBe("option");
  });
});

describe("damage", () => {
  const tensors = new Map<string, Tensor>([
    ["weight_ih", { shape: [3, 2], data: Float32Array.from({ length: 6 }, (_, i) => i / 7) }],
    ["bias_h", { shape: [3], data: Float32Array.of(1, Number.NaN, -0) }],
    ["empty", { shape: [0, 4], data: new Float32Array(0) }],
  ]);
  const file = writeSafetensors(tensors, { recurra: "1", note: "é" });

  test("every prefix is refused with an offset inside the file", () => {
    for (let length = 0; length < file.length; length++) {
      const error = failure(file.slice(0, length));
      expect(error.code).toBe("format");
      expect(error.offset).toBeLessThanOrEqual(length);
    }
    expect(failure(Uint8Array.of(...file, 0)).code).toBe("format");
  });

  test("100,000 mutations are read or refused, never anything else", () => {
    let state = seed;
    const draw = (bound: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
    const telling = [
      0, 1, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x5b, 0x5c, 0x5d, 0x65, 0x7b, 0x7d, 0x7f, 0x80, 0xff,
    ];
    let refused = 0;
    for (let round = 0; round < 100_000; round++) {
      const damaged = file.slice(0, file.length - (draw(8) === 0 ? draw(20) : 0));
      for (let changes = 1 + draw(3); changes > 0; changes--) {
        damaged[draw(damaged.length)] = draw(2) === 0 ? draw(256) : (telling[draw(telling.length)] as number);
      }
      const here = `seed ${seed}, round ${round}`;
      try {
        for (const { shape, data } of readSafetensors(damaged).tensors.values()) {
          if (data.length !== shape.reduce((product, size) => product * size, 1))
            throw new Error(`wrong length: ${here}`);
        }
      } catch (error) {
        if (!(error instanceof RecurraError)) throw new Error(here, { cause: error });
        const inside = error.code === "format" && (error.offset as number) <= damaged.length;
        if (!inside && error.code !== "unsupported") throw new Error(here, { cause: error });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10_000);
  });
});

describe("the writer refuses", () => {
  const good = { shape: [1], data: Float32Array.of(1) };
  const cases: [string, unknown, unknown, string][] = [
    [
      "data that does not fit its shape",
      new Map([["a", { shape: [2], data: good.data }]]),
      undefined,
      "shape",
    ],
    ["another type of data", new Map([["a", { shape: [1], data: [1] }]]), undefined, "shape"],
    ["a shape of fractions", new Map([["a", { shape: [0.5, 2], data: good.data }]]), undefined, "shape"],
    ["no tensor", new Map([["a", undefined]]), undefined, "shape"],
    ["no Map", undefined, undefined, "shape"],
    ["metadata that is not strings", new Map([["a", good]]), { a: 1 }, "option"],
    ["the reserved name", new Map([["__metadata__", good]]), undefined, "option"],
    ["half a surrogate pair", new Map([["\ud800", good]]), undefined, "option"],
    ["a header above the cap", new Map([["a", good]]), { a: "x".repeat(16_000_000) }, "option"],
  ];
  test.each(cases)("%s", (_, tensors, metadata, code) => {
    expect(() => writeSafetensors(tensors as never, metadata as never)).toThrow(
      expect.objectContaining({ name: "RecurraError", code }),
    );
  });
});
