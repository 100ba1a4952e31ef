// Training and measuring with one output at each sequence's own last step.
import { describe, expect, test } from "vitest";
import { Optimizer, type Sequence } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { classed, create, expectAlike, expectNear, trained } from "./common.js";

const sgd = { kind: "sgd", learningRate: 0.5 } as const;
const common = { optimizer: sgd, schedule: "constant" } as const;

describe("the last output", () => {
  const data = classed([9, 14, 3, 1, 11, 6, 8, 2]);
  const net = { outputs: "last" } as const;

  test("learns from whole sequences as by hand", async () => {
    const [fitted, rnn] = [await create(net), await create(net)];
    const history = await fitted.fit(data, { ...common, updates: 3, batchSize: 8 });
    const by = new Optimizer(rnn, sgd);
    for (let update = 0; update < 3; update++) {
      using pass = rnn.forward(data);
      expect(pass.count).toBe(7.5);
      expectNear(history.losses[update], pass.loss / pass.count);
      by.step(pass.backward({ scale: 1 / pass.count }), { clipNorm: 5 });
    }
    expectAlike(fitted, rnn);
  });

  test("in windows only the window with a sequence's last step scores it; the others hand the state on", async () => {
    const lengths = [9, 7, 4];
    const batch = classed(lengths);
    const [fitted, rnn] = [await create(net), await create(net)];
    const history = await fitted.fit(batch, { ...common, epochs: 1, batchSize: 3, truncate: 4 });
    const by = new Optimizer(rnn, sgd);
    const windows: [members: number[], ends: number[]][] = [
      [[0, 1, 2], [2]],
      [[0, 1], [1]],
      [[0], [0]],
    ];
    const states: (Floats | undefined)[] = [];
    windows.forEach(([members, ends], window) => {
      const part = (b: number, targets: boolean): Sequence => {
        const { inputs, weights, ...own } = batch[b] as Sequence;
        return {
          inputs: (inputs as Int32Array).slice(window * 4, window * 4 + 4),
          ...(targets && { targets: own.targets as number, ...(weights && { weights }) }),
          ...(states[b] && { initialState: states[b] as Floats }),
        };
      };
      using pass = rnn.forward(ends.map((b) => part(b, true)));
      const rest = members.filter((b) => !ends.includes(b));
      for (const b of rest) {
        using other = rnn.forward([part(b, false)]);
        states[b] = other.finalState();
      }
      expectNear(history.losses[window], pass.loss / pass.count);
      by.step(pass.backward({ scale: 1 / pass.count }), { clipNorm: 5 });
    });
    expect(history.updates).toBe(3);
    expectAlike(fitted, rnn);
  });

  test("a single sequence is one sequence, not lanes", async () => {
    const [one] = classed([9]) as [Sequence];
    const run = (data: Sequence | Sequence[]) => trained(data, { ...common, updates: 3 }, net);
    expect(await run(one)).toEqual(await run([one]));
  });

  test("evaluates long sequences in windows, with the state and the feedback carried", async () => {
    for (const recurrence of ["hidden", "output", "both"] as const) {
      const rnn = await create({ ...net, recurrence });
      const data = classed([3000, 1, 2047, 1200]);
      using pass = rnn.forward(data);
      const { loss, count, accuracy } = await rnn.evaluate(data);
      expect(count).toBe(3.5);
      expectNear(loss, pass.loss / pass.count);
      const right = pass
        .outputs()
        .map((o, b) => Number(o.indexOf(Math.max(...o)) === b % 5) * (b === 1 ? 0.5 : 1));
      expectNear(accuracy, right.reduce((sum, value) => sum + value, 0) / 3.5);
    }
  });
});
