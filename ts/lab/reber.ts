import { Rnn } from "../index.js";
import { floorOf, letters, reber, strings } from "./automata.js";
import type { Experiment } from "./experiment.js";
import { level, lossCurve, train } from "./training.js";

const seed = 1;

/** The Reber grammar: a walk through an automaton of six states, each step one of two letters with p = ½. */
export const reberGrammar: Experiment = {
  name: "reber",
  claim: "strings of the Reber grammar are predicted as well as by the automaton that makes them",
  shows: "equations (10.8)–(10.14), figure 10.3; the exact floor is the automaton's entropy rate",
  setup:
    "7 letters, 16 hidden units, tanh, uniform initializer; 2,000 strings; 12 epochs in batches of 20, " +
    "Adam 0.01 falling as a cosine, clipped to 5",
  seeds: [seed],
  takes: 5,
  limit: 60,

  async run(bench) {
    const training = strings(reber, 2000, seed);
    const heldOut = strings(reber, 4000, seed + 1);
    const floor = floorOf(reber).perSymbol;
    using rnn = await Rnn.create({
      inputSize: letters.length,
      outputSize: letters.length,
      hiddenSize: 16,
      seed,
    });
    const { losses } = await train(bench, "learning strings", rnn, training.sequences, {
      epochs: 12,
      batchSize: 20,
      optimizer: { kind: "adam", learningRate: 0.01 },
      seed,
    });
    const { loss } = await rnn.evaluate(heldOut.sequences);
    const curve = lossCurve("training", losses);
    return {
      findings: [
        {
          name: "loss",
          what: "loss on strings never seen",
          found: loss,
          unit: "nats per symbol",
          expected: `entropy rate ${floor.toFixed(4)}, within 0.02`,
          holds: Math.abs(loss - floor) <= 0.02,
        },
        {
          name: "excess",
          what: "above the automaton itself on the same strings",
          found: loss - heldOut.oracle,
          unit: "nats per symbol",
          expected: "0 at best, at most 0.02",
          holds: loss - heldOut.oracle <= 0.02,
        },
        {
          name: "length",
          what: "mean length of a string",
          found: floorOf(reber).length,
          expected: "8",
          holds: Math.abs(floorOf(reber).length - 8) < 1e-9,
        },
      ],
      figures: [
        {
          title: "Learning the Reber grammar",
          x: "update",
          y: "nats per symbol",
          curves: [curve, level("entropy rate", floor, [curve])],
        },
      ],
    };
  },
};
