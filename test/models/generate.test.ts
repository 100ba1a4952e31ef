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

describe("generate through R", () => {
  const fed = { hiddenSize: 13, outputSize: 5, recurrence: "both", seed: 4 } as const;
  const none = { ...fed, inputSize: 0 };
  const covariates = { ...fed, inputSize: 2 };

  test("draws with the probabilities of the teacher-forced pass over what it drew", async () => {
    using net = await Rnn.create(none);
    const drawn = [...net.generate({ steps: 30, seed: 3 })];
    using pass = net.forward([{ inputs: 30, targets: Int32Array.from(drawn) }]);
    const outputs = pass.outputs()[0] as Floats;
    // At temperature 0 each symbol is the largest output after those before it.
    const sure = [...net.generate({ steps: 30, temperature: 0 })];
    using forced = net.forward([{ inputs: 30, targets: Int32Array.from(sure) }]);
    const rows = forced.outputs()[0] as Floats;
    sure.forEach((symbol, t) => {
      const row = rows.subarray(t * 5, t * 5 + 5);
      expect(symbol).toBe(row.indexOf(Math.max(...row)));
    });
    expect(outputs).toHaveLength(150);
    expect([...net.generate({ steps: 30, seed: 3 })]).toEqual(drawn);
    expect([...net.generate({ steps: 30, seed: 4 })]).not.toEqual(drawn);
    expect([...net.generate({ steps: 10, seed: 3 })]).toEqual(drawn.slice(0, 10));
  });

  test("temperature 0 is the network's own argmax", async () => {
    using net = await Rnn.create({ ...none, feedback: "argmax" });
    using pass = net.forward([{ inputs: 21 }]);
    const fedBack = pass.feedback()[0] as Floats;
    const wanted = Array.from({ length: 20 }, (_, t) =>
      fedBack.subarray((t + 1) * 5, (t + 2) * 5).indexOf(1),
    );
    expect([...net.generate({ steps: 20, temperature: 0 })]).toEqual(wanted);
  });

  test("reads a prompt: teacher forced with targets, free without; then the inputs of the future", async () => {
    using net = await Rnn.create({ ...covariates, feedback: "argmax" });
    const inputs = Int32Array.of(0, 1, 1, 0, 1, 0, 0, 1);
    const [past, future] = [inputs.slice(0, 5), inputs.slice(5)];
    const targets = Int32Array.of(4, 3, 2, 1, 0);
    const teach = (drawn: number[]) => {
      using pass = net.forward([{ inputs, targets: Int32Array.from([...targets, ...drawn]) }]);
      return (pass.outputs()[0] as Floats).subarray(25);
    };
    const drawn = [
      ...net.generate({ prompt: { inputs: past, targets }, steps: 3, inputs: future, temperature: 0 }),
    ];
    const rows = teach(drawn);
    drawn.forEach((symbol, t) => {
      const row = rows.subarray(t * 5, t * 5 + 5);
      expect(symbol).toBe(row.indexOf(Math.max(...row)));
    });
    using free = net.forward([{ inputs: Int32Array.of(...inputs, 0) }]);
    const fedBack = free.feedback()[0] as Floats;
    expect([...net.generate({ prompt: { inputs: past }, steps: 3, inputs: future, temperature: 0 })]).toEqual(
      [6, 7, 8].map((t) => fedBack.subarray(t * 5, t * 5 + 5).indexOf(1)),
    );
  });

  test("starts from the prompt's state and feedback, even where the prompt has no step", async () => {
    using net = await Rnn.create(none);
    const first = new Set<number>();
    for (let k = 0; k < 5; k++) {
      const initialFeedback = new Float32Array(5);
      initialFeedback[k] = 30;
      const [symbol] = net.generate({ prompt: { inputs: 0, initialFeedback }, steps: 1, temperature: 0 });
      using pass = net.forward([{ inputs: 1, initialFeedback }]);
      const row = pass.outputs()[0] as Floats;
      expect(symbol).toBe(row.indexOf(Math.max(...row)));
      first.add(symbol as number);
    }
    expect(first.size).toBeGreaterThan(1);
  });

  test("goes with outputs at the last step only", async () => {
    using net = await Rnn.create({ ...none, outputs: "last" });
    expect([...net.generate({ prompt: { inputs: 0 }, steps: 5, seed: 1 })]).toHaveLength(5);
    using reader = await Rnn.create({ inputSize: 5, hiddenSize: 4, outputSize: 5, outputs: "last" });
    expect([...reader.generate({ steps: 5, seed: 1 })]).toHaveLength(5);
  });

  test("refuses what does not fit", async () => {
    using net = await Rnn.create(covariates);
    const wrong: [object, string][] = [
      [{ steps: 3 }, "shape"],
      [{ steps: 3, inputs: Int32Array.of(0, 1) }, "shape"],
      [{ steps: 3, inputs: Int32Array.of(0, 1, 2) }, "shape"],
      [{ steps: 3, inputs: 3 }, "shape"],
      [{ steps: 3, inputs: new Float32Array(5) }, "shape"],
      [{ steps: 1, inputs: Int32Array.of(0), prompt: { inputs: Int32Array.of(2) } }, "shape"],
    ];
    for (const [options, code] of wrong)
      expect(await codeOf(() => net.generate(options as never))).toBe(code);
    using bernoulli = await Rnn.create({ ...none, loss: "bernoulli" });
    expect(() => bernoulli.generate({ steps: 1 })).toThrow(
      /generate: expected loss "cross-entropy", got "bernoulli"/,
    );
    using alone = await Rnn.create(none);
    expect([...alone.generate({ steps: 2, inputs: 2 })]).toHaveLength(2);
    expect(await codeOf(() => alone.generate({ steps: 2, inputs: 3 }))).toBe("shape");
  });
});
