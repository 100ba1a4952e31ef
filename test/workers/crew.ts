import { Worker } from "node:worker_threads";
import type { FitOptions, History, Rnn, RnnOptions, Sequence, WorkersOptions } from "../../ts/index.js";
import { Trainer } from "../../ts/index.js";
import source from "../../ts/workers/worker.ts?script";
import { bitsOf, create } from "../training/common.js";

/** Workers that a test can look at, and end. */
export interface Crew {
  readonly workers: Worker[];
  readonly options: WorkersOptions;
  /** Resolves when all that were made have answered. */
  readonly there: () => Promise<unknown>;
}

export function makeCrew(count: number): Crew {
  const workers: Worker[] = [];
  const answers: Promise<unknown>[] = [];
  const make = () => {
    const worker = new Worker(source, { eval: true });
    workers.push(worker);
    answers.push(new Promise((resolve) => worker.once("message", resolve)));
    return worker;
  };
  const there = async () => {
    await Promise.all(answers);
    // The trainer hears of it in the same turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { workers, options: { count, create: make }, there };
}

/** Large enough for workers: an update of 160 steps of it is not small. */
export const wide: Partial<RnnOptions> = { hiddenSize: 32 };

/** What training leaves: parameters as bits, what the run says, and its file. */
export interface Left {
  readonly bits: number[];
  readonly history: History;
  readonly file: Uint8Array;
}

/** A fresh network trained by so many workers, by all of them from the second update on. */
export async function trainedBy(
  count: number,
  data: Sequence | readonly Sequence[],
  options: FitOptions,
  net: Partial<RnnOptions> = {},
): Promise<Left> {
  const rnn: Rnn = await create({ ...wide, ...net } as Partial<RnnOptions>);
  const crew = makeCrew(count);
  const trainer = new Trainer(rnn, data, { ...options, workers: crew.options });
  await trainer.run({ updates: 1 });
  await crew.there();
  const history = await trainer.run();
  const left = { bits: bitsOf(rnn), history, file: trainer.save() };
  trainer.dispose();
  rnn.dispose();
  return left;
}
