import { Rnn } from "../index.js";
import type { Experiment } from "./experiment.js";
import { random } from "./random.js";

const seed = 1;
const [symbols, steps, hiddenSize] = [3, 5, 12] as const;

/**
 * Equations (10.15) and (10.16): p(y | x) = Π_t p(y_t | y_1 … y_{t−1}, x), so the teacher-forced loss of y is
 * −log p(y | x). The first factor already depends on all of x, so x comes in as a summary: the last state of a net
 * without outputs is the first state of the net that says y. Every y there is gets its probability in two ways.
 */
export const maximumLikelihood: Experiment = {
  name: "ml",
  claim:
    "teacher forcing is maximum likelihood: losses are −log of probabilities that sum to 1 over every " +
    "sequence",
  shows: "equations (10.15) and (10.16), figure 10.6",
  setup:
    "3 symbols, 12 hidden units, tanh, uniform initializer times 4; all 243 sequences of 5 steps, after " +
    "4 drawn steps of 2 inputs; no training",
  seeds: [seed],
  takes: 5,
  limit: 30,

  async run(bench) {
    const draws = random(seed);
    using reader = await Rnn.create({ inputSize: 2, hiddenSize, outputs: "none", seed });
    using writer = await Rnn.create({
      ...{ inputSize: 0, hiddenSize, outputSize: symbols, recurrence: "both", feedback: "sample" },
      seed: seed + 1,
    });
    // Larger weights than at the start of training, so that some sequences are far likelier than others.
    writer.loadStateDict(
      new Map(
        [...writer.stateDict()].map(([name, { shape, data }]) => [
          name,
          { shape, data: data.map((w) => 4 * w) },
        ]),
      ),
    );
    using reading = reader.forward([{ inputs: Float32Array.from({ length: 8 }, () => 2 * draws.normal()) }]);
    const initialState = reading.finalState();

    /** p(· | prefix), from what the net says when it has been fed the prefix. */
    const next = (prefix: readonly number[]): Float32Array => {
      const targets = Int32Array.from([...prefix, 0]);
      using pass = writer.forward([{ inputs: targets.length, targets, initialState }]);
      return softmax((pass.outputs()[0] ?? new Float32Array()).slice(-symbols));
    };
    const sequences = [...everySequence([])];
    const probabilities = [...chain([], 1, next)];
    using pass = writer.forward(
      sequences.map((targets) => ({ inputs: steps, targets: Int32Array.from(targets), initialState })),
    );
    const losses = pass.stepLosses().map((parts) => parts.reduce((sum, loss) => sum + loss, 0));
    await bench.breathe(0.9, "every sequence");
    const total = losses.reduce((sum, loss) => sum + Math.exp(-loss), 0);
    const worst = Math.max(
      ...losses.map((loss, i) => Math.abs(loss + Math.log(probabilities[i] ?? Number.NaN))),
    );
    return {
      findings: [
        {
          name: "sum",
          what: `sum of p(y) = exp(−loss) over all ${symbols}^${steps} = ${symbols ** steps} sequences`,
          found: total,
          expected: "1, within 1e-5",
          holds: Math.abs(total - 1) <= 1e-5,
        },
        {
          name: "difference",
          what: "largest |loss − (−log p(y))|, p(y) by the chain rule",
          found: worst,
          unit: "nats",
          expected: "0, within 1e-5",
          holds: worst <= 1e-5,
        },
      ],
      figures: [
        {
          title: "Probability of every sequence, likeliest first",
          x: "rank",
          y: "p(y)",
          logY: true,
          curves: [
            {
              name: "exp(−loss), teacher forced",
              points: losses
                .map((loss) => Math.exp(-loss))
                .sort((a, b) => b - a)
                .map((p, rank) => [rank + 1, p] as const),
            },
            {
              name: "chain rule",
              style: "points",
              points: [...probabilities]
                .sort((a, b) => b - a)
                .map((p, rank) => [rank + 1, p] as const)
                .filter((_, rank) => rank % 6 === 0),
            },
          ],
        },
      ],
    };
  },
};

/** In the order of counting. */
function* everySequence(prefix: readonly number[]): Generator<readonly number[]> {
  if (prefix.length === steps) yield prefix;
  else for (let symbol = 0; symbol < symbols; symbol++) yield* everySequence([...prefix, symbol]);
}

/** p of every sequence in the same order, factor by factor. */
function* chain(
  prefix: readonly number[],
  probability: number,
  next: (prefix: readonly number[]) => Float32Array,
): Generator<number> {
  if (prefix.length === steps) {
    yield probability;
    return;
  }
  for (const [symbol, p] of next(prefix).entries()) yield* chain([...prefix, symbol], probability * p, next);
}

/** In double precision until the end. */
function softmax(outputs: Float32Array): Float32Array {
  const largest = Math.max(...outputs);
  const powers = Array.from(outputs, (output) => Math.exp(output - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, (power) => power / sum);
}
