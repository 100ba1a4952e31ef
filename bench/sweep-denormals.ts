/**
 * What numbers too small for a normal float (below 1.2e-38) cost: arithmetic on them is 100 to 200 times slower on many
 * processors. Each case is timed in turns with the same work on ordinary numbers; the kernel flushes, so that the ratio
 * should be near 1.
 */
import { Optimizer, Rnn, type RnnOptions, type Runtime, type Tensor, Trainer } from "../ts/index.js";
import { median } from "../ts/lab/numbers.js";
import { breathe } from "./breathe.js";
import { skewedSymbols, waves } from "./data.js";
import { processorTime } from "./processor-time.js";
import type { Job } from "./sweep-axes.js";

export interface DenormalResult {
  readonly name: string;
  /** Time beside that of ordinary numbers: median of neighbouring measurements. */
  readonly ratio: number;
}

interface Case {
  readonly name: string;
  /** The job with numbers of this size, and the same with ordinary ones. */
  make(small: boolean, runtime: Runtime | undefined): Promise<Job>;
}

const [I, H, O, steps, B] = [32, 128, 16, 32, 8];
const sgd = { kind: "sgd", learningRate: 1e-6 } as const;

const cases: readonly Case[] = [
  ...[1e-20, 1e-38, 1e-41].flatMap((size) => [
    inputsOf(size, "forward"),
    inputsOf(size, "train"),
    weightsOf(size, "forward"),
    weightsOf(size, "train"),
  ]),
  decaying("states that decay", "every", "forward"),
  decaying("states that decay", "every", "train"),
  decaying("gradients that decay", "last", "train"),
  { name: "probabilities of e⁻⁹⁵, train", make: unlikely },
  moments("sgd"),
  moments("rmsprop"),
  moments("adam"),
];

/** Milliseconds of one sample, of the processor: it does not matter here what else the machine does. */
const sampleTime = 10;
const fewest = 5;

export interface DenormalContext {
  readonly runtime?: Runtime | undefined;
  tell?(what: string): void;
}

export async function timeDenormals(
  context: DenormalContext,
  milliseconds: number,
): Promise<DenormalResult[]> {
  const results: DenormalResult[] = [];
  for (const { name, make } of cases) {
    context.tell?.(`denormals: ${name}`);
    const jobs: Job[] = [];
    try {
      jobs.push(await make(false, context.runtime));
      jobs.push(await make(true, context.runtime));
      results.push({ name, ratio: await ratioOf(jobs, milliseconds / cases.length) });
    } finally {
      for (const job of jobs) job.dispose();
    }
  }
  return results;
}

async function ratioOf(jobs: readonly Job[], milliseconds: number): Promise<number> {
  const [ordinary, small] = jobs as [Job, Job];
  const time = async (job: Job, rounds: number): Promise<number> => {
    await breathe();
    const own = processorTime();
    await job.run(rounds);
    return own() * 1000;
  };
  let rounds = 1;
  while ((await time(ordinary, rounds)) < sampleTime) rounds *= 2;
  await time(small, 1);
  const ratios: number[] = [];
  const end = performance.now() + milliseconds;
  while (ratios.length < fewest || performance.now() < end) {
    const before = await time(ordinary, rounds);
    const took = await time(small, rounds);
    ratios.push(took / ((before + (await time(ordinary, rounds))) / 2));
  }
  return median(ratios);
}

/** Every weight and bias through `change`. */
function rewrite(rnn: Rnn, change: (tensor: Tensor, name: string) => Float32Array<ArrayBuffer>): void {
  const tensors = rnn.stateDict();
  for (const [name, tensor] of tensors) tensors.set(name, { ...tensor, data: change(tensor, name) });
  rnn.loadStateDict(tensors);
}

/** A net on vectors, predicting or being trained, with a learning rate at which its numbers stay what they are. */
async function net(
  kind: "forward" | "train",
  options: Partial<RnnOptions>,
  inputs: (b: number) => Float32Array,
  change: (tensor: Tensor, name: string) => Float32Array<ArrayBuffer>,
  runtime: Runtime | undefined,
): Promise<Job> {
  const every: RnnOptions = { inputSize: I, hiddenSize: H, outputSize: O, loss: "squared-error", seed: 1 };
  const rnn = await Rnn.create({ ...every, ...options } as RnnOptions, runtime);
  rewrite(rnn, change);
  const last = rnn.options.outputs === "last";
  const data = Array.from({ length: B }, (_, b) => {
    const rows = inputs(b);
    return { inputs: rows, targets: new Float32Array(last ? O : (rows.length / I) * O) };
  });
  if (kind === "forward") {
    const run = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) rnn.predict(data);
    };
    return { run, dispose: () => rnn.dispose() };
  }
  const trainer = new Trainer(rnn, data, { batchSize: B, optimizer: sgd, schedule: "constant" });
  return trained(trainer, rnn);
}

const trained = (trainer: Trainer, rnn: Rnn): Job => ({
  run: (rounds) => trainer.run({ updates: rounds }),
  dispose: () => {
    trainer.dispose();
    rnn.dispose();
  },
});

const same = ({ data }: Tensor): Float32Array<ArrayBuffer> => data;

function inputsOf(size: number, kind: "forward" | "train"): Case {
  return {
    name: `inputs of ${size}, ${kind}`,
    make: (small, runtime) =>
      net(kind, {}, (b) => waves(steps, I, b).map((x) => (small ? x * size : x)), same, runtime),
  };
}

function weightsOf(size: number, kind: "forward" | "train"): Case {
  return {
    name: `weights and biases of ${size}, ${kind}`,
    make: (small, runtime) => {
      const scaled = ({ data }: Tensor) => (small ? data.map((x) => x * size) : data);
      return net(kind, {}, (b) => waves(steps, I, b), scaled, runtime);
    },
  };
}

/** h_t = 0.7 h_{t−1} after one step with inputs: 1e-38 is reached after 250 steps of 512. Otherwise h_t = h_{t−1}. */
function decaying(name: string, outputs: "every" | "last", kind: "forward" | "train"): Case {
  return {
    name: `${name}, ${kind}`,
    make: (small, runtime) => {
      const options = { activation: "identity", initializer: "identity", outputs } as const;
      const change = ({ data }: Tensor, which: string) =>
        which === "weight_hh" ? data.map((x) => (small ? x * 0.7 : x)) : data;
      const rows = (b: number) => {
        const inputs = new Float32Array(512 * I);
        inputs.set(waves(1, I, b));
        return inputs;
      };
      return net(kind, options, rows, change, runtime);
    },
  };
}

/** All but a few of 256 symbols have logits 95 below the others: probabilities, and their gradients, near 5e-42. */
async function unlikely(small: boolean, runtime: Runtime | undefined): Promise<Job> {
  const V = 256;
  const rnn = await Rnn.create({ inputSize: V, hiddenSize: H, outputSize: V, seed: 1 }, runtime);
  rewrite(rnn, ({ data }, name) =>
    name === "bias_o" ? data.map((x, symbol) => (small && symbol >= 8 ? -95 : x)) : data,
  );
  const inputs = skewedSymbols(steps * B, 8);
  const options = { batchSize: B, truncate: steps, optimizer: sgd, schedule: "constant" } as const;
  return trained(new Trainer(rnn, { inputs, targets: inputs }, options), rnn);
}

/** Running means that have decayed to 1e-40, with gradients as small: as of symbols not seen for long. */
function moments(kind: "sgd" | "rmsprop" | "adam"): Case {
  return {
    name: `moments and gradients of 1e-40, ${kind}`,
    make: async (small, runtime) => {
      const rnn = await Rnn.create({ inputSize: I, hiddenSize: H, outputSize: O, seed: 1 }, runtime);
      const options = kind === "sgd" ? { ...sgd, momentum: 0.99 } : { kind, learningRate: 1e-6 };
      const optimizer = new Optimizer(rnn, options);
      const fill = (tensors: Map<string, Tensor>): Map<string, Tensor> => {
        for (const [name, tensor] of tensors)
          if (name !== "adam.powers")
            tensors.set(name, { ...tensor, data: tensor.data.map(() => (small ? 1e-40 : 1e-3)) });
        return tensors;
      };
      const [state, parameters] = [fill(optimizer.stateDict()), fill(rnn.stateDict())];
      return {
        run: async (rounds) => {
          for (let round = 0; round < rounds; round++) {
            if (round % 8 === 0) optimizer.loadStateDict(state);
            optimizer.step({ parameters });
          }
        },
        dispose: () => {
          optimizer.dispose();
          rnn.dispose();
        },
      };
    },
  };
}
