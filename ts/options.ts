import { type Checked, checkBytes, checkOptions, integer, oneOf, seedRule, sizeOf } from "./checks.js";
import { optionError, show, unsupported } from "./errors.js";
import type { RnnOptions } from "./types.js";

/** Words of the named options; their order is that of the kernel's codes in `crate/include/recurra.h`. */
const words = {
  recurrence: ["hidden", "output", "both"],
  outputs: ["every", "last", "none"],
  activation: ["tanh", "relu", "identity"],
  loss: ["cross-entropy", "squared-error", "bernoulli"],
  feedback: ["outputs", "probabilities", "argmax", "sample"],
  initializer: ["uniform", "orthogonal", "identity"],
} as const;

type Words = { readonly [K in keyof typeof words]: (typeof words)[K][number] };

/** Options with every default filled in. */
export interface ResolvedOptions extends Words {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** 0 without outputs. */
  readonly outputSize: number;
  readonly seed: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The kernel's numbers of the named options' words, in the order of `network_create`, then that of the initializer. */
export const codesOf = (options: ResolvedOptions): number[] =>
  Object.entries(words).map(([name, all]: [string, readonly string[]]) =>
    all.indexOf(options[name as keyof Words]),
  );

/** Greatest I, H or O: the kernel's own bound. */
const size = (least: number) => integer(least, 1 << 24);

const rules = {
  inputSize: size(0),
  hiddenSize: size(1),
  outputSize: size(1),
  recurrence: oneOf(words.recurrence),
  outputs: oneOf(words.outputs),
  activation: oneOf(words.activation),
  loss: oneOf(words.loss),
  feedback: oneOf(words.feedback),
  initializer: oneOf(words.initializer),
  seed: seedRule,
  metadata: checkMetadata,
};

/** Names of all options, in the order of messages. */
export const optionNames = Object.keys(rules);

/** What this version runs, where it does not run everything. */
const available = {
  recurrence: ["hidden"],
  outputs: ["every", "none"],
  activation: ["tanh"],
  loss: ["cross-entropy"],
  feedback: ["probabilities"],
};

/**
 * Checks options and fills in the defaults. Throws "option" for a value that is never right or a name that does not
 * exist, "unsupported" for a combination this version does not run. What is returned shares nothing with what came.
 */
export function resolveOptions(given: RnnOptions): ResolvedOptions {
  const options: Checked<typeof rules> = checkOptions("options", given, rules);
  const required: (keyof typeof rules)[] = ["inputSize", "hiddenSize"];
  if (options.outputs !== "none") required.push("outputSize");
  else {
    for (const name of ["outputSize", "loss", "feedback"] as const) {
      if (name in options) throw optionError(name, 'none with outputs "none"', options[name]);
    }
  }
  for (const name of required) rules[name](name, options[name]);
  const resolved: ResolvedOptions = {
    inputSize: 0,
    hiddenSize: 0,
    outputSize: 0,
    recurrence: "hidden",
    outputs: "every",
    activation: "tanh",
    loss: "cross-entropy",
    feedback: "probabilities",
    initializer: "uniform",
    seed: 0,
    metadata: checkMetadata("", {}),
    ...options,
  };
  for (const key of Object.keys(resolved.metadata)) {
    if (isReserved(key)) throw optionError("metadata", 'names other than "recurra" and "recurra.…"', key);
  }
  for (const [name, has] of Object.entries(available)) {
    const got = resolved[name as keyof Words];
    if (!has.includes(got))
      throw unsupported(`${name}: this version has ${has.map(show).join(" and ")}, got ${show(got)}`);
  }
  if (resolved.inputSize === 0) throw unsupported("inputSize: this version needs at least 1 input, got 0");
  checkBytes("parameters", 4 * parameterCount(resolved));
  return Object.freeze(resolved);
}

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
  const { inputSize: I, hiddenSize: H, outputSize: O, recurrence } = options;
  const all: [string, boolean, number[]][] = [
    ["weight_ih", I > 0, [H, I]],
    ["weight_hh", recurrence !== "output", [H, H]],
    ["weight_oh", recurrence !== "hidden", [H, O]],
    ["bias_h", true, [H]],
    ["weight_ho", O > 0, [O, H]],
    ["bias_o", O > 0, [O]],
  ];
  return all.flatMap(([name, exists, shape], slot) => (exists ? [[name, slot, shape]] : []));
}

/** How many numbers a network learns. */
export const parameterCount = (options: ResolvedOptions): number =>
  parameterShapes(options).reduce((count, [, , shape]) => count + sizeOf(shape), 0);
