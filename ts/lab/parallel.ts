import { Optimizer, Rnn, type RnnOptions, type Sequence, type Tensor } from "../index.js";
import { type Bench, type Experiment, part } from "./experiment.js";
import { sameBits } from "./numbers.js";
import { type Random, random } from "./random.js";
import { lossCurve, train } from "./training.js";

const seed = 1;
const [symbols, steps, batchSize, updates] = [16, 128, 16, 60] as const;
const net = (hiddenSize: number): RnnOptions => ({
  ...{ inputSize: symbols, outputSize: symbols, hiddenSize, recurrence: "output", seed },
});
/**
 * The dial so close to 1 that every draw is below it: every step is fed the true target all the same, but the kernel
 * has to go step by step, as any step might have been fed the net's own output.
 */
const almostAlways = 1 - 2 ** -40;

/**
 * Section 10.2.1: without W, and with y_{t−1} fed back instead of o_{t−1}, no step waits for another, so all are
 * trained at once. Three orders of the same sums: all at once; step by step in the kernel; and step by step here, each
 * step a call of its own that is told what to feed back. Several sequences side by side keep the kernel busy either way:
 * what independence of the steps gains is timed on one long sequence.
 */
export const timeParallel: Experiment = {
  name: "parallel",
  claim:
    "teacher forcing makes the steps independent: all at once and one after the other end in the same " +
    "weights",
  shows: "section 10.2.1, figures 10.4 and 10.6",
  setup:
    "16 symbols, 64 hidden units, no W, tanh, uniform initializer; 64 drawn sequences of 128 steps; 60 " +
    "updates of 16, Adam 0.003 falling as a cosine, clipped to 5. Timed: forward and backward pass of " +
    "one sequence of 1,024 steps, 256 hidden units, the quickest of 15 in turns",
  takes: 5,
  seeds: [seed],
  limit: 120,

  async run(bench) {
    const data = echoes(random(seed), 64, steps);
    const atOnce = await learn(part(bench, 0, 0.2), data, 1);
    const inOrder = await learn(part(bench, 0.2, 0.4), data, almostAlways);
    const hand = await byHand(part(bench, 0.4, 0.5));
    const speeds = await timed(part(bench, 0.5, 1));
    const differ = differences(atOnce.weights, inOrder.weights);
    return {
      findings: [
        {
          name: "differentParameters",
          what: `parameters that differ after ${updates} updates, step by step in the kernel`,
          found: differ,
          expected: "0: the same bits",
          holds: differ === 0,
        },
        {
          name: "differentByHand",
          what: `parameters that differ after ${hand.updates} updates, each step a call of its own`,
          found: hand.differ,
          expected: "0: the same bits",
          holds: hand.differ === 0,
        },
        {
          name: "speedAtOnce",
          what: "one long sequence, all steps at once",
          found: speeds.atOnce,
          unit: "steps/s",
        },
        {
          name: "speedInOrder",
          what: "the same step by step in the kernel",
          found: speeds.inOrder,
          unit: "steps/s",
        },
        {
          name: "speedRatio",
          what: "all at once, as a multiple of step by step",
          found: speeds.atOnce / speeds.inOrder,
          // Only shown: no machine that is busy with something else can refute the claim.
          expected: "above 1, as no step waits for another",
        },
      ],
      figures: [
        {
          title: "The same run twice",
          x: "update",
          y: "nats",
          curves: [
            lossCurve("all at once", atOnce.losses),
            { ...lossCurve("step by step", inOrder.losses), style: "points" },
          ],
        },
      ],
    };
  },
};

/** A symbol below 8 says that the last target is to be repeated; another one is the target itself. */
function echoes(draws: Random, count: number, steps: number): Sequence[] {
  return Array.from({ length: count }, () => {
    const inputs = Int32Array.from({ length: steps }, () => draws.below(symbols));
    let last = 0;
    const targets = inputs.map((input) => {
      if (input >= symbols / 2) last = input;
      return last;
    });
    return { inputs, targets };
  });
}

async function learn(bench: Bench, data: Sequence[], teacherForcing: number) {
  using rnn = await Rnn.create(net(64));
  const { losses } = await train(bench, teacherForcing === 1 ? "all at once" : "step by step", rnn, data, {
    ...{ updates, batchSize, teacherForcing, seed },
    optimizer: { kind: "adam", learningRate: 0.003 },
  });
  return { weights: rnn.stateDict(), losses };
}

/** Steps a second, forward and backward, both ways in turns; the first turn warms up, the quickest of each counts. */
async function timed(bench: Bench) {
  const [turns, steps] = [15, 1024];
  using rnn = await Rnn.create(net(256));
  const sequences = echoes(random(seed + 2), 1, steps);
  const once = (teacherForcing: number): number => {
    const begin = performance.now();
    using pass = rnn.forward(sequences, { teacherForcing });
    pass.backward();
    return (performance.now() - begin) / 1000;
  };
  let [atOnce, inOrder] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < turns; turn++) {
    await bench.breathe(turn / turns, "timing both");
    atOnce = Math.min(atOnce, once(1));
    inOrder = Math.min(inOrder, once(almostAlways));
  }
  return { atOnce: steps / atOnce, inOrder: steps / inOrder };
}

/** The loop that anybody could write: f is the true target before, gradients are summed from the last step back. */
async function byHand(bench: Bench) {
  const [updates, steps] = [20, 40];
  const [sequence] = echoes(random(seed + 1), 1, steps);
  const { inputs, targets } = sequence as { inputs: Int32Array; targets: Int32Array };
  using together = await Rnn.create(net(24));
  await train(bench, "all at once", together, [{ inputs, targets }], {
    ...{ updates, batchSize: 1, clipNorm: 5, schedule: "constant", seed },
    optimizer: { kind: "sgd", learningRate: 0.1 },
  });
  using rnn = await Rnn.create(net(24));
  using optimizer = new Optimizer(rnn, { kind: "sgd", learningRate: 0.1 });
  for (let update = 0; update < updates; update++) {
    await bench.breathe(update / updates, "step by step, a call each");
    const sum = new Map<string, Tensor>();
    for (let t = steps - 1; t >= 0; t--) {
      using pass = rnn.forward([
        {
          inputs: inputs.slice(t, t + 1),
          targets: targets.slice(t, t + 1),
          initialFeedback: oneHot(targets[t - 1]),
        },
      ]);
      addTo(sum, pass.backward({ scale: 1 / steps }).parameters);
    }
    optimizer.step({ parameters: sum }, { clipNorm: 5 });
  }
  return { updates, differ: differences(together.stateDict(), rnn.stateDict()) };
}

/** Zeros before the first step. */
const oneHot = (symbol: number | undefined): Float32Array =>
  Float32Array.from({ length: symbols }, (_, i) => (i === symbol ? 1 : 0));

function addTo(sum: Map<string, Tensor>, gradients: ReadonlyMap<string, Tensor>): void {
  for (const [name, tensor] of gradients) {
    const before = sum.get(name)?.data;
    if (before === undefined) sum.set(name, tensor);
    else for (let i = 0; i < before.length; i++) before[i] = (before[i] ?? 0) + (tensor.data[i] ?? 0);
  }
}

/** How many numbers are not the same bits. */
function differences(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): number {
  let count = 0;
  for (const [name, { data }] of a) {
    const other = b.get(name)?.data ?? new Float32Array(data.length).fill(Number.NaN);
    if (sameBits(data, other)) continue;
    data.forEach((value, i) => {
      if (!Object.is(value, other[i])) count += 1;
    });
  }
  return count;
}
