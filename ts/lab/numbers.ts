/** Small sums over lists of numbers, in double precision. */

type Numbers = ArrayLike<number>;

export function sum(values: Numbers): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
}

export const mean = (values: Numbers): number => sum(values) / values.length;

/** The middle one, or the mean of the two in the middle. */
export function median(values: Numbers): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Euclidean length. */
export function norm(values: Numbers): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] ?? 0) ** 2;
  return Math.sqrt(squares);
}

/** Whether two lists are the same bits: −0 differs from 0, a NaN equals itself. */
export function sameBits(a: Numbers, b: Numbers): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** The largest difference, as a share of the largest number in `b`. */
export function relativeDifference(a: Numbers, b: Numbers): number {
  if (a.length !== b.length) throw new Error(`expected ${b.length} numbers, got ${a.length}`);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
    largest = Math.max(largest, Math.abs(b[i] ?? 0));
  }
  return difference === 0 ? 0 : difference / largest;
}

export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** The share of the variance of y that the line explains. */
  readonly r2: number;
}

/** The straight line of least squares through points. */
export function fitLine(points: readonly (readonly [number, number])[]): Line {
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const xx = sum(points.map(([x]) => (x - mx) ** 2));
  const xy = sum(points.map(([x, y]) => (x - mx) * (y - my)));
  const yy = sum(points.map(([, y]) => (y - my) ** 2));
  const slope = xy / xx;
  return { slope, intercept: my - slope * mx, r2: yy === 0 ? 1 : xy ** 2 / (xx * yy) };
}

/** Every so-manieth of a list, so that at most `most` are left; the last always. */
export function thin<T>(list: readonly T[], most = 400): readonly T[] {
  const stride = Math.ceil(list.length / most);
  return list.filter((_, i) => i % stride === 0 || i === list.length - 1);
}

/** −log p, and the mean of it over outcomes that happen with p: nats. */
export const entropy = (probabilities: readonly number[]): number =>
  sum(probabilities.map((p) => (p > 0 ? -p * Math.log(p) : 0)));
