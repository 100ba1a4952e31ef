/** What the two experiments with music have in common: the net learns on one part, is chosen on a second, scored on a third. */
import { type FitOptions, type History, Rnn, type RnnOptions } from "../index.js";
import { type Bench, type Experiment, part } from "./experiment.js";
import { constantLoss, keys, type Music, readMusic } from "./music.js";
import { thin } from "./numbers.js";
import { level, lossCurve, train } from "./training.js";

export interface Task extends Pick<Experiment, "name" | "claim" | "setup" | "takes" | "limit"> {
  readonly file: string;
  readonly seed: number;
  /** Nats per frame of a plain recurrent net in Bai, Kolter and Koltun 2018, Table 1. */
  readonly published: number;
  readonly net: Pick<RnnOptions, "hiddenSize"> & Partial<Pick<RnnOptions, "initializer">>;
  readonly learning: FitOptions;
  /** A short run of plain gradient descent, twice: what clipping does. */
  readonly descent: { readonly updates: number; readonly learningRate: number; readonly clipNorm: number };
}

/**
 * Each frame of 88 keys is predicted from those before it: Σ over keys of binary cross-entropy, summed over the frames
 * of all pieces, over the number of frames. The first frame of a piece is not scored. Settings were chosen on the
 * validation part; the test part is looked at once, at the end.
 */
export function polyphony(task: Task): Experiment {
  const { name, claim, setup, takes, limit, file, seed, published } = task;
  return {
    ...{ name, claim, setup, takes, limit },
    shows:
      "equations (10.8)–(10.14) with one Bernoulli output for each key; Bai, Kolter and Koltun 2018, " +
      "Table 1",
    seeds: [seed],
    needs: [file],

    async run(bench) {
      const music = await readMusic(bench, file);
      using rnn = await makeNet(task);
      const history = await train(part(bench, 0, 0.9), "learning pieces", rnn, music.train, {
        ...task.learning,
        validation: music.valid,
        seed,
      });
      const { loss } = await rnn.evaluate(music.test);
      const valid = (await rnn.evaluate(music.valid)).loss;
      const constant = constantLoss(music);
      const [clipped, free] = await descend(part(bench, 0.9, 1), task, music);
      return {
        findings: [
          {
            name: "test",
            what: "loss on the test part",
            found: loss,
            unit: "nats per frame",
            expected: `at most ${published}, of a plain recurrent net; constant probabilities: ${constant.toFixed(2)}`,
            basis: "published",
            holds: loss <= published,
          },
          { name: "validation", what: "loss on the validation part", found: valid, unit: "nats per frame" },
          { name: "updates", what: "updates", found: history.updates },
          {
            name: "descentClipped",
            what: `gradient descent, clipped to ${task.descent.clipNorm}: loss at the end`,
            found: clipped.end,
            unit: "nats per frame",
          },
          {
            name: "descentFree",
            what: "the same rate without clipping",
            found: free.end,
            unit: "nats per frame",
            expected: "worse, or no number at all",
            holds: !(free.end <= clipped.end),
          },
        ],
        figures: [learning(history, published), clipping(clipped.history, free.history)],
      };
    },
  };
}

const makeNet = ({ net, seed }: Task): Promise<Rnn> =>
  Rnn.create({ inputSize: keys, outputSize: keys, loss: "bernoulli", ...net, seed });

/** The same start, order and rate, with clipping and without. */
async function descend(bench: Bench, task: Task, { train: pieces, valid }: Music) {
  const { clipNorm, learningRate, updates } = task.descent;
  const run = async (own: Bench, norm: number) => {
    using rnn = await makeNet(task);
    const history = await train(own, norm === clipNorm ? "clipped" : "not clipped", rnn, pieces, {
      ...{ updates, batchSize: 8, clipNorm: norm, schedule: "constant", seed: task.seed },
      optimizer: { kind: "sgd", learningRate },
    });
    const finite = history.stopped !== "non-finite";
    return { history, end: finite ? (await rnn.evaluate(valid)).loss : Number.NaN };
  };
  return [
    await run(part(bench, 0, 0.5), clipNorm),
    await run(part(bench, 0.5, 1), Number.MAX_SAFE_INTEGER),
  ] as const;
}

function learning({ losses, validation }: History, published: number) {
  const curve = lossCurve("training", losses);
  const held = {
    name: "validation",
    points: thin(validation).map(({ update, loss }) => [update, loss] as const),
  };
  return {
    title: "Learning",
    x: "update",
    y: "nats per frame",
    curves: [curve, held, level("published, test", published, [curve])],
  };
}

const clipping = (clipped: History, free: History) => ({
  title: "Gradient descent with and without clipping",
  x: "update",
  y: "nats per frame",
  logY: true,
  curves: [lossCurve("clipped", clipped.losses), lossCurve("not clipped", free.losses)],
});
