import { optionError } from "../errors.js";

/**
 * Where the held-out tail of `length` steps or sequences begins, when the last `share` of them is held out:
 * `length − round(share · length)`. Both parts keep at least one element if `share` > 0, which needs `length` ≥ 2.
 */
export function splitTail(length: number, share: number): number {
  if (typeof share !== "number" || !(share >= 0 && share < 1))
    throw optionError("share", "a number from 0 to below 1", share);
  const least = share > 0 ? 2 : 0;
  if (!Number.isSafeInteger(length) || length < least) {
    throw optionError("length", `an integer of at least ${least}`, length);
  }
  if (share === 0) return length;
  return length - Math.min(length - 1, Math.max(1, Math.round(share * length)));
}
