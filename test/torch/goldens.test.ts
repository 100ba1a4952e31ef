/** Files with PyTorch's names compute what torch computes with them: make-goldens.py. */
import { expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import { expectWithin } from "../models/close.js";
import { farthest, fileOf, goldens, joined, optionsOf, sequencesOf } from "./goldens.js";

test("the cases cover what torch.nn.RNN of one layer can be", () => {
  const wanted: Record<string, readonly (string | boolean)[]> = {
    nonlinearity: ["tanh", "relu"],
    bias: [true, false],
    batch_first: [true, false],
    outputs: ["every", "last", "none"],
    symbols: [true, false],
    loss: ["cross-entropy", "squared-error", "bernoulli", "states"],
  };
  for (const [key, values] of Object.entries(wanted))
    expect(new Set<unknown>(goldens.map((golden) => golden[key as keyof typeof golden])), key).toEqual(
      new Set(values),
    );
  expect(new Set(goldens.map(({ modules }) => modules[1])).size).toBeGreaterThan(5);
  expect(goldens.some(({ lengths }) => new Set(lengths).size > 1)).toBe(true);
});

test.each(goldens)("$name: states, logits, loss and gradients are those of torch", async (golden) => {
  const { expected, O, loss, targets } = golden;
  using rnn = await Rnn.load(fileOf(golden), optionsOf(golden));
  expect(rnn.options).toMatchObject({
    inputSize: golden.I,
    hiddenSize: golden.H,
    activation: golden.nonlinearity,
  });

  using pass = rnn.forward(sequencesOf(golden));
  const states = joined(pass.states());
  expect(states).toHaveLength(expected.states.length);
  expect(farthest(states, expected.states)).toBeLessThanOrEqual(2e-6);
  expect(farthest(pass.finalState(), expected.final)).toBeLessThanOrEqual(2e-6);
  if (O > 0) {
    const logits = joined(pass.outputs());
    expect(logits).toHaveLength(expected.logits.length);
    const largest = expected.logits.reduce((most, o) => Math.max(most, Math.abs(o)), 1);
    expect(farthest(logits, expected.logits)).toBeLessThanOrEqual(2e-6 * largest);
    expect(Math.abs(pass.loss - expected.loss)).toBeLessThanOrEqual(2e-6 * Math.max(1, expected.loss));
  }

  const downstream = { states: targets.map((rows) => Float32Array.from(rows)) };
  const gradients = pass.backward(loss === "states" ? downstream : {});
  const { initial, inputs, ...parameters } = expected.gradients;
  for (const [name, wanted] of Object.entries(parameters))
    expectWithin(name, gradients.parameters.get(name)?.data ?? [], wanted, 1);
  expectWithin("initial state", gradients.initialState, initial ?? [], 1);
  if (inputs) expectWithin("inputs", joined(gradients.inputs), inputs, 1);
  // Without biases in torch there are two here, all zeros: the others are all that torch has.
  const biases = golden.bias ? [] : O > 0 ? ["bias_h", "bias_o"] : ["bias_h"];
  expect(new Set([...Object.keys(parameters), ...biases])).toEqual(new Set(rnn.stateDict().keys()));
});
