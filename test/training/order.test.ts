// What `fit` is said to do, done by hand through forward, backward and Optimizer: lanes, windows, carried states,
// batches in a drawn order, means over weights. Losses are sums of the same numbers in another order: 1e-5 relative.
import { describe, expect, test } from "vitest";
import { type FitOptions, Optimizer, type Rnn, type Sequence } from "../../ts/index.js";
import { create, pieces, symbols, text } from "./common.js";

const optimizer = { kind: "sgd", learningRate: 0.5, momentum: 0.5 } as const;
const common: FitOptions = { optimizer, schedule: "constant", clipNorm: 0.5 };

/** One update on a batch; gives the mean loss, the norm and the final states (B × H). */
function update(rnn: Rnn, by: Optimizer, batch: readonly Sequence[]) {
  const pass = rnn.forward(batch);
  const loss = pass.loss / pass.count;
  const states = pass.finalState();
  const norm = by.step(pass.backward({ scale: 1 / pass.count }), { clipNorm: 0.5 });
  pass.dispose();
  return { loss, norm, states };
}

/** Trains two networks that begin alike and compares what they went through and where they end. */
async function compare(
  data: Sequence | Sequence[],
  options: FitOptions,
  byHand: (step: (batch: readonly Sequence[]) => Float32Array, rnn: Rnn) => void,
): Promise<void> {
  const [fitted, rnn] = [await create(), await create()];
  const history = await fitted.fit(data, { ...common, ...options });
  const by = new Optimizer(rnn, optimizer);
  const seen: { loss: number; norm: number }[] = [];
  byHand((batch) => {
    const { states, ...rest } = update(rnn, by, batch);
    seen.push(rest);
    return states;
  }, rnn);
  expect(history.updates).toBe(seen.length);
  seen.forEach(({ loss, norm }, i) => {
    expect(Math.abs((history.losses[i] as number) - loss)).toBeLessThan(1e-5 * loss);
    expect(Math.abs((history.gradientNorms[i] as number) - norm)).toBeLessThan(1e-4 * norm);
  });
  const expected = rnn.stateDict();
  for (const [name, { data: values }] of fitted.stateDict()) {
    const other = expected.get(name)?.data as Float32Array;
    values.forEach((value, i) => {
      expect(Math.abs(value - (other[i] as number)), `${name}[${i}]`).toBeLessThan(1e-5);
    });
  }
  by.dispose();
}

test("one long sequence: lanes side by side, the state handed on, fresh states in each epoch", async () => {
  const inputs = symbols(108, 5, 1);
  await compare({ inputs, targets: "next" }, { epochs: 2, batchSize: 3, truncate: 10 }, (step) => {
    // 107 steps: lanes of 36, 36 and 35; windows of 10, 10, 10 and 6 (5 in the last lane)
    const lanes = [
      [0, 36],
      [36, 72],
      [72, 107],
    ] as const;
    for (let epoch = 0; epoch < 2; epoch++) {
      let states = new Float32Array(3 * 7);
      for (let from = 0; from < 36; from += 10) {
        const batch = lanes.map(([start, end], lane) => ({
          inputs: inputs.slice(start + from, Math.min(end, start + from + 10) + 1),
          targets: "next" as const,
          initialState: states.slice(lane * 7, lane * 7 + 7),
        }));
        states = Float32Array.from(step(batch));
      }
    }
  });
});

test("a lane that is shorter drops out of the last window, with its weights and initial state", async () => {
  const [inputs, targets] = [symbols(11, 5, 1), symbols(11, 5, 2)];
  const weights = Float32Array.from({ length: 11 }, (_, t) => (t % 4) / 2);
  const initialState = new Float32Array(7).fill(-0.5);
  await compare({ inputs, targets, weights, initialState }, { batchSize: 2, truncate: 5 }, (step) => {
    // lanes of 6 and 5 steps, so that the last window has one lane of one step
    const part = (from: number, to: number, state: Float32Array) => ({
      inputs: inputs.slice(from, to),
      targets: targets.slice(from, to),
      weights: weights.slice(from, to),
      initialState: state,
    });
    const states = step([part(0, 5, initialState), part(6, 11, new Float32Array(7))]);
    step([part(5, 6, Float32Array.from(states.slice(0, 7)))]);
  });
});

test("separate sequences: every epoch takes each once, in a drawn order, `batchSize` at a time", async () => {
  const sequences = Array.from({ length: 7 }, (_, i) => text(20, i));
  const orders = new Set<string>();
  for (let seed = 0; seed < 5; seed++) {
    // With a rate of 0 the losses tell which sequence came when.
    const rnn = await create();
    const frozen: FitOptions = { optimizer: { kind: "sgd", learningRate: 0 }, schedule: "constant", seed };
    const history = await rnn.fit(sequences, { ...frozen, epochs: 2, batchSize: 1 });
    const losses = sequences.map((sequence) => {
      const pass = rnn.forward([sequence]);
      return Math.fround(pass.loss / pass.count);
    });
    const order = [...history.losses].map((loss) => losses.indexOf(loss));
    for (const epoch of [order.slice(0, 7), order.slice(7)]) {
      expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
      orders.add(epoch.join());
    }
    const pairs = await rnn.fit(sequences, { ...frozen, batchSize: 3 });
    expect(pairs.updates).toBe(3);
    const mean = (chosen: number[]) =>
      chosen.reduce((sum, i) => sum + (losses[i] as number), 0) / chosen.length;
    [order.slice(0, 3), order.slice(3, 6), order.slice(6, 7)].forEach((batch, i) => {
      expect(Math.abs((pairs.losses[i] as number) - mean(batch))).toBeLessThan(1e-6);
    });
  }
  expect(orders.size).toBe(10); // the chance that two of ten permutations of seven agree is below 1 %
});

test("separate sequences in windows hand their states over", async () => {
  const sequences = pieces([9, 4], 7).map(({ weights: _weights, ...rest }) => rest);
  const [long, short] = sequences as [Sequence, Sequence];
  // Order within the batch does not matter for sums of two; the batch is the whole data.
  await compare(sequences, { batchSize: 2, truncate: 4 }, (step) => {
    const part = (of: Sequence, from: number, to: number, state?: Float32Array) => ({
      inputs: (of.inputs as Int32Array).slice(from, to),
      targets: (of.targets as Int32Array).slice(from, to),
      ...(state ? { initialState: Float32Array.from(state) } : {}),
    });
    let states = step([part(long, 0, 4), part(short, 0, 4)]);
    states = step([part(long, 4, 8, states.slice(0, 7))]);
    step([part(long, 8, 9, states)]);
  });
});

test("windows whose weights are all 0 are read for their state but are no update", async () => {
  const [inputs, targets] = [symbols(12, 5, 1), symbols(12, 5, 2)];
  const weights = Float32Array.from({ length: 12 }, (_, t) => (t >= 4 && t < 8 ? 1 : 0));
  await compare({ inputs, targets, weights }, { epochs: 2, batchSize: 1, truncate: 4 }, (step, rnn) => {
    for (let epoch = 0; epoch < 2; epoch++) {
      const pass = rnn.forward([{ inputs: inputs.slice(0, 4) }]);
      const initialState = pass.finalState();
      pass.dispose();
      step([{ inputs: inputs.slice(4, 8), targets: targets.slice(4, 8), initialState }]);
    }
  });
});

test("the initial state belongs to the first lane, in every epoch", async () => {
  const [inputs, targets] = [symbols(20, 5, 1), symbols(20, 5, 2)];
  const initialState = new Float32Array(7).fill(-0.5);
  await compare({ inputs, targets, initialState }, { epochs: 3, batchSize: 2, truncate: 5 }, (step) => {
    for (let epoch = 0; epoch < 3; epoch++) {
      let states = [initialState, new Float32Array(7)];
      for (const from of [0, 5]) {
        const batch = states.map((state, lane) => ({
          inputs: inputs.slice(10 * lane + from, 10 * lane + from + 5),
          targets: targets.slice(10 * lane + from, 10 * lane + from + 5),
          initialState: state,
        }));
        const last = step(batch);
        states = [last.slice(0, 7) as Float32Array<ArrayBuffer>, last.slice(7) as Float32Array<ArrayBuffer>];
      }
    }
  });
});

describe("input noise", () => {
  // Every step is alike, so with a rate of 0 only noise can make one update's loss differ from another's.
  const alike: Sequence = { inputs: new Float32Array(5 * 16).fill(0.5), targets: new Int32Array(16).fill(1) };
  const losses = async (options: FitOptions) => {
    const rnn = await create();
    const still = { optimizer: { kind: "sgd", learningRate: 0 }, schedule: "constant" } as const;
    return [...(await rnn.fit(alike, { ...still, ...options })).losses];
  };

  test("is drawn for every update, from the seed", async () => {
    const without = await losses({ epochs: 4, batchSize: 1, truncate: 16 });
    expect(new Set(without).size).toBe(1);
    const noisy = await losses({ epochs: 4, batchSize: 1, truncate: 16, inputNoise: 0.5 });
    expect(new Set([...noisy, without[0]]).size).toBe(5);
    const other = await losses({ epochs: 4, batchSize: 1, truncate: 16, inputNoise: 0.5, seed: 1 });
    expect(new Set([...noisy, ...other]).size).toBe(8);
  });

  test("differs from step to step of the sequence, wherever the lanes are cut", async () => {
    // The first update sees steps 0 to 7 in one lane, or steps 0 to 7 and 8 to 15 in two.
    const [one] = await losses({ updates: 1, batchSize: 1, truncate: 8, inputNoise: 0.5 });
    const [two] = await losses({ updates: 1, batchSize: 2, truncate: 8, inputNoise: 0.5 });
    expect(two).not.toBe(one);
    const [still, stills] = [
      await losses({ updates: 1, batchSize: 1, truncate: 8 }),
      await losses({ updates: 1, batchSize: 2, truncate: 8 }),
    ];
    expect(stills).toEqual(still);
  });
});
