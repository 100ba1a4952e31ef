import { expect } from "vitest";

/** ‖a − b‖ ≤ times · (1e-5 · ‖b‖ + 1e-6). */
export function expectWithin(what: string, got: ArrayLike<number>, wanted: number[], times: number): void {
  expect(got.length, what).toBe(wanted.length);
  let [difference, size] = [0, 0];
  wanted.forEach((value, i) => {
    difference += ((got[i] as number) - value) ** 2;
    size += value ** 2;
  });
  expect(Math.sqrt(difference), what).toBeLessThanOrEqual(times * (1e-5 * Math.sqrt(size) + 1e-6));
}
