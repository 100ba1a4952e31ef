import { integer, type Rule, rule } from "../checks.js";
import { optionsOr } from "../training/rules.js";
import type { WorkerLike, WorkersOptions } from "../types.js";

/** More than any machine has cores for. */
const MOST = 256;
const number = integer(0, MOST);
const rules = {
  count: number,
  create: rule<() => WorkerLike>("a function", (value) => typeof value === "function"),
};

/** How many workers, or that and how one is made. */
export const workersRule = optionsOr((name, count) => ({ count: number(name, count) }), rules, [
  "count",
]) as Rule<WorkersOptions>;
