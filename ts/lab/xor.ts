import { Rnn, type Sequence } from "../index.js";
import type { Experiment } from "./experiment.js";
import { type Random, random } from "./random.js";
import { level, lossCurve, train } from "./training.js";

const seed = 1;
/** Triples of bits in a string; every target but those of the third bits is a coin. */
const triples = 20;

/** Two coins and their exclusive or, again and again. The bits 1 … 3n are read, the bits 2 … 3n + 1 predicted. */
export function xorString(draws: Random): Int32Array<ArrayBuffer> {
  const bits: number[] = [];
  for (let k = 0; k < triples; k++) {
    const [a, b] = [draws.below(2), draws.below(2)];
    bits.push(a, b, a ^ b);
  }
  return Int32Array.from([...bits, draws.below(2)]);
}

/** Of three bits two are coins, and cost ln 2 each; the third costs nothing to whoever remembers the two. */
export const xorFloor = (2 / 3) * Math.LN2;

/** Elman's temporal XOR: every third bit is the exclusive or of the two before. */
export const temporalXor: Experiment = {
  name: "xor",
  claim: "every third bit, the exclusive or of the two before it, is predicted; the others are coins",
  shows: "equations (10.8)–(10.14), figure 10.3; Elman 1990, Finding structure in time",
  setup:
    "2 symbols, 16 hidden units, tanh, uniform initializer; 400 strings of 60 predicted bits; 40 epochs " +
    "in batches of 10, Adam 0.01 falling as a cosine, clipped to 1",
  seeds: [seed],
  takes: 5,
  limit: 60,

  async run(bench) {
    const strings = (count: number, from: number): Sequence[] => {
      const draws = random(from);
      return Array.from({ length: count }, () => ({ inputs: xorString(draws), targets: "next" }));
    };
    using rnn = await Rnn.create({ inputSize: 2, outputSize: 2, hiddenSize: 16, seed });
    const { losses } = await train(bench, "learning bits", rnn, strings(400, seed), {
      epochs: 40,
      batchSize: 10,
      optimizer: { kind: "adam", learningRate: 0.01 },
      clipNorm: 1,
      seed,
    });
    const heldOut = strings(2000, seed + 1);
    const { loss } = await rnn.evaluate(heldOut);
    const third = await rnn.evaluate(
      heldOut.map((one) => ({
        ...one,
        weights: Float32Array.from({ length: 3 * triples }, (_, t) => (t % 3 === 1 ? 1 : 0)),
      })),
    );
    const curve = lossCurve("training", losses);
    return {
      findings: [
        {
          name: "loss",
          what: "loss on strings never seen",
          found: loss,
          unit: "nats per bit",
          expected: `floor ⅔ ln 2 = ${xorFloor.toFixed(4)}, within 0.02 (without memory ${Math.LN2.toFixed(4)})`,
          holds: Math.abs(loss - xorFloor) <= 0.02,
        },
        {
          name: "thirdBit",
          what: "third bits right",
          found: (third.accuracy ?? 0) * 100,
          unit: "%",
          expected: "50 % without memory, 100 % with; at least 99 %",
          basis: "ours",
          holds: (third.accuracy ?? 0) >= 0.99,
        },
      ],
      figures: [
        {
          title: "Learning temporal XOR",
          x: "update",
          y: "nats per bit",
          curves: [curve, level("floor", xorFloor, [curve]), level("without memory", Math.LN2, [curve])],
        },
        stepFigure(rnn, heldOut),
      ],
    };
  },
};

/** Elman's figure: the loss over the first bits, which falls at every third. */
function stepFigure(rnn: Rnn, heldOut: readonly Sequence[]) {
  using pass = rnn.forward(heldOut);
  const all = pass.stepLosses();
  const points = Array.from({ length: 15 }, (_, t) => {
    const total = all.reduce((sum, losses) => sum + (losses[t] ?? 0), 0);
    return [t + 2, total / all.length] as const;
  });
  return {
    title: "Loss bit by bit",
    x: "place of the predicted bit",
    y: "nats",
    curves: [{ name: "mean over strings", points }],
  };
}
