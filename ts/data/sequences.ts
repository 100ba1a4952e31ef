import { checkBytes } from "../checks.js";
import { checkNames, shapeError, show } from "../errors.js";
import type { ResolvedOptions } from "../options.js";
import type { Sequence } from "../types.js";
import { type Plan, planSequence, scoredSteps, targetWidth } from "./sequence.js";

type I32 = Int32Array<ArrayBuffer>;
type F32 = Float32Array<ArrayBuffer>;

/** A batch of checked sequences as the kernel takes them: rows stand sequence by sequence, step by step. */
export interface Batch {
  /** N, the sum of the lengths. */
  readonly rows: number;
  /** B: steps of each. */
  readonly lengths: I32;
  /** B: the first row of each. */
  readonly starts: I32;
  /** B: scored steps of each, as many as its length, or 1; Q is their sum. */
  readonly scored: I32;
  readonly kind: Plan["kind"];
  /** N indices, or N × I values; nothing when I is 0. */
  readonly inputs: I32 | F32;
  /** Q indices, or Q × O values. */
  readonly targets: I32 | F32 | undefined;
  /** Q; 1 for sequences that gave none. */
  readonly weights: F32 | undefined;
  /** B × H; 0 for sequences that gave none. */
  readonly initialState: F32 | undefined;
  /** B × O; 0 for sequences that gave none. */
  readonly initialFeedback: F32 | undefined;
  /** B. */
  readonly ids: I32;
}

/** What `checkSequences` asks for. */
export interface SequenceChecks {
  /** Targets must be there. */
  needTargets?: boolean;
  /** Targets and weights are not looked at. */
  ignoreTargets?: boolean;
  /** What the caller calls the sequences, for messages. */
  name?: string;
}

const names = ["inputs", "targets", "weights", "initialState", "initialFeedback", "id"];

/**
 * Checks sequences against a network and copies everything they hold, so that nothing done to them later
 * matters. Throws "shape" naming the argument and the sequence, "option" for a name that does not exist.
 */
export function checkSequences(
  sequences: readonly Sequence[],
  options: ResolvedOptions,
  { needTargets, ignoreTargets, name = "sequences" }: SequenceChecks = {},
): Batch {
  if (!Array.isArray(sequences)) throw shapeError(name, "an array of sequences", show(sequences));
  if (sequences.length === 0) throw shapeError(name, "at least one sequence", "none");
  const plans = [...sequences].map((sequence: Sequence, b) => {
    checkNames(`sequence ${b}`, sequence, names);
    const { targets: _targets, weights: _weights, ...rest } = sequence;
    return planSequence(ignoreTargets ? rest : sequence, b, options, needTargets);
  });
  const [{ kind, targets }] = plans as [Plan];
  plans.forEach((own, b) => {
    const same = (field: string, expected: string, got: string) => {
      if (got !== expected)
        throw shapeError(`${field} of sequence ${b}`, `${expected} as in sequence 0`, got);
    };
    same("inputs", kind, own.kind);
    same("targets", targets ? "targets" : "none", own.targets ? "targets" : "none");
  });

  let rows = 0;
  const starts = Int32Array.from(plans, ({ steps }) => {
    rows += steps;
    return rows - steps;
  });
  const { inputSize: I, hiddenSize: H, outputSize: O } = options;
  const scored = Int32Array.from(plans, ({ steps }) => scoredSteps(options, steps));
  const Q = options.outputs === "last" ? plans.length : rows;
  const each = [...plans.keys()];
  const firsts = options.outputs === "last" ? each : starts;
  const width = kind === "vectors" ? I : kind === "indices" ? 1 : 0;
  const goal = targetWidth(options);
  checkBytes(`inputs of ${name}`, 4 * Math.max(rows * width, targets ? Q * goal : 0));
  /** One field of all, in rows of `columns`, where `firsts` says. */
  const join = <T extends I32 | F32>(
    field: keyof Plan,
    all: T,
    firsts: ArrayLike<number>,
    columns: number,
  ): T => {
    plans.forEach((own, b) => {
      const values = own[field];
      if (values) all.set(values as T, (firsts[b] as number) * columns);
    });
    return all;
  };
  const some = (field: keyof Plan) => plans.some((own) => own[field]);
  /** A row per sequence, of zeros for those that gave none. */
  const perSequence = (field: keyof Plan, columns: number) =>
    some(field) ? join(field, new Float32Array(plans.length * columns), each, columns) : undefined;
  const fresh = (integers: boolean, length: number) =>
    integers ? new Int32Array(length) : new Float32Array(length);
  return {
    rows,
    lengths: Int32Array.from(plans, ({ steps }) => steps),
    starts,
    scored,
    kind,
    inputs: join("values", fresh(kind !== "vectors", rows * width), starts, width),
    targets: targets && join("targets", fresh(options.loss === "cross-entropy", Q * goal), firsts, goal),
    weights: some("weights") ? join("weights", new Float32Array(Q).fill(1), firsts, 1) : undefined,
    initialState: perSequence("initialState", H),
    initialFeedback: perSequence("initialFeedback", O),
    ids: Int32Array.from(plans, ({ id }) => id),
  };
}
