import { describe, expect, test } from "vitest";
import { RecurraError } from "../ts/errors.js";
import { parameterCount, parameterShapes, publicOptions, resolveOptions } from "../ts/options.js";
import type { RnnOptions } from "../ts/types.js";

const good: RnnOptions = { inputSize: 3, hiddenSize: 4, outputSize: 5 };
const resolve = (changes: object) => resolveOptions({ ...good, ...changes } as RnnOptions);
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RecurraError) return error.code;
    throw error;
  }
  return "none";
}

test("defaults are those of the documentation", () => {
  expect(resolveOptions(good)).toEqual({
    ...good,
    recurrence: "hidden",
    outputs: "every",
    activation: "tanh",
    loss: "cross-entropy",
    feedback: "probabilities",
    initializer: "uniform",
    seed: 0,
    metadata: {},
  });
});

describe("sizes and seeds", () => {
  const wrong = [
    Number.NaN,
    -1,
    1.5,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    "3",
    null,
    [3],
    3n,
    true,
    {},
  ];
  for (const name of ["inputSize", "hiddenSize", "outputSize"]) {
    test.each(wrong)(`${name} %s is refused by name`, (value) => {
      expect(() => resolve({ [name]: value })).toThrow(new RegExp(`^${name}: expected an integer`));
      expect(codeOf(() => resolve({ [name]: value }))).toBe("option");
    });
  }
  test.each([Number.NaN, -1, 0.5, 2 ** 53, "1", null])("seed %s is refused", (seed) => {
    expect(codeOf(() => resolve({ seed }))).toBe("option");
  });
  test("the greatest seed is taken, and −0 is 0", () => {
    expect(resolve({ seed: Number.MAX_SAFE_INTEGER }).seed).toBe(Number.MAX_SAFE_INTEGER);
    expect(Object.is(resolve({ seed: -0 }).seed, 0)).toBe(true);
  });
  test("hiddenSize 0 and a missing outputSize are refused", () => {
    expect(codeOf(() => resolve({ hiddenSize: 0 }))).toBe("option");
    expect(codeOf(() => resolve({ outputSize: undefined }))).toBe("option");
  });
  test("more parameters than can be addressed are out-of-memory, with the bytes", () => {
    const error = new RecurraError({ code: "out-of-memory", message: "" });
    expect(() => resolve({ hiddenSize: 2 ** 20 })).toThrow(
      expect.objectContaining({
        code: error.code,
        requested: 4 * (2 ** 40 + 2 ** 20 * 9 + 5),
        limit: 2 ** 31 - 65536,
      }),
    );
  });
});

describe("names and words", () => {
  test("an unknown option suggests the nearest", () => {
    expect(() => resolve({ hidden_size: 3 })).toThrow(/got "hidden_size"\. Did you mean "hiddenSize"\?/);
  });
  test.each(["recurrence", "outputs", "activation", "loss", "feedback", "initializer"])(
    "%s takes only its words",
    (name) => {
      expect(() => resolve({ [name]: "nonsense" })).toThrow(
        new RegExp(`^${name}: expected ".*", got "nonsense"`),
      );
      expect(codeOf(() => resolve({ [name]: 0 }))).toBe("option");
    },
  );
  test("metadata is strings under names that are free", () => {
    expect(codeOf(() => resolve({ metadata: { a: 1 } }))).toBe("option");
    expect(codeOf(() => resolve({ metadata: "text" }))).toBe("option");
    expect(codeOf(() => resolve({ metadata: { "recurra.options": "{}" } }))).toBe("option");
    expect(resolve({ metadata: { recurrance: "fine" } }).metadata).toEqual({ recurrance: "fine" });
  });
  test("metadata is copied and frozen", () => {
    const metadata = { a: "1" };
    const resolved = resolve({ metadata });
    metadata.a = "2";
    expect(resolved.metadata.a).toBe("1");
    expect(Object.isFrozen(resolved) && Object.isFrozen(resolved.metadata)).toBe(true);
  });
});

describe("combinations", () => {
  const others = [
    { recurrence: "output" },
    { recurrence: "both" },
    { outputs: "last" },
    { activation: "relu" },
    { activation: "identity" },
    { loss: "squared-error" },
    { loss: "bernoulli" },
    { feedback: "sample" },
    { inputSize: 0 },
  ];
  test.each(others)("%o is refused by name", (change) => {
    expect(codeOf(() => resolve(change))).toBe("unsupported");
    expect(() => resolve(change)).toThrow(String(Object.values(change)[0]));
  });
  test('outputs "none" takes no outputSize, loss or feedback', () => {
    expect(codeOf(() => resolveOptions({ ...good, outputs: "none" } as unknown as RnnOptions))).toBe(
      "option",
    );
  });
});

test("parameters have the names and shapes of the file", () => {
  const options = resolveOptions(good);
  expect(parameterShapes(options)).toEqual([
    ["weight_ih", 0, [4, 3]],
    ["weight_hh", 1, [4, 4]],
    ["bias_h", 3, [4]],
    ["weight_ho", 4, [5, 4]],
    ["bias_o", 5, [5]],
  ]);
  expect(parameterCount(options)).toBe(4 * 3 + 4 * 4 + 4 + 5 * 4 + 5);
  expect(publicOptions(options)).toBe(options);
});
