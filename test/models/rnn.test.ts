import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createRuntime, Optimizer, Rnn, readSafetensors, Trainer } from "../../ts/index.js";
import type { RnnOptions, Sequence, StateDict, Tensor } from "../../ts/types.js";
import { kernelOf } from "../../ts/wasm/runtime.js";
import { bits, codeOf, generator } from "../random.js";

const options: RnnOptions = {
  inputSize: 7,
  hiddenSize: 5,
  outputSize: 7,
  seed: 3,
  metadata: { vocabulary: "abcdefg" },
};
const hash = (rnn: Rnn) => createHash("sha256").update(rnn.save()).digest("hex");

let rnn: Rnn;
beforeAll(async () => {
  rnn = await Rnn.create(options);
});
afterAll(() => rnn.dispose());

describe("create", () => {
  test("fills in the defaults and freezes them", () => {
    expect(rnn.options).toMatchObject({
      ...options,
      recurrence: "hidden",
      outputs: "every",
      initializer: "uniform",
    });
    expect(Object.isFrozen(rnn.options)).toBe(true);
    expect(rnn.parameterCount).toBe((7 + 5 + 1) * 5 + (5 + 1) * 7);
    const counted = [...rnn.stateDict().values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(rnn.parameterCount).toBe(counted);
  });

  test("the seed decides the parameters, which are below 1/√H", async () => {
    using same = await Rnn.create(options);
    using other = await Rnn.create({ ...options, seed: 4 });
    expect(hash(same)).toBe(hash(rnn));
    expect(hash(other)).not.toBe(hash(rnn));
    for (const { data } of rnn.stateDict().values()) {
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(5));
      expect(new Set(data).size).toBe(data.length);
    }
  });

  test("orthogonal and identity are what they say", async () => {
    for (const initializer of ["orthogonal", "identity"] as const) {
      using net = await Rnn.create({ ...options, hiddenSize: 12, initializer });
      const { data } = net.stateDict().get("weight_hh") as Tensor;
      for (let i = 0; i < 12; i++) {
        for (let j = 0; j < 12; j++) {
          const dot = data
            .subarray(i * 12, i * 12 + 12)
            .reduce((sum, w, k) => sum + w * (data[j * 12 + k] as number), 0);
          expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(2e-6); // 12 products of f32
          if (initializer === "identity") expect(data[i * 12 + j]).toBe(i === j ? 1 : 0);
        }
      }
      expect(
        net
          .stateDict()
          .get("bias_h")
          ?.data.every((b) => b === 0),
      ).toBe(true);
    }
  });

  test("outputs none ends in the state", async () => {
    using net = await Rnn.create({ inputSize: 2, hiddenSize: 3, outputs: "none" });
    expect([...net.stateDict().keys()]).toEqual(["weight_ih", "weight_hh", "bias_h"]);
    using pass = net.forward([{ inputs: Float32Array.of(1, 2, 3, 4) }]);
    expect(net.predict([{ inputs: Float32Array.of(1, 2, 3, 4) }])).toEqual(pass.states());
    expect(pass.outputs()).toEqual([new Float32Array(0)]);
    using again = await Rnn.load(net.save());
    expect(again.options).toEqual(net.options);
    expect(net.options).not.toHaveProperty("outputSize");
  });

  test("more memory than there is: out-of-memory with the figures, and nothing kept", async () => {
    using runtime = await createRuntime({ memoryLimit: 2_000_000 });
    const error = await Rnn.create({ inputSize: 300, hiddenSize: 600, outputSize: 9 }, runtime).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "out-of-memory", limit: 2_000_000 });
    expect((error as { requested: number }).requested).toBeGreaterThan(0);
    using small = await Rnn.create(options, runtime);
    expect(hash(small)).toBe(hash(rnn));
  });

  test("what could be made but take no step is refused before there is any of it", async () => {
    using runtime = await createRuntime();
    const { bytes } = runtime;
    // Parameters and gradients alone, 1.1 GB, would fit.
    await expect(
      Rnn.create({ inputSize: 0, hiddenSize: 13500, outputSize: 1 }, runtime),
    ).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(/^network of inputSize 0, hiddenSize 13500, outputSize 1: /),
    });
    expect(runtime.bytes).toBe(bytes);
  });

  test("three times the parameters is what one step takes", async () => {
    for (const [inputSize, outputSize, recurrence] of [
      [0, 1, "hidden"],
      [900, 700, "both"],
      [3, 900, "output"],
    ] as const) {
      using runtime = await createRuntime();
      const kernel = await kernelOf(runtime);
      const used = () => kernel.call((exports) => exports.memory_used());
      const before = used();
      using net = await Rnn.create({ inputSize, hiddenSize: 600, outputSize, recurrence }, runtime);
      using stream = net.stream();
      stream.step(inputSize > 0 ? 0 : undefined);
      expect(used() - before).toBeGreaterThanOrEqual(12 * net.parameterCount);
      expect(used() - before).toBeLessThan(12.5 * net.parameterCount);
    }
  });

  test("only create and load make one", () => {
    const make = Rnn as unknown as new (...given: unknown[]) => Rnn;
    expect(() => new make()).toThrow("new Rnn: expected await Rnn.create(…), got undefined");
    expect(() => new make(options)).toThrow("new Rnn: expected await Rnn.create(…), got an object (Object)");
  });

  test("of another copy of the package is refused as such", async () => {
    vi.resetModules();
    const copy = await import("../../ts/index.js");
    using foreign = await copy.Rnn.create(options);
    const data = { inputs: Int32Array.of(0, 1, 2), targets: "next" } as const;
    for (const other of [foreign, {}, undefined]) {
      const message = "rnn: expected one made by this copy of recurra, got ";
      const uses = [
        () => new Trainer(other as never, data),
        () => new Optimizer(other as never, { kind: "sgd" }),
      ];
      for (const use of uses)
        expect(use).toThrow(
          expect.objectContaining({ code: "option", message: expect.stringContaining(message) }),
        );
    }
  });
});

describe("stateDict", () => {
  test("round trip keeps every bit, NaN and −0 too", async () => {
    using net = await Rnn.create(options);
    const random = generator(1);
    const tensors = new Map(
      [...net.stateDict()].map(([name, { shape, data }]) => [
        name,
        { shape, data: random.floats(data.length) },
      ]),
    );
    (tensors.get("bias_o") as Tensor).data.set([Number.NaN, -0]);
    net.loadStateDict(tensors);
    for (const [name, { data }] of net.stateDict())
      expect(bits(data)).toEqual(bits((tensors.get(name) as Tensor).data));
    (tensors.get("bias_o") as Tensor).data.fill(1);
    expect(net.stateDict().get("bias_o")?.data[0]).toBeNaN();
  });

  test("is a copy", () => {
    const before = hash(rnn);
    for (const { data } of rnn.stateDict().values()) data.fill(0);
    expect(hash(rnn)).toBe(before);
  });

  test("decides the outputs at once", async () => {
    using net = await Rnn.create({ ...options, seed: 99 });
    const sequences = [{ inputs: Int32Array.of(1, 2, 3) }];
    net.predict(sequences);
    net.loadStateDict(rnn.stateDict());
    expect(net.predict(sequences)).toEqual(rnn.predict(sequences));
  });

  const changed = (change: (tensors: Map<string, Tensor>) => void): StateDict => {
    const tensors = rnn.stateDict();
    change(tensors);
    return tensors;
  };
  const wrong: [string, () => unknown, RegExp][] = [
    [
      "a missing tensor",
      () => changed((t) => t.delete("bias_o")),
      /^bias_o: expected a tensor of shape \[7\], got none/,
    ],
    [
      "another name",
      () => changed((t) => t.set("wieght_hh", { shape: [1], data: new Float32Array(1) })),
      /got "wieght_hh"\. Did you mean "weight_hh"/,
    ],
    [
      "another shape",
      () => changed((t) => t.set("weight_hh", { shape: [25], data: new Float32Array(25) })),
      /^weight_hh: expected shape \[5, 5\], got \[25\]/,
    ],
    [
      "too little data",
      () => changed((t) => t.set("bias_h", { shape: [5], data: new Float32Array(4) })),
      /^bias_h: expected a Float32Array of length 5/,
    ],
    [
      "other data",
      () => changed((t) => t.set("bias_h", { shape: [5], data: new Float64Array(5) as never })),
      /Float64Array/,
    ],
    ["no tensor", () => changed((t) => t.set("bias_h", null as never)), /bias_h/],
    ["an object", () => Object.fromEntries(rnn.stateDict()), /a Map of tensors by name/],
    ["nothing", () => undefined, /a Map of tensors by name/],
  ];
  test.each(wrong)("%s is refused and nothing is written", async (_, tensors, message) => {
    const before = hash(rnn);
    expect(() => rnn.loadStateDict(tensors() as never)).toThrow(message);
    expect(await codeOf(() => rnn.loadStateDict(tensors() as never))).toBe("shape");
    expect(hash(rnn)).toBe(before);
  });
});

describe("predict", () => {
  test("is softmax of forward's outputs, looks at no targets, and rows sum to 1", () => {
    const random = generator(7);
    const sequences = [5, 1, 9].map(
      (length): Sequence => ({ inputs: random.indices(length, 7), targets: random.indices(length, 7) }),
    );
    using pass = rnn.forward(sequences);
    rnn.predict(sequences).forEach((probabilities, b) => {
      const outputs = pass.outputs()[b] as Float32Array;
      for (let row = 0; row < probabilities.length; row += 7) {
        const own = outputs.subarray(row, row + 7);
        const sum = own.reduce((total, o) => total + Math.exp(o), 0);
        own.forEach((o, k) => {
          expect(Math.abs((probabilities[row + k] as number) - Math.exp(o) / sum)).toBeLessThan(5e-7); // a few ulp of 1
        });
      }
    });
    expect(rnn.predict([{ inputs: Int32Array.of(1, 2), targets: "next" }])[0]).toHaveLength(14);
  });
});

describe("dispose", () => {
  test("is idempotent, and every use after it says so", async () => {
    const net = await Rnn.create(options);
    const stream = net.stream();
    const pass = net.forward([{ inputs: Int32Array.of(1) }]);
    const symbols = net.generate({ steps: 3 });
    symbols.next();
    net.dispose();
    net.dispose();
    const uses: (() => unknown)[] = [
      () => net.stateDict(),
      () => net.loadStateDict(rnn.stateDict()),
      () => net.forward([{ inputs: Int32Array.of(1) }]),
      () => net.predict([{ inputs: Int32Array.of(1) }]),
      () => net.generate({ steps: 1 }),
      () => net.stream(),
      () => net.save(),
      () => net.fit([{ inputs: Int32Array.of(1, 2), targets: "next" }]),
      () => net.evaluate([{ inputs: Int32Array.of(1, 2), targets: "next" }]),
      () => stream.step(1),
      () => stream.state(),
      () => pass.backward(),
      () => pass.outputs(),
      () => symbols.next(),
    ];
    for (const use of uses) expect(await codeOf(use)).toBe("disposed");
    stream.dispose();
    pass.dispose();
    expect(net.options.hiddenSize).toBe(5);
  });

  test("gives all memory back, whatever was made and in whatever order it goes", async () => {
    using runtime = await createRuntime();
    const kernel = await kernelOf(runtime);
    const used = () => kernel.call((exports) => exports.memory_used());
    const cycle = async (order: number) => {
      const net = await Rnn.create({ ...options, hiddenSize: 40 }, runtime);
      const things = [
        net,
        net.stream({ batchSize: 3 }),
        net.forward([{ inputs: Int32Array.of(1, 2, 3), targets: "next" }]),
      ];
      (things[2] as ReturnType<Rnn["forward"]>).backward();
      net.predict([{ inputs: Int32Array.of(1) }]);
      [...net.generate({ steps: 2 })];
      for (let k = 0; k < 3; k++) (things[(k + order) % 3] as Disposable)[Symbol.dispose]();
    };
    await cycle(0);
    const before = used();
    for (let round = 0; round < 300; round++) await cycle(round % 3);
    expect(used()).toBe(before);
  });

  test("any sequence of uses gives right answers or says disposed, for two networks at once", async () => {
    const wanted = bits(rnn.predict([{ inputs: Int32Array.of(1, 2, 3) }])[0] as Float32Array);
    const command = fc.record({
      which: fc.nat(1),
      what: fc.constantFrom("create", "predict", "forward", "stream", "dispose", "end"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => {
        const nets: (Rnn | undefined)[] = [undefined, undefined];
        const gone = [true, true];
        const made: Disposable[] = [];
        for (const { which, what } of commands) {
          const net = nets[which];
          if (what === "create") {
            net?.dispose();
            nets[which] = await Rnn.create(options);
            gone[which] = false;
          } else if (net === undefined) {
            // Nothing to use yet.
          } else if (what === "dispose") {
            net.dispose();
            gone[which] = true;
          } else if (what === "end") made.pop()?.[Symbol.dispose]();
          else {
            const use = () => {
              if (what === "stream") made.push(net.stream());
              else if (what === "forward") made.push(net.forward([{ inputs: Int32Array.of(1, 2, 3) }]));
              else
                expect(bits(net.predict([{ inputs: Int32Array.of(1, 2, 3) }])[0] as Float32Array)).toEqual(
                  wanted,
                );
            };
            expect(await codeOf(use)).toBe(gone[which] ? "disposed" : "none");
          }
        }
        for (const thing of [...nets, ...made]) thing?.[Symbol.dispose]();
      }),
      { seed: 20261122, numRuns: 200 },
    );
  });
});

describe("save and load", () => {
  test("give the same network and the same bytes", async () => {
    const file = rnn.save();
    expect(rnn.save()).toEqual(file);
    const loading = Rnn.load(file);
    file.fill(0); // the file was read when the call returned
    using again = await loading;
    expect(again.save()).toEqual(rnn.save());
    expect(again.options).toEqual(rnn.options);
  });

  test("metadata and options are in the file, readable by anyone", () => {
    const { tensors, metadata } = readSafetensors(rnn.save());
    expect([...tensors.keys()]).toEqual(["weight_ih", "weight_hh", "bias_h", "weight_ho", "bias_o"]);
    expect(metadata).toMatchObject({ recurra: "1", vocabulary: "abcdefg" });
    expect(JSON.parse(metadata["recurra.options"] as string)).toMatchObject({
      inputSize: 7,
      hiddenSize: 5,
      outputSize: 7,
    });
  });
});

test("while it is being trained it can be read but not changed, and is free again afterwards", async () => {
  using net = await Rnn.create(options);
  const data = [{ inputs: Int32Array.of(1, 2, 3, 4), targets: "next" as const }];
  const tensors = net.stateDict();
  const running = net.fit(data, { updates: 50 });
  expect(await codeOf(() => net.loadStateDict(tensors))).toBe("busy");
  expect(await codeOf(() => net.fit(data, { updates: 1 }))).toBe("busy");
  expect(net.predict(data)[0]).toHaveLength(4 * 7);
  expect([...net.generate({ steps: 5 })]).toHaveLength(5);
  expect((await running).updates).toBe(50);
  net.loadStateDict(tensors);
  expect(hash(net)).toBe(hash(rnn));
});
