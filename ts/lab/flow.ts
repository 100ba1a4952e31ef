import { Optimizer, Rnn, type Sequence, type Tensor } from "../index.js";
import type { Bench, Curve, Experiment, Figure, Finding } from "./experiment.js";
import { fitLine, mean, norm } from "./numbers.js";
import { random } from "./random.js";
import { lossCurve, train } from "./training.js";

const seed = 1;
const [hidden, steps] = [64, 100] as const;
const radii = [0.95, 1, 1.05] as const;

/**
 * Equation (10.21), the gradient: ∇h_t = Wᵀ diag(1 − h²_{t+1}) ∇h_{t+1} where only the last step has a loss. With
 * W = ρQ, Q orthogonal, and states so small that 1 − h² ≈ 1, its length is ρ^(τ−t) times that at τ.
 */
export const gradientFlow: Experiment = {
  name: "flow",
  claim:
    "going back through time the gradient shrinks, keeps its length or grows with the spectral radius " +
    "of W",
  shows:
    "equations (10.17)–(10.21), (10.48) and (10.49); sections 10.7 and 10.11.1; Pascanu, Mikolov and " +
    "Bengio 2013 on clipping",
  setup:
    "2 inputs, 64 hidden units, tanh, W = ρQ with Q orthogonal, whose singular values all equal its " +
    "spectral radius ρ; 100 steps with inputs of 1e-5, where tanh is a straight line; no training. Then " +
    "ρ = 1.5: one of two classes, seen at the first of 30 steps, named at the last; 200 updates of 16, " +
    "gradient descent 0.1",
  takes: 5,
  seeds: [seed],
  limit: 60,

  async run(bench) {
    const findings: Finding[] = [];
    const curves: Curve[] = [];
    for (const radius of radii) {
      const lengths = await flow(radius);
      const last = lengths.at(-1) ?? 1;
      const { slope } = fitLine(lengths.map((length, t) => [t, Math.log(length)] as const));
      const rate = Math.exp(-slope);
      const kind = radius < 1 ? "vanishing" : radius > 1 ? "exploding" : "kept";
      findings.push({
        name: `radius${radius * 100}`,
        what: `‖∂L/∂h_t‖ gains a step back, W of radius ${radius} (${kind})`,
        found: rate,
        expected: `the radius, ${radius}, within 0.001`,
        holds: Math.abs(rate - radius) <= 0.001,
      });
      curves.push({
        name: `radius ${radius}`,
        points: lengths.map((length, t) => [t + 1, length / last] as const),
      });
      curves.push({
        name: `${radius}^(τ − t)`,
        style: "dashed",
        points: lengths.map((_, t) => [t + 1, radius ** (steps - 1 - t)] as const),
      });
    }
    const clipping = await clip();
    const training = await compareTraining(bench);
    return {
      findings: [...findings, ...clipping, ...training.findings],
      figures: [
        {
          title: "Length of ∂L/∂h_t, as a share of that at the last step",
          x: "step t",
          y: "share",
          logY: true,
          curves,
        },
        training.figure,
      ],
    };
  },
};

/** Many small inputs, one loss at the end. */
function lastStepOnly(): Sequence {
  const draws = random(seed);
  return {
    inputs: Float32Array.from({ length: steps * 2 }, () => 1e-5 * draws.normal()),
    targets: Int32Array.from({ length: steps }, () => draws.below(4)),
    weights: Float32Array.from({ length: steps }, (_, t) => (t === steps - 1 ? 1 : 0)),
  };
}

/** W becomes ρ times an orthogonal matrix. */
async function netOfRadius(radius: number): Promise<Rnn> {
  const rnn = await Rnn.create({
    ...{ inputSize: 2, outputSize: 4, hiddenSize: hidden, seed },
    initializer: "orthogonal",
  });
  const tensors = rnn.stateDict();
  const recurrent = tensors.get("weight_hh") as Tensor;
  tensors.set("weight_hh", { ...recurrent, data: recurrent.data.map((weight) => radius * weight) });
  rnn.loadStateDict(tensors);
  return rnn;
}

/** ‖∂L/∂h_t‖ for t = 1 … τ. */
async function flow(radius: number): Promise<number[]> {
  using rnn = await netOfRadius(radius);
  using pass = rnn.forward([lastStepOnly()]);
  const gradient = pass.backward().states[0] ?? new Float32Array();
  return Array.from({ length: steps }, (_, t) => norm(gradient.subarray(t * hidden, (t + 1) * hidden)));
}

/** One update of plain gradient descent with rate 1: what moves is the clipped gradient itself. */
async function clip(): Promise<Finding[]> {
  const clipNorm = 0.5;
  using rnn = await netOfRadius(1.05);
  using optimizer = new Optimizer(rnn, { kind: "sgd", learningRate: 1 });
  using pass = rnn.forward([lastStepOnly()]);
  const before = flat(rnn.stateDict());
  const gradients = pass.backward();
  const gradient = flat(gradients.parameters);
  const length = optimizer.step(gradients, { clipNorm });
  const moved = flat(rnn.stateDict()).map((value, i) => (before[i] ?? 0) - value);
  const along =
    moved.reduce((sum, value, i) => sum + value * (gradient[i] ?? 0), 0) / norm(moved) / norm(gradient);
  return [
    { name: "gradientNorm", what: "norm of a gradient, radius 1.05, before clipping", found: length },
    {
      name: "clippedNorm",
      what: `its norm after clipping to ${clipNorm}`,
      found: norm(moved),
      expected: `${clipNorm}, as it was longer`,
      // Each moved parameter is rounded to single precision: 2⁻²⁴ of at most 1, in √n of them.
      holds: length > clipNorm && Math.abs(norm(moved) - clipNorm) <= 2 ** -24 * Math.sqrt(moved.length),
    },
    {
      name: "clippedDirection",
      what: "cosine of the angle between the two",
      found: along,
      expected: "1: clipping shortens and does not turn",
      holds: Math.abs(along - 1) < 1e-6,
    },
  ];
}

const flat = (tensors: ReadonlyMap<string, Tensor>): number[] =>
  [...tensors.values()].flatMap(({ data }) => [...data]);

/** Training from a W that explodes: the same start, data and rate, with and without clipping. */
async function compareTraining(bench: Bench): Promise<{ findings: Finding[]; figure: Figure }> {
  const draws = random(seed);
  const data = Array.from({ length: 64 }, (): Sequence => {
    const first = draws.below(2);
    const inputs = Float32Array.from({ length: 60 }, (_, i) => (i < 2 ? (i === first ? 1 : 0) : 0));
    const targets = new Int32Array(30).fill(first);
    return { inputs, targets, weights: Float32Array.from({ length: 30 }, (_, t) => (t === 29 ? 1 : 0)) };
  });
  const run = async (clipNorm: number) => {
    using rnn = await netOfRadius(1.5);
    return await train(bench, "training", rnn, data, {
      updates: 200,
      batchSize: 16,
      optimizer: { kind: "sgd", learningRate: 0.1 },
      schedule: "constant",
      clipNorm,
      seed,
    });
  };
  const [clipped, free] = [await run(1), await run(Number.MAX_SAFE_INTEGER)];
  const end = (losses: Float32Array) => mean(losses.slice(-20));
  const lastAbove = (losses: Float32Array) =>
    losses.reduce((last, loss, i) => (loss > 0.1 ? i + 1 : last), 0);
  return {
    findings: [
      {
        name: "lossFree",
        what: "training from a radius of 1.5, not clipped: mean loss of updates 181 to 200",
        found: end(free.losses),
        unit: "nats",
      },
      {
        name: "lossClipped",
        what: "the same, clipped to 1",
        found: end(clipped.losses),
        unit: "nats",
        expected: "lower: steps stay small where the gradient explodes",
        holds: end(clipped.losses) < end(free.losses),
      },
      {
        name: "lastAboveFree",
        what: "last of the 200 updates with a loss above 0.1 nats, not clipped",
        found: lastAbove(free.losses),
      },
      { name: "lastAboveClipped", what: "the same, clipped to 1", found: lastAbove(clipped.losses) },
    ],
    figure: {
      title: "Training from a radius of 1.5",
      x: "update",
      y: "nats",
      curves: [lossCurve("clipped to 1", clipped.losses), lossCurve("not clipped", free.losses)],
    },
  };
}
