import { describe, expect, test } from "vitest";
import { type FitOptions, type Progress, type Sequence, Trainer } from "../../ts/index.js";
import { bitsOf, create, dense, pieces, rejection, symbols, text, trained } from "./common.js";

describe("evaluate", () => {
  test("of one sequence is the loss of its one pass, however long, and leaves the network alone", async () => {
    const rnn = await create();
    const before = bitsOf(rnn);
    const draw = symbols(5001, 4, 9);
    const sequence: Sequence = {
      inputs: symbols(5001, 5, 8),
      targets: symbols(5001, 5, 7),
      weights: Float32Array.from(draw, (n) => n / 2),
      initialState: new Float32Array(7).fill(0.5),
    };
    const pass = rnn.forward([sequence]);
    const metrics = await rnn.evaluate(sequence);
    // Sums in f64 of the same numbers, in another order of at most 5001: relative error below 5001 · 2⁻⁵³.
    expect(Math.abs(metrics.loss - pass.loss / pass.count)).toBeLessThan(metrics.loss * 5001 * 2 ** -53);
    expect(metrics.count).toBe(pass.count);
    let correct = 0;
    const outputs = pass.outputs()[0] as Float32Array;
    for (let t = 0; t < 5001; t++) {
      const row = outputs.subarray(5 * t, 5 * t + 5);
      const best = row.indexOf(Math.max(...row));
      if (best === (sequence.targets as Int32Array)[t]) correct += (draw[t] as number) / 2;
    }
    expect(metrics.accuracy).toBeCloseTo(correct / pass.count, 12);
    expect(bitsOf(rnn)).toEqual(before);
    pass.dispose();
  });

  test("of separate sequences is that of their passes together", async () => {
    const rnn = await create();
    for (const data of [
      pieces([9, 14, 3, 0, 11, 6, 8], 7),
      dense(Array.from({ length: 40 }, (_, i) => i % 13)),
    ]) {
      const pass = rnn.forward(data);
      const metrics = await rnn.evaluate(data);
      expect(metrics.loss).toBeCloseTo(pass.loss / pass.count, 12);
      expect(metrics.count).toBe(pass.count);
      pass.dispose();
    }
  });

  test("memory does not grow with the length", async () => {
    const { createRuntime, Rnn } = await import("../../ts/index.js");
    const runtime = await createRuntime();
    const rnn = await Rnn.create({ inputSize: 5, hiddenSize: 7, outputSize: 5 }, runtime);
    await rnn.evaluate(text(10_000));
    const { bytes } = runtime;
    await rnn.evaluate(text(200_000));
    expect(runtime.bytes).toBe(bytes);
    runtime.dispose();
  });

  test("refuses data without targets, without steps, without weight, and unknown options", async () => {
    const rnn = await create();
    const inputs = Int32Array.of(1, 2, 3);
    const codes = await Promise.all([
      rejection(rnn.evaluate({ inputs })),
      rejection(rnn.evaluate([])),
      rejection(rnn.evaluate({ inputs: Int32Array.of(1), targets: "next" })),
      rejection(rnn.evaluate({ inputs, targets: inputs, weights: new Float32Array(3) })),
      rejection(rnn.evaluate(undefined as unknown as Sequence)),
      rejection(rnn.evaluate({ inputs: Int32Array.of(5), targets: Int32Array.of(1) })),
    ]);
    expect(codes.map(({ code }) => code)).toEqual(["shape", "shape", "shape", "shape", "option", "shape"]);
    expect(await rejection(rnn.evaluate(text(9), { teacherforcing: 1 } as object))).toMatchObject({
      code: "option",
    });
    expect(await rejection(rnn.evaluate(text(9), { teacherForcing: 0.5 }))).toMatchObject({
      code: "unsupported",
    });
  });

  test("rejects with the signal's reason", async () => {
    const rnn = await create();
    const reason = new Error("enough");
    expect(await rejection(rnn.evaluate(text(9), { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const long = rejection(rnn.evaluate(text(3_000_000), { signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 1);
    expect(await long).toBe(reason);
    expect((await rnn.evaluate(text(9))).count).toBe(8);
  });
});

describe("validation", () => {
  const data = text(400);
  const validation = text(60, 2);
  const options: FitOptions = { updates: 40, batchSize: 4, truncate: 8, validation };

  test("happens about 20 times and at the end, and changes no bit of the training", async () => {
    const rnn = await create();
    const seen: Progress[] = [];
    const history = await rnn.fit(data, { ...options, onProgress: (progress) => seen.push(progress) });
    const { validation: _validation, ...without } = options;
    expect(bitsOf(rnn)).toEqual(await trained(data, without));
    // 59 steps evaluated, 30.7 trained per update: every ⌈2 · 59 / 30.7⌉ = 4 updates
    expect(history.validation.map(({ update }) => update)).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    const { update: _update, ...last } = history.validation.at(-1) as { update: number };
    expect(last).toEqual(await rnn.evaluate(validation));
    expect(seen[0]?.validation).toBeUndefined();
  });

  test("at the end also where no interval ends; with small data every epoch", async () => {
    const rnn = await create();
    const updates = (await rnn.fit(data, { ...options, updates: 42 })).validation.map(({ update }) => update);
    expect(updates.slice(-2)).toEqual([40, 42]);
    // 13 updates in an epoch
    const history = await rnn.fit(data, {
      ...options,
      updates: undefined as never,
      epochs: 30,
      validation: text(9),
    });
    expect(history.validation.map(({ update }) => update)).toEqual(
      Array.from({ length: 30 }, (_, i) => 13 * (i + 1)),
    );
  });

  test("patience stops it and gives the best parameters back", async () => {
    // Learning by heart: what is held out is of another kind, so its loss rises soon.
    const rnn = await create();
    const heldOut: Sequence = { inputs: symbols(60, 5, 5), targets: "next" };
    const history = await rnn.fit(
      { inputs: new Int32Array(400).fill(1), targets: "next" },
      {
        ...options,
        updates: 2000,
        validation: heldOut,
        patience: 3,
        schedule: "constant",
        optimizer: { kind: "adam", learningRate: 0.02 },
      },
    );
    expect(history.stopped).toBe("patience");
    const losses = history.validation.map(({ loss }) => loss);
    const best = Math.min(...losses);
    expect(losses.indexOf(best)).toBe(losses.length - 4);
    expect((await rnn.evaluate(heldOut)).loss).toBe(best);
    expect(history.updates).toBeLessThan(2000);
  });

  test("a resumed run evaluates, counts and stops as an uninterrupted one", async () => {
    const learn: FitOptions = {
      ...options,
      updates: 60,
      patience: 2,
      optimizer: { kind: "adam", learningRate: 0.05 },
    };
    const whole = new Trainer(await create(), data, learn);
    const history = await whole.run();
    expect(history.stopped).toBe("patience");
    const bits = bitsOf(whole.rnn);
    const stepped = new Trainer(await create(), data, learn);
    for (let update = 0; update < history.updates; update++) {
      const resumed = await Trainer.resume(stepped.save(), data, { validation });
      expect(await resumed.run()).toEqual(history);
      expect(bitsOf(resumed.rnn)).toEqual(bits);
      await stepped.run({ updates: 1 });
    }
  });

  test("an abort during an evaluation takes no note of it, and it is made up for", async () => {
    const long = { ...options, updates: 40, validation: text(300_000, 2) };
    const whole = await (await create()).fit(data, long);
    const rnn = await create();
    const trainer = new Trainer(rnn, data, long);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const history = await trainer.run({ signal: controller.signal });
    expect(history.stopped).toBe("aborted");
    expect((await trainer.run()).validation).toEqual(whole.validation);
  });
});
