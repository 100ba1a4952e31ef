import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats, Sequence, Tensor } from "../../ts/types.js";
import { bits, codeOf, generator } from "../random.js";
import { expectWithin } from "./close.js";
import { oneHot, type TwinInput, twin } from "./twin.js";

const seed = 20261122;

const expectClose = (what: string, got: ArrayLike<number>, wanted: number[]): void =>
  expectWithin(what, got, wanted, 1);
const rowsOf = (data: Float32Array, width: number) =>
  Array.from({ length: data.length / width }, (_, r) => [...data.subarray(r * width, (r + 1) * width)]);

describe("against the equations in f64", () => {
  for (let round = 0; round < 30; round++) {
    test(`random batch ${round} (seed ${seed + round})`, async () => {
      const random = generator(seed + round);
      const [I, H, O, B] = [
        random.integer(1, 20),
        random.integer(1, 35),
        random.integer(1, 20),
        random.integer(1, 11),
      ];
      const [indexed, withTargets, headless] = [
        random.next() < 0.5,
        random.next() < 0.7,
        random.next() < 0.2,
      ];
      const sizes = { inputSize: I, hiddenSize: H, seed: round };
      using rnn = await Rnn.create(headless ? { ...sizes, outputs: "none" } : { ...sizes, outputSize: O });
      const scored = withTargets && !headless;
      const lengths = Array.from({ length: B }, () => random.integer(1, 20));
      const sequences = lengths.map(
        (length): Sequence => ({
          inputs: indexed ? random.indices(length, I) : random.floats(length * I),
          ...(scored ? { targets: random.indices(length, O) } : {}),
          ...(scored && round % 3 === 0 ? { weights: random.floats(length).map(Math.abs) } : {}),
          ...(round % 2 === 0 ? { initialState: random.floats(H) } : {}),
        }),
      );
      const downstream = {
        ...(headless || round % 2 ? {} : { outputs: lengths.map((length) => random.floats(length * O)) }),
        states: lengths.map((length) => random.floats(length * H)),
        finalState: random.floats(B * H),
        scale: 0.25,
      };
      using pass = rnn.forward(sequences);
      const gradients = pass.backward(downstream);

      const [outputs, states, losses] = [pass.outputs(), pass.states(), pass.stepLosses()];
      const sums = new Map<string, number[]>();
      let [loss, count] = [0, 0];
      sequences.forEach((sequence, b) => {
        const inputs = sequence.inputs as Int32Array | Float32Array;
        const at = <T>(list: readonly T[] | undefined) => list?.[b];
        const input: TwinInput = {
          x: indexed ? Array.from(inputs, (index) => oneHot(index, I)) : rowsOf(inputs as Float32Array, I),
          y: scored ? Array.from(sequence.targets as Int32Array, (index) => oneHot(index, O)) : undefined,
          weights: sequence.weights && [...sequence.weights],
          h0: sequence.initialState && [...sequence.initialState],
          dOutputs: downstream.outputs && rowsOf(at(downstream.outputs) as Floats, O),
          dStates: rowsOf(at(downstream.states) as Floats, H),
          dFinal: [...downstream.finalState.subarray(b * H, (b + 1) * H)],
        };
        const wanted = twin(rnn.stateDict(), input, downstream.scale);
        wanted.states.flat().forEach((value, i) => {
          expect(Math.abs((at(states)?.[i] as number) - value)).toBeLessThanOrEqual(2e-6);
        });
        const largest = Math.max(1, ...wanted.outputs.flat().map(Math.abs));
        wanted.outputs.flat().forEach((value, i) => {
          expect(Math.abs((at(outputs)?.[i] as number) - value)).toBeLessThanOrEqual(2e-6 * largest);
        });
        expectClose("losses", at(losses) ?? [], wanted.losses);
        expectClose("inputs", at(gradients.inputs) as Floats, indexed ? [] : wanted.dInputs.flat());
        expectClose("states", at(gradients.states) as Floats, wanted.dStates.flat());
        expectClose("initial state", gradients.initialState.subarray(b * H, (b + 1) * H), wanted.dInitial);
        expect([...pass.finalState().subarray(b * H, (b + 1) * H)]).toEqual([
          ...(at(states) as Floats).slice(-H),
        ]);
        loss += wanted.loss;
        count += sequence.targets ? input.x.reduce((sum, _, t) => sum + (sequence.weights?.[t] ?? 1), 0) : 0;
        for (const [name, d] of Object.entries(wanted.dParameters)) {
          const sum = sums.get(name);
          const flat = d.flat();
          sums.set(name, sum === undefined ? flat : sum.map((value, i) => value + (flat[i] as number)));
        }
      });
      if (scored) expectClose("loss and count", [pass.loss, pass.count], [loss, count]);
      else expect([pass.loss, pass.count]).toEqual([Number.NaN, 0]);
      expect([...gradients.parameters.keys()]).toEqual([...rnn.stateDict().keys()]);
      for (const [name, { data, shape }] of gradients.parameters) {
        expect(shape).toEqual((rnn.stateDict().get(name) as Tensor).shape);
        expectClose(name, data, sums.get(name) as number[]);
      }
      expect(gradients.initialFeedback).toHaveLength(0);
    });
  }
});

describe("a pass", () => {
  let rnn: Rnn;
  beforeAll(async () => {
    rnn = await Rnn.create({ inputSize: 7, hiddenSize: 5, outputSize: 7, seed: 3 });
  });
  afterAll(() => rnn.dispose());
  const random = generator(seed);
  const sequences = [9, 1, 4, 16, 9, 2, 7, 3, 11, 5].map((length) => ({
    inputs: random.indices(length, 7),
    targets: random.indices(length, 7),
  }));

  test("gives each sequence the bits it has alone, in a batch, in chunks", () => {
    using together = rnn.forward(sequences);
    sequences.forEach(({ inputs, targets }, b) => {
      using alone = rnn.forward([{ inputs, targets }]);
      expect(bits(alone.states()[0] as Floats)).toEqual(bits(together.states()[b] as Floats));
      expect(bits(alone.outputs()[0] as Floats)).toEqual(bits(together.outputs()[b] as Floats));
      expect(bits(alone.stepLosses()[0] as Floats)).toEqual(bits(together.stepLosses()[b] as Floats));
      const half = inputs.length >> 1;
      using first = rnn.forward([{ inputs: inputs.slice(0, half) }]);
      using second = rnn.forward([{ inputs: inputs.slice(half), initialState: first.finalState() }], {
        firstStep: half,
      });
      const whole = bits(together.states()[b] as Floats);
      expect(bits(first.states()[0] as Floats)).toEqual(whole.subarray(0, half * 5));
      expect(bits(second.states()[0] as Floats)).toEqual(whole.subarray(half * 5));
    });
  });

  test("gives ∂L/∂h the same bits alone and in a batch", () => {
    using together = rnn.forward(sequences);
    const { states, initialState } = together.backward();
    sequences.forEach((sequence, b) => {
      using alone = rnn.forward([sequence]);
      const gradients = alone.backward();
      expect(bits(gradients.states[0] as Floats)).toEqual(bits(states[b] as Floats));
      expect(bits(gradients.initialState)).toEqual(bits(initialState.slice(b * 5, b * 5 + 5)));
    });
  });

  test("is independent of later passes", () => {
    using first = rnn.forward(sequences);
    const before = first.backward();
    using second = rnn.forward(sequences.slice(3));
    second.backward();
    rnn.predict(sequences);
    const after = first.backward();
    expect([...after.parameters]).toEqual([...before.parameters]);
    expect(first.outputs()).toHaveLength(10);
  });

  test("copies its arguments at entry and its results at exit", () => {
    const inputs = Int32Array.of(1, 2, 3);
    const targets = Int32Array.of(2, 3, 4);
    const initialState = new Float32Array(5).fill(0.5);
    using pass = rnn.forward([{ inputs, targets, initialState }]);
    const wanted = pass.backward().parameters;
    inputs.fill(0);
    targets.fill(0);
    initialState.fill(9);
    expect([...pass.backward().parameters]).toEqual([...wanted]);
    (pass.outputs()[0] as Floats).fill(7);
    expect((pass.outputs()[0] as Floats)[0]).not.toBe(7);
  });

  test('"next" scores one step fewer than there are inputs', () => {
    const inputs = Int32Array.of(1, 2, 3, 4);
    using next = rnn.forward([{ inputs, targets: "next" }]);
    using same = rnn.forward([{ inputs: inputs.slice(0, 3), targets: inputs.slice(1) }]);
    expect([next.loss, next.count]).toEqual([same.loss, 3]);
    using single = rnn.forward([{ inputs: inputs.slice(0, 1), targets: "next" }]);
    expect([single.loss, single.count]).toEqual([0, 0]);
  });

  test("takes sequences of no steps: the final state is the initial one", () => {
    const initialState = Float32Array.of(1, 2, 3, 4, 5);
    using pass = rnn.forward([{ inputs: new Int32Array(0), initialState }, { inputs: Int32Array.of(1) }]);
    expect([...pass.finalState().subarray(0, 5)]).toEqual([1, 2, 3, 4, 5]);
    expect(pass.outputs().map(({ length }) => length)).toEqual([0, 7]);
    using nothing = rnn.forward([{ inputs: new Int32Array(0), initialState }]);
    expect([...nothing.finalState()]).toEqual([1, 2, 3, 4, 5]);
    expect([...nothing.backward({ finalState: initialState }).initialState]).toEqual([1, 2, 3, 4, 5]);
  });

  test("keeps a NaN in the sequence it came with", async () => {
    using dense = await Rnn.create({ inputSize: 2, hiddenSize: 5, outputSize: 3 });
    const clean = { inputs: random.floats(8) };
    const spoilt = { inputs: Float32Array.of(1, 2, Number.NaN, 4) };
    using apart = dense.forward([clean]);
    using together = dense.forward([spoilt, clean]);
    expect(bits(together.outputs()[1] as Floats)).toEqual(bits(apart.outputs()[0] as Floats));
    expect((together.states()[0] as Floats).slice(5).every(Number.isNaN)).toBe(true);
    expect((together.states()[0] as Floats).slice(0, 5).some(Number.isNaN)).toBe(false);
  });

  test("refuses what it cannot do, and stays as it was", async () => {
    using pass = rnn.forward(sequences.slice(0, 2));
    const wanted = [...pass.backward().parameters];
    const wrong: [unknown, string][] = [
      [{ scale: Number.NaN }, "option"],
      [{ scale: 1e300 }, "option"],
      [{ scael: 1 }, "option"],
      [null, "option"],
      [{ outputs: [] }, "shape"],
      [{ outputs: [new Float32Array(9 * 7), new Float32Array(6)] }, "shape"],
      [{ states: [new Float32Array(9 * 5), [0, 0, 0, 0, 0]] }, "shape"],
      [{ states: new Float32Array(50) }, "shape"],
      [{ finalState: new Float32Array(5) }, "shape"],
      [{ finalState: new Float64Array(10) }, "shape"],
    ];
    for (const [downstream, code] of wrong)
      expect(await codeOf(() => pass.backward(downstream as never))).toBe(code);
    expect([...pass.backward().parameters]).toEqual(wanted);
    expect(await codeOf(() => pass.feedback())).toBe("unsupported");
  });

  test("refuses backward after the parameters changed", async () => {
    using own = await Rnn.create({ inputSize: 7, hiddenSize: 5, outputSize: 7 });
    using pass = own.forward(sequences.slice(0, 2));
    const gradients = pass.backward();
    own.loadStateDict(own.stateDict());
    expect(await codeOf(() => pass.backward())).toBe("shape");
    expect(await codeOf(() => gradients.states)).toBe("shape");
    expect(pass.outputs()).toHaveLength(2);
  });

  test("says so when its gradients are gone", async () => {
    const pass = rnn.forward(sequences.slice(0, 2));
    const [old, read] = [pass.backward(), pass.backward()];
    expect(await codeOf(() => old.states)).toBe("disposed");
    const states = read.states;
    pass.dispose();
    pass.dispose();
    expect(read.states).toBe(states);
    expect(await codeOf(() => read.initialState)).toBe("disposed");
    for (const use of [
      () => pass.outputs(),
      () => pass.states(),
      () => pass.backward(),
      () => pass.finalState(),
    ]) {
      expect(await codeOf(use)).toBe("disposed");
    }
    expect(read.parameters.size).toBe(5);
  });
});
