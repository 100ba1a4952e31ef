// Every argument of every call that takes sequences, with everything that is wrong for it: refused by name, with
// nothing changed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Sequence } from "../../ts/types.js";
import { codeOf } from "../random.js";

let rnn: Rnn;
let dense: Rnn;
beforeAll(async () => {
  rnn = await Rnn.create({ inputSize: 65, hiddenSize: 5, outputSize: 65 });
  dense = await Rnn.create({ inputSize: 2, hiddenSize: 5, outputSize: 3 });
});
afterAll(() => {
  rnn.dispose();
  dense.dispose();
});

const good: Sequence = { inputs: Int32Array.of(1, 2, 3), targets: Int32Array.of(2, 3, 4) };
/** A view of what a resizable buffer no longer has. */
function beyondEnd(): Int32Array {
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: object,
  ) => ArrayBuffer & { resize(length: number): void };
  const buffer = new Resizable(64, { maxByteLength: 64 });
  const view = new Int32Array(buffer, 32, 4);
  buffer.resize(16);
  return view;
}

const transferred = (array: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>) => {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
};

const sequences: [string, unknown, RegExp][] = [
  ["no array", undefined, /^sequences: expected an array of sequences, got undefined/],
  ["one sequence", good, /^sequences: expected an array/],
  ["an empty batch", [], /^sequences: expected at least one sequence/],
  [
    "an index of I",
    [good, { inputs: Int32Array.of(0, 1, 70) }],
    /^inputs\[2\] of sequence 1: expected 0 … 64, got 70/,
  ],
  [
    "a negative index",
    [{ inputs: Int32Array.of(-1) }],
    /^inputs\[0\] of sequence 0: expected 0 … 64, got -1/,
  ],
  ["a list", [{ inputs: [1, 2] }], /^inputs of sequence 0: expected an Int32Array .*, got an array of 2/],
  ["bytes", [{ inputs: Uint8Array.of(1) }], /^inputs of sequence 0: .*got Uint8Array of length 1/],
  ["doubles", [{ inputs: new Float64Array(65) }], /Float64Array/],
  ["a number of steps", [{ inputs: 3 }], /^inputs of sequence 0/],
  ["no inputs", [{ targets: Int32Array.of(1) }], /^inputs of sequence 0: .*got undefined/],
  ["values that do not fill rows", [{ inputs: new Float32Array(66) }], /τ × 65 values, got 66/],
  [
    "vectors beside indices",
    [{ inputs: Int32Array.of(1) }, { inputs: new Float32Array(65) }],
    /^inputs of sequence 1: expected indices as in sequence 0, got vectors/,
  ],
  ["inputs that were transferred", [{ inputs: transferred(Int32Array.of(1)) }], /transferred/],
  ["inputs whose buffer became too short", [{ inputs: beyondEnd() }], /^inputs of sequence 0/],
];
const targets: [string, unknown, RegExp][] = [
  [
    "targets of other length",
    [{ ...good, targets: Int32Array.of(1) }],
    /^targets of sequence 0: expected length 3, got 1/,
  ],
  [
    "a target of O",
    [{ ...good, targets: Int32Array.of(1, 65, 2) }],
    /^targets\[1\] of sequence 0: expected 0 … 64, got 65/,
  ],
  [
    "targets that are values",
    [{ ...good, targets: new Float32Array(3) }],
    /an Int32Array of class indices, got Float32Array/,
  ],
  ["one target for all steps", [{ ...good, targets: 1 }], /^targets of sequence 0/],
  ["another word", [{ ...good, targets: "nxt" }], /^targets of sequence 0: .*got "nxt"/],
  [
    "targets for some",
    [good, { inputs: Int32Array.of(1) }],
    /^targets of sequence 1: expected targets as in sequence 0, got none/,
  ],
  ["next of nothing", [{ inputs: new Int32Array(0), targets: "next" }], /at least one step/],
  [
    "weights of other length",
    [{ ...good, weights: new Float32Array(2) }],
    /^weights of sequence 0: expected length 3, got 2/,
  ],
  [
    "a negative weight",
    [{ ...good, weights: Float32Array.of(1, -1, 1) }],
    /^weights\[1\] of sequence 0: .*got -1/,
  ],
  ["a weight of NaN", [{ ...good, weights: Float32Array.of(1, Number.NaN, 1) }], /^weights\[1\]/],
  [
    "an infinite weight",
    [{ ...good, weights: Float32Array.of(1, 1, Number.POSITIVE_INFINITY) }],
    /^weights\[2\]/,
  ],
  [
    "weights without targets",
    [{ inputs: good.inputs, weights: new Float32Array(3) }],
    /^weights of sequence 0: expected targets with them/,
  ],
];
const states: [string, unknown, RegExp][] = [
  [
    "a state of other length",
    [{ ...good, initialState: new Float32Array(4) }],
    /^initialState of sequence 0: expected length 5, got 4/,
  ],
  [
    "a state of doubles",
    [{ ...good, initialState: new Float64Array(5) }],
    /^initialState of sequence 0: .*Float64Array/,
  ],
  [
    "a state that was transferred",
    [{ ...good, initialState: transferred(new Float32Array(5)) }],
    /^initialState of sequence 0: expected length 5, got 0/,
  ],
  [
    "a feedback where none is read",
    [{ ...good, initialFeedback: new Float32Array(65) }],
    /^initialFeedback of sequence 0/,
  ],
];
const options: [string, unknown, RegExp][] = [
  [
    "a name that does not exist",
    [{ ...good, target: 1 }],
    /^sequence 0: .*got "target"\. Did you mean "targets"/,
  ],
  ["an array with holes", new Array(3), /^sequence 0: expected an object \{ inputs … \}, got undefined/],
  ["no object", [null], /^sequence 0: expected an object \{ inputs … \}, got null/],
  ["an array for a sequence", [Int32Array.of(1)], /^sequence 0: expected an object/],
  ["a fractional id", [{ ...good, id: 0.5 }], /^id of sequence 0: expected an integer/],
  ["an id of 2³¹", [{ ...good, id: 2 ** 31 }], /^id of sequence 0/],
];

describe("forward", () => {
  test.each([...sequences, ...targets, ...states])("%s", async (_, given, message) => {
    expect(() => rnn.forward(given as never)).toThrow(message);
    expect(await codeOf(() => rnn.forward(given as never))).toBe("shape");
  });
  test.each(options)("%s", async (_, given, message) => {
    expect(() => rnn.forward(given as never)).toThrow(message);
    expect(await codeOf(() => rnn.forward(given as never))).toBe("option");
  });
  const asked: [object | null, string][] = [
    [{ seed: 0.5 }, "option"],
    [{ seed: -1 }, "option"],
    [{ firstStep: Number.NaN }, "option"],
    [{ firstStep: 2 ** 31 }, "option"],
    [{ memoryBudget: -1 }, "option"],
    [{ memoryBudget: "1" }, "option"],
    [{ teacherForcing: 2 }, "option"],
    [{ teacherForcng: 1 }, "option"],
    [null, "option"],
    [{ memoryBudget: 1.5 }, "option"],
    [{ teacherForcing: 0.5 }, "unsupported"],
  ];
  test.each(asked)("with options %o", async (given, code) => {
    expect(await codeOf(() => rnn.forward([good], given as never))).toBe(code);
  });
  test('"next" needs index inputs for cross-entropy', async () => {
    const given = [{ inputs: new Float32Array(6), targets: "next" as const }];
    expect(() => dense.forward(given)).toThrow(
      /^targets of sequence 0: expected inputs that are indices \(loss "cross-entropy"\) with "next", got vectors/,
    );
  });
});

describe("predict", () => {
  test.each([...sequences, ...states])("%s", async (_, given, message) => {
    expect(() => rnn.predict(given as never)).toThrow(message);
  });
});

describe("fit and evaluate reject", () => {
  const without: [string, unknown, RegExp][] = [
    ["no targets", [{ inputs: Int32Array.of(1, 2) }], /targets of sequence 0/],
  ];
  // Whether a missing target or another fault of the same data is named first is open.
  const named = (message: RegExp) => new RegExp(`${message.source}|^(data|targets of sequence \\d): `);
  const given = [...sequences.slice(2), ...targets, ...without, ...states];
  test.each(given)("%s", async (_, data, message) => {
    const before = rnn.save();
    const refused = { code: "shape", message: expect.stringMatching(named(message)) };
    await expect(rnn.fit(data as never, { updates: 1 })).rejects.toMatchObject(refused);
    await expect(rnn.evaluate(data as never)).rejects.toMatchObject(refused);
    expect(rnn.save()).toEqual(before);
  });
});

test("a refused call takes no memory and leaves the next one right", async () => {
  const wanted = rnn.predict([good]);
  for (let round = 0; round < 1000; round++) {
    const [, wrong] = sequences[round % sequences.length] as [string, unknown, RegExp];
    await codeOf(() => rnn.forward(wrong as never));
  }
  expect(rnn.predict([good])).toEqual(wanted);
});

test("shared memory and other realms' arrays are taken", async () => {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  shared.set([1, 2, 3]);
  const { runInNewContext } = await import("node:vm");
  const foreign = runInNewContext("Int32Array.of(1, 2, 3)") as Int32Array;
  const wanted = rnn.predict([{ inputs: Int32Array.of(1, 2, 3) }]);
  expect(rnn.predict([{ inputs: shared }])).toEqual(wanted);
  expect(rnn.predict([{ inputs: foreign }])).toEqual(wanted);
});
