/** Files of any length that ask for more work than they should, if a reader lets them. */
import { encode, type Graph, type Node } from "../onnx/graph.js";
import { formats, npyOf, utf8, withHeader } from "./formats.js";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Growing {
  readonly format: string;
  readonly name: string;
  /** A file whose length grows with n at least in proportion. */
  readonly make: (n: number) => Bytes;
  readonly read: (file: Bytes) => unknown;
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const entry = (name: string, shape: string, begin: number, end: number): string =>
  `${JSON.stringify(name)}:{"dtype":"F32","shape":[${shape}],"data_offsets":[${begin},${end}]}`;
const object = (entries: readonly string[], bytes = 0): Bytes =>
  withHeader(utf8(`{${entries.join()}}`), new Uint8Array(bytes));
const rows = (n: number, name: (i: number) => string): Bytes =>
  object(
    times(n, (i) => entry(name(i), "1", 4 * i, 4 * i + 4)),
    4 * n,
  );

/** Headers of safetensors, which networks and checkpoints have too. */
const headers: Readonly<Record<string, (n: number) => Bytes>> = {
  "many tensors": (n) => rows(n, (i) => `t${i}`),
  "tensors from the last to the first": (n) =>
    object(times(n, (i) => entry(`t${i}`, "1", 4 * (n - 1 - i), 4 * (n - i))).reverse(), 4 * n),
  "empty tensors at one place": (n) => object(times(n, (i) => entry(`t${i}`, "0", 0, 0))),
  "names of which the last is there twice": (n) =>
    object(times(n, (i) => entry(`t${Math.min(i, n - 2)}`, "0", 0, 0))),
  "a long name": (n) => object([entry("a".repeat(20 * n), "1", 0, 4)], 4),
  "a name of dots": (n) => object([entry(`${"a.".repeat(20 * n)}weight_ih_l0`, "1", 0, 4)], 4),
  "a layer of many digits": (n) => object([entry(`weight_ih_l${"1".repeat(20 * n)}_`, "1", 0, 4)], 4),
  "names that nearly are PyTorch's": (n) => rows(n, (i) => `m${i}.weight_ih_l0.weight_hh_l0x`),
  "modules of PyTorch's names": (n) => rows(n, (i) => `m${i}.weight_ih_l0`),
  "PyTorch's sizes without numbers": (n) =>
    object([
      `${" ".repeat(40 * n)}${entry("weight_hh_l0", `0,${1e5 * n}`, 0, 0)}`,
      entry("weight_ih_l0", `${1e5 * n},0`, 0, 0),
    ]),
  "a head of PyTorch's without numbers": (n) =>
    object([
      `${" ".repeat(40 * n)}${entry("weight_hh_l0", "0,0", 0, 0)}`,
      ...[entry("weight_ih_l0", "0,1", 0, 0), entry("weight", `${1e5 * n},0`, 0, 0)],
    ]),
  "a name of escapes": (n) => withHeader(utf8(`{"${"\\u0041".repeat(10 * n)}":{}}`)),
  "a name without an end": (n) => withHeader(utf8(`{"${"\\\\".repeat(10 * n)}`)),
  "a shape of many sizes": (n) => object([entry("a", times(20 * n, () => 1).join(), 0, 4)], 4),
  "a size of many digits": (n) => object([entry("a", "1".repeat(20 * n), 0, 4)], 4),
  spaces: (n) => withHeader(utf8(`{${" ".repeat(40 * n)}}`)),
  "deep lists": (n) => withHeader(utf8(`{"a":${"[".repeat(40 * n)}`)),
  metadata: (n) => withHeader(utf8(`{"__metadata__":{${times(n, (i) => `"k${i}":"${i}"`).join()}}}`)),
  "metadata as options": (n) =>
    withHeader(
      utf8(
        `{"__metadata__":{"recurra":"1","recurra.options":${JSON.stringify(
          `{${times(n, (i) => `"o${i}":${i}`).join()}}`,
        )}}}`,
      ),
    ),
  "options that nest": (n) =>
    withHeader(
      utf8(`{"__metadata__":{"recurra":"1","recurra.options":"${"[".repeat(10 * n)}${"]".repeat(10 * n)}"}}`),
    ),
};

const dict = (type: string, shape: string) =>
  `{'descr': ${type}, 'fortran_order': False, 'shape': (${shape}), }\n`;
const arrays: Readonly<Record<string, (n: number) => Bytes>> = {
  "many axes": (n) => npyOf(dict("'<f4'", times(10 * n, () => 1).join(", ")), new Uint8Array(4)),
  "axes without an end": (n) => npyOf(`${dict("'<f4'", times(10 * n, () => 1).join(", ")).slice(0, -6)}x`),
  "a size of many digits": (n) => npyOf(dict("'<f4'", `${"1".repeat(30 * n)},`)),
  "types that nearly end": (n) =>
    npyOf(`{'descr': [${"], 'fortran_order': True, 'shape': (1, 1".repeat(2 * n)}`),
  numbers: (n) => npyOf(dict("'<i8'", `${n},`), new Uint8Array(8 * n)),
};

const node = (op: string, inputs: readonly string[], output: string, more: Partial<Node> = {}): Node => ({
  op,
  inputs,
  outputs: [output],
  ...more,
});
const graph = (nodes: readonly Node[], tensors: Graph["tensors"] = {}): Bytes =>
  encode({ nodes, tensors, inputs: { X: [["T", "N", 1]] }, outputs: ["y"] });
const zeros = (n: number) => ({ shape: [n], data: new Float32Array(n) });
const size = { shape: [1], data: [1] };

const graphs: Readonly<Record<string, (n: number) => Bytes>> = {
  "nodes that look through one constant": (n) =>
    graph(
      times(n, (i) => node("Expand", ["zeros", "size"], `v${i}`)),
      { zeros: zeros(10 * n), size },
    ),
  "nodes that turn one constant": (n) =>
    graph(
      times(n, (i) => node("Transpose", ["zeros"], `v${i}`)),
      { zeros: zeros(10 * n) },
    ),
  "a constant doubled again and again": (n) =>
    graph(
      times(n, (i) =>
        node("Concat", [`v${i - 1}`, `v${i - 1}`], `v${i}`, { attributes: { axis: { int: 0 } } }),
      ),
      { "v-1": size },
    ),
  "a constant put together with itself": (n) =>
    graph(
      times(n, (i) =>
        node(
          "Concat",
          times(60, () => "zeros"),
          `v${i}`,
          { attributes: { axis: { int: 0 } } },
        ),
      ),
      { zeros: zeros(n) },
    ),
  "a chain of nodes": (n) =>
    graph(
      times(n, (i) => node("Identity", [`v${i - 1}`], `v${i}`)),
      { "v-1": zeros(10 * n) },
    ),
  "axes put in and out": (n) =>
    graph(
      times(n, (i) => node(i % 2 ? "Squeeze" : "Unsqueeze", [`v${i - 1}`, "axes"], `v${i}`)),
      { "v-1": zeros(10 * n), axes: { shape: [1], data: [0] } },
    ),
  "many constants": (n) => graph([], Object.fromEntries(times(n, (i) => [`t${i}`, zeros(4)]))),
  "many integers": (n) => graph([], { t: { shape: [20 * n], data: times(20 * n, () => 1), form: "packed" } }),
  "floats one by one": (n) =>
    graph([], { t: { shape: [20 * n], data: new Float32Array(20 * n), form: "single" } }),
  "a shape of many sizes": (n) =>
    graph([], { t: { shape: times(20 * n, () => 1), data: new Float32Array(1) } }),
  metadata: (n) =>
    encode({ nodes: [], inputs: {}, outputs: [], metadata: times(n, (i) => [`k${i}`, "v"] as const) }),
  attributes: (n) =>
    graph([
      node("RNN", ["X"], "y", {
        attributes: Object.fromEntries(times(n, (i) => [`a${i}`, { ints: [1, 2, 3] }])),
      }),
    ]),
};

const list = (n: number, item: (i: number) => string) => `[${times(n, item).join()}]`;
const scalers: Readonly<Record<string, (n: number) => Bytes>> = {
  "many columns": (n) => utf8(`{"mean":${list(9 * n, () => "0")},"scale":${list(9 * n, () => "1")}}`),
  "a last scale of 0": (n) =>
    utf8(`{"mean":${list(9 * n, () => "0")},"scale":${list(9 * n, (i) => (i < 9 * n - 1 ? "1" : "0"))}}`),
  "deep lists": (n) => utf8("[".repeat(40 * n) + "]".repeat(40 * n)),
};
const vocabularies: Readonly<Record<string, (n: number) => Bytes>> = {
  "many symbols": (n) =>
    utf8(
      `{"kind":"characters","symbols":${list(n, (i) => JSON.stringify(String.fromCodePoint(0x4e00 + i)))}}`,
    ),
  "a last symbol that is there twice": (n) =>
    utf8(
      `{"kind":"characters","symbols":${list(n, (i) =>
        JSON.stringify(String.fromCodePoint(0x4e00 + Math.min(i, n - 2))),
      )}}`,
    ),
  "a symbol of many letters": (n) => utf8(`{"kind":"characters","symbols":["${"a".repeat(40 * n)}"]}`),
};

const reader = (name: string): Growing["read"] => {
  const found = formats.find((format) => format.name === name);
  if (!found) throw new Error(`no format ${name}`);
  return found.read;
};
const of = (format: string, files: Readonly<Record<string, Growing["make"]>>): Growing[] =>
  Object.entries(files).map(([name, make]) => ({ format, name, make, read: reader(format) }));

export const hostile: readonly Growing[] = [
  ...of("safetensors", headers),
  ...of("a network", headers),
  ...of("a checkpoint", headers),
  ...of("an array of numpy", arrays),
  ...of("ONNX", graphs),
  ...of("a scaler", scalers),
  ...of("a vocabulary", vocabularies),
];
