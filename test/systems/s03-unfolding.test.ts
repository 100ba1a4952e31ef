// S3, unfolding g^(t): step by step, the whole sequence and a graph unrolled by hand are the same bits for every τ, and
// the number of parameters does not depend on τ.
import { expect, test } from "vitest";
import { Rnn, type Tensor } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { generator } from "../random.js";
import { expectSame } from "./common.js";

const taus = [1, 2, 3, 5, 8, 13, 21, 40];

test("steps, sequence and a chain of one-step graphs, forward and back", async () => {
  const random = generator(20261122);
  const [I, H] = [4, 10];
  using rnn = await Rnn.create({ inputSize: I, hiddenSize: H, outputs: "none", seed: 3 });
  const count = rnn.parameterCount;
  for (const tau of taus) {
    const inputs = random.floats(tau * I);
    const initialState = random.floats(H);
    using whole = rnn.forward([{ inputs, initialState }]);
    const states = whole.states()[0] as Floats;

    using stream = rnn.stream();
    using fresh = rnn.forward([{ inputs }]);
    const plain = fresh.states()[0] as Floats;
    for (let t = 0; t < tau; t++)
      expectSame(
        stream.step(inputs.slice(t * I, t * I + I)),
        plain.slice(t * H, t * H + H),
        `τ ${tau}, step ${t}`,
      );

    // Node t applies g once to the state of node t − 1; going back, each hands its dL/dh to the node before it.
    const nodes = [];
    let state = initialState as Floats;
    for (let t = 0; t < tau; t++) {
      const node = rnn.forward([{ inputs: inputs.slice(t * I, t * I + I), initialState: state }]);
      state = node.finalState();
      expectSame(state, states.slice(t * H, t * H + H), `τ ${tau}, node ${t}`);
      nodes.push(node);
    }
    const finalState = random.floats(H);
    const wanted = whole.backward({ finalState });
    const sums = new Map<string, Floats>();
    let handed: Floats = finalState;
    for (const [t, node] of [...nodes.entries()].reverse()) {
      const gradients = node.backward({ finalState: handed });
      expectSame(
        gradients.states[0] as Floats,
        (wanted.states[0] as Floats).slice(t * H, t * H + H),
        `dL/dh ${t} of ${tau}`,
      );
      handed = gradients.initialState;
      for (const [name, { data }] of gradients.parameters) {
        const sum = sums.get(name) ?? new Float32Array(data.length);
        sums.set(
          name,
          sum.map((value, i) => value + (data[i] as number)),
        );
      }
      node.dispose();
    }
    expectSame(handed, wanted.initialState, `dL/dh₀ of ${tau}`);
    // The same addends from the last step to the first.
    for (const [name, sum] of sums)
      expectSame(sum, (wanted.parameters.get(name) as Tensor).data, `d ${name} of ${tau}`);
    expect(rnn.parameterCount).toBe(count);
  }
  expect(count).toBe(I * H + H * H + H);
});

test("an arithmetic of single roundings written out: relu of b + W h", async () => {
  const random = generator(5);
  const H = 7;
  using rnn = await Rnn.create({ inputSize: 0, hiddenSize: H, outputs: "none", activation: "relu", seed: 4 });
  const { data: W } = rnn.stateDict().get("weight_hh") as Tensor;
  const { data: b } = rnn.stateDict().get("bias_h") as Tensor;
  let h: Floats = random.floats(H);
  using pass = rnn.forward([{ inputs: 30, initialState: h }]);
  const states = pass.states()[0] as Floats;
  for (let t = 0; t < 30; t++) {
    h = Float32Array.from({ length: H }, (_, i) => {
      let a = b[i] as number;
      for (let k = 0; k < H; k++)
        a = Math.fround(a + Math.fround((W[i * H + k] as number) * (h[k] as number)));
      return Math.max(a, 0);
    });
    expectSame(states.slice(t * H, t * H + H), h, `step ${t}`);
  }
});
