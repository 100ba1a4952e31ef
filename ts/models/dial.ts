import { finite, integer } from "../checks.js";
import { show, unsupported } from "../errors.js";
import { feedsBack, isTeachable, type ResolvedOptions } from "../options.js";
import type { TeacherForcing } from "../types.js";

/** A probability. */
export const share = finite(0, 1);

/** Bytes for the tape. */
export const budgetRule = integer(1, Number.MAX_SAFE_INTEGER);

/** What the dial stands at when nobody turned it. */
export const usualForcing = (options: ResolvedOptions): number =>
  feedsBack(options) && !isTeachable(options) ? 0 : 1;

/** Throws "unsupported" for a dial that is turned in a network without it. */
export function checkForcing(
  value: TeacherForcing | undefined,
  options: ResolvedOptions,
  name = "teacherForcing",
): void {
  if (value === undefined || isTeachable(options)) return;
  const usual = usualForcing(options);
  const { from, to } = typeof value === "number" ? { from: value, to: value } : value;
  if (from === usual && to === usual) return;
  const why = usual
    ? 'recurrence "hidden", which feeds back no output'
    : 'outputs "last", where no step but the last has a target';
  throw unsupported(`${name}: expected ${usual} with ${why}, got ${show(from === usual ? to : from)}`);
}
