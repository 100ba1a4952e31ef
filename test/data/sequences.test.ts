// What a sequence may be for each kind of network, before any kernel sees it.
import { describe, expect, test } from "vitest";
import { checkSequences } from "../../ts/data/sequences.js";
import { RecurraError } from "../../ts/errors.js";
import { resolveOptions } from "../../ts/options.js";
import type { RnnOptions, Sequence } from "../../ts/types.js";

const check = (net: object, ...sequences: object[]) =>
  checkSequences(
    sequences as Sequence[],
    resolveOptions({ inputSize: 2, hiddenSize: 4, outputSize: 3, ...net } as RnnOptions),
  );
const values = (...list: number[]) => Float32Array.from(list);
const indices = (...list: number[]) => Int32Array.from(list);
const two = { inputs: indices(0, 1) };
const dense = { loss: "squared-error" };
const last = { outputs: "last" };
const fed = { recurrence: "output" };

describe("taken", () => {
  test("a number of steps where there are no inputs", () => {
    const batch = check(
      { inputSize: 0 },
      { inputs: 3, targets: indices(0, 1, 2) },
      { inputs: 0, targets: indices() },
    );
    expect(batch).toMatchObject({ kind: "none", rows: 3 });
    expect([...batch.lengths]).toEqual([3, 0]);
    expect(batch.inputs).toHaveLength(0);
  });

  test("rows of values for every loss but cross-entropy", () => {
    const targets = values(1, 2, 3, 4, 5, 6);
    const batch = check(dense, { ...two, targets }, { inputs: indices(1), targets: values(7, 8, 9) });
    targets.fill(0);
    expect([...(batch.targets as Float32Array)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('for "last" one index, as a number or an array, or one row; and one weight', () => {
    const batch = check(last, { ...two, targets: 2 }, { ...two, targets: indices(1), weights: values(0.5) });
    expect([...(batch.targets as Int32Array)]).toEqual([2, 1]);
    expect([...(batch.weights as Float32Array)]).toEqual([1, 0.5]);
    expect([...batch.scored]).toEqual([1, 1]);
    const rows = check(
      { ...last, ...dense },
      { ...two, targets: values(1, 2, 3) },
      { ...two, targets: values(4, 5, 6) },
    );
    expect([...(rows.targets as Float32Array)]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('"next" of values where outputs are as wide as inputs', () => {
    const batch = check({ ...dense, outputSize: 2 }, { inputs: values(1, 2, 3, 4, 5, 6), targets: "next" });
    expect([batch.rows, [...batch.inputs], [...(batch.targets as Float32Array)]]).toEqual([
      2,
      [1, 2, 3, 4],
      [3, 4, 5, 6],
    ]);
  });

  test("an initial feedback per sequence, zeros for those without", () => {
    const batch = check(fed, two, { ...two, initialFeedback: values(1, 2, 3) });
    expect([...(batch.initialFeedback as Float32Array)]).toEqual([0, 0, 0, 1, 2, 3]);
    expect(check(fed, two).initialFeedback).toBe(undefined);
  });

  test("Bernoulli targets from 0 to 1", () => {
    const batch = check({ loss: "bernoulli" }, { ...two, targets: values(0, 1, 0.5, -0, 1, 0.25) });
    expect(batch.targets).toHaveLength(6);
  });
});

describe("refused, naming argument and sequence", () => {
  const cases: [string, object, object, RegExp][] = [
    [
      "indices where I is 0",
      { inputSize: 0 },
      two,
      /^inputs of sequence 0: expected the number of steps with inputSize 0, got Int32Array/,
    ],
    ["a fraction of a step", { inputSize: 0 }, { inputs: 1.5 }, /^inputs of sequence 0: .*got 1\.5/],
    ["fewer than no steps", { inputSize: 0 }, { inputs: -1 }, /^inputs of sequence 0: .*got -1/],
    ["2³¹ steps", { inputSize: 0 }, { inputs: 2 ** 31 }, /^inputs of sequence 0/],
    ["a number where there are inputs", {}, { inputs: 3 }, /^inputs of sequence 0: expected an Int32Array/],
    [
      "no step for the last output",
      last,
      { inputs: indices(), targets: 1 },
      /^inputs of sequence 0: expected at least one step with outputs "last"/,
    ],
    [
      "no step and no target for the last output",
      last,
      { inputs: indices() },
      /at least one step with outputs "last"/,
    ],
    [
      "a target per step for the last output",
      last,
      { ...two, targets: indices(1, 2) },
      /^targets of sequence 0: expected length 1, got 2/,
    ],
    [
      "a last target of O",
      last,
      { ...two, targets: 3 },
      /^targets\[0\] of sequence 0: expected 0 … 2, got 3/,
    ],
    ["half an index", last, { ...two, targets: 0.5 }, /^targets of sequence 0: expected 0 … 2, got 0\.5/],
    [
      "a number where a row belongs",
      { ...last, ...dense },
      { ...two, targets: 1 },
      /^targets of sequence 0: expected a Float32Array of values \(loss "squared-error"\), got 1/,
    ],
    [
      "weights per step for the last output",
      last,
      { ...two, targets: 1, weights: values(1, 1) },
      /^weights of sequence 0: expected length 1, got 2/,
    ],
    [
      "indices for values",
      dense,
      { ...two, targets: indices(1, 2) },
      /expected a Float32Array of values \(loss "squared-error"\), got Int32Array/,
    ],
    [
      "values for indices",
      {},
      { ...two, targets: values(1, 2) },
      /expected an Int32Array of class indices, got Float32Array/,
    ],
    [
      "rows that are too short",
      dense,
      { ...two, targets: values(1, 2, 3) },
      /^targets of sequence 0: expected length 6, got 3/,
    ],
    [
      "a Bernoulli target above 1",
      { loss: "bernoulli" },
      { ...two, targets: values(0, 0, 0, 0, 1.5, 0) },
      /^targets\[4\] of sequence 0: expected 0 … 1 with loss "bernoulli", got 1\.5/,
    ],
    [
      "a Bernoulli target of NaN",
      { loss: "bernoulli" },
      { ...two, targets: new Float32Array(6).fill(Number.NaN) },
      /^targets\[0\]/,
    ],
    [
      "targets without outputs",
      { outputs: "none", outputSize: undefined },
      { ...two, targets: indices(0, 0) },
      /^targets of sequence 0: expected none with outputs "none"/,
    ],
    [
      '"next" for the last output',
      last,
      { ...two, targets: "next" },
      /^targets of sequence 0: expected outputs "every" with "next", got "last"/,
    ],
    [
      '"next" of indices for values',
      { ...dense, outputSize: 2 },
      { ...two, targets: "next" },
      /inputs that are vectors \(loss "squared-error"\) with "next", got indices/,
    ],
    [
      '"next" of nothing',
      { inputSize: 0 },
      { inputs: 3, targets: "next" },
      /inputs that are indices .* with "next", got none/,
    ],
    [
      '"next" of narrower values',
      dense,
      { inputs: values(1, 2, 3, 4), targets: "next" },
      /outputSize of inputSize 2 with "next", got 3/,
    ],
    [
      '"next" of wider symbols',
      { outputSize: 1 },
      { ...two, targets: "next" },
      /outputSize of at least inputSize 2 with "next", got 1/,
    ],
    [
      "a feedback without R",
      {},
      { ...two, initialFeedback: values(1, 2, 3) },
      /^initialFeedback of sequence 0: expected none with recurrence "hidden", got Float32Array/,
    ],
    [
      "a feedback of other length",
      fed,
      { ...two, initialFeedback: values(1) },
      /^initialFeedback of sequence 0: expected length 3, got 1/,
    ],
    [
      "a feedback of doubles",
      fed,
      { ...two, initialFeedback: new Float64Array(3) },
      /^initialFeedback of sequence 0: .*Float64Array/,
    ],
  ];
  test.each(cases)("%s", (_, net, sequence, message) => {
    expect(() => check(net, sequence)).toThrow(message);
    expect(() => check(net, sequence)).toThrow(RecurraError);
    try {
      check(net, sequence);
    } catch (error) {
      expect((error as RecurraError).code).toBe("shape");
    }
  });

  test("targets for some sequences only", () => {
    expect(() => check(last, { ...two, targets: 1 }, two)).toThrow(
      /^targets of sequence 1: expected targets as in sequence 0/,
    );
  });
});
