import { readResults } from "../data/results.js";
import type { Dial, Feed } from "../data/window.js";
import type { Internals } from "../models/internals.js";
import { Status } from "../wasm/slots.js";
import type { Team } from "../workers/team.js";
import type { Batches } from "./batches.js";
import { forcingAt } from "./forcing.js";
import type { Moments } from "./moments.js";
import type { Recipe } from "./options.js";

/** What an update needs. */
export interface Machine {
  readonly found: Internals;
  readonly feed: Feed;
  readonly batches: Batches;
  readonly moments: Moments;
  readonly recipe: Recipe;
  /** Bit k: parameter k stays as it is. */
  readonly frozen: number;
  /** Workers, if there are to be any. */
  readonly team: Team | undefined;
}

/** What became of an update. */
export interface Outcome {
  /**
   * "applied"; "non-finite": loss or norm is, and parameters, moments, cursor and states are as they were; "skipped": all
   * weights of the window are 0, it was read on for the state it hands over, and is no update.
   */
  readonly kind: "applied" | "non-finite" | "skipped";
  /** Nats per scored step. */
  readonly loss: number;
  /** Before clipping. */
  readonly norm: number;
  readonly steps: number;
  /** How many computed it; 0: this thread did. */
  readonly workers: number;
}

/** How the update that `update` others precede is fed. */
export const dialAt = ({ teacherForcing, seed }: Recipe, update: number): Required<Dial> => ({
  teacherForcing: forcingAt(teacherForcing, update),
  seed,
  update,
});

/**
 * One update of the parameters: the next window's loss and gradient, and a step along it at this learning rate. It runs
 * to its end or, if anything throws, leaves everything as it was.
 *
 * @param update Its number, counted from 0: a key of all draws.
 */
export function updateOnce(
  { found: { kernel }, feed, batches, moments, recipe, frozen }: Machine,
  rate: number,
  update: number,
): Outcome {
  const { workspace } = feed;
  const { inputNoise, seed, clipNorm, memoryBudget } = recipe;
  const { count: weight, steps } = batches.write(dialAt(recipe, update));
  let [loss, norm] = [Number.NaN, Number.NaN];
  const ended = (kind: Outcome["kind"]): Outcome => ({ kind, loss, norm, steps, workers: 0 });
  if (inputNoise > 0)
    kernel.run("inputNoise", (exports) => exports.workspace_add_noise(workspace, inputNoise, seed, update));
  if (weight === 0) {
    if (batches.carries()) kernel.run("fit", (exports) => exports.workspace_evaluate(workspace));
    batches.advance();
    return ended("skipped");
  }
  const status = kernel.call((exports) => exports.workspace_train(workspace));
  if (status !== Status.NON_FINITE) {
    kernel.check(status, "fit", memoryBudget);
    const [sum, count] = readResults(feed);
    loss = sum / count;
    if (Number.isFinite(loss)) norm = moments.step(rate, clipNorm, frozen);
  }
  if (!Number.isFinite(norm)) return ended("non-finite");
  batches.advance();
  return ended("applied");
}
