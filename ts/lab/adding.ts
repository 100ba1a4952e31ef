import { Rnn, type Sequence } from "../index.js";
import type { Experiment } from "./experiment.js";
import { mean } from "./numbers.js";
import { type Random, random } from "./random.js";
import { level, lossCurve, train } from "./training.js";

const seed = 1;
const steps = 50;

/**
 * Uniform numbers, two of them marked, one in each half; asked for at the end is the sum of the two. A step is (number,
 * mark).
 */
export function addingSequence(draws: Random): Sequence {
  const half = steps / 2;
  const marked = [draws.below(half), half + draws.below(half)];
  const inputs = Float32Array.from({ length: 2 * steps }, (_, i) =>
    i % 2 === 0 ? draws.next() : marked.includes((i - 1) / 2) ? 1 : 0,
  );
  const sum = marked.reduce((total, t) => total + (inputs[2 * t] ?? 0), 0);
  return { inputs, targets: Float32Array.of(sum) };
}

/** The best constant answer is the mean, 1; its mean squared error is the variance of two uniform numbers, 2/12. */
export const addingFloor = 1 / 6;

export const addingProblem: Experiment = {
  name: "adding",
  claim:
    "two marked numbers among fifty are added, though the first was seen 25 steps and more before the answer",
  shows: "S7, figure 10.5; Hochreiter and Schmidhuber 1997; Bai, Kolter and Koltun 2018, Table 1",
  seeds: [seed],
  limit: 300,

  async run(bench) {
    const draws = random(seed);
    const make = (count: number): Sequence[] => Array.from({ length: count }, () => addingSequence(draws));
    const [training, heldOut] = [make(20_000), make(2000)];
    using rnn = await Rnn.create({
      ...{ inputSize: 2, outputSize: 1, hiddenSize: 64, outputs: "last", loss: "squared-error", seed },
      initializer: "identity",
      activation: "relu",
    });
    const { losses } = await train(bench, "learning to add", rnn, training, {
      updates: 3000,
      batchSize: 50,
      optimizer: { kind: "adam", learningRate: 0.002 },
      clipNorm: 1,
      seed,
    });
    // The loss is half the squared error.
    const error = 2 * (await rnn.evaluate(heldOut)).loss;
    const constant = mean(
      heldOut.map(({ targets }) => ((targets as Float32Array)[0] ?? 0) - 1).map((d) => d * d),
    );
    const curve = lossCurve(
      "training",
      losses.map((loss) => 2 * loss),
    );
    return {
      findings: [
        {
          name: "meanSquaredError",
          what: "mean squared error on sums never seen",
          found: error,
          theory: `always answering 1 gives 1/6 = ${addingFloor.toFixed(4)}; at most a tenth of it`,
          holds: error <= addingFloor / 10,
        },
        {
          name: "always1",
          what: "the same for always answering 1",
          found: constant,
          theory: `1/6 = ${addingFloor.toFixed(4)}, within 5 %`,
          holds: Math.abs(constant / addingFloor - 1) < 0.05,
        },
      ],
      figures: [
        {
          title: "Learning to add",
          x: "update",
          y: "mean squared error",
          logY: true,
          curves: [curve, level("always 1", addingFloor, [curve])],
        },
        answers(rnn, heldOut.slice(0, 200)),
      ],
    };
  },
};

function answers(rnn: Rnn, sequences: readonly Sequence[]) {
  const found = rnn.predict(sequences).map(([answer = 0]) => answer);
  const points = sequences
    .map(({ targets }, i) => [(targets as Float32Array)[0] ?? 0, found[i] ?? 0] as const)
    .sort(([a], [b]) => a - b);
  return {
    title: "What it answers",
    x: "the sum",
    y: "its answer",
    curves: [
      { name: "sequences", style: "points" as const, points },
      {
        name: "right",
        style: "dashed" as const,
        points: [
          [0, 0],
          [2, 2],
        ] as const,
      },
    ],
  };
}
