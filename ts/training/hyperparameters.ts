import { anything, checkOptions, finite, oneOf, type Rule } from "../checks.js";
import { checkNames } from "../errors.js";
import type { OptimizerOptions } from "../types.js";

/** An optimizer's options with every default filled in. */
export type Hyperparameters = {
  [K in OptimizerOptions["kind"]]: Filled<Extract<OptimizerOptions, { kind: K }>>;
}[OptimizerOptions["kind"]];
type Filled<T> = { [K in keyof T]-?: NonNullable<T[K]> };

/** A learning rate that the kernel takes: far from the end of f32, so that a rate times a gradient stays a number. */
export const rateRule = finite(0, 1e30);
/** Just below 1: a running mean that keeps all of the past never starts. */
const share = finite(0, 1 - Number.EPSILON);
/** The least is the root of what the kernel flushes to 0 in means of squares: below it a step would grow without bound. */
const epsilon = finite(1e-15, 1e30);

const rules: Readonly<Record<string, Rule<number>>> = {
  learningRate: rateRule,
  momentum: share,
  beta1: share,
  beta2: share,
  decay: share,
  epsilon,
  weightDecay: finite(0, 0x1000000),
};

/** As in PyTorch, but for the rates of sgd and rmsprop. In the order of the kernel's numbers of them. */
const defaults = {
  sgd: { learningRate: 0.1, momentum: 0 },
  adam: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  rmsprop: { learningRate: 0.001, decay: 0.99, epsilon: 1e-8 },
} as const;

const kinds = Object.keys(defaults) as Hyperparameters["kind"][];

/** The kernel's number of a kind. */
export const codeOfKind = (kind: Hyperparameters["kind"]): number => kinds.indexOf(kind);

/** Checks an optimizer's options and fills in the defaults. Throws "option". */
export function resolveOptimizer(what: string, given: unknown): Hyperparameters {
  checkNames(what, given, ["kind", ...Object.keys(rules)]);
  const kind = oneOf(kinds)(`${what}.kind`, given.kind);
  const own = Object.keys(defaults[kind]).map((name) => [name, rules[name] as Rule]);
  const all = { kind: anything, ...Object.fromEntries(own) };
  return {
    kind,
    ...defaults[kind],
    ...checkOptions(`${what} ${kind}`, given, all, `${what}.`),
  } as Hyperparameters;
}

/** The numbers a to d of `optimizer_step`. */
export function stepArguments(options: Hyperparameters): readonly number[] {
  const { kind: _kind, learningRate: _rate, ...numbers } = options;
  return [...Object.values<number>(numbers), 0, 0, 0].slice(0, 4);
}
