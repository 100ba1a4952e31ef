// What is fed back, who decides it, and what refuses to be.
import { describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats, RnnOptions, Sequence } from "../../ts/types.js";
import { bits, codeOf, generator } from "../random.js";

const seed = 20261122;
const create = (options: object = {}) =>
  Rnn.create({ inputSize: 3, hiddenSize: 6, outputSize: 4, recurrence: "both", ...options } as RnnOptions);
const sequence = (steps: number, more: object = {}): Sequence => {
  const random = generator(seed);
  return { inputs: random.indices(steps, 3), targets: random.indices(steps, 4), ...more };
};

describe("the dial", () => {
  test("is 1 with targets and 0 without", async () => {
    using rnn = await create();
    const { targets, ...free } = sequence(40);
    using taught = rnn.forward([sequence(40)]);
    using explicit = rnn.forward([sequence(40)], { teacherForcing: 1 });
    using loose = rnn.forward([free]);
    using zero = rnn.forward([sequence(40)], { teacherForcing: 0 });
    expect(bits(taught.outputs()[0] as Floats)).toEqual(bits(explicit.outputs()[0] as Floats));
    expect(bits(loose.outputs()[0] as Floats)).toEqual(bits(zero.outputs()[0] as Floats));
    expect(bits(loose.outputs()[0] as Floats)).not.toEqual(bits(taught.outputs()[0] as Floats));
    (targets as Int32Array).forEach((target, t) => {
      const next = (taught.feedback()[0] as Floats).subarray((t + 1) * 4, (t + 2) * 4);
      if (t < 39) expect([...next]).toEqual([0, 1, 2, 3].map((k) => Number(k === target)));
    });
  });

  test("teaches the share of steps that it says, others in other sequences, updates and seeds", async () => {
    using rnn = await create({ feedback: "outputs" });
    const steps = 4000;
    const share = (options: object, id = 0) => {
      using pass = rnn.forward([sequence(steps, { id })], options);
      const fed = pass.feedback()[0] as Floats;
      const { targets } = sequence(steps);
      return Array.from({ length: steps - 1 }, (_, t) =>
        Number(
          fed
            .subarray((t + 1) * 4, (t + 2) * 4)
            .every((f, k) => f === Number((targets as Int32Array)[t] === k)),
        ),
      );
    };
    const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    for (const p of [0.25, 0.5, 0.9]) {
      // A binomial share of 3999 draws is within 5 deviations but once in a million times; the seed is fixed.
      const bound = 5 * Math.sqrt((p * (1 - p)) / (steps - 1));
      expect(Math.abs(mean(share({ teacherForcing: p, seed: 11 })) - p)).toBeLessThan(bound);
    }
    const half = share({ teacherForcing: 0.5, seed: 11 });
    expect(share({ teacherForcing: 0.5, seed: 11 })).toEqual(half);
    expect(share({ teacherForcing: 0.5, seed: 12 })).not.toEqual(half);
    expect(share({ teacherForcing: 0.5, seed: 11 }, 1)).not.toEqual(half);
    // A step that is taught at one half is taught at nine tenths too.
    const more = share({ teacherForcing: 0.9, seed: 11 });
    expect(half.every((taught, t) => taught <= (more[t] as number))).toBe(true);
  });

  const refused: [string, object, object, object, string, RegExp][] = [
    [
      "below 0",
      {},
      {},
      { teacherForcing: -0.1 },
      "option",
      /^teacherForcing: expected a finite number in 0 … 1/,
    ],
    ["above 1", {}, {}, { teacherForcing: 1.1 }, "option", /^teacherForcing/],
    ["no number", {}, {}, { teacherForcing: "1" }, "option", /^teacherForcing/],
    [
      "a ramp in one pass",
      {},
      {},
      { teacherForcing: { from: 1, to: 0, updates: 3 } },
      "option",
      /^teacherForcing/,
    ],
    [
      "without targets",
      {},
      { targets: undefined },
      { teacherForcing: 0.5 },
      "option",
      /^teacherForcing: expected 0 without targets, got 0\.5/,
    ],
    [
      "without R",
      { recurrence: "hidden" },
      {},
      { teacherForcing: 0.5 },
      "unsupported",
      /^teacherForcing: expected 1 with recurrence "hidden"/,
    ],
    [
      "with the last output only",
      { outputs: "last" },
      { targets: 1 },
      { teacherForcing: 1 },
      "unsupported",
      /^teacherForcing: expected 0 with outputs "last"/,
    ],
  ];
  test.each(refused)("%s is refused", async (_, net, given, options, code, message) => {
    using rnn = await create(net);
    const run = () => rnn.forward([sequence(3, given)], options as never);
    expect(await codeOf(run)).toBe(code);
    expect(run).toThrow(message);
  });
});

describe("draws", () => {
  test("are one symbol of the network's own probabilities, the same for the same seed", async () => {
    using rnn = await create({ feedback: "sample", recurrence: "output" });
    const inputs = new Int32Array(6000).fill(1);
    using pass = rnn.forward([{ inputs }], { seed: 4 });
    const fed = pass.feedback()[0] as Floats;
    const probabilities = pass.outputs()[0] as Floats;
    // Where one symbol entered, the probabilities of the next are always the same: count transitions against them.
    const counts = new Map<number, number[]>();
    const rows = new Map<number, number[]>();
    const symbolAt = (t: number) => fed.subarray(t * 4, t * 4 + 4).indexOf(1);
    for (let t = 1; t + 1 < inputs.length; t++) {
      const before = symbolAt(t);
      expect([...fed.subarray(t * 4, t * 4 + 4)].sort()).toEqual([0, 0, 0, 1]);
      const row = [...probabilities.subarray(t * 4, t * 4 + 4)].map(Math.exp);
      const sum = row.reduce((a, b) => a + b, 0);
      rows.set(
        before,
        row.map((value) => value / sum),
      );
      const own = counts.get(before) ?? [0, 0, 0, 0];
      (own[symbolAt(t + 1)] as number)++;
      counts.set(before, own);
    }
    for (const [before, own] of counts) {
      const draws = own.reduce((a, b) => a + b, 0);
      const chi = own.reduce((sum, n, k) => {
        const wanted = draws * ((rows.get(before) as number[])[k] as number);
        return sum + (n - wanted) ** 2 / wanted;
      }, 0);
      // χ² with 3 degrees of freedom is above 21.1 once in 10,000 times; the seed is fixed.
      expect(chi).toBeLessThan(21.1);
    }
    using again = rnn.forward([{ inputs }], { seed: 4 });
    using other = rnn.forward([{ inputs }], { seed: 5 });
    expect(bits(again.feedback()[0] as Floats)).toEqual(bits(fed));
    expect(bits(other.feedback()[0] as Floats)).not.toEqual(bits(fed));
  });

  test("of a Bernoulli network are independent keys, each as often as its sigmoid", async () => {
    using rnn = await create({ feedback: "sample", loss: "bernoulli", recurrence: "both", inputSize: 0 });
    const tensors = rnn.stateDict();
    for (const { data } of tensors.values()) data.fill(0);
    tensors.get("bias_o")?.data.set([-2, 0, 1, 3]);
    rnn.loadStateDict(tensors);
    const steps = 5000;
    using pass = rnn.forward([{ inputs: steps }], { seed: 1 });
    const fed = (pass.feedback()[0] as Floats).subarray(4);
    [-2, 0, 1, 3].forEach((logit, k) => {
      const p = 1 / (1 + Math.exp(-logit));
      const own = fed.filter((_, at) => at % 4 === k);
      expect(own.every((value) => value === 0 || value === 1)).toBe(true);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      // 5 deviations of a binomial share.
      expect(Math.abs(mean - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / own.length));
    });
    // Keys 1 and 2 agree as often as independent ones do.
    let agree = 0;
    for (let t = 0; t < fed.length; t += 4) agree += Number(fed[t + 1] === fed[t + 2]);
    expect(Math.abs(agree / (steps - 1) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / (steps - 1)));
  });
});

describe("a pass", () => {
  test("says what entered first and what leaves last", async () => {
    using rnn = await create();
    const initialFeedback = Float32Array.of(0.5, -1, 2, 0);
    using pass = rnn.forward([sequence(3, { initialFeedback }), { ...sequence(0), initialFeedback }]);
    expect([...(pass.feedback()[0] as Floats).subarray(0, 4)]).toEqual([0.5, -1, 2, 0]);
    expect(pass.feedback()[1]).toHaveLength(0);
    const last = (sequence(3).targets as Int32Array)[2];
    expect([...pass.finalFeedback()]).toEqual([
      ...[0, 1, 2, 3].map((k) => Number(k === last)),
      0.5,
      -1,
      2,
      0,
    ]);
  });

  test("without R feeds nothing back, and says so", async () => {
    using rnn = await create({ recurrence: "hidden" });
    using pass = rnn.forward([sequence(3)]);
    expect(await codeOf(() => pass.feedback())).toBe("unsupported");
    expect(await codeOf(() => pass.finalFeedback())).toBe("unsupported");
    expect(pass.backward().initialFeedback).toHaveLength(0);
  });

  test("with outputs at the last step takes gradients of that shape", async () => {
    using rnn = await create({ outputs: "last" });
    using pass = rnn.forward([sequence(3, { targets: 1 }), sequence(5, { targets: 2 })]);
    expect(pass.outputs().map(({ length }) => length)).toEqual([4, 4]);
    expect(pass.stepLosses().map(({ length }) => length)).toEqual([1, 1]);
    expect(pass.count).toBe(2);
    expect(await codeOf(() => pass.backward({ outputs: [new Float32Array(12), new Float32Array(20)] }))).toBe(
      "shape",
    );
    expect(pass.backward({ outputs: [new Float32Array(4), new Float32Array(4)] }).parameters.size).toBe(6);
  });

  test("what a budget has to compute again is refused once the parameters are others", async () => {
    using rnn = await create();
    using pass = rnn.forward([sequence(100)], { memoryBudget: 4000 });
    pass.backward();
    rnn.loadStateDict(rnn.stateDict());
    for (const read of [() => pass.states(), () => pass.feedback(), () => pass.backward()]) {
      expect(read).toThrow("expected the parameters of the forward pass, got others");
      expect(await codeOf(read)).toBe("shape");
    }
  });

  test("a budget that is too small names the least", async () => {
    using rnn = await create();
    const run = () => rnn.forward([sequence(100)], { memoryBudget: 100 });
    expect(await codeOf(run)).toBe("out-of-memory");
    expect(run).toThrow(/^forward: expected a memoryBudget of at least \d+ bytes, got 100$/);
    expect(run).toThrow(expect.objectContaining({ limit: 100, requested: expect.any(Number) }));
  });
});

test("predict is taught where it has targets and runs free where it has none", async () => {
  using rnn = await create();
  const { targets: _targets, ...free } = sequence(20);
  const softmax = (row: Floats) => {
    const all = [...row].map(Math.exp);
    const sum = all.reduce((a, b) => a + b, 0);
    return all.map((value) => value / sum);
  };
  for (const given of [sequence(20), free]) {
    using pass = rnn.forward([given]);
    const [got] = rnn.predict([given]) as [Floats];
    const outputs = pass.outputs()[0] as Floats;
    for (let t = 0; t < 20; t++)
      softmax(outputs.slice(t * 4, t * 4 + 4)).forEach((p, k) => {
        expect(Math.abs((got[t * 4 + k] as number) - p)).toBeLessThan(1e-6);
      });
  }
  using last = await create({ outputs: "last", loss: "squared-error" });
  using pass = last.forward([free, sequence(0, { inputs: Int32Array.of(1), targets: undefined })]);
  expect(last.predict([free, { inputs: Int32Array.of(1) }])).toEqual(pass.outputs());
  using bernoulli = await create({ loss: "bernoulli" });
  const [p] = bernoulli.predict([free]) as [Floats];
  using raw = bernoulli.forward([free]);
  (raw.outputs()[0] as Floats).forEach((o, i) => {
    expect(Math.abs((p[i] as number) - 1 / (1 + Math.exp(-o)))).toBeLessThan(1e-6);
  });
});
