/** Graphs by hand around one RNN: the forms in which exporters write the same network, drawn at random. */
import type { Sequence } from "../../ts/index.js";
import { generator } from "../random.js";
import type { Attribute, Graph, Node, Tensor } from "./graph.js";
import type { Feeds } from "./judge.js";

const heads = [
  ...[
    "none",
    "MatMul",
    "MatMul Add",
    "Add MatMul",
    "MatMul Transpose",
    "Gemm flat",
    "Gemm last",
    "Gemm turned",
  ],
  ...["Gather", "Slice", "Gemm flat back", "Y_h MatMul"],
] as const;
const starts = ["none", "input", "constant", "zeros", "shape", "expand", "batch"] as const;

/** One problem, and the graph of it with the operator's layout 0 or 1. */
export interface Variant {
  readonly name: string;
  readonly sequences: readonly Sequence[];
  readonly T: number;
  readonly batchFirst: boolean;
  readonly feeds: (x: Float32Array) => Feeds;
  readonly graph: (layout: 0 | 1) => Graph;
}

export function variant(seed: number): Variant {
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length - 1)] as T;
  const [I, H, O, N] = [
    random.integer(1, 10),
    random.integer(1, 20),
    random.integer(1, 8),
    random.integer(1, 5),
  ];
  const T = random.integer(1, 16);
  const head = heads[seed % heads.length] as (typeof heads)[number];
  const activation = pick(["Tanh", "Relu", "Affine", ""]);
  const start = pick(starts);
  const lengthsFrom = head === "Gather" || head === "Slice" ? "none" : pick(["none", "input", "constant"]);
  // Expand is there from version 8, ConstantOfShape from version 9.
  const opset = pick(
    start === "shape" || start === "expand" ? [9, 11, 13, 14, 17, 21] : [7, 11, 13, 14, 17, 21],
  );
  const batchFirst = pick([true, false]);
  const form = () => pick(["raw", "packed", "single"] as const);
  const lengths = Array.from({ length: N }, (_, n) =>
    lengthsFrom === "none" || n === 0 ? T : random.integer(1, T),
  );
  const given = start === "input" || start === "constant" || start === "batch";
  const states = Array.from({ length: N }, () => (given ? random.floats(H) : new Float32Array(H)));
  const sequences = lengths.map((length, n) => ({
    inputs: random.floats(length * I),
    initialState: states[n] as Float32Array,
  }));
  const weights = {
    W: random.floats(H * I, activation === "Tanh" || activation === "" ? 1.5 : 0.7 / Math.sqrt(I)),
    R: random.floats(H * H, 0.9 / H),
    B: random.floats(2 * H, 0.3),
    V: random.floats(H * O, 1.5),
    c: random.floats(O),
    one: random.floats(1),
  };
  const hasBias = pick([true, true, false]);
  const split = hasBias && pick([true, false]);
  const [alpha, beta] = [pick([1, 0.5, 1.7]), pick([1, 2, -0.3])];
  const bias = pick(["O", "1 × O", "1", "scalar", "none"]);
  const affine = pick(["written", "left out"]);
  const explicit = pick([true, false]);

  const order = batchFirst ? [N, T] : [T, N];

  const graph = (layout: 0 | 1): Graph => {
    const nodes: Node[] = [];
    const tensors: Record<string, Tensor> = {};
    const add = (
      op: string,
      inputs: string[],
      output: string,
      attributes: Record<string, Attribute> = {},
    ) => {
      nodes.push({ op, inputs, outputs: [output], attributes });
      return output;
    };
    const floats = (name: string, shape: number[], data: Float32Array) => {
      tensors[name] = { shape, data, form: form() };
      return name;
    };
    const ints = (name: string, data: number[], shape = [data.length]) => {
      tensors[name] = { shape, data, form: form() };
      return name;
    };
    const axes = (op: string, from: string, to: string, list: number[]) =>
      opset < 13
        ? add(op, [from], to, { axes: { ints: list } })
        : add(op, [from, ints(`${to}_axes`, list)], to);
    const inputs: Record<string, readonly [(number | string)[], number?]> = {
      x: [head === "Gemm flat back" ? [...order, I] : [...(batchFirst ? ["N", "T"] : ["T", "N"]), "I"], 1],
    };
    const swap = { perm: { ints: [1, 0, 2] } };
    const swaps = batchFirst !== (layout === 1);
    const X = swaps ? add("Transpose", ["x"], "X", swap) : "x";
    const W = split
      ? axes("Unsqueeze", floats("W2", [H, I], weights.W), "W", [0])
      : floats("W", [1, H, I], weights.W);
    const R = floats("R", [1, H, H], weights.R);
    let B = "";
    if (split) {
      const halves = [weights.B.slice(0, H), weights.B.slice(H)].map((half, i) => floats(`B${i}`, [H], half));
      B = axes("Unsqueeze", add("Concat", halves, "B1d", { axis: { int: 0 } }), "B", [0]);
    } else if (hasBias) B = floats("B", [1, 2 * H], weights.B);
    let lens = "";
    if (lengthsFrom === "input") {
      inputs.lens = [["N"], 6];
      lens = "lens";
    } else if (lengthsFrom === "constant") {
      tensors.lens = { shape: [N], data: lengths, type: 6, form: form() };
      lens = "lens";
    }
    const place = layout === 1 ? [N, 1, H] : [1, N, H];
    let h0 = "";
    if (start === "input") {
      inputs.h0 = [layout === 1 ? ["N", 1, H] : [1, "N", H], 1];
      h0 = "h0";
    } else if (start === "batch") {
      inputs.h0 = [["N", H], 1];
      h0 = axes("Unsqueeze", "h0", "h0_3", [layout]);
    } else if (start === "constant" || start === "zeros") {
      h0 = floats("h0", place, Float32Array.from(states.flatMap((state) => [...state])));
    } else if (start === "shape" || start === "expand") {
      const size = add("Shape", ["x"], "shape_x");
      const index = ints("index", [batchFirst ? 0 : 1], []);
      const count = add("Gather", [size, index], "count", { axis: { int: 0 } });
      const row = axes("Unsqueeze", count, "count1", [0]);
      const parts = layout === 1 ? [row, ints("one", [1])] : [ints("one", [1]), row];
      const shape = add("Concat", [...parts, ints("units", [H])], "shape_h", { axis: { int: 0 } });
      const zero = { value: { tensor: { shape: [1], data: new Float32Array(1) } } };
      h0 =
        start === "shape"
          ? add("ConstantOfShape", [shape], "h0", zero)
          : add("Expand", [floats("zero", [1, 1, 1], new Float32Array(1)), shape], "h0");
    }
    const names = [X, W, R, B, lens, h0];
    while (names.at(-1) === "") names.pop();
    const alphaOne = { activation_alpha: { floats: [1] } };
    const betaZero = { activation_beta: { floats: [0] } };
    nodes.push({
      op: "RNN",
      inputs: names,
      outputs: ["Y", "Y_h"],
      attributes: {
        ...(activation && { activations: { strings: [activation] } }),
        ...(activation === "Affine" && alphaOne),
        ...(activation === "Affine" && affine === "written" && betaZero),
        ...(explicit && { direction: { string: "forward" } }),
        hidden_size: { int: H },
        ...(layout === 1 && { layout: { int: 1 } }),
      },
    });
    const three = axes("Squeeze", "Y", "Y3", [layout === 1 ? 2 : 1]);
    const states3 = swaps ? add("Transpose", [three], "states", swap) : add("Identity", [three], "states");
    const end = axes("Squeeze", "Y_h", "end", [layout === 1 ? 1 : 0]);
    const outputs = ["states", "end"];
    const V = () => floats("V", [H, O], weights.V);
    const turned = () => floats("V", [O, H], transpose(weights.V, H, O));
    const gemm = (states: string, flags: Record<string, Attribute>, weight: string, output: string) => {
      const factors = { alpha: { float: alpha }, beta: { float: beta } };
      const one = [floats("c1", bias === "1" ? [1] : [], weights.one)];
      const row = [floats("c", bias === "1 × O" ? [1, O] : [O], weights.c)];
      // Until operators of version 11 Gemm has a bias always.
      const C = bias === "none" && opset >= 11 ? [] : bias === "1" || bias === "scalar" ? one : row;
      for (const name of ["c", "c1"]) if (!C.includes(name)) delete tensors[name];
      return add("Gemm", [states, weight, ...C], output, { ...factors, ...flags });
    };
    if (head !== "none") outputs.push("o");
    if (head === "MatMul") add("MatMul", [states3, V()], "o");
    if (head === "MatMul Transpose")
      add("MatMul", [states3, add("Transpose", [turned()], "Vt", { perm: { ints: [1, 0] } })], "o");
    if (head === "MatMul Add" || head === "Add MatMul") {
      const pair = [add("MatMul", [states3, V()], "p"), floats("c", [O], weights.c)];
      add("Add", head === "MatMul Add" ? pair : pair.reverse(), "o");
    }
    if (head === "Gemm flat") {
      const flat = add("Reshape", [states3, ints("flat", [-1, H])], "rows");
      const rows = gemm(flat, { transB: { int: 1 } }, turned(), "o2");
      add("Identity", [rows], "o"); // as T·N rows; the test knows their order
    }
    if (head === "Gemm flat back") {
      const rows = add("Reshape", [states3, ints("flat", [T * N, -1])], "rows");
      add("Reshape", [gemm(rows, {}, V(), "o2"), ints("back", [...order, O])], "o");
    }
    if (head === "Slice") {
      const [axis, end] = [batchFirst ? 1 : 0, Number.MAX_SAFE_INTEGER];
      const bounds = { starts: { ints: [-1] }, ends: { ints: [end] }, axes: { ints: [axis] } };
      const step =
        opset < 10
          ? add("Slice", [states3], "step", bounds)
          : add("Slice", [states3, ints("s", [-1]), ints("e", [end]), ints("a", [axis])], "step");
      add("MatMul", [axes("Squeeze", step, "final", [axis]), V()], "o");
    }
    if (head === "Gemm last") gemm(end, { transB: { int: 1 } }, turned(), "o");
    if (head === "Gemm turned") {
      const columns = add("Transpose", [end], "columns", { perm: { ints: [1, 0] } });
      gemm(columns, { transA: { int: 1 } }, V(), "o");
    }
    if (head === "Gather") {
      const step = ints("last", [-1], []);
      const final = add("Gather", [states3, step], "final", { axis: { int: batchFirst ? 1 : 0 } });
      gemm(final, {}, V(), "o");
    }
    if (head === "Y_h MatMul") add("Add", [add("MatMul", [end, V()], "p"), floats("c", [O], weights.c)], "o");
    return { nodes, tensors, inputs, outputs, opset };
  };

  const flat = Float32Array.from(states.flatMap((state) => [...state]));
  return {
    ...{ sequences, T, batchFirst, graph },
    name: `seed ${seed}: ${head}, ${activation || "default"}, initial state ${start}, lengths ${lengthsFrom}, opset ${opset}`,
    feeds: (x) => ({
      x: [x, [...(batchFirst ? [N, T] : [T, N]), I]],
      ...(lengthsFrom === "input" && { lens: [Int32Array.from(lengths), [N]] as const }),
      ...(start === "input" && { h0: [flat, [1, N, H]] as const }),
      ...(start === "batch" && { h0: [flat, [N, H]] as const }),
    }),
  };
}

function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);
}
