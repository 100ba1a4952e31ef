import { formatError, shapeError, show, unsupported } from "../errors.js";
import type { ResolvedOptions } from "../options.js";
import type { StateDict, Tensor } from "../types.js";
import { HEADER } from "./safetensors-header.js";

/**
 * What `torch.nn.RNN` calls its parameters (and LSTM and GRU theirs), or `torch.nn.Linear` its own, after the attributes
 * that lead to the module: prefix, parameter, layer, direction; or prefix and the Linear's parameter.
 */
const pattern = /^(?:(.*)\.)?(?:((?:weight|bias)_(?:[ih]h|hr))_l(\d+)(_reverse)?|(weight|bias))$/;

/** The first name of a recurrent layer of PyTorch's. */
export const pytorchName = (names: Iterable<string>): string | undefined =>
  [...names].find((name) => pattern.exec(name)?.[2]);

/**
 * The parameters of one `torch.nn.RNN` layer, and of one `torch.nn.Linear` if there is one, under our names: bias_h is
 * the sum of PyTorch's two biases (rounded once to f32), absent biases are 0. The attributes' names do not matter.
 *
 * Throws "unsupported" for gates, more layers or directions, "shape" for tensors that do not fit each other, "format"
 * for other names than those of one layer and one head, at the byte that `placeOf` tells of a name.
 */
export function fromPytorch(tensors: StateDict, placeOf: (name: string) => number): Map<string, Tensor> {
  refuseOthers(tensors);
  const found = new Map<string, readonly [name: string, tensor: Tensor]>();
  const modules = new Map<string, readonly [name: string, prefix: string | undefined]>();
  for (const [name, tensor] of tensors) {
    const [, prefix, ofLayer, , , ofHead] = pattern.exec(name) ?? [];
    const key = ofLayer ?? ofHead;
    const what = ofLayer ? "RNN" : "Linear";
    const [first, at] = modules.get(what) ?? [name, prefix];
    if (!key)
      throw formatError(`file: expected torch.nn.RNN and torch.nn.Linear, got ${show(name)}`, placeOf(name));
    // Two modules, or one name twice: as "rnn.weight_ih_l0" and "rnn.weight_ih_l00".
    if (prefix !== at || found.has(key))
      throw formatError(
        `file: expected one torch.nn.${what}, got ${show(first)} and ${show(name)}`,
        placeOf(name),
      );
    modules.set(what, [first, at]);
    found.set(key, [name, tensor]);
  }
  /** A tensor of this shape, in which an undefined size is any; zeros for a bias that is not there. */
  const take = (key: string, ...shape: (number | undefined)[]): Tensor => {
    const [name = "", tensor] = found.get(key) ?? [];
    if (!tensor && key.startsWith("bias"))
      return { shape: shape as number[], data: new Float32Array(shape[0] as number) };
    if (!tensor) throw formatError(`file: expected a torch.nn module with ${key}, got none`, HEADER);
    const wanted = shape.map((size, i) => size ?? tensor.shape[i]);
    if (wanted.join() !== tensor.shape.join())
      throw shapeError(
        name,
        `shape [${shape.map((size) => size ?? "…").join(", ")}]`,
        `[${tensor.shape.join(", ")}]`,
      );
    return tensor;
  };
  // H² numbers are in the file before anything of length H is made; a matrix without numbers says nothing about H.
  const H = Math.max(1, take("weight_hh", undefined, undefined).shape[1] as number);
  const weight_hh = take("weight_hh", H, H);
  const weight_ih = take("weight_ih", H, undefined);
  const other = take("bias_hh", H).data;
  const bias_h = {
    shape: [H],
    data: take("bias_ih", H).data.map((value, i) => value + (other[i] as number)),
  };
  const result = new Map<string, Tensor>(weight_ih.shape[1] ? [["weight_ih", weight_ih]] : []);
  result.set("weight_hh", weight_hh).set("bias_h", bias_h);
  if (!modules.has("Linear")) return result;
  const weight_ho = take("weight", undefined, H);
  return result.set("weight_ho", weight_ho).set("bias_o", take("bias", weight_ho.shape[0]));
}

/** Recurrent nets of other kinds, told by their names and by rows per hidden unit. Throws "unsupported". */
function refuseOthers(tensors: StateDict): void {
  for (const [name, { shape }] of tensors) {
    const [, , key, layer = 0, reverse] = pattern.exec(name) ?? [];
    const H = tensors.get(name.replace("weight_ih", "weight_hh"))?.shape[1] as number;
    const gates = /^w/.test(key ?? "") && (shape[0] as number) / H;
    const other =
      gates === 4 || key?.endsWith("hr")
        ? "an LSTM"
        : gates === 3
          ? "a GRU"
          : +layer > 0
            ? "several layers"
            : reverse && "both directions";
    if (other)
      throw unsupported(`${name}: expected one layer of torch.nn.RNN in one direction, got ${other}`);
  }
}

/**
 * Our parameters under the names that a module with `self.rnn = nn.RNN(…)` and `self.linear = nn.Linear(…)` has, as
 * `load_state_dict` takes them: bias_ih holds bias_h, and bias_hh zeros. Throws "unsupported" for what nn.RNN is not.
 */
export function toPytorch(options: ResolvedOptions, tensors: StateDict): Map<string, Tensor> {
  const { recurrence, activation, inputSize, hiddenSize } = options;
  const refuse = (clash: boolean, name: string, expected: string, got: unknown) => {
    if (clash) throw unsupported(`${name}: expected ${expected} with names "pytorch", got ${show(got)}`);
  };
  refuse(recurrence !== "hidden", "recurrence", '"hidden"', recurrence);
  refuse(activation === "identity", "activation", '"tanh" or "relu"', activation);
  refuse(inputSize === 0, "inputSize", "1 or more", inputSize);
  const renamed: [string, Tensor | undefined][] = [
    ["rnn.weight_ih_l0", tensors.get("weight_ih")],
    ["rnn.weight_hh_l0", tensors.get("weight_hh")],
    ["rnn.bias_ih_l0", tensors.get("bias_h")],
    ["rnn.bias_hh_l0", { shape: [hiddenSize], data: new Float32Array(hiddenSize) }],
    ["linear.weight", tensors.get("weight_ho")],
    ["linear.bias", tensors.get("bias_o")],
  ];
  return new Map(renamed.filter((entry): entry is [string, Tensor] => entry[1] !== undefined));
}
