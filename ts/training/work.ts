import type { Batch } from "../data/sequences.js";
import type { ResolvedOptions } from "../options.js";

/** How much more a step of training is than a step forward: back through time, and the gradients. */
export const TRAINING = 3;

/** Multiply-adds of one step of one sequence forward, about. */
export const stepWork = (
  { inputSize, hiddenSize, outputSize }: ResolvedOptions,
  kind: Batch["kind"],
): number => hiddenSize * (hiddenSize + outputSize + (kind === "vectors" ? inputSize : 1));
