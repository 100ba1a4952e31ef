/** The operator RNN. */
import type { Call } from "./call.js";
import { formatError, showShape, unsupported } from "./errors.js";
import type { Constant } from "./tensors.js";
import { typeName } from "./tensors.js";
import type { Derived, Value } from "./values.js";

type Floats = Float32Array<ArrayBuffer>;

/** An input of the graph, and what its axes run over: "TNI", "NTI", "1NH", "N1H", "NH", "N". */
export interface GraphInput {
  readonly name: string;
  readonly axes: string;
  readonly shape: readonly (number | undefined)[] | undefined;
}

/** The one RNN of a graph. */
export interface Cell {
  readonly I: number;
  readonly H: number;
  readonly activation: "tanh" | "relu" | "identity";
  /** (H, I) and (H, H), row by row; the two halves of B, added. */
  readonly weight_ih: Floats;
  readonly weight_hh: Floats;
  readonly bias_h: Floats;
  readonly x: GraphInput;
  readonly initialState: GraphInput | undefined;
  readonly sequenceLengths: GraphInput | undefined;
  /** Constants of the graph: (B, H), row by row, and B lengths. */
  readonly initialStates: Floats | undefined;
  readonly lengths: readonly number[] | undefined;
}

/**
 * Reads the operator: H_t = f(X_t · Wᵀ + H_{t−1} · Rᵀ + Wb + Rb), from its definition, versions 7, 14 and 22. Inputs X, W,
 * R, B, sequence_lens, initial_h; outputs Y and Y_h.
 *
 * Throws "unsupported" naming the attribute for a direction other than forward, clip, and functions other than Tanh, Relu
 * and Affine with alpha 1 and beta 0; "format" for tensors of other shapes.
 */
export function readRnn(call: Call): { cell: Cell; outputs: [Derived, Derived] } {
  const { what } = call;
  const layout = call.opset < 14 ? 0 : call.int("layout", 0); // before, there was no such attribute
  if (layout !== 0 && layout !== 1) throw unsupported(`${what}: expected layout 0 or 1, got ${layout}`);
  const direction = call.string("direction", "forward");
  if (direction !== "forward")
    throw unsupported(`${what}: expected direction "forward", got ${JSON.stringify(direction)}`);
  const activation = readActivation(call);
  const W = call.floats(1, "W");
  const R = call.floats(2, "R");
  const [, H = 0, I = 0] = W.shape;
  if (W.shape.length !== 3 || W.shape[0] !== 1 || H < 1)
    throw formatError(`${what}: expected W of shape [1, H, I], got ${showShape(W.shape)}`, W.offset);
  check(call, "R", R, [1, H, H]);
  const hidden = call.int("hidden_size", H);
  if (hidden !== H)
    throw formatError(`${what}: expected hidden_size ${H} as in W, got ${hidden}`, call.offset);
  const bias_h = new Float32Array(H);
  if (call.input(3) !== undefined) {
    const B = call.floats(3, "B");
    check(call, "B", B, [1, 2 * H]);
    bias_h.set(B.floats.subarray(0, H));
    for (let i = 0; i < H; i++) bias_h[i] = (bias_h[i] as number) + (B.floats[H + i] as number);
  }
  const [T, N] = layout === 1 ? [1, 0] : [0, 1];
  const place = (t: string, n: string): string[] => (T === 0 ? [t, n] : [n, t]);
  const cell = {
    ...{ I, H, activation, weight_ih: W.floats, weight_hh: R.floats, bias_h },
    x: graphInput(call, "X", call.value(0), [...place("T", "N"), "I"], 1, { I }),
    ...readLengths(call),
    ...readInitialState(call, place("1", "N"), N, H),
  };
  const y = { kind: "derived", axes: layout ? ["N", "T", "", "H"] : ["T", "", "N", "H"] } as const;
  const end = { kind: "derived", axes: [...place("", "N"), "H"] } as const;
  return {
    cell,
    outputs: [
      { ...y, last: false, head: undefined },
      { ...end, last: true, head: undefined },
    ],
  };
}

function readActivation(call: Call): Cell["activation"] {
  const names = call.stringList("activations") ?? ["Tanh"];
  const factors = {
    activation_alpha: call.floatList("activation_alpha"),
    activation_beta: call.floatList("activation_beta"),
  };
  const list = (which: keyof typeof factors) => (factors[which] ?? []).map(String).join(", ");
  const [name = ""] = names;
  const known = { Tanh: "tanh", Relu: "relu", Affine: "identity" } as const;
  const found = names.length === 1 ? known[name as keyof typeof known] : undefined;
  if (found === undefined || !Object.hasOwn(known, name)) {
    const got = names.map((each) => JSON.stringify(each)).join(", ");
    throw unsupported(
      `${call.what}: expected activations Tanh, Relu or Affine, one of them, got ${got || "none"}`,
    );
  }
  // There is no agreed default of Affine's alpha: it has to be said. Elsewhere neither means anything.
  const affine = found === "identity";
  const one = affine ? list("activation_alpha") === "1" : list("activation_alpha") === "";
  const zero = list("activation_beta") === "" || (affine && list("activation_beta") === "0");
  if (one && zero) return found;
  const expected = affine
    ? "activation_alpha 1 and activation_beta 0"
    : "no activation_alpha or activation_beta";
  const got = `[${list("activation_alpha")}] and [${list("activation_beta")}]`;
  throw unsupported(`${call.what}: expected ${expected} with ${name}, got ${got}`);
}

function check(call: Call, name: string, { shape, offset }: Constant, expected: readonly number[]): void {
  if (shape.join() !== expected.join())
    throw formatError(
      `${call.what}: expected ${name} of shape ${showShape(expected)}, got ${showShape(shape)}`,
      offset,
    );
}

/** An input of the graph as the operator's input of these axes; sizes that the graph says have to be right. */
function graphInput(
  call: Call,
  name: string,
  value: Value,
  axes: readonly string[],
  type: number,
  sizes: Readonly<Record<string, number>>,
): GraphInput {
  if (value.kind !== "given") throw call.misfit(`${name} to be an input of the graph`, value);
  if (value.type !== type)
    throw unsupported(`${call.what}: expected ${name} of ${typeName(type)}, got ${typeName(value.type)}`);
  const order = value.axes ?? axes.map((_, i) => i);
  const rank = value.shape?.length ?? order.filter((axis) => axis !== "").length;
  const letters = Array.from({ length: rank }, () => "");
  order.forEach((axis, i) => {
    const letter = axes[i] ?? "";
    if (axis !== "") letters[axis] = letter;
    else if (letter !== "1") letters.push(letter); // never a size of 1: refused below
  });
  if (order.length !== axes.length || letters.length !== rank || letters.includes(""))
    throw formatError(
      `${call.what}: expected ${name} with axes ${axes.join(" × ")}, got others`,
      call.offset,
    );
  letters.forEach((letter, i) => {
    const [size, expected] = [value.shape?.[i], letter === "1" ? 1 : sizes[letter]];
    if (size !== undefined && expected !== undefined && size !== expected)
      throw formatError(
        `${call.what}: expected ${name} with ${expected} along its axis ${i}, got ${size}`,
        call.offset,
      );
  });
  return { name: value.name, axes: letters.join(""), shape: value.shape };
}

function readLengths(call: Call): Pick<Cell, "sequenceLengths" | "lengths"> {
  const value = call.input(4);
  if (value?.kind !== "constant") {
    const sequenceLengths = value && graphInput(call, "sequence_lens", value, ["N"], 6, {});
    return { sequenceLengths, lengths: undefined };
  }
  const { ints, shape, offset } = call.ints(4, "sequence_lens");
  if (shape.length !== 1 || ints.length === 0)
    throw formatError(
      `${call.what}: expected sequence_lens of B lengths, got shape ${showShape(shape)}`,
      offset,
    );
  const bad = ints.find((length) => length < 1 || length > 0x7fffffff);
  if (bad !== undefined) throw unsupported(`${call.what}: expected sequence_lens from 1, got ${bad}`);
  return { sequenceLengths: undefined, lengths: ints };
}

/** initial_h: an input of the graph, a constant, or zeros, which is what it is without. */
function readInitialState(
  call: Call,
  place: readonly string[],
  N: number,
  H: number,
): Pick<Cell, "initialState" | "initialStates"> {
  const value = call.input(5);
  if (value === undefined || value.kind === "zeros")
    return { initialState: undefined, initialStates: undefined };
  if (value.kind !== "constant")
    return {
      initialState: graphInput(call, "initial_h", value, [...place, "H"], 1, { H }),
      initialStates: undefined,
    };
  const { floats, shape, offset } = call.floats(5, "initial_h");
  const fits = shape.length === 3 && shape[2] === H && shape[1 - N] === 1;
  if (!fits) {
    const expected = N === 1 ? `[1, B, ${H}]` : `[B, 1, ${H}]`;
    throw formatError(
      `${call.what}: expected initial_h of shape ${expected}, got ${showShape(shape)}`,
      offset,
    );
  }
  return { initialState: undefined, initialStates: floats.every((each) => each === 0) ? undefined : floats };
}
