import { describe, expect, test } from "vitest";
import { Optimizer, type OptimizerOptions, type Rnn, type StateDict, type Tensor } from "../../ts/index.js";
import { bitsOf, create, text, uniform } from "./common.js";

const kinds: OptimizerOptions[] = [
  { kind: "sgd", learningRate: 0.1, momentum: 0.9 },
  { kind: "adam", learningRate: 0.01, weightDecay: 0.1 },
  { kind: "rmsprop", learningRate: 0.01 },
];

/** Gradients with the shapes of the parameters. */
function gradients(rnn: Rnn, seed: number): Map<string, Tensor> {
  const draw = uniform(seed);
  return new Map(
    [...rnn.stateDict()].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map(() => draw() - 0.5) },
    ]),
  );
}

/** The update as PyTorch documents it, in f64. */
function textbook(options: OptimizerOptions, parameters: number[], steps: number[][]): number[] {
  const p = [...parameters];
  const [m, v] = [p.map(() => 0), p.map(() => 0)];
  steps.forEach((gradient, step) => {
    const t = step + 1;
    gradient.forEach((g, i) => {
      const at = (of: number[]) => of[i] as number;
      if (options.kind === "sgd") {
        m[i] = (options.momentum ?? 0) * at(m) + g;
        p[i] = at(p) - (options.learningRate ?? 0) * at(m);
      } else if (options.kind === "adam") {
        m[i] = 0.9 * at(m) + 0.1 * g;
        v[i] = 0.999 * at(v) + 0.001 * g * g;
        const decayed = at(p) * (1 - (options.learningRate ?? 0) * (options.weightDecay ?? 0));
        const root = Math.sqrt(at(v) / (1 - Math.pow(0.999, t)));
        p[i] = decayed - ((options.learningRate ?? 0) * (at(m) / (1 - Math.pow(0.9, t)))) / (root + 1e-8);
      } else {
        v[i] = 0.99 * at(v) + 0.01 * g * g;
        p[i] = at(p) - ((options.learningRate ?? 0) * g) / (Math.sqrt(at(v)) + 1e-8);
      }
    });
  });
  return p;
}

const flat = (tensors: StateDict) => [...tensors.values()].flatMap(({ data }) => [...data]);

describe.each(kinds)("$kind", (options) => {
  test("steps as the textbook says", async () => {
    const rnn = await create();
    const optimizer = new Optimizer(rnn, options);
    const start = flat(rnn.stateDict());
    const steps = Array.from({ length: 10 }, (_, i) => gradients(rnn, i));
    for (const parameters of steps) {
      const norm = optimizer.step({ parameters });
      expect(norm).toBeCloseTo(Math.sqrt(flat(parameters).reduce((sum, g) => sum + g * g, 0)), 5);
    }
    const expected = textbook(options, start, steps.map(flat));
    // Ten steps of a few roundings each in numbers up to 1, and quotients of moments: 10 · 2⁻²⁰ leaves room for 16 of each.
    flat(rnn.stateDict()).forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(10 * 2 ** -20);
    });
  });

  test("its state, saved and loaded at any step, goes on in the same bits", async () => {
    const [whole, parts] = [await create(), await create()];
    const optimizer = new Optimizer(whole, options);
    let other = new Optimizer(parts, options);
    for (let i = 0; i < 12; i++) {
      optimizer.step({ parameters: gradients(whole, i) });
      const again = new Optimizer(parts, options);
      again.loadStateDict(other.stateDict());
      other.dispose();
      other = again;
      other.step({ parameters: gradients(parts, i) });
      expect(bitsOf(parts)).toEqual(bitsOf(whole));
    }
    expect(other.stateDict()).toEqual(optimizer.stateDict());
    expect([...optimizer.stateDict().keys()].every((name) => name.startsWith(`${options.kind}.`))).toBe(true);
  });
});

test("a loop of one's own with forward, backward and step learns", async () => {
  const rnn = await create();
  using optimizer = new Optimizer(rnn, { kind: "adam", learningRate: 0.02 });
  const batch = [{ inputs: Int32Array.from({ length: 60 }, (_, t) => t % 5), targets: "next" as const }];
  let loss = 0;
  for (let i = 0; i < 100; i++) {
    using pass = rnn.forward(batch);
    loss = pass.loss / pass.count;
    optimizer.step(pass.backward({ scale: 1 / pass.count }), { clipNorm: 1 });
  }
  expect(loss).toBeLessThan(0.2); // ln 5 = 1.61 at the start
});

test("clipping scales the whole gradient to the norm", async () => {
  const [clipped, scaled] = [await create(), await create()];
  const options = { kind: "sgd", learningRate: 1 } as const;
  const parameters = gradients(clipped, 1);
  const norm = new Optimizer(clipped, options).step({ parameters }, { clipNorm: 0.5 });
  const factor = 0.5 / norm;
  new Optimizer(scaled, options).step({
    parameters: new Map(
      [...parameters].map(([name, { shape, data }]) => [name, { shape, data: data.map((g) => g * factor) }]),
    ),
  });
  const expected = flat(scaled.stateDict());
  flat(clipped.stateDict()).forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThan(2 ** -22);
  });
});

test("learningRate replaces the one of the options", async () => {
  const rnn = await create();
  const before = bitsOf(rnn);
  const optimizer = new Optimizer(rnn, { kind: "sgd", learningRate: 1 });
  optimizer.step({ parameters: gradients(rnn, 1) }, { learningRate: 0 });
  expect(bitsOf(rnn)).toEqual(before);
});

test("a gradient that is not finite updates nothing", async () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const rnn = await create();
    const optimizer = new Optimizer(rnn, { kind: "adam" });
    optimizer.step({ parameters: gradients(rnn, 1) });
    const [bits, state] = [bitsOf(rnn), optimizer.stateDict()];
    const parameters = gradients(rnn, 2);
    (parameters.get("bias_o") as Tensor).data[2] = value;
    expect(Number.isFinite(optimizer.step({ parameters }))).toBe(false);
    expect(bitsOf(rnn)).toEqual(bits);
    expect(optimizer.stateDict()).toEqual(state);
  }
});

describe("what is refused, with nothing changed", () => {
  const refused = async (code: string, action: (optimizer: Optimizer, rnn: Rnn) => unknown) => {
    const rnn = await create();
    const optimizer = new Optimizer(rnn, { kind: "adam" });
    const [bits, state] = [bitsOf(rnn), optimizer.stateDict()];
    expect(() => action(optimizer, rnn)).toThrow(expect.objectContaining({ code }));
    expect(bitsOf(rnn)).toEqual(bits);
    expect(optimizer.stateDict()).toEqual(state);
  };
  const without = (rnn: Rnn, name: string) => {
    const parameters = gradients(rnn, 1);
    parameters.delete(name);
    return parameters;
  };
  const nonsense: [string, unknown][] = [
    ["undefined", undefined],
    ["null", null],
    ["numbers", [1, 2]],
    ["no parameters", {}],
  ];

  test.each(nonsense)("gradients that are %s", async (_name, given) => {
    await refused("shape", (optimizer) => optimizer.step(given as never));
  });
  test("a gradient missing, of another shape, of another type, or too many", async () => {
    await refused("shape", (optimizer, rnn) => optimizer.step({ parameters: without(rnn, "bias_h") }));
    const change = (rnn: Rnn, tensor: unknown) => gradients(rnn, 1).set("bias_h", tensor as Tensor);
    await refused("shape", (o, rnn) =>
      o.step({ parameters: change(rnn, { shape: [7, 1], data: new Float32Array(7) }) }),
    );
    await refused("shape", (o, rnn) =>
      o.step({ parameters: change(rnn, { shape: [7], data: new Float32Array(6) }) }),
    );
    await refused("shape", (o, rnn) =>
      o.step({ parameters: change(rnn, { shape: [7], data: new Float64Array(7) }) }),
    );
    await refused("shape", (o, rnn) => o.step({ parameters: change(rnn, 1) }));
    await refused("shape", (o, rnn) =>
      o.step({ parameters: gradients(rnn, 1).set("bias_x", change(rnn, 1).get("bias_o") as Tensor) }),
    );
  });
  test("options of step", async () => {
    for (const options of [
      { clipNorm: 0 },
      { clipNorm: Number.NaN },
      { learningRate: -1 },
      { learningRate: "1" },
      { clipnorm: 1 },
      5,
    ]) {
      await refused("option", (optimizer, rnn) =>
        optimizer.step({ parameters: gradients(rnn, 1) }, options as object),
      );
    }
  });
  test("the state of another kind", async () => {
    await refused("shape", (optimizer, rnn) =>
      optimizer.loadStateDict(new Optimizer(rnn, { kind: "sgd" }).stateDict()),
    );
    await refused("shape", (optimizer) => optimizer.loadStateDict(new Map()));
    await refused("shape", (optimizer) => optimizer.loadStateDict(undefined as never));
  });
});

test("it is disposed of once, and then says so; without its network as well", async () => {
  const rnn = await create();
  const [optimizer, other] = [new Optimizer(rnn, { kind: "sgd" }), new Optimizer(rnn, { kind: "sgd" })];
  optimizer.dispose();
  optimizer.dispose();
  const parameters = gradients(rnn, 1);
  expect(() => optimizer.step({ parameters })).toThrow(expect.objectContaining({ code: "disposed" }));
  rnn.dispose();
  expect(() => other.step({ parameters })).toThrow(expect.objectContaining({ code: "disposed" }));
  expect(() => new Optimizer(rnn, { kind: "sgd" })).toThrow(expect.objectContaining({ code: "disposed" }));
  other.dispose();
});

test("a step makes passes from before unusable for gradients", async () => {
  const rnn = await create();
  const pass = rnn.forward([text(9)]);
  new Optimizer(rnn, { kind: "sgd" }).step({ parameters: gradients(rnn, 1) });
  expect(() => pass.backward()).toThrow();
});
