import { Rnn, type Sequence } from "../index.js";
import { type Bench, type Experiment, part } from "./experiment.js";
import { median } from "./numbers.js";
import { lossCurve, train } from "./training.js";

const seeds = [1, 2, 3, 4, 5];
const [features, speakers] = [12, 9] as const;
const files = ["japanese_vowels_train.jsonl", "japanese_vowels_test.jsonl"] as const;

/** S7: nine men say two vowels; who it was is asked once, after the last step of each, however long it is. */
export const japaneseVowels: Experiment = {
  name: "vowels",
  claim:
    "who says the vowels is named after the last step of sequences of 7 to 29 steps, none of them padded",
  shows: "S7, figure 10.5, on the Japanese vowels of Kudo, Toyama and Shimbo 1999",
  seeds,
  limit: 300,
  needs: files,

  async run(bench) {
    const [training, test] = files.map((file) => readSequences(bench, file)) as [Sequence[], Sequence[]];
    const runs = [];
    for (const [i, seed] of seeds.entries()) {
      runs.push(await learn(part(bench, i / seeds.length, (i + 1) / seeds.length), seed, training, test));
    }
    const middle = median(runs.map(({ accuracy }) => accuracy));
    return {
      findings: [
        {
          name: "median",
          what: "speakers named right on the test part, median of 5 seeds",
          found: middle,
          unit: "%",
          theory: "at least 96.5 %; 23.8 % by always naming the commonest",
          holds: middle >= 96.5,
        },
        ...runs.map(({ seed, accuracy }) => ({
          ...{ name: `seed${seed}`, what: `seed ${seed}`, found: accuracy, unit: "%" },
        })),
      ],
      figures: [
        {
          title: "Learning to tell nine speakers apart",
          x: "update",
          y: "nats per sequence",
          logY: true,
          curves: runs.map(({ seed, losses }) => lossCurve(`seed ${seed}`, losses)),
        },
      ],
    };
  },
};

function readSequences(bench: Bench, file: string): Sequence[] {
  const lines = new TextDecoder().decode(bench.file(file)).trim().split("\n");
  return lines.map((line) => {
    const { label, x } = JSON.parse(line) as { label: number; x: number[][] };
    return { inputs: Float32Array.from(x.flat()), targets: label };
  });
}

/** Settings chosen by cross-validation on the training part: five folds, three seeds, 96.5 % there. */
async function learn(bench: Bench, seed: number, training: readonly Sequence[], test: readonly Sequence[]) {
  using rnn = await Rnn.create({
    ...{ inputSize: features, outputSize: speakers, hiddenSize: 128, outputs: "last", seed },
  });
  const { losses } = await train(bench, `seed ${seed}`, rnn, training, {
    ...{ epochs: 120, batchSize: 30, clipNorm: 1, inputNoise: 0.3, seed },
    optimizer: { kind: "adam", learningRate: 0.003 },
  });
  return { seed, losses, accuracy: 100 * ((await rnn.evaluate(test)).accuracy ?? 0) };
}
