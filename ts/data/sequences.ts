import { arrayKind, checkBytes, index as indexRule } from "../checks.js";
import { checkNames, shapeError, show } from "../errors.js";
import type { ResolvedOptions } from "../options.js";
import type { Sequence } from "../types.js";
import { checkArray, checkFloats, checkIndices, checkWeights } from "./arrays.js";

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
  readonly kind: "indices" | "vectors";
  /** N indices, or N × I values. */
  readonly inputs: I32 | F32;
  /** N indices. */
  readonly targets: I32 | undefined;
  /** N; 1 for sequences that gave none. */
  readonly weights: F32 | undefined;
  /** B × H; 0 for sequences that gave none. */
  readonly initialState: F32 | undefined;
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
  const plans = sequences.map((sequence: Sequence, b) => {
    checkNames(`sequence ${b}`, sequence, names);
    const { targets: _targets, weights: _weights, ...rest } = sequence;
    return plan(ignoreTargets ? rest : sequence, b, options, needTargets);
  });
  const [{ kind, targets }] = plans as [Plan];
  plans.forEach((own, b) => {
    if (own.kind !== kind) throw shapeError(`inputs of sequence ${b}`, `${kind} as in sequence 0`, own.kind);
    if (!own.targets === !targets) return;
    const [expected, got] = targets ? ["targets", "none"] : ["no targets", "targets"];
    throw shapeError(`targets of sequence ${b}`, `${expected} as in sequence 0`, got);
  });

  let rows = 0;
  const starts = Int32Array.from(plans, ({ steps }) => {
    rows += steps;
    return rows - steps;
  });
  const { inputSize: I, hiddenSize: H } = options;
  const width = kind === "vectors" ? I : 1;
  checkBytes(`inputs of ${name}`, 4 * rows * width);
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
  return {
    rows,
    lengths: Int32Array.from(plans, ({ steps }) => steps),
    starts,
    kind,
    inputs: join(
      "values",
      kind === "vectors" ? new Float32Array(rows * I) : new Int32Array(rows),
      starts,
      width,
    ),
    targets: targets && join("targets", new Int32Array(rows), starts, 1),
    weights: some("weights") ? join("weights", new Float32Array(rows).fill(1), starts, 1) : undefined,
    initialState: some("initialState")
      ? join("initialState", new Float32Array(plans.length * H), [...plans.keys()], H)
      : undefined,
    ids: Int32Array.from(plans, ({ id }) => id),
  };
}

/** One sequence, checked; the arrays are still the caller's. */
interface Plan {
  readonly kind: "indices" | "vectors";
  readonly steps: number;
  /** `steps` indices or `steps` × I values. */
  readonly values: Int32Array | Float32Array;
  readonly targets: Int32Array | undefined;
  readonly weights: Float32Array | undefined;
  readonly initialState: Float32Array | undefined;
  readonly id: number;
}

function plan(
  { inputs, targets, weights, initialState, initialFeedback, id }: Sequence,
  b: number,
  options: ResolvedOptions,
  needTargets: boolean | undefined,
): Plan {
  const of = ` of sequence ${b}`;
  const read = readInputs(inputs, of, options.inputSize);
  if (targets !== undefined && options.outputSize === 0)
    throw shapeError(`targets${of}`, 'none with outputs "none"', show(targets));
  const scored = targets === "next" ? next(read, of, options) : { ...read, targets: undefined };
  const { steps } = scored;
  if (targets === undefined) {
    if (needTargets) throw shapeError(`targets${of}`, "targets to learn from", "none");
    if (weights !== undefined) throw shapeError(`weights${of}`, "targets with them", "none");
  } else if (targets !== "next") {
    checkArray("Int32Array", `targets${of}`, targets, steps, "an Int32Array of class indices");
    checkIndices("targets", of, targets as Int32Array, options.outputSize);
    scored.targets = targets as Int32Array;
  }
  if (weights !== undefined) {
    checkFloats(`weights${of}`, weights, steps);
    checkWeights("weights", of, weights);
  }
  if (initialState !== undefined) checkFloats(`initialState${of}`, initialState, options.hiddenSize);
  if (initialFeedback !== undefined)
    throw shapeError(`initialFeedback${of}`, 'none with recurrence "hidden"', show(initialFeedback));
  return { ...scored, weights, initialState, id: id === undefined ? b : indexRule(`id${of}`, id) };
}

type Read = { -readonly [K in "kind" | "steps" | "values" | "targets"]: Plan[K] };

function readInputs(inputs: Sequence["inputs"], of: string, I: number): Omit<Read, "targets"> {
  const type = arrayKind(inputs);
  const values = inputs as Int32Array | Float32Array;
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

/** Targets "next": takes the last input away from the inputs and gives it to the targets. */
function next(
  { kind, steps, values }: Omit<Read, "targets">,
  of: string,
  { inputSize: I, outputSize: O }: ResolvedOptions,
): Read {
  if (kind !== "indices") throw shapeError(`targets${of}`, 'index inputs with "next"', kind);
  if (O < I) throw shapeError(`targets${of}`, `outputSize of at least inputSize ${I} with "next"`, O);
  if (steps === 0) throw shapeError(`inputs${of}`, 'at least one step with targets "next"', "none");
  return {
    kind,
    steps: steps - 1,
    values: values.subarray(0, -1),
    targets: values.subarray(1) as Int32Array,
  };
}
