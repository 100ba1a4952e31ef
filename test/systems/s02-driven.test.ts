// S2, the driven system without outputs: the gradient arrives from outside, and dL/dθ, dL/dx and dL/dh₀ agree with
// finite differences of the library's own forward pass.
import { expect, test } from "vitest";
import { Rnn, type Tensor } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";

test.each(["tanh", "identity"] as const)("%s", async (activation) => {
  const random = generator(20261122);
  const [I, H, tau] = [3, 5, 6];
  using rnn = await Rnn.create({ inputSize: I, hiddenSize: H, outputs: "none", activation, seed: 1 });
  const inputs = random.floats(tau * I);
  const initialState = random.floats(H);
  const downstream = { states: [random.floats(tau * H)], finalState: random.floats(H) };
  /** L = Σ dL/dh_t · h_t + dL/dh_τ · h_τ, summed in f64. */
  const objective = () => {
    using pass = rnn.forward([{ inputs, initialState }]);
    const states = pass.states()[0] as Floats;
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((s, value, i) => s + value * (b[i] as number), 0);
    return dot(states, downstream.states[0] as Floats) + dot(pass.finalState(), downstream.finalState);
  };
  using pass = rnn.forward([{ inputs, initialState }]);
  const gradients = pass.backward(downstream);
  const found = {
    parameters: gradients.parameters,
    x: gradients.inputs[0] as Floats,
    h0: gradients.initialState,
  };

  const check = (what: string, values: Float32Array, gradient: Float32Array, changed: () => void) => {
    values.forEach((value, i) => {
      const at = (step: number) => {
        values[i] = value + step;
        changed();
        return objective();
      };
      // Central differences at two steps, extrapolated: what is left is of the fourth order, 2⁻²⁰ of the fifth derivative;
      // states are good to 1e-7, some 11 of them count, over steps of 2⁻⁶: 1e-4.
      const [big, small] = [2 ** -5, 2 ** -6].map((step) => (at(step) - at(-step)) / (2 * step)) as [
        number,
        number,
      ];
      at(0);
      const difference = (4 * small - big) / 3;
      expect(Math.abs(difference - (gradient[i] as number)), `${what}[${i}]`).toBeLessThan(
        2e-4 * Math.max(1, Math.abs(difference)),
      );
    });
  };
  check("x", inputs, found.x, () => {});
  check("h0", initialState, found.h0, () => {});
  const tensors = rnn.stateDict();
  for (const [name, { data }] of tensors)
    check(name, data, (found.parameters.get(name) as Tensor).data, () => rnn.loadStateDict(tensors));
});
