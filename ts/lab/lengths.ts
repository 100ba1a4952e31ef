import { Rnn, type Sequence } from "../index.js";
import type { Experiment } from "./experiment.js";
import { sameBits } from "./numbers.js";
import { type Random, random } from "./random.js";

const seed = 1;
const [symbols, hidden, longest] = [8, 32, 200] as const;

/** The model reads one x at a time, so its size does not know τ; nothing is padded. */
export const anyLength: Experiment = {
  name: "lengths",
  claim: "one model takes sequences of 1 to 200 steps in one batch; each gives the bits it gives alone",
  shows: "section 10.1: the input of a step has one size, whatever the length",
  setup:
    "8 symbols, 32 hidden units, tanh, uniform initializer; inputs and targets drawn; three updates of " +
    "all 200 sequences",
  seeds: [seed],
  takes: 5,
  limit: 60,

  async run(bench) {
    const sequences = shuffledLengths(random(seed));
    using rnn = await Rnn.create({ inputSize: symbols, outputSize: symbols, hiddenSize: hidden, seed });
    const before = rnn.parameterCount;
    using pass = rnn.forward(sequences);
    const together = { losses: pass.stepLosses(), states: pass.states(), outputs: pass.outputs() };
    let same = 0;
    let sum = 0;
    for (const [b, sequence] of sequences.entries()) {
      await bench.breathe(b / sequences.length, "each sequence alone");
      using alone = rnn.forward([sequence]);
      sum += alone.loss;
      const equal = (["losses", "states", "outputs"] as const).every((what) => {
        const own = { losses: alone.stepLosses(), states: alone.states(), outputs: alone.outputs() };
        return sameBits(together[what][b] ?? [], own[what][0] ?? []);
      });
      if (equal) same += 1;
    }
    const steps = together.losses.reduce((total, { length }) => total + length, 0);
    const { losses } = await rnn.fit(sequences, { updates: 3, batchSize: longest, seed });
    return {
      findings: [
        {
          name: "sequences",
          what: `sequences of 1 to ${longest} steps with the bits they have alone`,
          found: same,
          expected: `all ${longest}`,
          holds: same === longest,
        },
        {
          name: "steps",
          what: "steps computed and scored",
          found: steps,
          expected: `1 + 2 + … + ${longest} = ${(longest * (longest + 1)) / 2}; padded it would be ${longest ** 2}`,
          holds: steps === (longest * (longest + 1)) / 2 && pass.count === steps,
        },
        {
          name: "loss",
          what: "loss of the batch, less that of all alone",
          found: Math.abs(pass.loss - sum) / sum,
          expected: "sums of the same numbers in double precision: within 1e-12 relative",
          holds: Math.abs(pass.loss - sum) <= 1e-12 * sum,
        },
        {
          name: "parameters",
          what: "parameters, after training on all lengths at once",
          found: rnn.parameterCount,
          expected: `as before: ${before}; the loss fell`,
          holds: rnn.parameterCount === before && (losses[2] ?? 0) < (losses[0] ?? 0),
        },
      ],
      figures: [
        {
          title: "Loss of each sequence, from the one batch",
          x: "steps",
          y: "nats",
          curves: [
            {
              name: "sum over its steps",
              style: "points",
              points: together.losses
                .map((losses) => [losses.length, losses.reduce((total, loss) => total + loss, 0)] as const)
                .sort(([a], [b]) => a - b),
            },
          ],
        },
      ],
    };
  },
};

/** One sequence of each length, in random order. */
function shuffledLengths(draws: Random): Sequence[] {
  const lengths = Array.from({ length: longest }, (_, i) => i + 1);
  for (let i = lengths.length - 1; i > 0; i--) {
    const j = draws.below(i + 1);
    [lengths[i], lengths[j]] = [lengths[j] ?? 1, lengths[i] ?? 1];
  }
  const indices = (length: number) => Int32Array.from({ length }, () => draws.below(symbols));
  return lengths.map((length) => ({ inputs: indices(length), targets: indices(length) }));
}
