/** What the report draws: figures of training, thinned so that a long run needs no more room than a short one. */
import type { History } from "../index.js";
import type { Job } from "./job.js";

/** The mean over some updates, the last of which is `update`. */
export interface Point {
  readonly update: number;
  /** Steps learned from so far. */
  readonly steps: number;
  /** The loss, as the job's measure shows it. */
  readonly loss: number;
  readonly norm: number;
}
/** One measurement on what is held out. */
export type HeldOutPoint = Omit<Point, "norm">;
/** What the net wrote at some update, and its loss in training there. */
export interface Sample extends HeldOutPoint {
  readonly text: string;
}
export interface Curves {
  readonly points: readonly Point[];
  readonly heldOut: readonly HeldOutPoint[];
}

/** At most this many points: more than a page is wide. */
const limit = 600;

/** Means over neighbouring updates, and all measurements on what is held out. */
export function curvesOf(
  history: Pick<History, "losses" | "gradientNorms" | "validation">,
  { measure, steps }: Pick<Job, "measure" | "steps">,
): Curves {
  const { losses, gradientNorms, validation } = history;
  const width = Math.max(1, Math.ceil(losses.length / limit));
  const points: Point[] = [];
  for (let from = 0; from < losses.length; from += width) {
    const update = Math.min(losses.length, from + width);
    points.push({
      update,
      steps: steps.after(update),
      loss: measure.of(mean(losses.subarray(from, update))),
      norm: mean(gradientNorms.subarray(from, update)),
    });
  }
  const heldOut = validation.map(({ update, loss }) => ({
    update,
    steps: steps.after(update),
    loss: measure.of(loss),
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
