import { type Recurrence, Rnn, type Sequence } from "../index.js";
import { type Bench, type Experiment, part } from "./experiment.js";
import { level, lossCurve, train } from "./training.js";

const seed = 1;
const steps = 12;
/** Inputs: the bit, 0 or 1; nothing to see; the sign that the bit is asked for now. */
const [nothing, now] = [2, 3] as const;

/**
 * The recall bit: a bit at t = 1, target 0 until τ, then the bit. Both sequences there are. Under teacher forcing what
 * is fed back at τ is y_{τ−1} = 0 in either, and so is every input but the first: without W the two look the same.
 */
const sequences = [0, 1].map(
  (bit): Sequence => ({
    inputs: Int32Array.from({ length: steps }, (_, t) => (t === 0 ? bit : t < steps - 1 ? nothing : now)),
    targets: Int32Array.from({ length: steps }, (_, t) => (t === steps - 1 ? bit : 0)),
  }),
);
const last = sequences.map((sequence) => ({
  ...sequence,
  weights: Float32Array.from({ length: steps }, (_, t) => (t === steps - 1 ? 1 : 0)),
}));

/** Recurrence from the output alone forgets whatever the targets do not say. */
export const recallBit: Experiment = {
  name: "recall",
  claim:
    "a bit seen at the first step is recalled at the last with recurrence in the hidden units, not from " +
    "the output",
  shows: "figures 10.3, 10.4 and 10.6",
  setup:
    "4 symbols, 16 hidden units, tanh, W orthogonal at first, the net without W uniform; both sequences " +
    "of 12 steps there are; 2,500 updates of 2, Adam 0.003 falling as a cosine, clipped to 1",
  seeds: [seed],
  takes: 5,
  limit: 60,

  async run(bench) {
    const hidden = await learn(part(bench, 0, 0.5), "hidden");
    const output = await learn(part(bench, 0.5, 1), "output");
    const curves = [hidden.curve, output.curve];
    const floor = Math.LN2 / steps;
    return {
      findings: [
        {
          name: "hidden",
          what: "loss at the last step, recurrence between hidden units",
          found: hidden.loss,
          unit: "nats",
          expected: "0 with memory; less than 0.01",
          basis: "ours",
          holds: hidden.loss < 0.01,
        },
        {
          name: "output",
          what: "loss at the last step, recurrence from the output, teacher forced",
          found: output.loss,
          unit: "nats",
          expected: `ln 2 = ${Math.LN2.toFixed(4)} without memory, within 0.02`,
          holds: Math.abs(output.loss - Math.LN2) <= 0.02,
        },
      ],
      figures: [
        {
          title: `Loss per step, ${steps} steps of which one tells the bit`,
          x: "update",
          y: "nats",
          curves: [...curves, level("ln 2 / τ", floor, curves)],
        },
      ],
    };
  },
};

async function learn(bench: Bench, recurrence: Recurrence) {
  // Orthogonal, so that the gradient finds its way back to the first step.
  using rnn = await Rnn.create({
    ...{ inputSize: 4, outputSize: 2, hiddenSize: 16, recurrence, seed },
    ...(recurrence === "hidden" && { initializer: "orthogonal" }),
  });
  const { losses } = await train(bench, `recurrence ${recurrence}`, rnn, sequences, {
    updates: 2500,
    batchSize: 2,
    optimizer: { kind: "adam", learningRate: 0.003 },
    clipNorm: 1,
    seed,
  });
  const { loss } = await rnn.evaluate(last);
  return { loss, curve: lossCurve(`recurrence ${recurrence}`, losses) };
}
