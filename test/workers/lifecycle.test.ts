/** Workers come and go: aborted, disposed of, killed, or never there. */
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type FitOptions, type Progress, Rnn, Trainer } from "../../ts/index.js";
import { bitsOf, create, rejection, text, uniform } from "../training/common.js";
import { makeCrew, trainedBy, wide } from "./crew.js";

const data = text(2000);
const options: FitOptions = { updates: 60, batchSize: 20, truncate: 8 };
/** Too long to be computed while workers start. */
const long = { hiddenSize: 300 };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A trainer whose workers have started. */
async function started(count: number, given: FitOptions = {}) {
  const rnn = await create(wide);
  const crew = makeCrew(count);
  const trainer = new Trainer(rnn, data, { ...options, ...given, workers: crew.options });
  await trainer.run({ updates: 1 });
  await crew.there();
  return { rnn, crew, trainer };
}

describe("while workers compute", () => {
  test("an abort takes effect at the end of the update, and the run goes on to the same bits", async () => {
    const whole = await trainedBy(0, data, options);
    const { rnn, trainer } = await started(2);
    for (const _ of [1, 2, 3]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort());
      const history = await trainer.run({ signal: controller.signal });
      expect(history.losses).toEqual(whole.history.losses.slice(0, history.updates));
    }
    expect((await trainer.run()).stopped).toBe("done");
    expect(bitsOf(rnn)).toEqual(whole.bits);
    trainer.dispose();
  });

  test("the network is busy, others get their turn, and a saved file resumes", async () => {
    const whole = await trainedBy(0, data, options);
    const { rnn, trainer } = await started(2);
    const run = trainer.run();
    expect(await rejection(trainer.run())).toMatchObject({ code: "busy" });
    expect(await rejection(rnn.evaluate(data, { workers: 2 }))).toMatchObject({ code: "busy" });
    await new Promise((resolve) => setTimeout(resolve, 1));
    const file = trainer.save();
    const pass = rnn.forward([text(50)]);
    pass.backward(); // overwrites the network's gradients
    pass.dispose();
    await run;
    expect(bitsOf(rnn)).toEqual(whole.bits);
    const resumed = await Trainer.resume(file, data);
    await resumed.run();
    expect(bitsOf(resumed.rnn)).toEqual(whole.bits);
    trainer.dispose();
  });

  test.each(["rnn", "trainer"] as const)(
    "disposing of the %s ends the run and the workers",
    async (which) => {
      const { rnn, crew, trainer } = await started(2);
      const ends = crew.workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
      const run = rejection(trainer.run());
      await new Promise((resolve) => setImmediate(resolve));
      (which === "rnn" ? rnn : trainer).dispose();
      expect(await run).toMatchObject({ code: "disposed" });
      trainer.dispose();
      await Promise.all(ends);
      expect(await rejection(trainer.run())).toMatchObject({ code: "disposed" });
      rnn.dispose();
    },
  );

  test("disposing before they have started ends them too", async () => {
    const rnn = await create(long);
    const crew = makeCrew(2);
    const trainer = new Trainer(rnn, data, { ...options, batchSize: 40, workers: crew.options });
    const run = rejection(trainer.run());
    const ends = crew.workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    expect(ends.length).toBe(2);
    trainer.dispose();
    expect(await run).toMatchObject({ code: "disposed" });
    await Promise.all(ends);
  });

  test("an error in onProgress rejects, and leaves the trainer between two updates", async () => {
    const whole = await trainedBy(0, data, options);
    let calls = 0;
    const onProgress = ({ workers }: Progress) => {
      if (++calls === 2) throw new Error(`mine, ${workers}`);
    };
    const { rnn, trainer } = await started(2, { onProgress });
    expect(await rejection(trainer.run())).toMatchObject({ message: "mine, 2" });
    await trainer.run();
    expect(bitsOf(rnn)).toEqual(whole.bits);
    trainer.dispose();
  });

  test("a loss that is not finite ends the run, and the update is not applied", async () => {
    const bad = { ...options, optimizer: { kind: "sgd", learningRate: 1e30 }, schedule: "constant" } as const;
    const relu = { activation: "relu" } as const;
    const [alone, apart] = [await trainedBy(0, data, bad, relu), await trainedBy(2, data, bad, relu)];
    expect(alone.history.stopped).toBe("non-finite");
    expect({ ...apart.history, workers: 0 }).toEqual(alone.history);
    expect(apart.bits).toEqual(alone.bits);
  });

  test("too small a memoryBudget is named as in one thread", async () => {
    const rnn = await create(long);
    const { options: workers } = makeCrew(2);
    const given = { batchSize: 40, truncate: 40, memoryBudget: 1000, workers };
    const error = await rejection(rnn.fit(data, given));
    expect(error).toMatchObject({ code: "out-of-memory", message: expect.stringContaining("memoryBudget") });
  });
});

describe("a worker that is lost", () => {
  test("is replaced, and the bits stay: 50 killed at random times, no promise left", async () => {
    const seed = 20261123;
    console.log(`seed ${seed}`);
    const random = uniform(seed);
    const many = { ...options, updates: 400 };
    const whole = await trainedBy(0, data, many);
    const { rnn, crew, trainer } = await started(2, many);
    let killed = 0;
    let running = true;
    const killer = (async () => {
      while (running && killed < 50) {
        await new Promise((resolve) => setTimeout(resolve, 6 * random()));
        const worker = crew.workers.at(random() < 0.5 ? -1 : -2);
        if (worker && worker.threadId > 0) {
          await worker.terminate();
          killed++;
        }
      }
    })();
    let lost = 0;
    for (;;) {
      const history = await trainer.run().catch((error: { code?: string }) => {
        expect(error.code).toBe("worker-lost");
        lost++;
      });
      if (history) break;
    }
    running = false;
    await killer;
    expect(killed).toBeGreaterThan(0);
    console.log(`killed ${killed}, runs that rejected ${lost}`);
    expect(bitsOf(rnn)).toEqual(whole.bits);
    trainer.dispose();
  });

  test("rejects with worker-lost if the new one ends too, and the next run starts others", async () => {
    const whole = await trainedBy(0, data, options);
    const rnn = await create(wide);
    const crew = makeCrew(1);
    const make = crew.options.create as () => Worker;
    let doomed = false;
    const workers = {
      count: 1,
      create() {
        const worker = make();
        if (doomed) void worker.terminate();
        return worker;
      },
    };
    const trainer = new Trainer(rnn, data, { ...options, workers });
    await trainer.run({ updates: 1 });
    await crew.there();
    doomed = true;
    void crew.workers[0]?.terminate();
    expect(await rejection(trainer.run())).toMatchObject({ code: "worker-lost" });
    expect(crew.workers.length).toBe(2);
    doomed = false;
    expect((await trainer.run()).workers).toBe(1);
    expect(bitsOf(rnn)).toEqual(whole.bits);
    trainer.dispose();
  });

  test("that throws is one that is lost", async () => {
    const rnn = await create(wide);
    const workers = { count: 1, create: () => new Worker("throw new Error('mine')", { eval: true }) };
    const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
    const history = await rnn.fit(data, { ...options, updates: 400, workers });
    expect(history).toMatchObject({ stopped: "done", workers: 0 });
    expect(warning.mock.calls.length).toBeLessThanOrEqual(1);
  });
});

/** Workers of which nothing is heard, not even that they end: from the start, or from `mute` on, as in browsers after `terminate`. */
function silentCrew(count: number, silent: boolean) {
  const crew = makeCrew(count);
  const make = crew.options.create as () => Worker;
  const create = () => {
    const worker = make();
    return {
      postMessage: (message: unknown, transfer: ArrayBuffer[]) => worker.postMessage(message, transfer),
      terminate: () => void worker.terminate(),
      ref: () => worker.ref(),
      unref: () => worker.unref(),
      on: (event: string, listener: (value: unknown) => void) =>
        worker.on(event, (value) => {
          if (!silent) listener(value);
        }),
    };
  };
  const mute = () => {
    silent = true;
  };
  return { options: { count, create }, there: crew.there, mute };
}

describe("a worker that says nothing", () => {
  const soon = () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 20);
    return controller.signal;
  };

  test("in the middle of a run: an abort ends the run, and everything is as it was", async () => {
    const rnn = await create(wide);
    const crew = silentCrew(2, false);
    const trainer = new Trainer(rnn, data, { ...options, workers: crew.options });
    await trainer.run({ updates: 1 });
    await crew.there();
    expect((await trainer.run({ updates: 2 })).workers).toBe(2);
    const before = bitsOf(rnn);
    crew.mute();
    for (const _ of [1, 2]) {
      const history = await trainer.run({ signal: soon() });
      expect(history).toMatchObject({ stopped: "aborted", updates: 3 });
    }
    expect(bitsOf(rnn)).toEqual(before);
    // Nobody holds the network any more.
    await rnn.evaluate(data);
    const file = trainer.save();
    trainer.dispose();
    const resumed = await Trainer.resume(file, data);
    await resumed.run();
    expect(bitsOf(resumed.rnn)).toEqual((await trainedBy(0, data, options)).bits);
  }, 8_000);

  test("at the start: an abort does not wait until it is given up", async () => {
    const rnn = await create(long);
    const { options: workers } = silentCrew(2, true);
    const history = await rnn.fit(data, { batchSize: 40, truncate: 40, updates: 9, workers, signal: soon() });
    expect(history.stopped).toBe("aborted");
    expect(history.updates).toBeLessThan(9);
  }, 8_000);

  test("in an evaluation: an abort ends it", async () => {
    const rnn = await create(long);
    const sequences = Array.from({ length: 40 }, () => text(300));
    const { options: workers } = silentCrew(1, true);
    expect(await rejection(rnn.evaluate(sequences, { workers, signal: soon() }))).toMatchObject({
      message: "enough",
    });
    const late = silentCrew(1, false);
    const run = rnn.evaluate(sequences, { workers: late.options, signal: soon() });
    late.mute();
    expect(await rejection(run)).toMatchObject({ message: "enough" });
    await rnn.evaluate(data);
  }, 8_000);
});

describe("where there are no workers", () => {
  test("the run goes on in this thread and says so once", async () => {
    vi.resetModules();
    const fresh = await import("../../ts/index.js");
    const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.spyOn(process, "getBuiltinModule").mockImplementation((() => undefined) as never);
    vi.stubGlobal("Worker", undefined);
    const net = { inputSize: 5, hiddenSize: 300, outputSize: 5, seed: 3 };
    const given = { updates: 3, batchSize: 40, truncate: 40 };
    const alone = await fresh.Rnn.create(net);
    await alone.fit(data, given);
    for (const _ of [1, 2]) {
      const rnn = await fresh.Rnn.create(net);
      const seen: number[] = [];
      const onProgress = ({ workers }: Progress) => seen.push(workers);
      const history = await rnn.fit(data, { ...given, workers: 2, onProgress });
      expect(history.workers).toBe(0);
      expect(new Set(seen)).toEqual(new Set([0]));
      expect(bitsOf(rnn)).toEqual(bitsOf(alone));
      expect(await rnn.evaluate(data, { workers: 1 })).toEqual(await alone.evaluate(data));
    }
    expect(warning.mock.calls).toEqual([[expect.stringMatching(/0 of 2 workers.*no workers.*this thread/)]]);
  });

  test("an evaluation shares those that there are", async () => {
    const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
    const rnn = await create(long);
    const crew = makeCrew(2);
    const make = crew.options.create as () => Worker;
    const makeOne = () => {
      if (crew.workers.length > 0) throw new Error("one is enough");
      return make();
    };
    const sequences = Array.from({ length: 40 }, () => text(300));
    const shared = await rnn.evaluate(sequences, { workers: { count: 2, create: makeOne } });
    expect(shared).toEqual(await rnn.evaluate(sequences));
    expect(crew.workers.length).toBe(1);
    expect(warning.mock.calls.length).toBeLessThanOrEqual(1);
  });

  test.each(["throws", "says nothing"])("a policy that forbids them is named: the host %s", async (how) => {
    vi.resetModules();
    const fresh = await import("../../ts/index.js");
    const warning = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.spyOn(process, "getBuiltinModule").mockImplementation((() => undefined) as never);
    vi.stubGlobal(
      "Worker",
      class extends EventTarget {
        constructor() {
          super();
          if (how === "throws") throw new Error("SecurityError");
          setTimeout(() => this.dispatchEvent(new Event("error")), 5);
        }
        postMessage() {}
        terminate() {}
      },
    );
    const rnn = await fresh.Rnn.create({ inputSize: 5, hiddenSize: 300, outputSize: 5 });
    const history = await rnn.fit(data, { updates: 2, batchSize: 40, truncate: 40, workers: 1 });
    expect(history).toMatchObject({ workers: 0, updates: 2 });
    expect(warning.mock.calls).toEqual([[expect.stringMatching(/0 of 1 workers.*worker-src blob:/)]]);
  });

  test("a Web Worker is made from a Blob, whose address is taken back", async () => {
    vi.spyOn(process, "getBuiltinModule").mockImplementation((() => undefined) as never);
    const crew = makeCrew(1);
    const urls: string[] = [];
    const revoked = vi.spyOn(URL, "revokeObjectURL");
    const { create: make } = crew.options as { create: () => unknown };
    vi.stubGlobal(
      "Worker",
      class {
        readonly #inner;
        constructor(url: string) {
          urls.push(url);
          this.#inner = make() as Worker;
        }
        postMessage(message: unknown, transfer: ArrayBuffer[]) {
          this.#inner.postMessage(message, transfer);
        }
        terminate() {
          void this.#inner.terminate();
        }
        addEventListener(name: string, listener: (event: object) => void) {
          this.#inner.on(name, (data: unknown) => listener({ data }));
        }
      },
    );
    const rnn = await create(long);
    const given = { updates: 3, batchSize: 40, truncate: 40 };
    expect((await rnn.fit(data, { ...given, workers: 1 })).workers).toBe(1);
    expect(urls).toEqual([expect.stringMatching(/^blob:/)]);
    expect(revoked.mock.calls).toEqual([urls]);
    const alone = await create(long);
    await alone.fit(data, given);
    expect(bitsOf(rnn)).toEqual(bitsOf(alone));
  });
});

test("a small job is computed here, and starts no worker", async () => {
  const crew = makeCrew(2);
  const rnn = await Rnn.create({ inputSize: 5, hiddenSize: 8, outputSize: 5 });
  const history = await rnn.fit(text(300), { updates: 20, workers: crew.options });
  expect(history.workers).toBe(0);
  expect(crew.workers).toEqual([]);
});
