import { Rnn, type Sequence } from "../index.js";
import { embeddedReber, floorOf, letters, type Strings, strings } from "./automata.js";
import type { Experiment } from "./experiment.js";
import { mean } from "./numbers.js";
import { level, lossCurve, train } from "./training.js";

const seed = 1;

/** The embedded Reber grammar: the second letter of a string decides the last but one. */
export const embeddedReberGrammar: Experiment = {
  name: "embedded-reber",
  claim: "a letter is remembered through a whole Reber string and said again after it",
  shows: "equations (10.8)–(10.14); Hochreiter and Schmidhuber 1997, Long short-term memory",
  setup:
    "7 letters, 48 hidden units, tanh, W orthogonal at first; 4,000 strings; 30 epochs in batches of " +
    "20, Adam 0.003 falling as a cosine, clipped to 1",
  seeds: [seed],
  takes: 20,
  limit: 240,

  async run(bench) {
    const training = strings(embeddedReber, 4000, seed);
    const heldOut = strings(embeddedReber, 4000, seed + 1);
    const floor = floorOf(embeddedReber);
    using rnn = await Rnn.create({
      inputSize: letters.length,
      outputSize: letters.length,
      hiddenSize: 48,
      initializer: "orthogonal",
      seed,
    });
    const { losses } = await train(bench, "learning strings", rnn, training.sequences, {
      epochs: 30,
      batchSize: 20,
      optimizer: { kind: "adam", learningRate: 0.003 },
      clipNorm: 1,
      seed,
    });
    const { loss } = await rnn.evaluate(heldOut.sequences);
    const outer = await rnn.evaluate(outerOnly(heldOut));
    const curve = lossCurve("training", losses);
    const forgetting = floor.perSymbol + Math.LN2 / (floor.length - 1);
    return {
      findings: [
        {
          name: "loss",
          what: "loss on strings never seen",
          found: loss,
          unit: "nats per symbol",
          expected: `entropy rate ${floor.perSymbol.toFixed(4)}, within 0.02 (${forgetting.toFixed(4)} if the letter is forgotten)`,
          holds: Math.abs(loss - floor.perSymbol) <= 0.02,
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
          name: "outerAccuracy",
          what: "outer letter said right",
          found: (outer.accuracy ?? 0) * 100,
          unit: "%",
          expected: "50 % without memory; at least 99 %",
          basis: "ours",
          holds: (outer.accuracy ?? 0) >= 0.99,
        },
        {
          name: "outerLoss",
          what: "loss on the outer letter",
          found: outer.loss,
          unit: "nats",
          expected: `ln 2 = ${Math.LN2.toFixed(4)} without memory; at most 0.1`,
          basis: "ours",
          holds: outer.loss <= 0.1,
        },
      ],
      figures: [
        {
          title: "Learning the embedded Reber grammar",
          x: "update",
          y: "nats per symbol",
          curves: [
            curve,
            level("entropy rate", floor.perSymbol, [curve]),
            level("without the outer letter", forgetting, [curve]),
          ],
        },
        await lossByLength(rnn, heldOut),
      ],
    };
  },
};

/** The same strings with all weight on the last letter but one. */
const outerOnly = ({ sequences }: Strings): Sequence[] =>
  sequences.map((sequence) => {
    const steps = (sequence.inputs as Int32Array).length - 1;
    return {
      ...sequence,
      weights: Float32Array.from({ length: steps }, (_, t) => (t === steps - 2 ? 1 : 0)),
    };
  });

async function lossByLength(rnn: Rnn, heldOut: Strings) {
  using pass = rnn.forward(heldOut.sequences);
  const byLength = new Map<number, number[]>();
  for (const losses of pass.stepLosses()) {
    const group = byLength.get(losses.length) ?? [];
    group.push(losses.at(-2) ?? Number.NaN);
    byLength.set(losses.length, group);
  }
  const points = [...byLength]
    .sort(([a], [b]) => a - b)
    .map(([length, losses]) => [length, mean(losses)] as const);
  const curve = { name: "loss on the outer letter", points };
  return {
    title: "How long the letter is remembered",
    x: "symbols in the string",
    y: "nats",
    curves: [curve, level("forgotten, ln 2", Math.LN2, [curve])],
  };
}
