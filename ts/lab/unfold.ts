import { Rnn, type RnnOptions, type Sequence, type Tensor } from "../index.js";
import type { Bench, Experiment, Finding } from "./experiment.js";
import { sameBits } from "./numbers.js";
import { type Random, random } from "./random.js";

const seed = 1;
const lengths = [...Array.from({ length: 32 }, (_, i) => i + 1), 64, 100, 257, 1000];
const [inputSize, hiddenSize] = [3, 24] as const;

const systems: readonly { readonly key: string; readonly name: string; readonly options: RnnOptions }[] = [
  {
    key: "autonomous",
    name: "autonomous, nothing but the state before",
    options: { inputSize: 0, hiddenSize, outputs: "none" },
  },
  {
    key: "driven",
    name: "driven, an input at each step",
    options: { inputSize, hiddenSize, outputs: "none" },
  },
  {
    key: "rectified",
    name: "driven, rectified",
    options: { inputSize, hiddenSize, outputs: "none", activation: "relu" },
  },
  {
    key: "canonical",
    name: "with outputs",
    options: { inputSize, hiddenSize, outputSize: 5, loss: "squared-error" },
  },
];

/**
 * h_t = g^(t)(x_t, …, x_1) is f applied t times. The same states are worked out three ways: step by step with a
 * stream, the whole sequence at once, and as an explicitly unrolled graph of τ copies of f, each a network of its own
 * call that takes its state from the one before; backward, the graph hands its gradient from copy to copy.
 */
export const unfolding: Experiment = {
  name: "unfold",
  claim:
    "step by step, the whole sequence at once and an explicitly unrolled graph are the same bits for " +
    "every length",
  shows: "equations (10.1)–(10.7), figures 10.1 and 10.2; the copies are the W⁽ᵗ⁾ of section 10.2.2",
  setup:
    "four nets of 24 hidden units, tanh or rectified, uniform initializer; inputs and first states " +
    "drawn; no training",
  seeds: [seed],
  takes: 5,
  limit: 120,

  async run(bench) {
    const findings: Finding[] = [];
    const counts = new Set<number>();
    for (const [i, { key, name, options }] of systems.entries()) {
      using rnn = await Rnn.create({ ...options, seed });
      counts.add(rnn.parameterCount);
      const draws = random(seed);
      let [same, unchanged] = [0, true];
      for (const [j, steps] of lengths.entries()) {
        await bench.breathe((i + j / lengths.length) / systems.length, `${name}, τ = ${steps}`);
        if (equalThreeWays(rnn, steps, draws)) same += 1;
        unchanged &&= rnn.parameterCount === countOf(options);
      }
      findings.push({
        name: key,
        what: `lengths up to ${lengths.at(-1)} with the same bits all three ways: ${name}`,
        found: same,
        expected: `all ${lengths.length}; ${rnn.parameterCount} parameters whatever the length`,
        holds: same === lengths.length && unchanged,
      });
    }
    const hand = await byHand(bench);
    return { findings: [...findings, hand.finding], figures: [hand.figure] };
  },
};

const countOf = ({ inputSize: I, hiddenSize: H, outputSize: O = 0 }: RnnOptions): number =>
  (I + H + 1) * H + (O > 0 ? (H + 1) * O : 0);

function inputsOf({ options }: Rnn, steps: number, draws: Random): Sequence["inputs"] {
  const { inputSize: I } = options;
  return I === 0 ? steps : Float32Array.from({ length: steps * I }, () => draws.normal());
}

function equalThreeWays(rnn: Rnn, steps: number, draws: Random): boolean {
  const { inputSize: I, hiddenSize: H } = rnn.options;
  const inputs = inputsOf(rnn, steps, draws);
  const initialState = Float32Array.from({ length: H }, () => draws.normal() / 2);
  const push = Float32Array.from({ length: H }, () => draws.normal());
  const row = (t: number): Sequence["inputs"] =>
    typeof inputs === "number" ? 1 : (inputs.slice(t * I, (t + 1) * I) as Float32Array);

  using whole = rnn.forward([{ inputs, initialState }]);
  const gradients = whole.backward({ finalState: push });
  const states = whole.states()[0] ?? new Float32Array();
  const stateAt = (t: number): Float32Array => states.subarray(t * H, (t + 1) * H);

  // τ copies of f, forward …
  const copies = [];
  let state: Float32Array = initialState;
  for (let t = 0; t < steps; t++) {
    const copy = rnn.forward([{ inputs: row(t), initialState: state }]);
    copies.push(copy);
    state = copy.finalState();
    if (!sameBits(state, stateAt(t))) return false;
  }
  // … and back. The weights are shared, so their gradients add up, the last step's first.
  const total = new Map<string, Float32Array>();
  let gradient: Float32Array = push;
  for (const copy of copies.reverse()) {
    const { parameters, initialState: next } = copy.backward({ finalState: gradient });
    addTo(total, parameters);
    gradient = next;
    copy.dispose();
  }
  if (!sameBits(gradient, gradients.initialState)) return false;
  for (const [name, { data }] of gradients.parameters) {
    if (!sameBits(total.get(name) ?? [], data)) return false;
  }
  return sameAsStream(rnn, whole.states()[0] ?? new Float32Array(), row);
}

/** Single precision, as the kernel's own sums. */
function addTo(total: Map<string, Float32Array>, gradients: ReadonlyMap<string, Tensor>): void {
  for (const [name, { data }] of gradients) {
    const sum = total.get(name);
    if (sum === undefined) total.set(name, data);
    else for (let i = 0; i < data.length; i++) sum[i] = (sum[i] ?? 0) + (data[i] ?? 0);
  }
}

/** A stream starts from zeros, so the sequence is taken from zeros as well. */
function sameAsStream(rnn: Rnn, other: Float32Array, row: (t: number) => Sequence["inputs"]): boolean {
  const { inputSize: I, hiddenSize: H } = rnn.options;
  const steps = other.length / H;
  const rows = Array.from({ length: steps }, (_, t) => row(t));
  const inputs = I === 0 ? steps : Float32Array.from(rows.flatMap((one) => [...(one as Float32Array)]));
  using pass = rnn.forward([{ inputs }]);
  const states = pass.states()[0] ?? new Float32Array();
  using stream = rnn.stream();
  return rows.every((one, t) => {
    stream.step(...(I === 0 ? [] : [one as Float32Array]));
    return sameBits(stream.state(), states.subarray(t * H, (t + 1) * H));
  });
}

/** A rectified net unrolled by hand, in plain arithmetic rounded to single precision: no part of the library. */
async function byHand(bench: Bench) {
  const steps = 200;
  using rnn = await Rnn.create({ inputSize, hiddenSize, outputs: "none", activation: "relu", seed });
  const draws = random(seed + 1);
  const inputs = Float32Array.from({ length: steps * inputSize }, () => draws.normal());
  using pass = rnn.forward([{ inputs }]);
  const states = pass.states()[0] ?? new Float32Array();
  const parameters = rnn.stateDict();
  const weights = (name: string): Float32Array => parameters.get(name)?.data ?? new Float32Array();
  const [U, W, b] = [weights("weight_ih"), weights("weight_hh"), weights("bias_h")];
  let h = new Float32Array(hiddenSize);
  let same = 0;
  for (let t = 0; t < steps; t++) {
    const x = inputs.subarray(t * inputSize, (t + 1) * inputSize);
    // a = b + U x + W h, each product and each sum rounded, in order.
    h = Float32Array.from({ length: hiddenSize }, (_, i) => {
      const withInputs = dot(b[i] ?? 0, U.subarray(i * inputSize), x);
      return Math.max(0, dot(withInputs, W.subarray(i * hiddenSize), h));
    });
    if (sameBits(h, states.subarray(t * hiddenSize, (t + 1) * hiddenSize))) same += 1;
  }
  await bench.breathe(1, "by hand");
  return {
    finding: {
      name: "byHand",
      what: `steps of ${steps} with the bits of an unrolled graph in plain arithmetic (rectified)`,
      found: same,
      expected: `all ${steps}`,
      holds: same === steps,
    },
    figure: {
      title: "Three hidden units of the rectified net",
      x: "step",
      y: "h",
      curves: [0, 1, 2].map((unit) => ({
        name: `unit ${unit + 1}`,
        points: Array.from({ length: 60 }, (_, t) => [t + 1, states[t * hiddenSize + unit] ?? 0] as const),
      })),
    },
  };
}

const dot = (start: number, a: Float32Array, b: Float32Array): number =>
  b.reduce((sum, value, k) => Math.fround(sum + Math.fround((a[k] ?? 0) * value)), start);
