import { describe, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import type { Floats } from "../../ts/types.js";
import { bits, codeOf, generator } from "../random.js";

const random = generator(20261123);

describe("recurrence from the output", () => {
  const options = { inputSize: 7, hiddenSize: 13, outputSize: 5, recurrence: "both", seed: 3 } as const;
  const inputs = random.indices(12, 7);
  const run = (stream: ReturnType<Rnn["stream"]>, from = 0, to = 12) =>
    Array.from(inputs.subarray(from, to), (symbol) => [...stream.step(symbol)]);

  test("runs free by its own rule, and draws by the stream's seed", async () => {
    for (const feedback of ["outputs", "probabilities", "argmax", "sample"] as const) {
      using net = await Rnn.create({ ...options, feedback });
      using pass = net.forward([{ inputs }], { seed: 9 });
      using stream = net.stream({ seed: 9 });
      expect(Float32Array.from(run(stream).flat())).toEqual(pass.outputs()[0]);
      using other = net.stream({ seed: 10 });
      if (feedback === "sample") expect(run(other).flat()).not.toEqual([...(pass.outputs()[0] as Floats)]);
    }
  });

  test("lane l draws as the sequence with id l", async () => {
    using net = await Rnn.create({ ...options, feedback: "sample" });
    using pass = net.forward([{ inputs }, { inputs }, { inputs }], { seed: 2 });
    using stream = net.stream({ batchSize: 3, seed: 2 });
    const steps = Array.from(inputs, (symbol) => stream.step(new Int32Array(3).fill(symbol)));
    pass.outputs().forEach((outputs, lane) => {
      const got = steps.flatMap((step) => [...step.subarray(lane * 5, lane * 5 + 5)]);
      expect(bits(Float32Array.from(got))).toEqual(bits(outputs));
    });
  });

  test("save keeps feedback, seed and the number of the next draw", async () => {
    using net = await Rnn.create({ ...options, feedback: "sample" });
    using stream = net.stream({ seed: 6 });
    run(stream, 0, 5);
    const saved = stream.save();
    const wanted = run(stream, 5);
    using other = net.stream({ seed: 1 });
    other.restore(saved);
    expect(run(other, 5)).toEqual(wanted);
    expect(other.save()).toEqual(stream.save());
  });

  test("reset clears the feedback of one lane, or of all", async () => {
    using net = await Rnn.create(options);
    using fresh = net.stream();
    const first = [...fresh.step(1)];
    using stream = net.stream({ batchSize: 2 });
    const both = Int32Array.of(1, 1);
    stream.step(both);
    stream.reset(1);
    const step = stream.step(both);
    expect([...step.subarray(5)]).toEqual(first);
    expect([...step.subarray(0, 5)]).not.toEqual(first);
    stream.reset();
    expect([...stream.step(both)]).toEqual([...first, ...first]);
  });

  test("a target is fed to the next step, values as they are", async () => {
    using net = await Rnn.create({ ...options, loss: "squared-error" });
    const targets = random.floats(12 * 5);
    using pass = net.forward([{ inputs, targets }]);
    using stream = net.stream();
    const got = Array.from(inputs, (symbol, t) => [
      ...stream.step(symbol, { target: targets.slice(t * 5, t * 5 + 5) }),
    ]);
    expect(Float32Array.from(got.flat())).toEqual(pass.outputs()[0]);
  });

  const wrong: [string, object, unknown, string, RegExp][] = [
    ["one index too many", {}, Int32Array.of(1, 2), "shape", /^target: expected length 1, got 2/],
    ["an index of O", {}, Int32Array.of(5), "shape", /^target\[0\]: expected 0 … 4, got 5/],
    ["values for an index", {}, new Float32Array(5), "shape", /^target: .*Float32Array/],
    ["an index for values", { loss: "bernoulli" }, Int32Array.of(1), "shape", /^target: .*Int32Array/],
    [
      "too few values",
      { loss: "bernoulli" },
      new Float32Array(4),
      "shape",
      /^target: expected length 5, got 4/,
    ],
    [
      "a target with the last output only",
      { outputs: "last" },
      Int32Array.of(1),
      "unsupported",
      /outputs "last"/,
    ],
  ];
  test.each(wrong)("%s is refused and nothing moves", async (_, changes, target, code, message) => {
    using net = await Rnn.create({ ...options, ...changes });
    using stream = net.stream();
    const step = () => stream.step(1, { target } as never);
    expect(await codeOf(step)).toBe(code);
    expect(step).toThrow(message);
    expect(stream.state().every((h) => h === 0)).toBe(true);
  });
});
