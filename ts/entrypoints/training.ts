import { evaluate } from "../training/evaluate.js";
import { Trainer } from "../training/trainer.js";

/** What `Rnn.fit` and `Rnn.evaluate` are made of. */
export interface Training {
  readonly evaluate: typeof evaluate;
  readonly Trainer: typeof Trainer;
}

/**
 * Four tenths of the library. Here they are a part of it, for whoever imports `Rnn`; recurra/slim has
 * ts/entrypoints/training-on-demand.ts in the place of this module.
 */
export const training = (): Training | Promise<Training> => ({ evaluate, Trainer });
