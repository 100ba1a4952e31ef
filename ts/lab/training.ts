/** Training inside an experiment: with progress, and stopped when the experiment is. */
import type { Dataset, FitOptions, History, Progress, Rnn } from "../index.js";
import { type Bench, type Curve, Stopped } from "./experiment.js";
import { mean } from "./numbers.js";

/** `rnn.fit`, shown on the bench. Training that stopped because a number was not finite is an outcome like others. */
export async function train(
  bench: Bench,
  what: string,
  rnn: Rnn,
  data: Dataset,
  options: FitOptions,
): Promise<History> {
  const history = await rnn.fit(data, {
    ...options,
    signal: bench.signal,
    onProgress: (now) => bench.progress(share(now, options), `${what}, loss ${now.loss.toFixed(3)}`),
  });
  if (history.stopped === "aborted") throw new Stopped();
  return history;
}

function share({ update, updates, epoch }: Progress, options: FitOptions): number {
  if (updates !== undefined) return update / updates;
  return options.epochs === undefined ? 0 : epoch / options.epochs;
}

/** The losses of a run as a curve: means over neighbouring updates, at most 200 of them. */
export function lossCurve(name: string, losses: Float32Array): Curve {
  const width = Math.max(1, Math.ceil(losses.length / 200));
  const points: [number, number][] = [];
  for (let from = 0; from < losses.length; from += width) {
    const to = Math.min(losses.length, from + width);
    points.push([to, mean(losses.subarray(from, to))]);
  }
  return { name, points };
}

/** A level to draw beside curves. */
export function level(name: string, value: number, curves: readonly Curve[]): Curve {
  const xs = curves.flatMap(({ points }) => points.map(([x]) => x));
  return {
    name,
    style: "dashed",
    points: [
      [Math.min(...xs), value],
      [Math.max(...xs), value],
    ],
  };
}
