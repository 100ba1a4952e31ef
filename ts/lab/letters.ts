import { Rnn, type Sequence } from "../index.js";
import type { Experiment } from "./experiment.js";
import { type Random, random } from "./random.js";
import { level, lossCurve, train } from "./training.js";

const seed = 1;
const symbols = "bdgaiu";
const words = ["ba", "dii", "guuu"] as const;
/** Syllables in a string. */
const syllables = 20;

/** Consonants in random order, each with its vowels; the next consonant ends it, so that the last vowel is predicted. */
export function syllableString(draws: Random): Int32Array<ArrayBuffer> {
  const text = Array.from({ length: syllables }, () => draws.pick(words)).join("");
  const end = draws.pick(words)[0] ?? "";
  return Int32Array.from(text + end, (symbol) => symbols.indexOf(symbol));
}

/** Consonants are coins with three sides, ln 3 each, vowels are certain: mean over the targets of these strings, nats. */
export function lettersFloor(sequences: readonly Sequence[]): number {
  const targets = sequences.flatMap(({ inputs }) => [...(inputs as Int32Array).subarray(1)]);
  return (Math.log(3) * targets.filter((index) => index < 3).length) / targets.length;
}

/** Elman's letters: b is followed by one a, d by two i, g by three u. */
export const elmanLetters: Experiment = {
  name: "letters",
  claim:
    "after b comes a, after d ii, after g uuu: which vowel and how many are learned, the consonants are " +
    "chance",
  shows: "equations (10.8)–(10.14), figure 10.3; Elman 1990, Finding structure in time",
  setup:
    "6 letters, 16 hidden units, tanh, uniform initializer; 200 strings of 20 syllables; 20 epochs in " +
    "batches of 10, Adam 0.01 falling as a cosine, clipped to 5",
  seeds: [seed],
  takes: 5,
  limit: 60,

  async run(bench) {
    const strings = (count: number, from: number): Sequence[] => {
      const draws = random(from);
      return Array.from({ length: count }, () => ({ inputs: syllableString(draws), targets: "next" }));
    };
    using rnn = await Rnn.create({ inputSize: 6, outputSize: 6, hiddenSize: 16, seed });
    const { losses } = await train(bench, "learning syllables", rnn, strings(200, seed), {
      epochs: 20,
      batchSize: 10,
      optimizer: { kind: "adam", learningRate: 0.01 },
      seed,
    });
    const heldOut = strings(500, seed + 1);
    const { loss } = await rnn.evaluate(heldOut);
    const floor = lettersFloor(heldOut);
    const curve = lossCurve("training", losses);
    return {
      findings: [
        {
          name: "loss",
          what: "loss on strings never seen",
          found: loss,
          unit: "nats per letter",
          expected: `floor ${floor.toFixed(4)} on these strings (ln 3 / 3 = ${(Math.log(3) / 3).toFixed(4)} on all), within 0.02`,
          holds: Math.abs(loss - floor) <= 0.02,
        },
      ],
      figures: [
        {
          title: "Learning Elman's letters",
          x: "update",
          y: "nats per letter",
          curves: [curve, level("floor", floor, [curve])],
        },
        letterFigure(rnn, heldOut[0] as Sequence),
      ],
    };
  },
};

/** Elman's figure: high where a consonant comes, near 0 at vowels. */
function letterFigure(rnn: Rnn, sequence: Sequence) {
  using pass = rnn.forward([sequence]);
  const losses = pass.stepLosses()[0] ?? [];
  return {
    title: "Loss letter by letter",
    x: "place of the predicted letter",
    y: "nats",
    curves: [
      { name: "one string", points: Array.from(losses.slice(0, 40), (loss, t) => [t + 2, loss] as const) },
    ],
  };
}
