import type { Schedule } from "../types.js";

/** Where "cosine" and `decay` end, as a share of the learning rate: the last updates still do something. */
export const FLOOR = 0.01;

/**
 * The learning rate of one update, a pure function of its arguments in + − × ÷ only, so that a resumed run has the same
 * bits on every engine. p = `progress` in [0, 1] is the share of the run done before this update; `update` counts the
 * updates before it.
 *
 * - "constant": rate
 * - "cosine": rate · (f + (1 − f) · (1 + cos πp) / 2), f = {@link FLOOR}
 * - { warmup, decay }: rises linearly over the first `warmup` updates, rate · (update + 1) / warmup; stays; falls linearly
 *   over the last share `decay` of the run, rate · (f + (1 − f) · (1 − p) / decay). With decay 0.4 it is lowered in the
 *   last 40 % of the run, with 0 never. Where both apply they are multiplied.
 */
export function scheduledRate(schedule: Schedule, rate: number, progress: number, update: number): number {
  const p = Math.min(progress, 1);
  if (schedule === "constant") return rate;
  if (schedule === "cosine") return rate * (FLOOR + (1 - FLOOR) * (0.5 * (1 + cosineOfPi(p))));
  const { warmup = 0, decay } = schedule;
  const rise = update < warmup ? (update + 1) / warmup : 1;
  const fall = decay > 0 && p > 1 - decay ? FLOOR + (1 - FLOOR) * ((1 - p) / decay) : 1;
  return rate * rise * fall;
}

/**
 * cos(πp) for p in [0, 1], as −sin(z) with z = π(p − ½) in [−π/2, π/2], by its series to z¹⁵. The first term left out
 * bounds the error: (π/2)¹⁷ / 17! < 7·10⁻¹².
 */
export function cosineOfPi(p: number): number {
  const z = Math.PI * (p - 0.5);
  const y = z * z;
  // Horner: sin z = z (1 − y/(2·3) (1 − y/(4·5) (1 − y/(6·7) (…))))
  let sum = 1;
  for (let k = 14; k >= 2; k -= 2) sum = 1 - (y / (k * (k + 1))) * sum;
  return -z * sum;
}
