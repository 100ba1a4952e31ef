import { arrayKind, index as indexRule, MAX_FLOAT } from "../checks.js";
import { shapeError, show } from "../errors.js";
import { feedsBack, type ResolvedOptions } from "../options.js";
import type { Sequence } from "../types.js";
import { checkArray, checkFloats, checkIndices, checkRange } from "./arrays.js";

/** One sequence, checked; the arrays are still the caller's. */
export interface Plan {
  /** "none": inputSize is 0, only the number of steps was given. */
  readonly kind: "none" | "indices" | "vectors";
  readonly steps: number;
  /** `steps` indices or `steps` × I values. */
  readonly values: Int32Array | Float32Array | undefined;
  /** Indices, or O values each: one per step, or one for the last. */
  readonly targets: Int32Array | Float32Array | undefined;
  readonly weights: Float32Array | undefined;
  readonly initialState: Float32Array | undefined;
  readonly initialFeedback: Float32Array | undefined;
  readonly id: number;
}

type Read = Pick<Plan, "kind" | "steps" | "values">;

/** Steps of a sequence of τ that are scored: all, the last, or with outputs "none" none of them. */
export const scoredSteps = ({ outputs }: ResolvedOptions, steps: number): number =>
  outputs === "last" ? 1 : steps;

/** Numbers in the target of one scored step: an index, or O values. */
export const targetWidth = ({ loss, outputSize }: ResolvedOptions): number =>
  loss === "cross-entropy" ? 1 : outputSize;

/**
 * Checks a sequence against a network. Throws "shape".
 *
 * @param b Its position in the batch, for messages, and its identity if it has none of its own.
 */
export function planSequence(
  { inputs, targets, weights, initialState, initialFeedback, id }: Sequence,
  b: number,
  options: ResolvedOptions,
  needTargets: boolean | undefined,
): Plan {
  const of = ` of sequence ${b}`;
  const given = readInputs(inputs, of, options.inputSize);
  if (targets !== undefined && options.outputs === "none")
    throw shapeError(`targets${of}`, 'none with outputs "none"', show(targets));
  const next = targets === "next";
  const read = next ? withoutLast(given, of, options) : given;
  const { steps } = read;
  if (options.outputs === "last" && steps === 0)
    throw shapeError(`inputs${of}`, 'at least one step with outputs "last"', "none");
  const scored = scoredSteps(options, steps);
  if (targets === undefined) {
    if (needTargets) throw shapeError(`targets${of}`, "targets to learn from", "none");
    if (weights !== undefined) throw shapeError(`weights${of}`, "targets with them", "none");
  }
  const follow = given.values?.subarray(given.kind === "vectors" ? options.inputSize : 1);
  const plain = next ? follow : readTargets(targets, of, scored, options);
  if (weights !== undefined) {
    checkFloats(`weights${of}`, weights, scored);
    checkRange("weights", of, weights, MAX_FLOAT, "a finite number of at least 0");
  }
  if (initialState !== undefined) checkFloats(`initialState${of}`, initialState, options.hiddenSize);
  if (initialFeedback !== undefined) {
    if (!feedsBack(options))
      throw shapeError(`initialFeedback${of}`, 'none with recurrence "hidden"', show(initialFeedback));
    checkFloats(`initialFeedback${of}`, initialFeedback, options.outputSize);
  }
  if (options.loss === "bernoulli" && plain)
    checkRange("targets", of, plain, 1, '0 … 1 with loss "bernoulli"');
  return {
    ...read,
    targets: plain,
    weights,
    initialState,
    initialFeedback,
    id: id === undefined ? b : indexRule(`id${of}`, id),
  };
}

/** Inputs as they were given, or of `inputs` alone for steps of the future. */
export function readInputs(inputs: Sequence["inputs"], of: string, I: number): Read {
  const type = arrayKind(inputs);
  const values = inputs as Int32Array | Float32Array;
  if (I === 0) {
    if (!(Number.isInteger(inputs) && (inputs as number) >= 0 && (inputs as number) <= 0x7fffffff))
      throw shapeError(`inputs${of}`, "the number of steps with inputSize 0", show(inputs));
    return { kind: "none", steps: inputs as number, values: undefined };
  }
  if (type !== "Int32Array" && type !== "Float32Array")
    throw shapeError(`inputs${of}`, "an Int32Array of indices or a Float32Array of values", show(inputs));
  checkArray(type, `inputs${of}`, values, values.length);
  if (type === "Int32Array") {
    checkIndices("inputs", of, values as Int32Array, I);
    return { kind: "indices", steps: values.length, values };
  }
  if (values.length % I !== 0) throw shapeError(`inputs${of}`, `τ × ${I} values`, values.length);
  return { kind: "vectors", steps: values.length / I, values };
}

/** Targets "next": takes the last input, which is only a target, away from the inputs. */
function withoutLast({ kind, steps, values }: Read, of: string, options: ResolvedOptions): Read {
  const { inputSize: I, outputSize: O, outputs, loss } = options;
  const fail = (expected: string, got: unknown) => {
    throw shapeError(`targets${of}`, `${expected} with "next"`, got);
  };
  if (outputs === "last") fail('outputs "every"', '"last"');
  const wanted = loss === "cross-entropy" ? "indices" : "vectors";
  if (kind !== wanted) fail(`inputs that are ${wanted} (loss "${loss}")`, kind);
  if (kind === "indices" ? O < I : O !== I)
    fail(`outputSize of ${kind === "indices" ? "at least " : ""}inputSize ${I}`, O);
  if (steps === 0) throw shapeError(`inputs${of}`, 'at least one step with targets "next"', "none");
  return { kind, steps: steps - 1, values: values?.subarray(0, kind === "vectors" ? -I : -1) };
}

/** Targets that were given: for cross-entropy indices (one alone may be a number), otherwise rows of O values. */
function readTargets(
  targets: Sequence["targets"],
  of: string,
  scored: number,
  options: ResolvedOptions,
): Plan["targets"] {
  if (targets === undefined) return undefined;
  const O = options.outputSize;
  if (options.loss !== "cross-entropy") {
    const expected = `a Float32Array of values (loss "${options.loss}")`;
    checkArray("Float32Array", `targets${of}`, targets, scored * O, expected);
    return targets as Float32Array;
  }
  const one = options.outputs === "last" && typeof targets === "number";
  if (one && !Number.isInteger(targets)) throw shapeError(`targets${of}`, `0 … ${O - 1}`, targets);
  const indices = one ? Int32Array.of(targets as number) : targets;
  checkArray("Int32Array", `targets${of}`, indices, scored, "an Int32Array of class indices");
  checkIndices("targets", of, indices as Int32Array, O);
  return indices as Int32Array;
}
