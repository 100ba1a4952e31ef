/**
 * What `recurra bench` times, and why these sizes. Everything goes through the public API, as in a program of one's
 * own: copies in and out, checks and the training loop are part of what is measured.
 *
 * - W1: the smallest useful language model, one sequence at a time. Bound by the latency of one recurrence step; a
 *   regression here is more work per call or per step.
 * - W2: what `recurra train` does, with a large batch. Bound by multiply-adds; a regression is a worse product.
 * - W3: weights of 1 MB, which no longer fit the first caches. A regression is worse use of them.
 * - W4: live data, one call per step. Bound by the call, the copies and one matrix times vector.
 */
import { Rnn, type Runtime, type Stream, Trainer } from "../ts/index.js";

interface Common {
  readonly name: string;
  readonly task: string;
  readonly hidden: number;
}
/** Learning symbols: forward, back-propagation through `steps`, SGD. */
export interface TrainingWorkload extends Common {
  readonly kind: "training";
  readonly symbols: number;
  readonly steps: number;
  readonly batch: number;
}
/** One step per call, state carried. */
export interface StreamWorkload extends Common {
  readonly kind: "stream";
  readonly inputs: number;
  readonly outputs: number;
}
export type Workload = TrainingWorkload | StreamWorkload;

const training = (name: string, hidden: number, steps: number, batch: number): TrainingWorkload => {
  const task = `train, 65 symbols, H ${hidden}, ${steps} steps, batch ${batch}`;
  return { kind: "training", name, task, symbols: 65, hidden, steps, batch };
};

export const workloads: readonly Workload[] = [
  training("W1", 128, 100, 1),
  training("W2", 256, 64, 32),
  training("W3", 512, 64, 64),
  {
    kind: "stream",
    name: "W4",
    task: "stream, I 32, H 128, O 10, one call per step",
    inputs: 32,
    hidden: 128,
    outputs: 10,
  },
];

/** Something that can be timed. A unit is a token (training) or a step (stream). */
export interface Prepared {
  /** Executed products only, two operations for each: what tanh, softmax, packing and padding cost is not counted. */
  readonly flopsPerUnit: number;
  /** Units in the smallest piece of work. */
  readonly unitsPerRound: number;
  run(rounds: number): Promise<void>;
  dispose(): void;
}

/** Makes a workload ready and checks that it computes what it should; throws if it does not. */
export const prepare = (workload: Workload, runtime: Runtime | undefined): Promise<Prepared> =>
  workload.kind === "training" ? prepareTraining(workload, runtime) : prepareStream(workload, runtime);

/** Windows in the data; a check needs to see the same ones twice. */
const windows = 4;

async function prepareTraining(workload: TrainingWorkload, runtime: Runtime | undefined): Promise<Prepared> {
  const { name, symbols, hidden, steps, batch } = workload;
  const rnn = await Rnn.create(
    { inputSize: symbols, outputSize: symbols, hiddenSize: hidden, seed: 1 },
    runtime,
  );
  const inputs = skewedSymbols(windows * steps * batch + 1, symbols);
  const trainer = new Trainer(
    rnn,
    { inputs, targets: "next" },
    {
      batchSize: batch,
      truncate: steps,
      optimizer: { kind: "sgd", learningRate: 0.1 },
      schedule: "constant",
    },
  );
  const { losses } = await trainer.run({ updates: 2 * windows });
  const [first, second] = [losses.subarray(0, windows), losses.subarray(windows)].map((part) => mean(part));
  if (!(second !== undefined && first !== undefined && second < first)) {
    throw new Error(`${name}: expected a falling loss, got ${first} and then ${second}`);
  }
  return {
    // Three products each of h with W and with V: forward, gradient of h, gradient of the weights. U is a gather.
    flopsPerUnit: 6 * (hidden * hidden + hidden * symbols),
    unitsPerRound: steps * batch,
    run: async (rounds) => void (await trainer.run({ updates: rounds })),
    dispose: () => {
      trainer.dispose();
      rnn.dispose();
    },
  };
}

async function prepareStream(workload: StreamWorkload, runtime: Runtime | undefined): Promise<Prepared> {
  const { inputs: I, hidden: H, outputs: O } = workload;
  const rnn = await Rnn.create({ inputSize: I, outputSize: O, hiddenSize: H, seed: 1 }, runtime);
  const rows = Array.from({ length: 64 }, (_, t) =>
    Float32Array.from({ length: I }, (_, i) => Math.sin(t * 1.7 + i)),
  );
  const stream = rnn.stream();
  checkStream(workload.name, rnn, stream, rows);
  const out = new Float32Array(O);
  const options = { out };
  return {
    flopsPerUnit: 2 * (I * H + H * H + H * O),
    unitsPerRound: rows.length,
    run: async (rounds) => {
      for (let round = 0; round < rounds; round++) for (const row of rows) stream.step(row, options);
    },
    dispose: () => {
      stream.dispose();
      rnn.dispose();
    },
  };
}

/** Step by step gives the same bits as all at once. */
function checkStream(name: string, rnn: Rnn, stream: Stream, rows: readonly Float32Array[]): void {
  const inputs = Float32Array.from(rows.flatMap((row) => [...row]));
  const pass = rnn.forward([{ inputs }]);
  const expected = pass.outputs()[0] ?? [];
  pass.dispose();
  const got = rows.flatMap((row) => [...stream.step(row)]);
  const wrong = got.findIndex((value, i) => !Object.is(value, expected[i]));
  if (wrong >= 0 || got.length !== expected.length) {
    throw new Error(`${name}: output ${wrong}: expected ${expected[wrong]}, got ${got[wrong]}`);
  }
}

/** Low indices are likelier than high ones, so there is something to learn at once. The same on every machine. */
function skewedSymbols(count: number, symbols: number): Int32Array {
  let state = 1;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const uniform = state / 2 ** 32;
    return Math.floor(uniform * uniform * symbols);
  });
}

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
