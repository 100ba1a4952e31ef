import { failure } from "../errors.js";
import type { Training } from "./training.js";

let loaded: Training | undefined;

/** Called by recurra/slim/training: what is there need not be loaded. */
export function setTraining(found: Training): void {
  loaded = found;
}

/**
 * Training, loaded for the first `fit` or `evaluate`. Rejects with "environment" where nothing can be loaded then: in service
 * workers, in worklets, without a network.
 */
export const training = (): Training | Promise<Training> => loaded ?? load();

async function load(): Promise<Training> {
  try {
    // What it exports is used, as bundlers leave out a module of which nothing is: the package says sideEffects: false.
    const { Trainer } = await import("./slim-training.js");
    return { ...(loaded as Training), Trainer };
  } catch (cause) {
    throw failure(
      "environment",
      'training: expected a host that can import it now, got one that cannot; use Trainer of "recurra/slim/training"',
      { cause },
    );
  }
}
