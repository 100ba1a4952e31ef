import { checkBytes, checkOptions, integer, oneOf, type Rule, seedRule, sizeOf } from "./checks.js";
import { optionError, show, unsupported } from "./errors.js";
import type { RnnOptions } from "./types.js";

/**
 * Words of the named options, the default first, in the order of the arguments of `network_create` and `network_initialize` and of the
 * kernel's codes for them in `crate/include/recurra.h`.
 */
const words = {
  recurrence: ["hidden", "output", "both"],
  outputs: ["every", "last", "none"],
  activation: ["tanh", "relu", "identity"],
  loss: ["cross-entropy", "squared-error", "bernoulli"],
  feedback: ["outputs", "probabilities", "argmax", "sample"],
  initializer: ["uniform", "orthogonal", "identity"],
} as const;

type Words = { -readonly [K in keyof typeof words]: (typeof words)[K][number] };

/** Options with every default filled in. */
export interface ResolvedOptions extends Readonly<Words> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** 0 without outputs. */
  readonly outputSize: number;
  readonly seed: number;
  readonly metadata: Readonly<Record<string, string>>;
}

const named = Object.entries(words) as [keyof Words, readonly string[]][];

/** The kernel's numbers of the named options' words. */
export const codesOf = (options: ResolvedOptions): number[] =>
  named.map(([name, all]) => all.indexOf(options[name]));

/** I, H or O: at most the kernel's own bound. */
const size = (least: number) => integer(least, 1 << 24);

const rules = {
  inputSize: size(0),
  hiddenSize: size(1),
  outputSize: size(1),
  ...(Object.fromEntries(named.map(([name, all]) => [name, oneOf(all)])) as {
    [K in keyof Words]: Rule<Words[K]>;
  }),
  seed: seedRule,
  metadata: checkMetadata,
};

/** Names of all options, in the order of messages. */
export const optionNames = Object.keys(rules);

/**
 * Checks options and fills in the defaults. Throws "option" for a value that is never right or a name that does not
 * exist, "unsupported" for two that do not go together. What is returned shares nothing with what came.
 */
export function resolveOptions(given: RnnOptions): ResolvedOptions {
  const headless = given?.outputs === "none";
  const ofHead = ["outputSize", "loss", "feedback"] as const;
  const required = (["inputSize", "hiddenSize", "outputSize"] as const).slice(0, headless ? 2 : 3);
  const options = checkOptions("options", given, rules, "", required);
  for (const name of headless ? ofHead : []) {
    if (name in options) throw optionError(name, 'none with outputs "none"', options[name]);
  }
  const usual: Words["feedback"] = options.loss === "squared-error" ? "outputs" : "probabilities";
  const resolved: ResolvedOptions = {
    inputSize: 0,
    hiddenSize: 0,
    outputSize: 0,
    ...(Object.fromEntries(named.map(([name, [first]]) => [name, first])) as unknown as Words),
    feedback: usual,
    seed: 0,
    metadata: checkMetadata("", {}),
    ...options,
  };
  const { loss, feedback, initializer, recurrence } = resolved;
  const refuse = (clash: boolean, left: keyof Words, right: keyof Words, why: string) => {
    const [a, b] = [left, right].map((name) => `${name} ${show(resolved[name as keyof Words])}`);
    if (clash) throw unsupported(`${a}: does not go with ${b}, ${why}`);
  };
  const fed = feedsBack(resolved);
  refuse(fed && headless, "recurrence", "outputs", "which leaves nothing to feed back");
  refuse(!fed && feedback !== usual, "feedback", "recurrence", "which feeds back no output");
  const idle = initializer !== "uniform" && recurrence === "output";
  refuse(idle, "initializer", "recurrence", "which has no weight_hh");
  const symbolic = feedback === "argmax" || feedback === "sample";
  refuse(symbolic && loss === "squared-error", "feedback", "loss", "whose outputs are no probabilities");
  for (const key of Object.keys(resolved.metadata)) {
    if (isReserved(key)) throw optionError("metadata", 'names other than "recurra" and "recurra.…"', key);
  }
  const { inputSize, hiddenSize, outputSize } = resolved;
  const sizes = `inputSize ${inputSize}, hiddenSize ${hiddenSize}, outputSize ${outputSize}`;
  // Parameters and gradients, and for the first step the parameters packed.
  checkBytes(`network of ${sizes}`, 12 * parameterCount(resolved));
  return Object.freeze(resolved);
}

/** Whether there is an R: what comes out is fed back. */
export const feedsBack = ({ recurrence }: Pick<ResolvedOptions, "recurrence">): boolean =>
  recurrence !== "hidden";

/** Whether targets can be fed back: teacher forcing needs one at every step. */
export const isTeachable = (options: ResolvedOptions): boolean =>
  feedsBack(options) && options.outputs === "every";

/** Names that belong to the library in a file's metadata. */
export const isReserved = (key: string): boolean => /^recurra(\.|$)/.test(key);

/** A frozen copy of an object whose values are all strings. */
export function checkMetadata(name: string, metadata: unknown): Readonly<Record<string, string>> {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw optionError(name, "an object of strings", metadata);
  }
  const entries = Object.entries(metadata);
  for (const [key, value] of entries) {
    if (typeof value !== "string") throw optionError(`${name}.${key}`, "a string", value);
  }
  return Object.freeze(Object.fromEntries(entries));
}

/** The options as a user gave them, with the defaults: what `Rnn.options` shows and a file keeps. */
export function publicOptions(options: ResolvedOptions): RnnOptions {
  if (options.outputs !== "none") return options as RnnOptions;
  const { outputSize: _size, loss: _loss, feedback: _feedback, ...rest } = options;
  return Object.freeze(rest) as RnnOptions;
}

/** Names and shapes of the parameters that exist, in the order of the file and of the kernel's slots. */
export function parameterShapes(options: ResolvedOptions): [name: string, slot: number, shape: number[]][] {
  const { inputSize: I, hiddenSize: H, outputSize: O } = options;
  const all: [string, boolean, number[]][] = [
    ["weight_ih", I > 0, [H, I]],
    ["weight_hh", options.recurrence !== "output", [H, H]],
    ["weight_oh", feedsBack(options), [H, O]],
    ["bias_h", true, [H]],
    ["weight_ho", O > 0, [O, H]],
    ["bias_o", O > 0, [O]],
  ];
  return all.flatMap(([name, exists, shape], slot) => (exists ? [[name, slot, shape]] : []));
}

/** How many numbers a network learns. */
export const parameterCount = (options: ResolvedOptions): number =>
  parameterShapes(options).reduce((count, [, , shape]) => count + sizeOf(shape), 0);
