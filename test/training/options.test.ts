import { describe, expect, test } from "vitest";
import { resolveOptions } from "../../ts/options.js";
import { forcingAt } from "../../ts/training/forcing.js";
import { resolveFit } from "../../ts/training/options.js";
import type { FitOptions, RnnOptions } from "../../ts/types.js";

const network = (options: object = {}) =>
  resolveOptions({ inputSize: 3, hiddenSize: 4, outputSize: 3, ...options } as RnnOptions);
const context = { lanes: true, dense: false, options: network() };
const resolve = (options: object, net: object = {}) =>
  resolveFit(options as FitOptions, { ...context, options: network(net) });
const thrown = (options: object, net: object = {}): { code?: string; message?: string } => {
  try {
    resolve(options, net);
  } catch (error) {
    return error as { code?: string; message?: string };
  }
  return {};
};

test("defaults", () => {
  const { recipe, limits } = resolve({});
  expect(limits).toEqual({});
  expect(recipe).toEqual({
    batchSize: 16,
    truncate: 32,
    optimizer: { kind: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    clipNorm: 5,
    schedule: "cosine",
    teacherForcing: 1,
    inputNoise: 0,
    freeze: [],
    seed: 0,
  });
  expect(resolveFit({}, { ...context, lanes: false }).recipe.truncate).toBe(Number.POSITIVE_INFINITY);
  expect(resolve({ optimizer: { kind: "sgd" } }).recipe.optimizer).toEqual({
    kind: "sgd",
    learningRate: 0.1,
    momentum: 0,
  });
  expect(resolve({ optimizer: { kind: "rmsprop" } }).recipe.optimizer).toEqual({
    kind: "rmsprop",
    learningRate: 0.001,
    decay: 0.99,
    epsilon: 1e-8,
  });
});

test("undefined means absent, and nothing that asks for nothing is refused", () => {
  const absent = Object.fromEntries(
    [
      "epochs",
      "updates",
      "seconds",
      "batchSize",
      "optimizer",
      "schedule",
      "validation",
      "patience",
      "signal",
    ].map((name) => [name, undefined]),
  );
  expect(resolve(absent)).toEqual(resolve({}));
  expect(
    resolve({ workers: 0, teacherForcing: 1, inputNoise: 0, freeze: [], clipNorm: Number.POSITIVE_INFINITY })
      .recipe.clipNorm,
  ).toBe(Number.POSITIVE_INFINITY);
  resolve({ teacherForcing: { from: 1, to: 1, updates: 5 } });
});

describe("every option refuses what it cannot be", () => {
  const never = ["1", null, [], {}, true, Number.NaN, -1, () => 1];
  const integers = [...never, 0, 1.5, 2 ** 53, Number.POSITIVE_INFINITY];
  const wrong: Record<string, unknown[]> = {
    updates: integers,
    epochs: integers,
    batchSize: integers,
    truncate: integers,
    patience: integers,
    seconds: [...never, 0, Number.POSITIVE_INFINITY],
    clipNorm: [...never, 0],
    inputNoise: [...never, Number.POSITIVE_INFINITY],
    seed: ["1", null, [], true, Number.NaN, -1, 1.5, 2 ** 53, Number.POSITIVE_INFINITY],
    workers: ["1", null, [], true, Number.NaN, -1, 1.5, 2 ** 53],
    memoryBudget: [...never, 0, 1.5, Number.POSITIVE_INFINITY],
    teacherForcing: [
      "1",
      null,
      true,
      Number.NaN,
      -1,
      1.5,
      {},
      { from: 1, to: 2, updates: 1 },
      { from: 1, to: 1 },
    ],
    schedule: [
      1,
      null,
      [],
      true,
      Number.NaN,
      "linear",
      {},
      { decay: 1.5 },
      { decay: -1 },
      { decay: 0.1, warmup: 1.5 },
    ],
    optimizer: [
      1,
      null,
      [],
      "adam",
      {},
      { kind: "adagrad" },
      { kind: "adam", momentum: 0.9 },
      { kind: "sgd", momentum: 1 },
    ],
    freeze: [1, "weight_ih", {}, [1], ["weight_xx"]],
    signal: [1, {}, "abort", null, true],
    onProgress: [1, {}, "log", null, true],
  };
  for (const [name, values] of Object.entries(wrong)) {
    test.each(values.map((value) => [value]))(`${name}: %j`, (value) => {
      const { code, message } = thrown({ [name]: value, ...(name === "patience" ? { validation: [] } : {}) });
      expect(code).toBe("option");
      expect(message).toContain(name);
      expect(thrown({ [name]: value, validation: [] }, { recurrence: "output" }).code).toBe("option");
    });
  }

  test.each(["learningRate", "beta1", "beta2", "epsilon", "weightDecay"])("optimizer.%s", (name) => {
    for (const value of ["1", null, Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(thrown({ optimizer: { kind: "adam", [name]: value } }).message).toContain(`optimizer.${name}`);
    }
  });
});

test("unknown names are refused and the nearest right one is suggested", () => {
  expect(thrown({ learningrate: 1 })).toMatchObject({ code: "option" });
  expect(thrown({ batchsize: 1 }).message).toContain('Did you mean "batchSize"?');
  expect(thrown({ optimizer: { kind: "adam", learningrate: 1 } }).message).toContain(
    'Did you mean "learningRate"?',
  );
  expect(thrown({ schedule: { decay: 1, warmUp: 1 } }).message).toContain('Did you mean "warmup"?');
  expect(thrown({ freeze: ["weight_hi"] }).message).toContain('Did you mean "weight_');
  for (const options of [null, 1, "x", []]) expect(thrown(options as unknown as object).code).toBe("option");
});

test("a rate or a word in the place of an optimizer is told where it belongs", () => {
  expect(thrown({ learningRate: 0.01 })).toMatchObject({
    code: "option",
    message: 'learningRate: expected it in optimizer: { kind: "adam", learningRate }, got 0.01',
  });
  expect(thrown({ optimizer: "adam" }).message).toBe('optimizer: expected an object { kind … }, got "adam"');
  expect(resolve({ learningRate: undefined }).recipe).toEqual(resolve({}).recipe);
});

test("what does not go together is refused", () => {
  expect(thrown({ inputNoise: 0.1 })).toMatchObject({
    code: "option",
    message: expect.stringContaining("inputNoise"),
  });
  expect(resolveFit({ inputNoise: 0.1 }, { ...context, dense: true }).recipe.inputNoise).toBe(0.1);
  expect(thrown({ patience: 3 })).toMatchObject({
    code: "option",
    message: expect.stringContaining("patience"),
  });
});

test("workers are a number, or that and how one is made", () => {
  const create = () => ({ postMessage() {}, terminate() {} });
  expect(resolveFit({}, context).workers).toEqual({ count: 0 });
  expect(resolveFit({ workers: 2 }, context).workers).toEqual({ count: 2 });
  expect(resolveFit({ workers: { count: 2, create } }, context).workers).toEqual({ count: 2, create });
  for (const workers of [-1, 1.5, 257, "2", null, {}, { create }, { count: 1, create: 3 }, { counts: 1 }])
    expect(thrown({ workers: workers as never })).toMatchObject({
      code: "option",
      message: expect.stringContaining("workers"),
    });
});

describe("teacher forcing", () => {
  const last = { recurrence: "both", outputs: "last" };
  const ramp = { from: 1, to: 0, updates: 9 };
  test("is a dial where outputs at every step are fed back", () => {
    for (const recurrence of ["output", "both"]) {
      expect(resolve({}, { recurrence }).recipe.teacherForcing).toBe(1);
      expect(resolve({ teacherForcing: 0.5 }, { recurrence }).recipe.teacherForcing).toBe(0.5);
      expect(resolve({ teacherForcing: ramp }, { recurrence }).recipe.teacherForcing).toEqual(ramp);
    }
  });
  test("is refused by name where nothing is, or no step has a target", () => {
    expect(resolve({}, last).recipe.teacherForcing).toBe(0);
    expect(resolve({ teacherForcing: 0 }, last).recipe.teacherForcing).toBe(0);
    for (const [options, net, message] of [
      [{ teacherForcing: 0.5 }, {}, /^teacherForcing: expected 1 with recurrence "hidden".*, got 0\.5$/],
      [{ teacherForcing: ramp }, {}, /recurrence "hidden".*, got 0$/],
      [{ teacherForcing: 0.5 }, { outputs: "last" }, /recurrence "hidden"/],
      [{ teacherForcing: 1 }, last, /^teacherForcing: expected 0 with outputs "last".*, got 1$/],
      [{ teacherForcing: ramp }, last, /outputs "last".*, got 1$/],
    ] as const) {
      expect(thrown(options, net)).toMatchObject({
        code: "unsupported",
        message: expect.stringMatching(message),
      });
    }
  });
  test("moves in a straight line and stays", () => {
    const dial = { from: 0.75, to: 0.25, updates: 4 };
    expect([0, 1, 2, 3, 4, 5, 1e9].map((update) => forcingAt(dial, update))).toEqual([
      0.75, 0.625, 0.5, 0.375, 0.25, 0.25, 0.25,
    ]);
    expect(forcingAt(0.3, 7)).toBe(0.3);
  });
});

test("memoryBudget is kept, and absent without one", () => {
  expect(resolve({ memoryBudget: 1e6 }).recipe.memoryBudget).toBe(1e6);
  expect("memoryBudget" in resolve({}).recipe).toBe(false);
});
