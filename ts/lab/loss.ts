import { Rnn } from "../index.js";
import type { Experiment } from "./experiment.js";
import { random } from "./random.js";

const seed = 1;
const [symbols, steps] = [5, 24] as const;

/**
 * Equations (10.12)–(10.14): L = Σ_t L_t with L_t = −log ŷ_t[y_t], ŷ_t = softmax(o_t). The parts are worked out
 * here, in double precision, from the outputs alone.
 */
export const lossIsASum: Experiment = {
  name: "loss",
  claim: "the loss of a sequence is the sum over its steps of the target's negative log-likelihood",
  shows: "equations (10.12)–(10.14), figure 10.3",
  setup: "5 symbols, 16 hidden units, tanh, uniform initializer; one drawn sequence of 24 steps; no training",
  seeds: [seed],
  takes: 5,
  limit: 30,

  async run() {
    const draws = random(seed);
    const indices = () => Int32Array.from({ length: steps }, () => draws.below(symbols));
    const targets = indices();
    using rnn = await Rnn.create({ inputSize: symbols, outputSize: symbols, hiddenSize: 16, seed });
    using pass = rnn.forward([{ inputs: indices(), targets }]);
    const outputs = pass.outputs()[0] ?? new Float32Array();
    const parts = Array.from(targets, (target, t) =>
      negativeLogLikelihood(outputs.subarray(t * symbols, (t + 1) * symbols), target),
    );
    const given = Array.from(pass.stepLosses()[0] ?? []);
    const total = parts.reduce((sum, loss) => sum + loss, 0);
    const worst = Math.max(...parts.map((loss, t) => Math.abs(loss - (given[t] ?? Number.NaN)) / loss));
    // A loss in single precision comes from a maximum, a sum of 5 exponentials and a logarithm of some ulps each.
    const bound = 16 * 2 ** -23;
    const apart = Math.abs(pass.loss - total) / total;
    return {
      findings: [
        { name: "loss", what: `loss of ${steps} steps`, found: pass.loss, unit: "nats" },
        {
          name: "sumOfParts",
          what: "sum of −log ŷ_t[y_t], from the outputs",
          found: total,
          unit: "nats",
          expected: "the same: relative difference within 2⁻¹⁹",
          holds: apart <= bound,
        },
        {
          name: "worstPart",
          what: "largest relative difference of one step",
          found: worst,
          expected: "single precision: within 2⁻¹⁹ = 1.9e-6",
          holds: worst <= bound,
        },
      ],
      figures: [
        {
          title: "The parts, and the sum as it grows",
          x: "step",
          y: "nats",
          curves: [
            { name: "L_t", style: "points", points: parts.map((loss, t) => [t + 1, loss] as const) },
            { name: "L_1 + … + L_t", points: runningSums(parts).map((sum, t) => [t + 1, sum] as const) },
            {
              name: "loss of the sequence",
              style: "dashed",
              points: [
                [1, pass.loss],
                [steps, pass.loss],
              ],
            },
          ],
        },
      ],
    };
  },
};

/** log Σ exp o − o[y], the maximum taken out first. */
function negativeLogLikelihood(outputs: Float32Array, target: number): number {
  const largest = Math.max(...outputs);
  const sum = outputs.reduce((total, output) => total + Math.exp(output - largest), 0);
  return Math.log(sum) + largest - (outputs[target] ?? Number.NaN);
}

function runningSums(parts: readonly number[]): number[] {
  let sum = 0;
  return parts.map((part) => {
    sum += part;
    return sum;
  });
}
