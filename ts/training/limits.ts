import type { Limits } from "./options.js";

/** How far training has come. */
export interface Standing {
  readonly update: number;
  /** Finished epochs and the share of the present one, in steps. */
  readonly epoch: number;
  readonly share: number;
  /** Seconds of training so far. */
  readonly elapsed: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export const isEmpty = ({ updates, epochs, seconds }: Limits): boolean => !(updates || epochs || seconds);

/** Limits counted from here, as limits counted from the start. */
export const fromHere = ({ updates, epochs, seconds }: Limits, at: Standing): Limits => ({
  updates: updates && at.update + updates,
  epochs: epochs && at.epoch + epochs,
  seconds: seconds && at.elapsed + seconds,
});

/** Whether any limit is reached. */
export const isReached = (
  { updates = NEVER, epochs = NEVER, seconds = NEVER }: Limits,
  at: Standing,
): boolean => at.update >= updates || at.epoch >= epochs || at.elapsed >= seconds;

/**
 * The share of the run that is done, in [0, 1]: that of the limit which is nearest. Without `seconds` it depends on
 * nothing but updates and steps, so it is the same in every run.
 */
export const shareDone = (
  { updates = NEVER, epochs = NEVER, seconds = NEVER }: Limits,
  at: Standing,
): number => Math.min(1, Math.max(at.update / updates, (at.epoch + at.share) / epochs, at.elapsed / seconds));

/** In how many updates a run ends, if `updatesPerEpoch` is right and time plays no part; undefined if only time does. */
export function expectedUpdates(
  { updates = NEVER, epochs = NEVER }: Limits,
  updatesPerEpoch: number,
): number | undefined {
  const ends = Math.min(updates, epochs * updatesPerEpoch);
  return ends < NEVER ? ends : undefined;
}
