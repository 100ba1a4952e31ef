import { checkOptions, integer, type Rule, rule } from "../checks.js";
import type { WorkerLike, WorkersOptions } from "../types.js";

/** More than any machine has cores for. */
const MOST = 256;
const number = integer(0, MOST);
const rules = {
  count: number,
  create: rule<() => WorkerLike>("a function", (value) => typeof value === "function"),
};

/** How many workers, or that and how one is made. */
export const workersRule: Rule<WorkersOptions> = (name, value) =>
  typeof value === "object" && value !== null
    ? (checkOptions(name, value, rules, `${name}.`, ["count"]) as WorkersOptions)
    : { count: number(name, value) };
