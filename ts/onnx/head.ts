/** The linear layer after the states: MatMul, MatMul and Add, or Gemm; and Gather or Slice of the last step. */
import { axisOf, type Call } from "./call.js";
import { showShape, unsupported } from "./errors.js";
import { spend, transposed } from "./folding.js";
import type { Reading } from "./operators.js";
import type { Constant } from "./tensors.js";
import type { Derived, Head, Value } from "./values.js";

/** The smallest f32 with all its digits, 2⁻¹²⁶. */
const SMALLEST = 1.1754943508222875e-38;

type Matrix = Constant & { readonly floats: Float32Array<ArrayBuffer> };

/** States that a head may be put on. */
function statesOf(call: Call, value: Value): Derived {
  if (value.kind !== "derived") throw call.misfit("states", value);
  if (value.head) throw unsupported(`${call.what}: expected one linear layer after the RNN, got another`);
  return value;
}

/** A constant (H, O), or (O, H) if `turned`, as (O, H). Throws "unsupported" for other shapes. */
function weightOf(call: Call, reading: Reading, matrix: Matrix, turned: boolean): Omit<Head, "bias"> {
  const H = reading.cell?.H;
  const [rows, columns] = matrix.shape;
  const [inner, O = 0] = turned ? [columns, rows] : [rows, columns];
  if (matrix.shape.length !== 2 || inner !== H || O < 1)
    throw unsupported(
      `${call.what}: expected a matrix ${turned ? `O × ${H}` : `${H} × O`}, got ${matrix.shape.join(" × ")}`,
    );
  return {
    O,
    weight: turned ? matrix.floats : (transposed(call, reading, matrix, [1, 0]).floats ?? matrix.floats),
  };
}

/** MatMul(states, weight (H, O)): the last axis becomes outputs. */
export function matMul(call: Call, reading: Reading): Value {
  const value = statesOf(call, call.value(0));
  const head = weightOf(call, reading, call.floats(1, "B"), false);
  if (value.axes.at(-1) !== "H" || value.axes.length < 2)
    throw unsupported(`${call.what}: expected the units along the last axis, got ${showShape(value.axes)}`);
  return { ...value, axes: [...value.axes.slice(0, -1), "O"], head: { ...head, bias: undefined } };
}

/**
 * Gemm: alpha · A′ · B′ + beta · C of two axes. alpha and beta become part of the weights, each of them rounded once to
 * f32; a product that f32 does not hold with all its digits is refused.
 */
export function gemm(call: Call, reading: Reading): Value {
  const value = statesOf(call, call.value(0));
  const turned = [call.int("transA", 0), call.int("transB", 0)].map((flag) => flag !== 0);
  const [alpha, beta] = [call.float("alpha", 1), call.float("beta", 1)];
  const axes = turned[0] ? [...value.axes].reverse() : value.axes;
  if (axes.length !== 2 || axes[1] !== "H")
    throw unsupported(
      `${call.what}: expected states N × H${turned[0] ? " turned by transA" : ""}, got ${showShape(value.axes)}`,
    );
  const { O, weight } = weightOf(call, reading, call.floats(1, "B"), turned[1] === true);
  const C = call.input(2) === undefined ? undefined : biasOf(call, reading, call.floats(2, "C"), O, 2);
  const head = {
    O,
    weight: scaled(call, reading, "alpha", weight, alpha),
    bias: C && scaled(call, reading, "beta", C, beta),
  };
  return { ...value, axes: [axes[0] as string, "O"], head };
}

function scaled(
  call: Call,
  reading: Reading,
  name: string,
  values: Head["weight"],
  factor: number,
): Head["weight"] {
  if (factor === 1) return values;
  spend(call, reading, values.length);
  const product = values.map((value) => value * factor);
  const held = values.every((value, i) => {
    const size = Math.abs(product[i] as number);
    const exact = value === 0 || factor === 0 || size >= SMALLEST;
    return exact && Number.isFinite(value) === Number.isFinite(size);
  });
  if (!held || !Number.isFinite(factor))
    throw unsupported(
      `${call.what}: expected products with ${name} that float32 holds, got ${name} ${factor}`,
    );
  return product;
}

/** A constant that is the same for every row, as O numbers. Throws "unsupported" for other shapes. */
function biasOf(
  call: Call,
  reading: Reading,
  { shape, floats }: Matrix,
  O: number,
  rank: number,
): Head["weight"] {
  const size = shape.at(-1) ?? 1;
  const fits = shape.slice(0, -1).every((each) => each === 1) && shape.length <= rank;
  if (!fits || (size !== O && size !== 1))
    throw unsupported(`${call.what}: expected a bias of ${O} numbers, got shape ${showShape(shape)}`);
  if (size === O) return floats;
  spend(call, reading, O);
  return new Float32Array(O).fill(floats[0] as number);
}

/** Add(outputs, bias), in either order. */
export function addBias(call: Call, reading: Reading): Value {
  const [a, b] = [call.value(0), call.value(1)];
  const [value, at] = a.kind === "derived" ? [a, 1] : [b, 0];
  if (value.kind !== "derived") throw call.misfit("outputs", value);
  const { head, axes } = value;
  if (head === undefined || head.bias !== undefined || axes.at(-1) !== "O")
    throw unsupported(`${call.what}: expected one bias after a MatMul, got ${head ? "another" : "states"}`);
  const bias = biasOf(call, reading, call.floats(at, "the bias"), head.O, axes.length);
  return { ...value, head: { ...head, bias } };
}

/**
 * Gather of one index: of the last step (−1), which is each sequence's own last step only where no sequence is shorter; or
 * of the axis of directions (0 or −1).
 */
export function gather(call: Call, { cell }: Reading, value: Derived): Value {
  const axis = axisOf(call, call.int("axis", 0), value.axes.length);
  const { ints, shape } = call.ints(1, "indices");
  const [index] = ints;
  const direction = value.axes[axis] === "" && (index === 0 || index === -1);
  const last = value.axes[axis] === "T" && index === -1;
  if (ints.length !== 1 || shape.length > 1 || (!direction && !last))
    throw unsupported(
      `${call.what}: expected the index −1 of the steps, got ${showShape(ints)} of axis ${axis} of ${showShape(value.axes)}`,
    );
  if (last) checkLengths(call, cell);
  const axes = value.axes.flatMap((letter, i) => (i !== axis ? [letter] : shape.length === 1 ? [""] : []));
  return { ...value, axes, last: value.last || last };
}

/** The last step of Y is each sequence's own last step only where no sequence is shorter. */
function checkLengths(call: Call, cell: Reading["cell"]): void {
  if (cell?.sequenceLengths || cell?.lengths)
    throw unsupported(
      `${call.what}: expected Y_h for the last step of sequences of different lengths, got Y`,
    );
}

/** Slice's starts, ends, axes and steps: attributes until operators of version 9, inputs since. */
export function sliceBounds(call: Call): (readonly number[])[] {
  return ["starts", "ends", "axes", "steps"].map(
    (name, i) => call.intList(name) ?? (call.input(i + 1) ? call.ints(i + 1, name).ints : []),
  );
}

/**
 * Slice of the last step: from −1 to the end, which exporters write as a number larger than any size; or of all of the axis
 * of directions. Without axes it is the first.
 */
export function slice(call: Call, { cell }: Reading, value: Derived): Value {
  const [starts = [], ends = [], named = [], steps = []] = sliceBounds(call);
  const axes = named.length === 0 ? [0] : named;
  const axis = axisOf(call, axes[0] ?? 0, value.axes.length);
  const letter = value.axes[axis];
  const single = [starts, ends, axes].every((list) => list.length === 1) && steps.length < 2;
  const [start, end = 0] = [starts[0], ends[0]];
  const forward = single && (steps[0] ?? 1) === 1;
  if (forward && letter === "" && (start === 0 || start === -1) && end > 0) return value;
  if (!forward || letter !== "T" || start !== -1 || end < 0x7fffffff)
    throw unsupported(`${call.what}: expected the last step, got others of ${showShape(value.axes)}`);
  checkLengths(call, cell);
  return { ...value, axes: value.axes.map((each, i) => (i === axis ? "" : each)), last: true };
}
