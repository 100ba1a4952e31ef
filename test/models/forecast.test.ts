import { describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { codeOf } from "../random.js";

describe("forecast", () => {
  const real = { hiddenSize: 6, outputSize: 2, loss: "squared-error", seed: 5 } as const;
  const values = Float32Array.of(0.1, -0.2, 0.3, 0.4, -0.5, 0.6);

  test('with "hidden" reads its own outputs as inputs', async () => {
    using net = await Rnn.create({ ...real, inputSize: 2 });
    const rows = net.forecast({ prompt: { inputs: values }, steps: 4 });
    const read = [...values];
    for (let t = 0; t < 4; t++) {
      const [got] = net.predict([{ inputs: Float32Array.from(read) }]) as [Floats];
      expect([...rows.subarray(t * 2, t * 2 + 2)]).toEqual([...got.subarray(-2)]);
      read.push(...got.subarray(-2));
    }
    expect(net.forecast({ prompt: { inputs: values }, steps: 0 })).toHaveLength(0);
  });

  test("through R equals the free-running pass in bits", async () => {
    for (const recurrence of ["output", "both"] as const) {
      using net = await Rnn.create({ ...real, inputSize: 0, recurrence });
      using pass = net.forward([{ inputs: 9 }]);
      const wanted = (pass.outputs()[0] as Floats).slice(6);
      expect(net.forecast({ prompt: { inputs: 3 }, steps: 6 })).toEqual(wanted);
      expect(net.forecast({ prompt: { inputs: 0 }, steps: 9 })).toEqual(pass.outputs()[0]);
      // With targets the prompt is teacher forced; from then on it runs free.
      using taught = net.forward([{ inputs: 3, targets: values }]);
      const handed = { initialState: taught.finalState(), initialFeedback: taught.finalFeedback() };
      using rest = net.forward([{ inputs: 6, ...handed }]);
      expect(net.forecast({ prompt: { inputs: 3, targets: values }, steps: 6 })).toEqual(rest.outputs()[0]);
    }
  });

  test("reads covariates of the future, in bits like the pass over all of them", async () => {
    using net = await Rnn.create({ ...real, inputSize: 1, recurrence: "output" });
    const inputs = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5);
    using pass = net.forward([{ inputs }]);
    const rows = net.forecast({ prompt: { inputs: inputs.slice(0, 2) }, steps: 3, inputs: inputs.slice(2) });
    expect(rows).toEqual((pass.outputs()[0] as Floats).slice(4));
  });

  test("without inputs and R goes on by itself", async () => {
    using net = await Rnn.create({ ...real, inputSize: 0 });
    const initialState = Float32Array.of(1, 0, -1, 0.5, 0, 1);
    using pass = net.forward([{ inputs: 7, initialState }]);
    expect(net.forecast({ prompt: { inputs: 3, initialState }, steps: 4 })).toEqual(
      (pass.outputs()[0] as Floats).slice(6),
    );
  });

  test("refuses what does not fit", async () => {
    using hidden = await Rnn.create({ ...real, inputSize: 2 });
    using wide = await Rnn.create({ ...real, inputSize: 3 });
    using fed = await Rnn.create({ ...real, inputSize: 1, recurrence: "output" });
    using headless = await Rnn.create({ inputSize: 1, hiddenSize: 2, outputs: "none" });
    const prompt = { inputs: values };
    const wrong: [Rnn, object, string, RegExp][] = [
      [wide, { prompt, steps: 1 }, "shape", /^forecast: expected outputSize of inputSize 3.*, got 2/],
      [headless, { prompt, steps: 1 }, "unsupported", /outputs "none"/],
      [hidden, { steps: 1 }, "option", /^prompt: expected a sequence to continue, got undefined/],
      [hidden, { prompt }, "option", /^steps/],
      [hidden, { prompt, steps: -1 }, "option", /^steps/],
      [hidden, { prompt, steps: 1, seed: 1 }, "option", /seed/],
      [
        hidden,
        { prompt: { inputs: new Float32Array(0) }, steps: 1 },
        "shape",
        /^prompt: expected at least one step/,
      ],
      [
        hidden,
        { prompt: { inputs: Int32Array.of(1) }, steps: 1 },
        "shape",
        /^prompt: expected inputs that are vectors/,
      ],
      [hidden, { prompt, steps: 1, inputs: values }, "unsupported", /^inputs: .*recurrence "hidden"/],
      [fed, { prompt, steps: 2 }, "shape", /^inputs: .*got undefined/],
      [fed, { prompt, steps: 2, inputs: Float32Array.of(1) }, "shape", /^inputs: expected 2 steps, got 1/],
    ];
    for (const [net, options, code, message] of wrong) {
      expect(await codeOf(() => net.forecast(options as never)), String(message)).toBe(code);
      expect(() => net.forecast(options as never)).toThrow(message);
    }
  });
});

test("forecast says why symbols cannot be forecast", async () => {
  using rnn = await Rnn.create({ inputSize: 7, hiddenSize: 13, outputSize: 7 });
  const prompt = { inputs: Int32Array.of(1, 2, 3) };
  expect(await codeOf(() => rnn.forecast({ prompt, steps: 1 }))).toBe("unsupported");
  expect(() => rnn.forecast({ prompt, steps: 1 })).toThrow(/squared-error.*cross-entropy/);
});
