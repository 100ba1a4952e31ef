import { type Dataset, type FitOptions, Rnn, type RnnOptions, Trainer } from "../ts/index.js";
import type { Workload } from "./workload.js";

/** What is learned, and what that takes. */
export interface Learning {
  readonly name: string;
  readonly task: string;
  readonly why: string;
  readonly unit: Workload["unit"];
  readonly net: RnnOptions;
  /** Data of which one epoch is `windows` updates. */
  data(): Dataset;
  readonly fit: FitOptions;
  /** Units in an update, on average over an epoch, and products in a unit, each of two operations. */
  readonly unitsPerUpdate: number;
  readonly flopsPerUnit: number;
}

/** Updates in an epoch; a check needs to see the same windows twice. */
export const windows = 4;

/** Forward, back-propagation through time, clipping, SGD. */
export const learning = ({ net, data, fit, unitsPerUpdate, flopsPerUnit, ...named }: Learning): Workload => ({
  ...named,
  trains: true,
  async prepare(name, runtime, workers = 0) {
    const rnn = await Rnn.create({ ...net, seed: 1 }, runtime);
    const checked = 4 * windows;
    const begin = performance.now();
    const trainer = new Trainer(rnn, data(), {
      ...fit,
      optimizer: { kind: "sgd", learningRate: 0.1 },
      schedule: "constant",
      workers,
    });
    await trainer.run({ updates: 1 });
    const first = performance.now();
    const { losses } = await trainer.run({ updates: checked - 1 });
    const startUp = first - begin - (performance.now() - first) / (checked - 1);
    const [early, late] = [mean(losses.subarray(0, windows)), mean(losses.subarray(3 * windows))];
    if (!(late < early)) throw new Error(`${name}: expected a falling loss, got ${early} and then ${late}`);
    return {
      flopsPerUnit,
      startUp,
      unitsPerRound: unitsPerUpdate * windows,
      run: (rounds) => trainer.run({ updates: rounds * windows }),
      dispose: () => {
        trainer.dispose();
        rnn.dispose();
      },
    };
  },
});

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
