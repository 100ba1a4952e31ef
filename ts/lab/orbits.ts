import { Rnn, type Sequence } from "../index.js";
import type { Curve, Experiment } from "./experiment.js";
import { random } from "./random.js";
import { lossCurve, train } from "./training.js";

const seed = 1;
/** Steps of a round. */
const period = 24;
const [trained, settling, rounds] = [4 * period, period, 100] as const;

/** An eight lying on its side: x = sin φ, y = sin 2φ. It crosses itself, so a point alone does not say where to go on. */
const orbit = (phase: number): readonly [number, number] => [
  Math.sin((2 * Math.PI * phase) / period),
  Math.sin((4 * Math.PI * phase) / period),
];

/**
 * Equation (10.1): h_t = f(h_{t−1}; θ), with no input at all. It learns four rounds, from states close to 0, so that it has
 * to find the orbit by itself; then it runs on for a hundred.
 */
export const periodicOrbit: Experiment = {
  name: "orbits",
  claim: "a system without input learns a periodic orbit and, running free, stays on it",
  shows: "equations (10.1)–(10.3), figure 10.1",
  setup:
    "no input, 48 hidden units, tanh, W orthogonal at first; 64 trajectories of 96 steps from drawn " +
    "first states, the first 24 steps not scored; 2,500 updates of 8, Adam 0.003 falling as a cosine, " +
    "clipped to 1",
  seeds: [seed],
  takes: 5,
  limit: 180,

  async run(bench) {
    const draws = random(seed);
    const near = (): Float32Array => Float32Array.from({ length: 48 }, () => 0.1 * draws.normal());
    const targets = Float32Array.from(Array.from({ length: trained }, (_, t) => orbit(t)).flat());
    const weights = Float32Array.from({ length: trained }, (_, t) => (t < settling ? 0 : 1));
    const data = Array.from(
      { length: 64 },
      (): Sequence => ({ inputs: trained, targets, weights, initialState: near() }),
    );
    using rnn = await Rnn.create({
      ...{ inputSize: 0, outputSize: 2, hiddenSize: 48, loss: "squared-error", seed },
      initializer: "orthogonal",
    });
    const { losses } = await train(bench, "learning the orbit", rnn, data, {
      updates: 2500,
      batchSize: 8,
      optimizer: { kind: "adam", learningRate: 0.003 },
      clipNorm: 1,
      seed,
    });
    const steps = rounds * period;
    const [run = new Float32Array()] = rnn.predict([{ inputs: steps, initialState: near() }]);
    const points = Array.from({ length: steps }, (_, t) => [run[2 * t] ?? 0, run[2 * t + 1] ?? 0] as const);
    const away = points.map(distance);
    const late = away.slice(-10 * period);
    const turns = crossings(points);
    await bench.breathe(1, "running free");
    return {
      findings: [
        {
          name: "farthest",
          what: "farthest from the orbit in the last 10 of 100 rounds (the eight is 2 wide)",
          found: Math.max(...late),
          expected: "it stays on it: at most 0.1",
          basis: "ours",
          holds: Math.max(...late) <= 0.1,
        },
        {
          name: "rounds",
          what: `rounds in ${steps} steps`,
          found: turns,
          expected: `${rounds}, within 1 %`,
          holds: Math.abs(turns / rounds - 1) <= 0.01,
        },
        {
          name: "learnedRounds",
          what: "rounds it has learned",
          found: trained / period,
        },
      ],
      figures: [
        eight(points.slice(-10 * period)),
        {
          title: "The last four of a hundred rounds",
          x: "step",
          y: "x, y",
          curves: [0, 1].map((axis) => ({
            name: axis === 0 ? "x" : "y",
            points: points
              .slice(-4 * period)
              .map((point, t) => [steps - 4 * period + t + 1, point[axis] ?? 0] as const),
          })),
        },
        {
          title: "Distance from the orbit, running free",
          x: "round",
          y: "distance",
          logY: true,
          curves: [
            {
              name: "farthest in the round",
              points: Array.from(
                { length: rounds },
                (_, round) =>
                  [round + 1, Math.max(...away.slice(round * period, (round + 1) * period))] as const,
              ),
            },
          ],
        },
        { title: "Learning", x: "update", y: "loss", logY: true, curves: [lossCurve("training", losses)] },
      ],
    };
  },
};

/** To the nearest of 2400 points of the orbit. */
const dense = Array.from({ length: 100 * period }, (_, i) => orbit(i / 100));
const distance = ([x, y]: readonly [number, number]): number =>
  Math.min(...dense.map(([u, v]) => Math.hypot(x - u, y - v)));

/**
 * y over x. A figure's x ascends, and along the orbit x rises and falls: a curve for either way, and the orbit itself
 * behind them.
 */
function eight(points: readonly (readonly [number, number])[]) {
  const byX = (some: readonly (readonly [number, number])[]) => [...some].sort(([a], [b]) => a - b);
  const way = (name: string, along: 1 | -1): Curve[] => {
    const begin = along > 0 ? -period / 4 : period / 4;
    return [
      {
        name: `running free, x ${name}`,
        style: "points",
        points: byX(points.filter(([x], t) => along * ((points[t + 1]?.[0] ?? x) - x) > 0)),
      },
      {
        name: `the eight, x ${name}`,
        style: "dashed",
        points: byX(Array.from({ length: 121 }, (_, i) => orbit(begin + (i / 120) * (period / 2)))),
      },
    ];
  };
  return {
    title: "y over x in the last ten of a hundred rounds",
    x: "x",
    y: "y",
    curves: [...way("rising", 1), ...way("falling", -1)],
  };
}

/** How often x goes from below 0 to above. */
const crossings = (points: readonly (readonly [number, number])[]): number =>
  points.filter(([x], t) => t > 0 && x >= 0 && (points[t - 1]?.[0] ?? 0) < 0).length;
