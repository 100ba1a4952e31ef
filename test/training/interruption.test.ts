import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type FitOptions, type Progress, type Rnn, Trainer } from "../../ts/index.js";
import { bitsOf, create, rejection, text } from "./common.js";

const data = text(3000);
/** Some seconds of updates: the end of a run that nothing stopped, so that a failing test ends too. */
const MANY = 50_000;
const options: FitOptions = { updates: 300, batchSize: 4, truncate: 8 };

/** The bits of the parameters after every update of the uninterrupted run, the start included. */
async function course(updates: number): Promise<number[][]> {
  const trainer = new Trainer(await create(), data, options);
  const bits = [bitsOf(trainer.rnn)];
  for (let i = 0; i < updates; i++) {
    await trainer.run({ updates: 1 });
    bits.push(bitsOf(trainer.rnn));
  }
  trainer.dispose();
  return bits;
}

describe("an aborted run", () => {
  test("ends between two updates, whenever the signal comes, and goes on to the same end", async () => {
    const bits = await course(300);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 30 }), async (milliseconds) => {
        const rnn = await create();
        const trainer = new Trainer(rnn, data, options);
        const history = await trainer.run({ signal: AbortSignal.timeout(milliseconds) });
        expect(["aborted", "done"]).toContain(history.stopped);
        expect(bitsOf(rnn)).toEqual(bits[history.updates]);
        expect(history.losses.length).toBe(history.updates);
        expect((await trainer.run()).stopped).toBe("done");
        expect(bitsOf(rnn)).toEqual(bits[300]);
        trainer.dispose();
        rnn.dispose();
      }),
      { seed: 5, numRuns: 15 },
    );
  });

  test("a signal that has aborted already stops it before the first update", async () => {
    const rnn = await create();
    const before = bitsOf(rnn);
    const history = await rnn.fit(data, { ...options, signal: AbortSignal.abort() });
    expect(history).toMatchObject({ stopped: "aborted", updates: 0 });
    expect(bitsOf(rnn)).toEqual(before);
  });

  test("without a limit that is near, others get their turn: a timer can stop it", async () => {
    const rnn = await create();
    const controller = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      if (++turns === 3) controller.abort();
    }, 1);
    const history = await rnn.fit(data, { ...options, updates: MANY, signal: controller.signal });
    clearInterval(timer);
    expect(history.stopped).toBe("aborted");
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  test("so it does where there is no setImmediate", async () => {
    vi.stubGlobal("setImmediate", undefined);
    try {
      const rnn = await create();
      const history = await rnn.fit(data, {
        ...options,
        updates: MANY,
        signal: AbortSignal.timeout(30),
      });
      expect(history.stopped).toBe("aborted");
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("onProgress", () => {
  test.each([1, 2, 20])("hears of the last of %i updates, each at most once", async (updates) => {
    const rnn = await create();
    const seen: number[] = [];
    const onProgress = ({ update }: Progress) => seen.push(update);
    const trainer = new Trainer(rnn, data, { ...options, updates, onProgress });
    await trainer.run();
    expect(seen.at(-1)).toBe(updates);
    expect(new Set(seen).size).toBe(seen.length);
    await trainer.run();
    expect(seen.at(-1)).toBe(updates);
    trainer.dispose();
  });

  test("hears of the last one before an abort", async () => {
    const rnn = await create();
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ update }: Progress) => {
      seen.push(update);
      setTimeout(() => controller.abort());
    };
    const history = await rnn.fit(data, { ...options, updates: 1e6, onProgress, signal: controller.signal });
    expect(history.stopped).toBe("aborted");
    expect(seen.at(-1)).toBe(history.updates);
  });
});

describe("an error in onProgress", () => {
  test("rejects, and leaves the trainer between two updates", async () => {
    const bits = await course(300);
    let calls = 0;
    const rnn = await create();
    const onProgress = () => {
      if (++calls === 1) throw new Error("mine");
    };
    const trainer = new Trainer(rnn, data, { ...options, onProgress });
    expect(await rejection(trainer.run())).toMatchObject({ message: "mine" });
    expect(bitsOf(rnn)).toEqual(bits[1]);
    const history = await trainer.run();
    expect(history.updates).toBe(300);
    expect(bitsOf(rnn)).toEqual(bits[300]);
  });
});

describe("progress", () => {
  test("comes at most 10 times a second but for the last, in order, and describes the update", async () => {
    const seen: Progress[] = [];
    const rnn = await create();
    const seconds = 0.45;
    const history = await rnn.fit(data, {
      seconds,
      batchSize: 4,
      truncate: 8,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.length).toBeGreaterThan(0);
    seen.forEach((progress, i) => {
      const { update, elapsed } = progress;
      // The last one comes whenever it comes.
      if (i > 0 && update < history.updates)
        expect(elapsed - (seen[i - 1] as Progress).elapsed).toBeGreaterThanOrEqual(0.1);
      expect(Math.fround(progress.loss)).toBe(history.losses[update - 1]);
      expect(Math.fround(progress.gradientNorm)).toBe(history.gradientNorms[update - 1]);
      expect(progress.stepsPerSecond).toBeGreaterThan(0);
      expect(progress.learningRate).toBeLessThanOrEqual(0.001);
      expect(progress.updates).toBeUndefined();
    });
  });

  test("a checkpoint saved in it resumes to the same end", async () => {
    const bits = await course(300);
    let file: Uint8Array<ArrayBuffer> | undefined;
    const rnn = await create();
    const trainer: Trainer = new Trainer(rnn, data, {
      ...options,
      onProgress: () => (file ??= trainer.save()),
    });
    await trainer.run();
    const resumed = await Trainer.resume(file as Uint8Array<ArrayBuffer>, data);
    expect((await resumed.run()).updates).toBe(300);
    expect(bitsOf(resumed.rnn)).toEqual(bits[300]);
  });
});

describe("while a network is being trained", () => {
  const during = async (action: (rnn: Rnn, trainer: Trainer) => unknown): Promise<unknown> => {
    const rnn = await create();
    const trainer = new Trainer(rnn, data, { ...options, updates: MANY });
    const controller = new AbortController();
    const run = trainer.run({ signal: controller.signal });
    let result: unknown;
    try {
      result = await action(rnn, trainer);
    } finally {
      controller.abort();
      await run.catch(() => {});
    }
    return result;
  };

  test("another fit, run, evaluate or loadStateDict is busy", async () => {
    await during(async (rnn, trainer) => {
      expect(await rejection(rnn.fit(data))).toMatchObject({ code: "busy" });
      expect(await rejection(trainer.run())).toMatchObject({ code: "busy" });
      expect(await rejection(rnn.evaluate(data))).toMatchObject({ code: "busy" });
      expect(() => rnn.loadStateDict(rnn.stateDict())).toThrow(expect.objectContaining({ code: "busy" }));
    });
  });

  test("afterwards it is free, also when the run failed", async () => {
    const rnn = await create();
    const fail = () => {
      throw new Error("mine");
    };
    await rejection(rnn.fit(data, { ...options, onProgress: fail }));
    await rnn.fit(data, { ...options, signal: AbortSignal.abort() });
    expect((await rnn.evaluate(data)).count).toBe(2999);
  });

  test("disposing of the network or the trainer ends the run with code disposed", async () => {
    for (const which of ["rnn", "trainer"] as const) {
      const rnn = await create();
      const trainer = new Trainer(rnn, data, { ...options, updates: MANY });
      const run = rejection(trainer.run());
      (which === "rnn" ? rnn : trainer).dispose();
      expect(await run).toMatchObject({ code: "disposed" });
      trainer.dispose();
      rnn.dispose();
    }
  });

  test("predictions between updates do not change its course", async () => {
    const bits = await course(300);
    const rnn = await create();
    const trainer = new Trainer(rnn, data, options);
    const run = trainer.run();
    const inputs = Int32Array.of(1, 2, 3);
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      rnn.predict([{ inputs }]);
      const pass = rnn.forward([{ inputs, targets: "next" }]);
      pass.backward();
      pass.dispose();
    }
    await run;
    expect(bitsOf(rnn)).toEqual(bits[300]);
  });
});

test("a trainer that was disposed of says so, and disposing twice is fine", async () => {
  const trainer = new Trainer(await create(), data, options);
  trainer.dispose();
  trainer.dispose();
  expect(await rejection(trainer.run())).toMatchObject({ code: "disposed" });
  expect(() => trainer.save()).toThrow(expect.objectContaining({ code: "disposed" }));
});

test("with a limit of time it ends, and the schedule follows the clock", async () => {
  const rates: number[] = [];
  const rnn = await create();
  const onProgress = ({ learningRate, elapsed }: Progress) => {
    rates.push(learningRate);
    expect(elapsed).toBeLessThan(60);
  };
  const history = await rnn.fit(data, { seconds: 0.35, batchSize: 4, truncate: 8, onProgress });
  expect(history.stopped).toBe("done");
  expect(history.updates).toBeGreaterThan(0);
  expect(rates).toEqual([...rates].sort((a, b) => b - a));
});
