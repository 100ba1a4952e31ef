import { count, type Rule } from "../checks.js";
import { share } from "../models/dial.js";
import type { TeacherForcing } from "../types.js";
import { optionsOr } from "./rules.js";

const ramp = { from: share, to: share, updates: count };

/** A probability, or one that moves in a straight line. */
export const forcingRule = optionsOr(share, ramp, ["from", "to", "updates"]) as Rule<TeacherForcing>;

/** Where the dial stands for the update that `update` others precede: a function of its arguments in + − × ÷ only. */
export function forcingAt(value: TeacherForcing, update: number): number {
  if (typeof value === "number") return value;
  const { from, to, updates } = value;
  return update < updates ? from + (to - from) * (update / updates) : to;
}
