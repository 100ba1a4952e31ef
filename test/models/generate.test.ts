import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats, GenerateOptions } from "../../ts/types.js";
import { codeOf } from "../random.js";

let rnn: Rnn;
beforeAll(async () => {
  rnn = await Rnn.create({ inputSize: 7, hiddenSize: 13, outputSize: 7, seed: 3 });
});
afterAll(() => rnn.dispose());
const prompt = { inputs: Int32Array.of(1, 2, 3) };

describe("generate", () => {
  test("draws the same symbols for the same seed, others for another", () => {
    const draw = (seed: number) => [...rnn.generate({ prompt, steps: 50, seed })];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).toHaveLength(50);
    expect(draw(1).every((symbol) => Number.isInteger(symbol) && symbol >= 0 && symbol < 7)).toBe(true);
  });

  test("a shorter run is the beginning of a longer one", () => {
    const long = [...rnn.generate({ prompt, steps: 30, seed: 5 })];
    expect([...rnn.generate({ prompt, steps: 10, seed: 5 })]).toEqual(long.slice(0, 10));
  });

  test("temperature 0 takes the most probable symbol and reads it", () => {
    const read = [...prompt.inputs];
    const wanted: number[] = [];
    for (let step = 0; step < 10; step++) {
      const outputs = (rnn.predict([{ inputs: Int32Array.from(read) }])[0] as Floats).subarray(-7);
      const best = outputs.indexOf(Math.max(...outputs));
      wanted.push(best);
      read.push(best);
    }
    expect([...rnn.generate({ prompt, steps: 10, temperature: 0 })]).toEqual(wanted);
  });

  test("draws with the probabilities of predict", async () => {
    const probabilities = (rnn.predict([prompt])[0] as Floats).subarray(-7);
    const counts = new Array(7).fill(0);
    const draws = 4000;
    for (let seed = 0; seed < draws; seed++)
      counts[rnn.generate({ prompt, steps: 1, seed }).next().value as number]++;
    // χ² with 6 degrees of freedom is above 27.9 once in 10,000 times; the seeds are fixed.
    const chi = counts.reduce(
      (sum, n, k) =>
        sum + (n - draws * (probabilities[k] as number)) ** 2 / (draws * (probabilities[k] as number)),
      0,
    );
    expect(chi).toBeLessThan(27.9);
  });

  test("starts from the prompt's state, and from symbol 0 without one", () => {
    const of = (options: Partial<GenerateOptions>) => [...rnn.generate({ steps: 20, seed: 1, ...options })];
    expect(of({ prompt: { inputs: Int32Array.of(0) } })).toEqual(of({}));
    expect(of({ prompt: { inputs: new Int32Array(0) } })).toEqual(of({}));
    const first = new Set<number>();
    for (let unit = 0; unit < 13; unit++) {
      const started = {
        inputs: Int32Array.of(1),
        initialState: Float32Array.from({ length: 13 }, (_, i) => (i === unit ? 30 : 0)),
      };
      const outputs = rnn.predict([started])[0] as Floats;
      const best = outputs.indexOf(Math.max(...outputs));
      expect(of({ prompt: started, temperature: 0 })[0]).toBe(best);
      first.add(best);
    }
    expect(first.size).toBeGreaterThan(1);
    expect(of({ prompt: { ...prompt, id: 1 } })).not.toEqual(of({ prompt }));
  });

  test("stops after the stop symbol", () => {
    const all = [...rnn.generate({ prompt, steps: 50, seed: 1 })];
    const stop = all[7] as number;
    expect([...rnn.generate({ prompt, steps: 50, seed: 1, stop })]).toEqual(
      all.slice(0, all.indexOf(stop) + 1),
    );
  });

  test("makes symbols when they are asked for, and can be left at any time", () => {
    const symbols = rnn.generate({ prompt, steps: 2 ** 31 - 1, seed: 1 });
    const first = [symbols.next().value, symbols.next().value];
    expect(first).toEqual([...rnn.generate({ prompt, steps: 2, seed: 1 })]);
    expect(symbols.return?.().done).toBe(true);
    for (const symbol of rnn.generate({ prompt, steps: 10 })) if (symbol >= 0) break;
    expect([...rnn.generate({ steps: 0 })]).toEqual([]);
  });

  test("copies the prompt when it is called", () => {
    const inputs = prompt.inputs.slice();
    const symbols = rnn.generate({ prompt: { inputs }, steps: 5, seed: 1 });
    inputs.fill(0);
    expect([...symbols]).toEqual([...rnn.generate({ prompt, steps: 5, seed: 1 })]);
  });

  const wrong: [string, object, string][] = [
    ["no steps", { steps: undefined }, "option"],
    ["negative steps", { steps: -1 }, "option"],
    ["NaN steps", { steps: Number.NaN }, "option"],
    ["a negative temperature", { temperature: -1 }, "option"],
    ["a temperature of NaN", { temperature: Number.NaN }, "option"],
    ["a fractional seed", { seed: 0.5 }, "option"],
    ["a stop beyond O", { stop: 7 }, "option"],
    ["an unknown option", { temprature: 1 }, "option"],
    ["a prompt out of range", { prompt: { inputs: Int32Array.of(1, 7) } }, "shape"],
    ["a prompt of vectors", { prompt: { inputs: new Float32Array(7) } }, "shape"],
    ["inputs of the future", { inputs: Int32Array.of(1) }, "unsupported"],
  ];
  test.each(wrong)("%s is refused at once", async (_, changes, code) => {
    expect(await codeOf(() => rnn.generate({ steps: 3, ...changes } as never))).toBe(code);
  });

  test("needs symbols that can be read again", async () => {
    using wide = await Rnn.create({ inputSize: 3, hiddenSize: 4, outputSize: 5 });
    using headless = await Rnn.create({ inputSize: 3, hiddenSize: 4, outputs: "none" });
    expect(await codeOf(() => wide.generate({ steps: 1 }))).toBe("shape");
    expect(await codeOf(() => headless.generate({ steps: 1 }))).toBe("unsupported");
  });

  test("says so when the outputs are not numbers", async () => {
    using net = await Rnn.create({ inputSize: 2, hiddenSize: 2, outputSize: 2 });
    const tensors = net.stateDict();
    tensors.get("bias_o")?.data.fill(Number.NaN);
    net.loadStateDict(tensors);
    expect(() => [...net.generate({ steps: 1 })]).toThrow(/generate: expected finite numbers/);
  });
});

test("forecast says why symbols cannot be forecast", async () => {
  expect(await codeOf(() => rnn.forecast({ prompt, steps: 1 }))).toBe("unsupported");
  expect(() => rnn.forecast({ prompt, steps: 1 })).toThrow(/squared-error.*cross-entropy/);
});
