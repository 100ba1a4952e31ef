/** What a file says beyond a plain RNN and its head is refused by name; what is broken, at its byte. */
import { describe, expect, it } from "vitest";
import type { RecurraError } from "../../ts/index.js";
import { importOnnx, readOnnx } from "../../ts/onnx/index.js";
import { codeOf, generator } from "../random.js";
import { type Attribute, encode, type Graph, type Node, type Tensor } from "./graph.js";

const [I, H, O] = [2, 3, 4];
const random = generator(9);
const base = {
  W: { shape: [1, H, I], data: random.floats(H * I) },
  R: { shape: [1, H, H], data: random.floats(H * H) },
  B: { shape: [1, 2 * H], data: random.floats(2 * H) },
  V: { shape: [H, O], data: random.floats(H * O) },
  axis: { shape: [1], data: [1] },
} satisfies Record<string, Tensor>;
const cell = (attributes: Record<string, Attribute> = {}, inputs = ["x", "W", "R", "B"]): Node => ({
  ...{ op: "RNN", inputs, outputs: ["Y", "Y_h"] },
  attributes: { hidden_size: { int: H }, ...attributes },
});
const squeeze: Node = { op: "Squeeze", inputs: ["Y", "axis"], outputs: ["h"] };
const after = (...nodes: Node[]) => [cell(), squeeze, ...nodes];
const graph = (nodes: Node[], more: Partial<Graph> = {}): Graph => ({
  ...{ nodes, tensors: base, inputs: { x: [["T", "N", I]] } },
  outputs: [nodes.at(-1)?.outputs[0] ?? ""],
  ...more,
});
const gru = { ...cell(), op: "GRU" };
const head: Node = { op: "MatMul", inputs: ["h", "V"], outputs: ["o"] };

const unsupported: [string, Graph, RegExp][] = [
  ["LSTM", graph([{ ...cell(), op: "LSTM" }]), /^operator LSTM: expected RNN/],
  ["GRU", graph([gru]), /^operator GRU: expected RNN/],
  [
    "an operator after it",
    graph([cell(), { op: "Softmax", inputs: ["Y"], outputs: ["p"] }]),
    /^operator Softmax/,
  ],
  [
    "somebody's operator",
    graph([{ ...cell(), domain: "com.microsoft" }]),
    /operator RNN: .* "com\.microsoft"/,
  ],
  ["two RNN", graph([cell(), { ...cell(), outputs: ["Z"] }]), /^RNN: expected one RNN, got another/],
  ["no RNN", graph([], { outputs: ["W"] }), /expected an operator RNN, got none/],
  ["clip", graph([cell({ clip: { float: 3 } })]), /^RNN: expected no attribute "clip"/],
  [
    "reverse",
    graph([cell({ direction: { string: "reverse" } })]),
    /^RNN: expected direction "forward", got "reverse"/,
  ],
  ["bidirectional", graph([cell({ direction: { string: "bidirectional" } })]), /got "bidirectional"/],
  ["layout 2", graph([cell({ layout: { int: 2 } })]), /^RNN: expected layout 0 or 1, got 2/],
  [
    "layout before it was",
    graph([cell({ layout: { int: 1 } })], { opset: 11 }),
    /expected no attribute "layout"/,
  ],
  [
    "Sigmoid",
    graph([cell({ activations: { strings: ["Sigmoid"] } })]),
    /activations Tanh, Relu or Affine.*"Sigmoid"/,
  ],
  ["two functions", graph([cell({ activations: { strings: ["Tanh", "Tanh"] } })]), /got "Tanh", "Tanh"/],
  [
    "Affine without alpha",
    graph([cell({ activations: { strings: ["Affine"] } })]),
    /expected activation_alpha 1/,
  ],
  [
    "Affine with beta",
    graph([
      cell({
        activations: { strings: ["Affine"] },
        activation_alpha: { floats: [1] },
        activation_beta: { floats: [0.5] },
      }),
    ]),
    /got \[1\] and \[0\.5\]/,
  ],
  ["Tanh with alpha", graph([cell({ activation_alpha: { floats: [1] } })]), /expected no activation_alpha/],
  [
    "an attribute of LSTM",
    graph([cell({ input_forget: { int: 1 } })]),
    /expected no attribute "input_forget"/,
  ],
  [
    "a seventh input",
    graph([cell({}, ["x", "W", "R", "", "", "", "B"])]),
    /^RNN: expected no input 6, got one/,
  ],
  ["a third output", graph([{ ...cell(), outputs: ["Y", "Y_h", "Y_c"] }]), /^RNN: expected no output 2/],
  [
    "weights that are an input",
    graph([cell()], { tensors: { R: base.R, B: base.B }, inputs: { x: [["T", "N", I]], W: [[1, H, I]] } }),
    /^RNN: expected W to be a constant, got an input/,
  ],
  [
    "float16",
    graph([cell()], { tensors: { ...base, W: { ...base.W, type: 10 } } }),
    /tensor "W": .* got float16/,
  ],
  [
    "float64",
    graph([cell()], { tensors: { ...base, W: { ...base.W, type: 11 } } }),
    /tensor "W": .* got float64/,
  ],
  [
    "x of float64",
    graph([cell()], { inputs: { x: [["T", "N", I], 11] } }),
    /expected X of float32, got float64/,
  ],
  [
    "external data",
    graph([cell()], { tensors: { ...base, W: { ...base.W, external: true } } }),
    /"W": .* external/,
  ],
  ["operators too new", graph([cell()], { opset: 99 }), /operators of version 7 to 25, got 99/],
  ["operators too old", graph([cell()], { opset: 6 }), /operators of version 7 to 25, got 6/],
  [
    "two heads",
    graph(after(head, { ...head, outputs: ["p"] }), { outputs: ["o", "p"] }),
    /one linear layer, got several/,
  ],
  [
    "a head on a head",
    graph(after(head, { ...head, inputs: ["o", "V"], outputs: ["p"] })),
    /^MatMul: expected one linear/,
  ],
  ["two biases", graph(after({ op: "Add", inputs: ["h", "B"], outputs: ["o"] })), /^Add: expected one bias/],
  [
    "Gather of the first step",
    graph(after({ op: "Gather", inputs: ["h", "axis"], outputs: ["o"] })),
    /^Gather: expected the index −1/,
  ],
  [
    "Squeeze of steps",
    graph([cell(), { op: "Squeeze", inputs: ["Y"], outputs: ["h"] }]),
    /^Squeeze: expected axes, got none/,
  ],
  [
    "Reshape across axes",
    graph(after({ op: "Reshape", inputs: ["h", "axis"], outputs: ["o"] })),
    /^Reshape: expected a shape/,
  ],
  ["a constant output", graph([cell()], { outputs: ["W"] }), /^output "W": expected states or outputs/],
  [
    "the last step of unequal lengths",
    graph(
      [
        cell({}, ["x", "W", "R", "B", "lens"]),
        squeeze,
        { op: "Gather", inputs: ["h", "minus"], outputs: ["o"], attributes: { axis: { int: 0 } } },
      ],
      {
        inputs: { x: [["T", "N", I]], lens: [["N"], 6] },
        tensors: { ...base, minus: { shape: [], data: [-1] } },
      },
    ),
    /^Gather: expected Y_h for the last step/,
  ],
];

const broken: [string, Graph, RegExp][] = [
  [
    "R of another shape",
    graph([cell()], { tensors: { ...base, R: base.W } }),
    /expected R of shape \[1, 3, 3\], got \[1, 3, 2\]/,
  ],
  ["B of another shape", graph([cell({}, ["x", "W", "R", "W"])]), /expected B of shape \[1, 6\]/],
  ["hidden_size", graph([cell({ hidden_size: { int: 4 } })]), /expected hidden_size 3 as in W, got 4/],
  [
    "x of another size",
    graph([cell()], { inputs: { x: [["T", "N", 5]] } }),
    /expected X with 2 along its axis 2, got 5/,
  ],
  ["x of another rank", graph([cell()], { inputs: { x: [["N", I]] } }), /expected X with axes T × N × I/],
  [
    "a name that nothing makes",
    graph([cell({}, ["x", "W", "Q"])]),
    /expected inputs made before it, got "Q"/,
  ],
  [
    "a name that two make",
    graph([cell(), { ...squeeze, outputs: ["Y"] }]),
    /expected "Y" once, got it twice/,
  ],
  ["no outputs", graph([cell()], { outputs: [] }), /expected outputs, got none/],
  [
    "an attribute of another type",
    graph([cell({ layout: { float: 1 } })]),
    /expected layout of another type/,
  ],
  [
    "fewer numbers than its shape says",
    graph([cell()], { tensors: { ...base, W: { shape: [1, H, 2 ** 40], data: base.W.data } } }),
    /tensor "W": expected 3298534883328 numbers.*got 6/,
  ],
  [
    "metadata twice",
    graph([cell()], {
      metadata: [
        ["a", "1"],
        ["a", "2"],
      ],
    }),
    /expected "a" once/,
  ],
];

describe("readOnnx", () => {
  it.each(unsupported)("refuses %s by name", async (_, given, message) => {
    const file = encode(given);
    expect(() => readOnnx(file)).toThrow(message);
    expect(await codeOf(() => readOnnx(file))).toBe("unsupported");
  });

  it.each(broken)("refuses %s with the byte", async (_, given, message) => {
    const file = encode(given);
    expect(() => readOnnx(file)).toThrow(message);
    try {
      readOnnx(file);
    } catch (error) {
      const { code, offset = -1 } = error as RecurraError;
      expect(code).toBe("format");
      expect(offset).toBeGreaterThan(0);
      expect(offset).toBeLessThan(file.length);
      expect((error as Error).message).toContain(`(at byte ${offset})`);
    }
  });

  it("reads the plain graph that the others depart from", async () => {
    const { options } = readOnnx(encode(graph(after(head))));
    expect(options).toMatchObject({ inputSize: I, hiddenSize: H, outputSize: O, outputs: "every" });
  });

  it("takes constants that computed ones would outgrow for what they are", () => {
    const doubling = Array.from({ length: 60 }, (_, i) => ({
      ...{ op: "Concat", inputs: [i ? `c${i - 1}` : "B", i ? `c${i - 1}` : "B"], outputs: [`c${i}`] },
      attributes: { axis: { int: 1 } },
    }));
    expect(() => readOnnx(encode(graph([...doubling, cell()])))).toThrow(
      /^Concat: .* no larger than the file/,
    );
  });

  it("says where a message ends too early", () => {
    const file = encode(graph([cell()]));
    expect(() => readOnnx(file.subarray(0, file.length - 3))).toThrow(
      /bytes, got the end after \d+ \(at byte \d+\)$/,
    );
    expect(() => readOnnx(new Uint8Array([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]))).toThrow(
      /at byte 0\)$/,
    );
    expect(() => readOnnx(new Uint8Array(12).fill(0xff))).toThrow(/at most 10 bytes.*at byte 0\)$/);
    expect(() => readOnnx(new Uint8Array())).toThrow("expected an ONNX model, got no graph (at byte 0)");
    expect(() => readOnnx("model" as never)).toThrow(
      "file: expected an ArrayBuffer or a view of one, got string",
    );
  });

  it("names an option that contradicts the file", async () => {
    const file = encode(graph(after(head)));
    await expect(importOnnx(file, { hiddenSize: 5 })).rejects.toThrow(
      "hiddenSize: expected 3 as in the file, got 5",
    );
    await expect(importOnnx(file, { recurrence: "output" })).rejects.toThrow(
      /^recurrence: expected "hidden"/,
    );
    const { rnn } = await importOnnx(file, { loss: "squared-error", hiddenSize: 3, metadata: { a: "b" } });
    expect(rnn.options).toMatchObject({ loss: "squared-error", metadata: { a: "b" } });
    rnn.dispose();
  });
});
