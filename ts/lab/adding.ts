import { Rnn, type Sequence } from "../index.js";
import { type Bench, type Experiment, part } from "./experiment.js";
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
    "two marked numbers among fifty are added, the first 25 steps and more before the answer: not with " +
    "tanh, but with rectified units that begin with W = identity",
  shows:
    "figure 10.5, section 10.7; the task of Hochreiter and Schmidhuber 1997, the units of Le, Jaitly " +
    "and Hinton 2015",
  setup:
    "2 inputs, 64 hidden units, rectified with W = identity at first, or tanh with W orthogonal at " +
    "first; 20,000 sequences of 50 steps; 3,000 updates of 50, Adam 0.002 falling as a cosine, clipped " +
    "to 1",
  takes: 60,
  seeds: [seed],
  limit: 300,

  async run(bench) {
    const draws = random(seed);
    const make = (count: number): Sequence[] => Array.from({ length: count }, () => addingSequence(draws));
    const data = { training: make(20_000), heldOut: make(2000) };
    const { heldOut } = data;
    const rectified = await learn(part(bench, 0, 0.5), "rectified", data);
    const tanh = await learn(part(bench, 0.5, 1), "tanh", data);
    const constant = mean(
      heldOut.map(({ targets }) => ((targets as Float32Array)[0] ?? 0) - 1).map((d) => d * d),
    );
    const curves = [rectified.curve, tanh.curve];
    return {
      findings: [
        {
          name: "meanSquaredError",
          what: "mean squared error on sums never seen, rectified units",
          found: rectified.error,
          expected: `always answering 1 gives 1/6 = ${addingFloor.toFixed(4)}; at most a tenth of it`,
          basis: "ours",
          holds: rectified.error <= addingFloor / 10,
        },
        {
          name: "meanSquaredErrorTanh",
          what: "the same with tanh, trained as long",
          found: tanh.error,
          expected: "stays near that of always answering 1: at least three quarters of it",
          basis: "ours",
          holds: tanh.error >= 0.75 * addingFloor,
        },
        {
          name: "always1",
          what: "the same for always answering 1",
          found: constant,
          expected: `1/6 = ${addingFloor.toFixed(4)}, within 5 %`,
          holds: Math.abs(constant / addingFloor - 1) < 0.05,
        },
      ],
      figures: [
        {
          title: "Learning to add",
          x: "update",
          y: "mean squared error",
          logY: true,
          curves: [...curves, level("always 1", addingFloor, curves)],
        },
        answers(heldOut, rectified.answers),
      ],
    };
  },
};

interface Data {
  readonly training: readonly Sequence[];
  readonly heldOut: readonly Sequence[];
}
const nets = {
  rectified: { activation: "relu", initializer: "identity" },
  tanh: { activation: "tanh", initializer: "orthogonal" },
} as const;

async function learn(bench: Bench, kind: keyof typeof nets, { training, heldOut }: Data) {
  using rnn = await Rnn.create({
    ...{ inputSize: 2, outputSize: 1, hiddenSize: 64, outputs: "last", loss: "squared-error", seed },
    ...nets[kind],
  });
  const { losses } = await train(bench, kind, rnn, training, {
    updates: 3000,
    batchSize: 50,
    optimizer: { kind: "adam", learningRate: 0.002 },
    clipNorm: 1,
    seed,
  });
  const answers = rnn.predict(heldOut.slice(0, 200)).map(([answer = 0]) => answer);
  // The loss is half the squared error.
  const curve = lossCurve(
    kind,
    losses.map((loss) => 2 * loss),
  );
  return { error: 2 * (await rnn.evaluate(heldOut)).loss, curve, answers };
}

function answers(sequences: readonly Sequence[], found: readonly number[]) {
  const right = (i: number): number => (sequences[i]?.targets as Float32Array | undefined)?.[0] ?? 0;
  const points = found.map((answer, i) => [right(i), answer] as const).sort(([a], [b]) => a - b);
  return {
    title: "What the rectified net answers",
    x: "the sum",
    y: "its answer",
    curves: [
      { name: "sequences", style: "points" as const, points },
      {
        name: "right",
        style: "dashed" as const,
        points: Array.from({ length: 41 }, (_, i) => [i / 20, i / 20] as const),
      },
    ],
  };
}
