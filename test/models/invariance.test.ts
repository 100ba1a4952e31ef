// The same bits, for every combination: alone or in a batch, whole or in chunks, at once or step by step on a stream,
// with the whole tape or under a memory budget.
import { describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats, Forward, ForwardOptions, Sequence } from "../../ts/types.js";
import { bits, generator } from "../random.js";
import {
  hasR,
  type InputKind,
  inputKinds,
  isTeachable,
  type Kind,
  kinds,
  nameOf,
  optionsOf,
  type Random,
  sequenceOf,
  sizesOf,
} from "./combinations.js";

const seed = 20261123;
const same = (what: string, a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined) =>
  expect(bits(a as Float32Array), what).toEqual(bits(b as Float32Array));

/** A network of a kind, a ragged batch for it, and every turn of its dial. */
async function setUp(kind: Kind, inputs: InputKind, random: Random) {
  const sizes = sizesOf(random, kind, inputs);
  const rnn = await Rnn.create(optionsOf(kind, sizes, { seed: 7 }));
  const make = (targets: boolean) =>
    [9, 1, 4, 16, 9, 2, 7].map((steps, id) => ({
      ...sequenceOf(random, kind, inputs, sizes, steps, targets),
      id,
    }));
  const free: [string, Sequence[], ForwardOptions] = ["no targets", make(false), { seed: 3 }];
  const dials: [string, Sequence[], ForwardOptions][] =
    kind.outputs === "none"
      ? [free]
      : [
          free,
          ["targets", make(true), { seed: 3 }],
          ...(isTeachable(kind)
            ? [0, 0.5].map((teacherForcing): [string, Sequence[], ForwardOptions] => [
                `teacherForcing ${teacherForcing}`,
                make(true),
                { teacherForcing, seed: 3 },
              ])
            : []),
        ];
  return { rnn, sizes, dials };
}

/** Everything a pass says of sequence b. */
function valuesOf(kind: Kind, pass: Forward, b: number): [string, Floats | undefined][] {
  return [
    ["states", pass.states()[b]],
    ["losses", pass.stepLosses()[b]],
    ...(kind.outputs === "none" ? [] : [["outputs", pass.outputs()[b]] as [string, Floats | undefined]]),
    ...(hasR(kind) ? [["feedback", pass.feedback()[b]] as [string, Floats | undefined]] : []),
  ];
}

const slice = (
  sequence: Sequence,
  kind: Kind,
  from: number,
  to: number,
  { I, O }: { I: number; O: number },
) => {
  const { inputs, targets, weights } = sequence;
  const cut = <T extends Int32Array | Float32Array>(values: T, width: number) =>
    values.slice(from * width, to * width) as T;
  const perStep = kind.outputs !== "last";
  return {
    ...sequence,
    inputs: typeof inputs === "number" ? to - from : cut(inputs, inputs instanceof Float32Array ? I : 1),
    ...(perStep && targets instanceof Int32Array && { targets: cut(targets, 1) }),
    ...(perStep && targets instanceof Float32Array && { targets: cut(targets, O) }),
    ...(perStep && weights && { weights: cut(weights, 1) }),
  };
};

describe.each(kinds.map((kind, index) => [nameOf(kind), kind, index] as const))("%s", (_, kind, index) => {
  test.each(inputKinds)("inputs: %s", async (inputs) => {
    const random = generator(seed + 10 * index);
    const { rnn, sizes, dials } = await setUp(kind, inputs, random);
    const { H, O } = sizes;
    const row = (all: Floats, b: number, width: number) => all.slice(b * width, (b + 1) * width);
    for (const [name, sequences, options] of dials) {
      using together = rnn.forward(sequences, options);
      const gradients = together.backward();
      for (const b of [3, 0, 1]) {
        const sequence = sequences[b] as Sequence;
        const wanted = valuesOf(kind, together, b);
        using alone = rnn.forward([sequence], options);
        valuesOf(kind, alone, 0).forEach(([what, got], i) => {
          same(`${name}: ${what} alone`, got, wanted[i]?.[1]);
        });
        const own = alone.backward();
        same(`${name}: d states alone`, own.states[0], gradients.states[b]);
        same(`${name}: d h0 alone`, own.initialState, row(gradients.initialState, b, H));
        if (hasR(kind))
          same(`${name}: d f0 alone`, own.initialFeedback, row(gradients.initialFeedback, b, O));
      }
      checkChunks(rnn, kind, sizes, sequences[3] as Sequence, options, name);
      checkStream(rnn, kind, sizes, sequences[3] as Sequence, options, name);
      checkBudget(rnn, kind, sequences, options, together, name);
    }
    rnn.dispose();
  });
});

/** 16 steps in chunks of 5, 1 and 10: state, feedback and the number of the first step are handed on. */
function checkChunks(
  rnn: Rnn,
  kind: Kind,
  sizes: { I: number; H: number; O: number },
  sequence: Sequence,
  options: ForwardOptions,
  name: string,
): void {
  using whole = rnn.forward([sequence], options);
  const { targets: _targets, weights: _weights, ...bare } = sequence;
  let [handed, firstStep] = [{}, 0];
  const parts: Floats[][] = [];
  for (const to of [5, 6, 16]) {
    // Only the chunk that ends the sequence has its last output.
    const given = kind.outputs === "last" && to < 16 ? bare : sequence;
    using chunk = rnn.forward([{ ...slice(given, kind, firstStep, to, sizes), ...handed }], {
      ...options,
      firstStep,
    });
    parts.push(valuesOf(kind, chunk, 0).map(([, values]) => values as Floats));
    handed = {
      initialState: chunk.finalState(),
      ...(hasR(kind) && { initialFeedback: chunk.finalFeedback() }),
    };
    firstStep = to;
  }
  valuesOf(kind, whole, 0).forEach(([what, values], i) => {
    const scoredAtEnd = kind.outputs === "last" && (what === "outputs" || what === "losses");
    const joined = parts.slice(scoredAtEnd ? -1 : 0).flatMap((part) => [...(part[i] as Floats)]);
    same(`${name}: ${what} in chunks`, Float32Array.from(joined), values);
  });
}

/** Step by step: what the stream gives, carries and feeds back. */
function checkStream(
  rnn: Rnn,
  kind: Kind,
  { I, H, O }: { I: number; H: number; O: number },
  sequence: Sequence,
  options: ForwardOptions,
  name: string,
): void {
  const { inputs, targets, initialState: _h, initialFeedback: _f, id: _id, ...rest } = sequence;
  const plain: Sequence = { inputs, ...(targets !== undefined && { targets }), ...rest };
  using pass = rnn.forward([plain], options);
  const [states] = pass.states() as [Floats];
  const outputs = kind.outputs === "every" ? pass.outputs()[0] : undefined;
  using stream = rnn.stream({ seed: options.seed ?? 0 });
  const teacherForcing = options.teacherForcing ?? (targets === undefined ? 0 : 1);
  const width = kind.loss === "cross-entropy" ? 1 : O;
  const forced = isTeachable(kind) && targets !== undefined;
  const fed = hasR(kind) ? (pass.feedback()[0] as Floats) : undefined;
  for (let t = 0; t < 16; t++) {
    const input =
      typeof inputs === "number"
        ? undefined
        : inputs instanceof Int32Array
          ? inputs.slice(t, t + 1)
          : inputs.slice(t * I, (t + 1) * I);
    const target = (targets as Int32Array | Float32Array | undefined)?.slice(t * width, (t + 1) * width);
    // Where the dial is in the middle, whether the next step was taught is read from what entered it.
    const isTarget =
      forced && teacherForcing > 0 && (teacherForcing === 1 || t === 15 || wasTaught(fed, target, t + 1, O));
    const got = stream.step(input, isTarget && target ? { target } : {});
    if (outputs) same(`${name}: outputs on a stream`, got, outputs.slice(t * O, (t + 1) * O));
    else if (kind.outputs === "none")
      same(`${name}: a step gives states`, got, states.slice(t * H, (t + 1) * H));
    else if (t === 15) same(`${name}: the last output on a stream`, got, pass.outputs()[0]);
    same(`${name}: states on a stream`, stream.state(), states.slice(t * H, (t + 1) * H));
  }
}

const wasTaught = (
  fed: Floats | undefined,
  target: Int32Array | Float32Array | undefined,
  t: number,
  O: number,
) =>
  fed !== undefined &&
  target !== undefined &&
  fed
    .subarray(t * O, (t + 1) * O)
    .every((value, k) => value === (target instanceof Int32Array ? Number(k === target[0]) : target[k]));

/** The least budget that will do, and one in between: the same gradients as with the whole tape. */
function checkBudget(
  rnn: Rnn,
  kind: Kind,
  sequences: Sequence[],
  options: ForwardOptions,
  plain: Forward,
  name: string,
): void {
  let least = 0;
  try {
    rnn.forward(sequences, { ...options, memoryBudget: 1 }).dispose();
  } catch (error) {
    least = (error as { requested: number }).requested;
  }
  expect(least, `${name}: a budget of one byte says what would do`).toBeGreaterThan(1);
  expect(plain.tapeBytes).toBeGreaterThanOrEqual(least);
  const downstream = {
    states: plain.states(),
    finalState: plain.finalState(),
    ...(kind.outputs !== "none" && { outputs: plain.outputs() }),
  };
  for (const [memoryBudget, given] of [
    [least, {}],
    [Math.ceil((least + plain.tapeBytes) / 2), {}],
    [least, downstream],
  ] as const) {
    const wanted = plain.backward(given);
    using pass = rnn.forward(sequences, { ...options, memoryBudget });
    expect(pass.tapeBytes).toBeLessThanOrEqual(memoryBudget);
    expect([pass.loss, pass.count]).toEqual([plain.loss, plain.count]);
    const got = pass.backward(given);
    for (const [tensor, { data }] of wanted.parameters)
      same(`${name}: d ${tensor} under a budget`, got.parameters.get(tensor)?.data, data);
    sequences.forEach((_, b) => {
      same(`${name}: d states under a budget`, got.states[b], wanted.states[b]);
      same(`${name}: d inputs under a budget`, got.inputs[b], wanted.inputs[b]);
      const values = valuesOf(kind, plain, b);
      valuesOf(kind, pass, b).forEach(([what, found], i) => {
        same(`${name}: ${what} under a budget`, found, values[i]?.[1]);
      });
    });
    same(`${name}: d h0 under a budget`, got.initialState, wanted.initialState);
    same(`${name}: d f0 under a budget`, got.initialFeedback, wanted.initialFeedback);
  }
}
