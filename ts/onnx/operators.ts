/** What each operator makes of its inputs. An operator that is not in the table is refused by its name. */
import type { Call } from "./call.js";
import { unsupported } from "./errors.js";
import { type Budget, concatenated, spend, transposed } from "./folding.js";
import { addBias, gather, gemm, matMul, slice, sliceBounds } from "./head.js";
import { namedAxes, permutation, regrouped, squeezed, unsqueezed } from "./reshape.js";
import { type Cell, readRnn } from "./rnn.js";
import type { Constant } from "./tensors.js";
import type { Derived, Value } from "./values.js";

/** What is known of a graph while its nodes are read in order. */
export interface Reading extends Budget {
  cell: Cell | undefined;
}

type Operator = (call: Call, reading: Reading) => readonly Value[];

const measure = { kind: "measure" } as const;

export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["RNN", rnn],
  ["Constant", (call) => [constant(call)]],
  ["Identity", (call) => [call.value(0)]],
  ["Transpose", (call, reading) => [transpose(call, reading)]],
  ["Squeeze", (call) => [squeeze(call)]],
  ["Unsqueeze", (call) => [unsqueeze(call)]],
  ["Reshape", (call, reading) => [reshape(call, reading)]],
  ["Gather", (call, reading) => [pick(call, reading)]],
  ["Slice", (call, reading) => [cut(call, reading)]],
  ["Concat", (call, reading) => [concat(call, reading)]],
  ["MatMul", (call, reading) => [matMul(call, reading)]],
  ["Gemm", (call, reading) => [gemm(call, reading)]],
  ["Add", (call, reading) => [addBias(call, reading)]],
  ["Shape", shape],
  ["Cast", cast],
  ["ConstantOfShape", (call) => [constantOfShape(call)]],
  ["Expand", (call, reading) => [expand(call, reading)]],
]);

function rnn(call: Call, reading: Reading): Value[] {
  if (reading.cell) throw unsupported(`${call.what}: expected one RNN, got another`);
  const { cell, outputs } = readRnn(call);
  reading.cell = cell;
  return outputs;
}

function constant(call: Call): Constant {
  const tensor = call.tensor("value");
  if (tensor) return tensor;
  const scalar = { kind: "constant", name: call.what, offset: call.offset } as const;
  const [ints, floats] = [call.intList("value_ints"), call.floatList("value_floats")];
  if (ints) return { ...scalar, shape: [ints.length], ints };
  if (floats) return { ...scalar, shape: [floats.length], floats: new Float32Array(floats) };
  const [int, float] = [call.int("value_int", Number.NaN), call.float("value_float", Number.NaN)];
  if (!Number.isNaN(int)) return { ...scalar, shape: [], ints: [int] };
  if (!Number.isNaN(float)) return { ...scalar, shape: [], floats: Float32Array.of(float) };
  throw unsupported(`${call.what}: expected a value of numbers, got another`);
}

function transpose(call: Call, reading: Reading): Value {
  const value = call.value(0);
  if (value.kind === "constant")
    return transposed(call, reading, value, permutation(call, value.shape.length));
  if (value.kind === "derived") {
    const order = permutation(call, value.axes.length);
    return { ...value, axes: order.map((axis) => value.axes[axis] as string) };
  }
  if (value.kind !== "given") throw call.misfit("states, an input or a constant", value);
  const rank = (value.axes ?? value.shape)?.length ?? 3; // X is all that may come without a shape
  const order = permutation(call, rank);
  return { ...value, axes: value.axes ? order.map((axis) => value.axes?.[axis] as number | "") : order };
}

function squeeze(call: Call): Value {
  const value = call.value(0);
  const named = namedAxes(call);
  if (value.kind === "measure") return measure;
  if (value.kind !== "derived" && value.kind !== "constant") throw call.misfit("states or a constant", value);
  if (named === undefined) throw unsupported(`${call.what}: expected axes, got none`);
  if (value.kind === "derived")
    return { ...value, axes: squeezed(call, value.axes, named, (axis) => axis === "") };
  return { ...value, shape: squeezed(call, value.shape, named, (size) => size === 1) };
}

function unsqueeze(call: Call): Value {
  const value = call.value(0);
  const named = namedAxes(call) ?? [];
  if (value.kind === "measure") return measure;
  if (value.kind === "constant") return { ...value, shape: unsqueezed(call, value.shape, named, 1) };
  if (value.kind === "derived") return { ...value, axes: unsqueezed(call, value.axes, named, "") };
  const axes = value.kind === "given" ? (value.axes ?? value.shape?.map((_, i) => i)) : undefined;
  if (value.kind !== "given" || axes === undefined)
    throw call.misfit("states, a constant or an input with a shape", value);
  return { ...value, axes: unsqueezed<number | "">(call, axes, named, "") };
}

function reshape(call: Call, reading: Reading): Value {
  const value = call.value(0);
  const { ints } = call.ints(1, "shape");
  const allowZero = call.int("allowzero", 0);
  if (allowZero !== 0 && ints.includes(0))
    throw unsupported(`${call.what}: expected allowzero 0, got ${allowZero}`);
  if (value.kind === "derived")
    return { ...value, axes: regrouped(call, value.axes, ints, sizes(reading, value)) };
  if (value.kind !== "constant") throw call.misfit("states or a constant", value);
  // A constant's axes are letters of its own, whose sizes are all known; so are those that the shape asks for.
  const letters = value.shape.map((_, i) => String.fromCharCode(97 + i));
  const size = (letter: string) => value.shape[letter.charCodeAt(0) - 97];
  const product = (letters: string) => [...letters].reduce((all, letter) => all * (size(letter) ?? 1), 1);
  return { ...value, shape: regrouped(call, letters, ints, size).map(product) };
}

/** Sizes that the graph says: units, outputs, and steps and sequences where its input has them. */
function sizes({ cell }: Reading, { head }: Derived): (letter: string) => number | undefined {
  return (letter) => {
    if (letter === "H") return cell?.H;
    if (letter === "O") return head?.O;
    const axis = cell?.x.axes.indexOf(letter) ?? -1;
    return axis < 0 ? undefined : cell?.x.shape?.[axis];
  };
}

function pick(call: Call, reading: Reading): Value {
  const value = call.value(0);
  if (value.kind === "derived") return gather(call, reading, value);
  if (value.kind !== "measure") throw call.misfit("states or a size", value);
  call.int("axis", 0);
  call.ints(1, "indices");
  return measure;
}

function cut(call: Call, reading: Reading): Value {
  const value = call.value(0);
  if (value.kind === "derived") return slice(call, reading, value);
  if (value.kind !== "measure") throw call.misfit("states or a size", value);
  sliceBounds(call);
  return measure;
}

function concat(call: Call, reading: Reading): Value {
  const axis = call.int("axis", 0);
  const parts: Value[] = [];
  for (let i = 0; call.input(i) !== undefined; i++) parts.push(call.value(i));
  const constants = parts.filter((each) => each.kind === "constant");
  if (constants.length === parts.length && parts.length > 0)
    return concatenated(call, reading, constants, axis);
  for (const each of parts)
    if (each.kind !== "measure" && !(each.kind === "constant" && each.ints))
      throw call.misfit("constants, or sizes", each);
  return measure;
}

function shape(call: Call): Value[] {
  call.value(0);
  call.int("start", 0);
  call.int("end", 0);
  return [measure];
}

function cast(call: Call): Value[] {
  const value = call.value(0);
  call.int("to", 0);
  call.int("saturate", 1);
  if (value.kind !== "measure") throw call.misfit("a size", value);
  return [measure];
}

/** Zeros of a shape that is computed: nothing else is known to make an initial state. */
function constantOfShape(call: Call): Value {
  const size = call.value(0);
  const isShape = size.kind === "measure" || (size.kind === "constant" && size.ints !== undefined);
  if (!isShape) throw call.misfit("a size", size);
  const value = call.tensor("value");
  if (value && (value.floats?.length !== 1 || value.floats[0] !== 0))
    throw unsupported(`${call.what}: expected value 0, got another`);
  return { kind: "zeros" };
}

function expand(call: Call, reading: Reading): Value {
  const value = call.value(0);
  const size = call.value(1);
  if (size.kind !== "measure" && size.kind !== "constant") throw call.misfit("a size", size);
  if (value.kind === "zeros") return value;
  // All of it is looked through, which a thousand nodes could ask for.
  if (value.kind === "constant") spend(call, reading, value.floats?.length ?? 0);
  if (value.kind !== "constant" || !value.floats?.every((each) => each === 0))
    throw unsupported(`${call.what}: expected zeros, got other numbers`);
  return { kind: "zeros" };
}
