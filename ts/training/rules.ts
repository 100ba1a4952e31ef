import { type Checked, checkOptions, numeric, type Rule, rule } from "../checks.js";

/** A finite number above 0. */
export const positive: Rule<number> = numeric(
  "a finite number above 0",
  (n) => n > 0 && n < Number.POSITIVE_INFINITY,
);

/** Above 0 and at most 1e30; Infinity is a way to write that there is no clipping. */
export const clipNorm: Rule<number> = numeric(
  "a number above 0, at most 1e30 (Infinity: no clipping)",
  (n) => n > 0 && (n <= 1e30 || n === Number.POSITIVE_INFINITY),
);

/** An AbortSignal of any realm. */
export const signalRule: Rule<AbortSignal> = rule(
  "an AbortSignal",
  (value: AbortSignal | null) =>
    typeof value?.aborted === "boolean" && typeof value.addEventListener === "function",
);

/** A rule for options by name, of which `required` must be there, or whatever else `plain` takes. */
export const optionsOr =
  <T, const R extends Readonly<Record<string, Rule>>>(
    plain: Rule<T>,
    rules: R,
    required: readonly (keyof R)[],
  ): Rule<T | Checked<R>> =>
  (name, value) =>
    typeof value === "object" && value !== null
      ? checkOptions(name, value, rules, `${name}.`, required)
      : plain(name, value);
