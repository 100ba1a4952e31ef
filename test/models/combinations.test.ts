// Every accepted combination of recurrence × outputs × loss × feedback × activation × inputs, each with a ragged batch,
// with targets under every turn of the dial and without: values, losses, what was fed back and all gradients against
// the f64 equations, whose gradients twin.test.ts holds against central differences.
import { afterAll, describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats, ForwardOptions, Sequence } from "../../ts/types.js";
import { generator } from "../random.js";
import { expectWithin } from "./close.js";
import {
  activations,
  hasR,
  inputKinds,
  isTeachable,
  type Kind,
  kinds,
  nameOf,
  optionsOf,
  rowsOf,
  type Sizes,
  sequenceOf,
  sizesOf,
} from "./combinations.js";
import { oneHot, type TwinInput, twin } from "./twin.js";

const seed = 20261122;
let covered = 0;
afterAll(() => {
  console.log(
    `${covered} passes over ${kinds.length * activations.length * inputKinds.length} combinations, seed ${seed}`,
  );
});

/** Twice the usual bound: some 100 roundings of 2⁻²⁴ in a row of up to 9 steps, and a little to grow. */
const expectClose = (what: string, got: ArrayLike<number>, wanted: number[]): void =>
  expectWithin(what, got, wanted, 2);

const stepsOf = ({ inputs }: Sequence, I: number) =>
  typeof inputs === "number" ? inputs : inputs.length / (inputs instanceof Float32Array ? I : 1);

/** Targets as rows of O. */
const targetRows = ({ targets }: Sequence, O: number) =>
  targets instanceof Int32Array
    ? Array.from(targets, (index) => oneHot(index, O))
    : targets instanceof Float32Array
      ? rowsOf(targets, O)
      : undefined;

/** A sequence as the twin takes it. `fed`: what entered each step; constants among it are those not of the network's own. */
function twinInput(kind: Kind, { I, H, O }: Sizes, sequence: Sequence, fed: Floats | undefined): TwinInput {
  const { inputs } = sequence;
  const tau = stepsOf(sequence, I);
  const y = targetRows(sequence, O);
  const constant = kind.feedback === "argmax" || kind.feedback === "sample";
  return {
    x:
      inputs instanceof Int32Array
        ? Array.from(inputs, (index) => oneHot(index, I))
        : inputs instanceof Float32Array
          ? rowsOf(inputs, I)
          : Array.from({ length: tau }, () => []),
    y,
    weights: sequence.weights && [...sequence.weights],
    h0: sequence.initialState ? [...sequence.initialState] : new Array(H).fill(0),
    f0: sequence.initialFeedback && [...sequence.initialFeedback],
    given:
      fed &&
      rowsOf(fed, O).map((row, t) => {
        const forced = isTeachable(kind) && y && t > 0 && row.every((value, k) => value === y[t - 1]?.[k]);
        return constant || forced ? row : undefined;
      }),
  };
}

describe.each(kinds.map((kind, index) => [nameOf(kind), kind, index] as const))("%s", (_, kind, index) => {
  for (const inputs of inputKinds) {
    test(`inputs: ${inputs}`, async () => {
      const random = generator(seed + 10 * index + inputKinds.indexOf(inputs));
      for (const activation of activations) {
        const sizes = sizesOf(random, kind, inputs);
        const { I, H, O } = sizes;
        using rnn = await Rnn.create(optionsOf(kind, sizes, { activation, seed: index }));
        const lengths = [random.integer(2, 9), random.integer(1, 3), kind.outputs === "last" ? 5 : 0, 7];
        const headless = kind.outputs === "none";
        const dials: [targets: boolean, options: ForwardOptions][] = headless
          ? [[false, {}]]
          : [
              [true, {}],
              [false, { seed: 5 }],
              ...(isTeachable(kind) ? [0, 0.5] : []).map((teacherForcing): [boolean, ForwardOptions] => [
                true,
                { teacherForcing, seed: 3 },
              ]),
            ];
        for (const [targets, options] of dials) {
          const sequences = lengths.map((steps) => sequenceOf(random, kind, inputs, sizes, steps, targets));
          const scored = lengths.map((steps) => (kind.outputs === "last" ? 1 : steps));
          const downstream = {
            ...(!headless && { outputs: scored.map((rows) => random.floats(rows * O)) }),
            states: lengths.map((steps) => random.floats(steps * H)),
            finalState: random.floats(lengths.length * H),
            scale: 0.25,
          };
          using pass = rnn.forward(sequences, options);
          const gradients = pass.backward(downstream);
          const fed = hasR(kind) ? pass.feedback() : undefined;
          const [outputs, states, stepLosses] = [
            headless ? [] : pass.outputs(),
            pass.states(),
            pass.stepLosses(),
          ];
          const sums = new Map<string, number[]>();
          let [loss, count] = [0, 0];
          sequences.forEach((sequence, b) => {
            const input: TwinInput = {
              ...twinInput(kind, sizes, sequence, fed?.[b]),
              dOutputs: downstream.outputs && rowsOf(downstream.outputs[b] as Floats, O),
              dStates: rowsOf(downstream.states[b] as Floats, H),
              dFinal: [...downstream.finalState.subarray(b * H, (b + 1) * H)],
            };
            const wanted = twin(rnn.stateDict(), input, downstream.scale, { ...kind, activation });
            expectClose("states", states[b] as Floats, wanted.states.flat());
            if (!headless) expectClose("outputs", outputs[b] as Floats, wanted.outputs.flat());
            expectClose("losses", stepLosses[b] ?? [], wanted.losses);
            if (fed) {
              expectClose("feedback", fed[b] as Floats, wanted.fed.flat());
              checkRule(kind, input, wanted.probabilities, options.teacherForcing);
              const f = gradients.initialFeedback.subarray(b * O, (b + 1) * O);
              expectClose("initial feedback", f, wanted.dInitialFeedback);
            }
            const dX = inputs === "vectors" ? wanted.dInputs.flat() : [];
            expectClose("d inputs", gradients.inputs[b] as Floats, dX);
            expectClose("d states", gradients.states[b] as Floats, wanted.dStates.flat());
            const d0 = gradients.initialState.subarray(b * H, (b + 1) * H);
            expectClose("d initial state", d0, wanted.dInitial);
            loss += wanted.loss;
            count += input.y ? input.y.reduce((sum, _, q) => sum + (input.weights?.[q] ?? 1), 0) : 0;
            for (const [name, rows] of Object.entries(wanted.dParameters)) {
              const sum = sums.get(name);
              sums.set(
                name,
                rows.flat().map((value, i) => value + (sum?.[i] ?? 0)),
              );
            }
          });
          if (targets) expectClose("loss and count", [pass.loss, pass.count], [loss, count]);
          else expect([pass.loss, pass.count]).toEqual([Number.NaN, 0]);
          expect([...gradients.parameters.keys()]).toEqual([...rnn.stateDict().keys()]);
          for (const [name, { data }] of gradients.parameters)
            expectClose(name, data, sums.get(name) as number[]);
          covered++;
        }
        expect(I === 0).toBe(inputs === "none");
      }
    });
  }
});

/** What is constant among what was fed back follows the rule of the network, or is a target. */
function checkRule(kind: Kind, { given, y }: TwinInput, p: number[][], teacherForcing = 1): void {
  given?.forEach((row, t) => {
    if (t === 0) return;
    const target = isTeachable(kind) && y ? y[t - 1] : undefined;
    const forced = target && row?.every((value, k) => value === target[k]);
    if (target && teacherForcing === 1) expect(forced, `step ${t} is fed its target`).toBe(true);
    if (!row || forced) return;
    expect(row.every((value) => value === 0 || value === 1)).toBe(true);
    const before = p[t - 1] as number[];
    const isSymbol = kind.loss === "cross-entropy";
    if (isSymbol) expect(row.reduce((sum, value) => sum + value, 0)).toBe(1);
    if (kind.feedback !== "argmax") return;
    const wanted = isSymbol
      ? oneHot(before.indexOf(Math.max(...before)), before.length)
      : before.map((value) => Number(value >= 0.5));
    expect(row, `step ${t} is fed the most probable`).toEqual(wanted);
  });
}
