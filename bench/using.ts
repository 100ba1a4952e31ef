import { Rnn, type Stream } from "../ts/index.js";
import { waves } from "./data.js";
import type { Workload } from "./workload.js";

/** Sizes of a net on vectors. */
interface Sizes {
  readonly name: string;
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
}

/** Live data: one step per call, state carried, vectors in and out. */
export const streaming = ({ name, inputs: I, hidden: H, outputs: O }: Sizes): Workload => ({
  name,
  task: `stream, I ${I}, H ${H}, O ${O}, one call per step`,
  unit: "µs/step",
  trains: false,
  why: "the call and the copies; a product of one row waits for its loads, and few outputs fill few accumulators",
  async prepare(name, runtime) {
    const rnn = await Rnn.create({ inputSize: I, outputSize: O, hiddenSize: H, seed: 1 }, runtime);
    const rows = Array.from({ length: 64 }, (_, t) => waves(1, I, t * 1.7));
    const stream = rnn.stream();
    checkStream(name, rnn, stream, rows);
    const options = { out: new Float32Array(O) };
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
  },
});

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

/** Whole sequences, an output at the end of each: `predict`. */
export const predicting = ({
  steps,
  batch,
  ...sizes
}: Sizes & { readonly steps: number; readonly batch: number }): Workload => {
  const { name, inputs: I, hidden: H, outputs: O } = sizes;
  return {
    name,
    task: `predict at the end, I ${I}, H ${H}, O ${O}, ${steps} steps, batch ${batch}`,
    unit: "sequences/s",
    trains: false,
    why: "tanh; the check of the batch and its copy into the order of the steps",
    async prepare(name, runtime) {
      const rnn = await Rnn.create(
        { inputSize: I, outputSize: O, hiddenSize: H, outputs: "last", seed: 1 },
        runtime,
      );
      const sequences = Array.from({ length: batch }, (_, b) => ({ inputs: waves(steps, I, b) }));
      const together = rnn.predict(sequences);
      sequences.forEach((sequence, b) => {
        const [alone] = rnn.predict([sequence]);
        if (!alone?.every((value, i) => Object.is(value, together[b]?.[i])))
          throw new Error(`${name}: sequence ${b} alone is not what it is in the batch`);
      });
      return {
        flopsPerUnit: 2 * steps * (I * H + H * H) + 2 * H * O,
        unitsPerRound: batch,
        run: async (rounds) => {
          for (let round = 0; round < rounds; round++) rnn.predict(sequences);
        },
        dispose: () => rnn.dispose(),
      };
    },
  };
};
