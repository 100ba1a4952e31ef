// Training of networks that feed outputs back: the dial, what lanes carry, other losses, the last output.
import { describe, expect, test } from "vitest";
import { Optimizer, type Sequence, Trainer } from "../../ts/index.js";
import {
  bitsOf,
  classed,
  create,
  expectAlike,
  expectNear,
  rejection,
  symbols,
  text,
  trained,
  valued,
} from "./common.js";

const fed = { recurrence: "both" } as const;
const sgd = { kind: "sgd", learningRate: 0.5 } as const;
const common = { optimizer: sgd, schedule: "constant" } as const;

test("lanes carry state and feedback from window to window, and begin with zeros", async () => {
  const inputs = symbols(41, 5, 1);
  const [fitted, rnn] = [await create(fed), await create(fed)];
  const history = await fitted.fit(
    { inputs, targets: "next" },
    { ...common, updates: 4, batchSize: 2, truncate: 5 },
  );
  const by = new Optimizer(rnn, sgd);
  let handed: object[] = [{}, {}];
  for (let window = 0; window < 4; window++) {
    const cut = (lane: number, more = 0) =>
      inputs.slice(lane * 20 + window * 5 + more, lane * 20 + window * 5 + 5 + more);
    const batch = [0, 1].map((lane) => ({ inputs: cut(lane), targets: cut(lane, 1), ...handed[lane] }));
    using pass = rnn.forward(batch);
    expectNear(history.losses[window], pass.loss / pass.count);
    handed = [0, 1].map((lane) => ({
      initialState: pass.finalState().slice(lane * 7, lane * 7 + 7),
      initialFeedback: pass.finalFeedback().slice(lane * 5, lane * 5 + 5),
    }));
    by.step(pass.backward({ scale: 1 / pass.count }), { clipNorm: 5 });
  }
  expectAlike(fitted, rnn);
});

describe("the dial", () => {
  const data = valued([9, 14, 3, 11, 6, 8]);
  const net = { ...fed, loss: "bernoulli" } as const;

  test("turned to a half, an update learns from the pass of the same draws", async () => {
    const rnn = await create(net);
    using pass = rnn.forward(data, { teacherForcing: 0.5, seed: 8 });
    const history = await rnn.fit(data, { ...common, updates: 1, teacherForcing: 0.5, seed: 8 });
    expectNear(history.losses[0], pass.loss / pass.count);
  });

  test("a line over updates: the first as at `from`, those after its end as at `to`, others in between", async () => {
    const run = async (
      teacherForcing: number | { from: number; to: number; updates: number },
      updates: number,
    ) => await (await create(net)).fit(data, { ...common, updates, teacherForcing, seed: 8 });
    const ramp = { from: 1, to: 0, updates: 2 };
    const [line, taught, free] = [await run(ramp, 3), await run(1, 3), await run(0, 3)];
    expect(line.losses[0]).toBe(taught.losses[0]);
    expect(line.losses[1]).not.toBe(taught.losses[1]);
    expect(line.losses[0]).not.toBe(free.losses[0]);
    expect((await run({ from: 0, to: 0, updates: 1 }, 3)).losses).toEqual(free.losses);
    expect((await run({ from: 0, to: 1, updates: 1 }, 3)).losses[0]).toBe(free.losses[0]);
  });

  test("draws afresh in each update", async () => {
    // A learning rate of 0 and one batch: only the draws differ.
    const still = { ...common, optimizer: { kind: "sgd", learningRate: 0 }, teacherForcing: 0.5 } as const;
    const { losses } = await (await create(net)).fit(data, { ...still, updates: 4, batchSize: 6 });
    expect(new Set(losses).size).toBe(4);
  });

  test("may be changed when training is resumed, and is kept if it is not", async () => {
    const trainer = new Trainer(await create(net), data, { ...common, updates: 6, teacherForcing: 0.5 });
    await trainer.run({ updates: 3 });
    const saved = trainer.save();
    const end = async (options: object) => {
      const resumed = await Trainer.resume(saved, data, options);
      await resumed.run();
      return bitsOf(resumed.rnn);
    };
    const kept = await end({});
    expect(await end({ teacherForcing: 0.5 })).toEqual(kept);
    expect(await end({ memoryBudget: 1e6 })).toEqual(kept);
    expect(await end({ teacherForcing: 1 })).not.toEqual(kept);
    expect(await rejection(Trainer.resume(saved, data, { teacherForcing: 2 }))).toMatchObject({
      code: "option",
    });
  });

  test("is refused before anything changes where there is none", async () => {
    const hidden = await create();
    const before = bitsOf(hidden);
    const refused = { code: "unsupported", message: expect.stringContaining('recurrence "hidden"') };
    await expect(hidden.fit(text(50), { teacherForcing: 0.5 })).rejects.toMatchObject(refused);
    await expect(hidden.evaluate(text(50), { teacherForcing: 0 })).rejects.toMatchObject(refused);
    expect(bitsOf(hidden)).toEqual(before);
    const last = await create({ ...fed, outputs: "last" });
    await expect(last.fit(classed([3, 4]), { teacherForcing: 1 })).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining('outputs "last"'),
    });
  });
});

describe("metrics", () => {
  const data = valued([9, 14, 3, 2500]);
  test("of squared error have the root of the mean square, and no accuracy", async () => {
    const rnn = await create({ ...fed, loss: "squared-error" });
    const { loss, rmse, count, ...rest } = await rnn.evaluate(data);
    using pass = rnn.forward(data);
    let sum = 0;
    pass.outputs().forEach((outputs, b) => {
      const targets = (data[b] as Sequence).targets as Float32Array;
      sum += outputs.reduce((total, o, i) => total + (o - (targets[i] as number)) ** 2, 0);
    });
    expectNear(rmse, Math.sqrt(sum / (5 * count)));
    expectNear(loss, sum / 2 / count);
    expect(rest).toEqual({});
  });
  test("of Bernoulli networks have neither", async () => {
    const rnn = await create({ ...fed, loss: "bernoulli" });
    expect(Object.keys(await rnn.evaluate(data))).toEqual(["loss", "count"]);
  });
  test("running free they are those of the free pass", async () => {
    for (const feedback of ["probabilities", "sample"] as const) {
      const rnn = await create({ ...fed, loss: "bernoulli", feedback });
      using taught = rnn.forward(data);
      using free = rnn.forward(data, { teacherForcing: 0 });
      expectNear((await rnn.evaluate(data)).loss, taught.loss / taught.count);
      expectNear((await rnn.evaluate(data, { teacherForcing: 0 })).loss, free.loss / free.count);
      expect(free.loss).not.toBe(taught.loss);
    }
  });
  test("validation measures them in training", async () => {
    const rnn = await create({ ...fed, loss: "squared-error" });
    const { validation } = await rnn.fit(data.slice(0, 3), { updates: 2, validation: data.slice(0, 3) });
    const last = validation.at(-1);
    expect(last?.rmse).toBe((await rnn.evaluate(data.slice(0, 3))).rmse);
    expect(last && "accuracy" in last).toBe(false);
  });
});

describe("a memory budget", () => {
  const net = { ...fed, loss: "squared-error" } as const;
  const data = valued([60, 80, 10]);
  test("changes no bit", async () => {
    const wanted = await trained(data, { updates: 3 }, net);
    const { message } = await rejection(trained(data, { updates: 3, memoryBudget: 1 }, net));
    const least = Number(/at least (\d+) bytes/.exec(message as string)?.[1]);
    expect(await trained(data, { updates: 3, memoryBudget: least }, net)).toEqual(wanted);
    expect(await trained(data, { updates: 3, memoryBudget: 1e9 }, net)).toEqual(wanted);
  });
  test("that is too small is refused by its name, with the least that will do, and nothing is learnt", async () => {
    const rnn = await create(net);
    const before = bitsOf(rnn);
    expect(await rejection(rnn.fit(data, { updates: 3, memoryBudget: 10 }))).toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(/^fit: expected a memoryBudget of at least \d+ bytes, got 10$/),
      limit: 10,
    });
    expect(bitsOf(rnn)).toEqual(before);
  });
});

test("teacher forced with R only, time in windows or at once, the weights are the same", async () => {
  // Every step depends on its own target only: cutting time changes nothing but the order of a sum.
  const net = { recurrence: "output" } as const;
  const data = { inputs: symbols(33, 5, 1), targets: symbols(33, 5, 2) };
  const whole = await create(net);
  using pass = whole.forward([data]);
  const halves = [0, 1].map((half) => ({
    inputs: data.inputs.slice(half * 16, half * 16 + (half ? 17 : 16)),
    targets: data.targets.slice(half * 16, half * 16 + (half ? 17 : 16)),
    ...(half && {
      initialFeedback: Float32Array.from({ length: 5 }, (_, k) => Number(k === data.targets[15])),
    }),
  }));
  using cut = whole.forward(halves);
  const [a, b] = [pass.backward().parameters, cut.backward().parameters];
  for (const [name, { data: values }] of a)
    values.forEach((value, i) => {
      expect(Math.abs(value - (b.get(name)?.data[i] as number))).toBeLessThan(1e-5);
    });
  expectNear(cut.loss, pass.loss);
});
