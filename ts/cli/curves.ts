/** What the report draws: figures of training, thinned so that a long run needs no more room than a short one. */
import type { History } from "../index.js";
import { bitsPerNat } from "./format.js";
import type { StepCounter } from "./steps.js";

/** The mean over some updates, the last of which is `update`. */
export interface Point {
  readonly update: number;
  /** Symbols learned from so far. */
  readonly steps: number;
  readonly bits: number;
  readonly norm: number;
}
/** One measurement on held-out text. */
export interface HeldOutPoint {
  readonly update: number;
  readonly steps: number;
  readonly bits: number;
}
/** What the net wrote at some update, and its loss on the training text there. */
export interface Sample {
  readonly update: number;
  readonly steps: number;
  readonly bits: number;
  readonly text: string;
}
export interface Curves {
  readonly points: readonly Point[];
  readonly heldOut: readonly HeldOutPoint[];
}

/** At most this many points: more than a page is wide. */
const limit = 600;

/** Means over neighbouring updates, and all measurements on held-out text. */
export function curvesOf(
  history: Pick<History, "losses" | "gradientNorms" | "validation">,
  steps: StepCounter,
): Curves {
  const { losses, gradientNorms, validation } = history;
  const width = Math.max(1, Math.ceil(losses.length / limit));
  const points: Point[] = [];
  for (let from = 0; from < losses.length; from += width) {
    const update = Math.min(losses.length, from + width);
    const bits = mean(losses.subarray(from, update)) * bitsPerNat;
    points.push({
      update,
      steps: steps.after(update),
      bits,
      norm: mean(gradientNorms.subarray(from, update)),
    });
  }
  const heldOut = validation.map(({ update, loss }) => ({
    update,
    steps: steps.after(update),
    bits: loss * bitsPerNat,
  }));
  return { points, heldOut };
}

/** Of a list in order, so many that are spread over it: the first and the last always. */
export function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  const chosen = Array.from({ length: most }, (_, i) => Math.round((i * (list.length - 1)) / (most - 1)));
  return chosen.flatMap((index) => list[index] ?? []);
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
