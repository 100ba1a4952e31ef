import { Optimizer, Rnn, type Sequence, type Tensor } from "../index.js";
import type { Bench, Experiment } from "./experiment.js";
import { relativeDifference, sameBits } from "./numbers.js";
import { type Random, random } from "./random.js";
import { lossCurve } from "./training.js";

const seed = 1;
const [inputSize, hiddenSize, classes, updates] = [3, 16, 5, 50] as const;
const rate = 0.2;

/**
 * A net without outputs, and after it a layer that the library knows nothing of: o = c + V h, softmax,
 * cross-entropy, their gradients and their update written out here in double precision. It hands ∂L/∂h_t in at every
 * step. Beside it the same net with the library's own output layer.
 */
export const downstreamGradient: Experiment = {
  name: "downstream",
  claim:
    "a layer outside the library trains the net through the gradient it hands in, as the built-in layer " +
    "does",
  shows: "figures 10.2 and 10.5, equations (10.18)–(10.20)",
  setup:
    "3 inputs, 16 hidden units, 5 classes, tanh, uniform initializer; six drawn sequences of 4 to 14 " +
    "steps; 50 updates, gradient descent 0.2",
  seeds: [seed],
  takes: 5,
  limit: 60,

  async run(bench) {
    const sequences = makeSequences(random(seed));
    using whole = await Rnn.create({ inputSize, hiddenSize, outputSize: classes, seed });
    using body = await Rnn.create({ inputSize, hiddenSize, outputs: "none", seed });
    const start = whole.stateDict();
    body.loadStateDict(new Map([...start].filter(([name]) => !name.endsWith("o"))));
    const head = new Head(start.get("weight_ho") as Tensor, start.get("bias_o") as Tensor);
    const losses = await trainBoth(bench, { whole, body, head, sequences });

    const end = whole.stateDict();
    const outside = new Map<string, ArrayLike<number>>([
      ...[...body.stateDict()].map(([name, { data }]) => [name, data] as const),
      ["weight_ho", head.weights],
      ["bias_o", head.biases],
    ]);
    const apart = Math.max(
      ...[...end].map(([name, { data }]) => relativeDifference(outside.get(name) ?? [], data)),
    );
    const moved = Math.max(
      ...[...end].map(([name, { data }]) => relativeDifference(start.get(name)?.data ?? [], data)),
    );
    const injected = await lastStateInjected(sequences);
    return {
      findings: [
        {
          name: "difference",
          what: `largest relative difference of parameters after ${updates} updates`,
          found: apart,
          expected: "rounding only: within 1e-5",
          holds: apart <= 1e-5,
        },
        {
          name: "moved",
          what: "the same between start and end, to compare",
          found: moved,
          expected: "training changed them: above 0.1",
          basis: "ours",
          holds: moved > 0.1,
        },
        {
          name: "sameBits",
          what: "gradients with the same bits when the identical ∂L/∂h_τ is handed in",
          found: injected.same,
          expected: `all ${injected.of}: U, W, b, x and h_0`,
          holds: injected.same === injected.of,
        },
      ],
      figures: [
        {
          title: "The same training, once with the layer outside",
          x: "update",
          y: "nats per step",
          curves: [
            lossCurve("built in", Float32Array.from(losses.map(([built]) => built))),
            { ...lossCurve("outside", Float32Array.from(losses.map(([, out]) => out))), style: "points" },
          ],
        },
      ],
    };
  },
};

/** Ragged; the target is the sign pattern of what was seen two steps before, so the states have something to keep. */
function makeSequences(draws: Random): Sequence[] {
  return [9, 4, 14, 7, 11, 5].map((steps) => {
    const inputs = Float32Array.from({ length: steps * inputSize }, () => draws.normal());
    const targets = Int32Array.from({ length: steps }, (_, t) =>
      t < 2
        ? 0
        : 1 +
          ((inputs[(t - 2) * inputSize] ?? 0) > 0 ? 2 : 0) +
          ((inputs[(t - 2) * inputSize + 1] ?? 0) > 0 ? 1 : 0),
    );
    return { inputs, targets };
  });
}

/** The layer outside, with plain gradient descent. */
class Head {
  readonly weights: Float64Array;
  readonly biases: Float64Array;

  constructor(weights: Tensor, biases: Tensor) {
    this.weights = Float64Array.from(weights.data);
    this.biases = Float64Array.from(biases.data);
  }

  /** Loss of a batch, divided by its steps, and its gradient with respect to the states; updates itself. */
  learn(
    states: readonly Float32Array[],
    sequences: readonly Sequence[],
  ): { loss: number; gradients: Float32Array[] } {
    const steps = states.reduce((sum, { length }) => sum + length / hiddenSize, 0);
    const dWeights = new Float64Array(this.weights.length);
    const dBiases = new Float64Array(classes);
    let loss = 0;
    const gradients = states.map((rows, b) => {
      const gradient = new Float32Array(rows.length);
      const targets = sequences[b]?.targets as Int32Array;
      targets.forEach((target, t) => {
        const h = rows.subarray(t * hiddenSize, (t + 1) * hiddenSize);
        const probabilities = this.probabilities(h);
        loss -= Math.log(probabilities[target] ?? 0) / steps;
        // Equation (10.18): ∇o = ŷ − onehot(y).
        probabilities.forEach((p, k) => {
          const d = (p - (k === target ? 1 : 0)) / steps;
          dBiases[k] = (dBiases[k] ?? 0) + d;
          for (let j = 0; j < hiddenSize; j++) {
            const at = k * hiddenSize + j;
            dWeights[at] = (dWeights[at] ?? 0) + d * (h[j] ?? 0);
            gradient[t * hiddenSize + j] = (gradient[t * hiddenSize + j] ?? 0) + d * (this.weights[at] ?? 0);
          }
        });
      });
      return gradient;
    });
    this.weights.forEach((weight, i) => {
      this.weights[i] = weight - rate * (dWeights[i] ?? 0);
    });
    this.biases.forEach((bias, i) => {
      this.biases[i] = bias - rate * (dBiases[i] ?? 0);
    });
    return { loss, gradients };
  }

  private probabilities(h: Float32Array): number[] {
    const powers = Array.from(this.biases, (bias, k) =>
      Math.exp(h.reduce((sum, value, j) => sum + (this.weights[k * hiddenSize + j] ?? 0) * value, bias)),
    );
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  }
}

interface Pair {
  readonly whole: Rnn;
  readonly body: Rnn;
  readonly head: Head;
  readonly sequences: readonly Sequence[];
}

/** Losses of both at every update. */
async function trainBoth(bench: Bench, { whole, body, head, sequences }: Pair): Promise<[number, number][]> {
  const options = { kind: "sgd", learningRate: rate } as const;
  using builtIn = new Optimizer(whole, options);
  using outside = new Optimizer(body, options);
  const withoutTargets = sequences.map(({ inputs }) => ({ inputs }));
  const losses: [number, number][] = [];
  for (let update = 0; update < updates; update++) {
    await bench.breathe(update / updates, "training both");
    using pass = whole.forward(sequences);
    builtIn.step(pass.backward({ scale: 1 / pass.count }));
    using other = body.forward(withoutTargets);
    const { loss, gradients } = head.learn(other.states(), sequences);
    outside.step(other.backward({ states: gradients }));
    losses.push([pass.loss / pass.count, loss]);
  }
  return losses;
}

/**
 * A net with one output at the end gives ∂L/∂h_τ of each sequence; a net without outputs is handed exactly that. From there on down both
 * compute the same, so everything has to be the same bits.
 */
async function lastStateInjected(sequences: readonly Sequence[]): Promise<{ same: number; of: number }> {
  using whole = await Rnn.create({ inputSize, hiddenSize, outputSize: classes, outputs: "last", seed });
  using body = await Rnn.create({ inputSize, hiddenSize, outputs: "none", seed });
  body.loadStateDict(new Map([...whole.stateDict()].filter(([name]) => !name.endsWith("o"))));
  using pass = whole.forward(
    sequences.map(({ inputs, targets }) => ({ inputs, targets: (targets as Int32Array).slice(-1) })),
  );
  const expected = pass.backward();
  const finalState = Float32Array.from(expected.states.flatMap((rows) => [...rows.slice(-hiddenSize)]));
  using other = body.forward(sequences.map(({ inputs }) => ({ inputs })));
  const got = other.backward({ finalState });
  const pairs = [
    ...[...got.parameters].map(
      ([name, { data }]) => [data, expected.parameters.get(name)?.data ?? []] as const,
    ),
    [flat(got.inputs), flat(expected.inputs)] as const,
    [got.initialState, expected.initialState] as const,
  ];
  return { same: pairs.filter(([a, b]) => sameBits(a, b)).length, of: pairs.length };
}

const flat = (parts: readonly Float32Array[]): number[] => parts.flatMap((rows) => [...rows]);
