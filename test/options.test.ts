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
  test("more parameters than can be addressed are out-of-memory, with the sizes and the bytes", () => {
    const error = new RecurraError({ code: "out-of-memory", message: "" });
    expect(() => resolve({ hiddenSize: 2 ** 20 })).toThrow(
      expect.objectContaining({
        code: error.code,
        message: expect.stringMatching(
          /^network of inputSize 3, hiddenSize 1048576, outputSize 5: expected at most/,
        ),
        requested: 12 * (2 ** 40 + 2 ** 20 * 9 + 5),
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
  const recurrences = ["hidden", "output", "both"];
  const losses = ["cross-entropy", "squared-error", "bernoulli"];
  const feedbacks = [undefined, "outputs", "probabilities", "argmax", "sample"];
  const usual = (loss: string) => (loss === "squared-error" ? "outputs" : "probabilities");

  test("recurrence × outputs × activation × loss × feedback × inputSize: accepted, or refused naming both", () => {
    let [accepted, refused] = [0, 0];
    for (const recurrence of recurrences)
      for (const outputs of ["every", "last"])
        for (const activation of ["tanh", "relu", "identity"])
          for (const loss of losses)
            for (const feedback of feedbacks)
              for (const inputSize of [0, 3]) {
                const options = { recurrence, outputs, activation, loss, feedback, inputSize };
                const symbolic = feedback === "argmax" || feedback === "sample";
                const idle = recurrence === "hidden" && feedback !== undefined && feedback !== usual(loss);
                if (idle || (symbolic && loss === "squared-error")) {
                  const other = idle ? 'recurrence "hidden"' : 'loss "squared-error"';
                  expect(codeOf(() => resolve(options))).toBe("unsupported");
                  expect(() => resolve(options)).toThrow(
                    `feedback "${feedback}": does not go with ${other}, `,
                  );
                  refused++;
                } else {
                  expect(resolve(options)).toMatchObject({ ...options, feedback: feedback ?? usual(loss) });
                  accepted++;
                }
              }
    expect([accepted, refused]).toEqual([384, 156]);
  });

  test.each(["orthogonal", "identity"])('initializer "%s" needs a weight_hh', (initializer) => {
    for (const recurrence of ["hidden", "both"])
      expect(resolve({ recurrence, initializer }).initializer).toBe(initializer);
    const change = { recurrence: "output", initializer };
    expect(codeOf(() => resolve(change))).toBe("unsupported");
    expect(() => resolve(change)).toThrow(
      `initializer "${initializer}": does not go with recurrence "output", which has no weight_hh`,
    );
  });

  test('outputs "none" goes with every activation and inputSize, and with no R', () => {
    const { outputSize: _size, ...sizes } = good;
    for (const activation of ["tanh", "relu", "identity"])
      for (const inputSize of [0, 3]) {
        const options = { ...sizes, inputSize, activation, outputs: "none" } as RnnOptions;
        expect(resolveOptions(options).outputSize).toBe(0);
        expect("loss" in publicOptions(resolveOptions(options))).toBe(false);
        for (const recurrence of ["output", "both"]) {
          const other = { ...options, recurrence } as RnnOptions;
          expect(codeOf(() => resolveOptions(other))).toBe("unsupported");
          expect(() => resolveOptions(other)).toThrow(
            `recurrence "${recurrence}": does not go with outputs "none", which leaves nothing to feed back`,
          );
        }
      }
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

test("only the parameters that a network has exist", () => {
  const names = (changes: object) => parameterShapes(resolve(changes)).map(([name]) => name);
  expect(names({ recurrence: "output" })).toEqual([
    "weight_ih",
    "weight_oh",
    "bias_h",
    "weight_ho",
    "bias_o",
  ]);
  expect(names({ recurrence: "both", inputSize: 0 })).toEqual([
    "weight_hh",
    "weight_oh",
    "bias_h",
    "weight_ho",
    "bias_o",
  ]);
  expect(parameterShapes(resolve({ recurrence: "both" }))[2]).toEqual(["weight_oh", 2, [4, 5]]);
});
