import { formatError, shapeError, show, unsupported } from "../errors.js";
import { type ResolvedOptions, resolveOptions } from "../options.js";
import type { RnnOptions, Tensor } from "../types.js";

const known = /^(?:.*\.)?(?:(weight|bias)|((?:weight|bias)_[ih]h)_l(\d+)(_reverse)?)$/;

/**
 * One `torch.nn.RNN` layer and one `torch.nn.Linear`, under any prefix, as a network: bias_h is the sum of PyTorch's
 * two biases (rounded once to f32), absent biases are 0. Sizes come from the shapes. Throws "format" if that is not
 * what the file holds, "unsupported" for more layers, directions or gates.
 */
export function readPytorch(
  tensors: ReadonlyMap<string, Tensor>,
  given: Partial<RnnOptions>,
): { options: ResolvedOptions; tensors: Map<string, Tensor> } {
  const found: Record<string, Tensor> = {};
  for (const [name, tensor] of tensors) {
    const [, head, layer, number, reverse] = known.exec(name) ?? [];
    if (Number(number) > 0 || reverse)
      throw unsupported(`${name}: expected one layer in one direction, got another`);
    const key = head ?? layer;
    if (!key || found[key])
      throw formatError(
        `file: expected a recurra model, or one RNN layer and one Linear layer, got ${show(name)}`,
        8,
      );
    found[key] = tensor;
  }
  const { weight_ih, weight_hh, weight } = found;
  if (weight_ih?.shape.length !== 2 || weight_hh?.shape.length !== 2) {
    throw formatError(
      "file: expected a recurra model, or matrices weight_ih_l0 and weight_hh_l0, got neither",
      8,
    );
  }
  const [rows, I] = weight_ih.shape as [number, number];
  const H = weight_hh.shape[1] as number;
  if (rows === 3 * H || rows === 4 * H)
    throw unsupported(`weight_ih_l0: expected ${H} rows, got ${rows}: a GRU or LSTM`);
  if ((given.recurrence ?? "hidden") !== "hidden")
    throw unsupported(`recurrence: expected "hidden" with PyTorch's names, got ${show(given.recurrence)}`);
  const sizes = { inputSize: I, hiddenSize: H, ...(weight && { outputSize: weight.shape[0] }) };
  for (const [name, size] of Object.entries(sizes)) {
    const asked = given[name as keyof RnnOptions];
    if (asked !== undefined && asked !== size) throw shapeError(name, `${size} as in the file`, show(asked));
  }
  const options = resolveOptions({ ...(!weight && { outputs: "none" }), ...given, ...sizes } as RnnOptions);
  const bias_h = new Float32Array(H);
  for (const name of ["bias_ih", "bias_hh"]) {
    const { data = new Float32Array(H) } = found[name] ?? {};
    if (data.length !== H) throw shapeError(`${name}_l0`, `length ${H}`, data.length);
    data.forEach((value, i) => {
      bias_h[i] = (bias_h[i] as number) + value;
    });
  }
  const result: Record<string, Tensor> = { weight_ih, weight_hh, bias_h: { shape: [H], data: bias_h } };
  if (weight) {
    const O = options.outputSize;
    result.weight_ho = weight;
    result.bias_o = found.bias ?? { shape: [O], data: new Float32Array(O) };
  }
  return { options, tensors: new Map(Object.entries(result)) };
}
