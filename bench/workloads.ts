/**
 * What `recurra bench` times, and why these sizes: copies in and out, checks and the training loop are part of it.
 *
 * - W1: the smallest useful language model, one sequence at a time. Bound by the latency of one recurrence step; a
 *   regression here is more work per call or per step.
 * - W2: what `recurra train` does, with a large batch. Bound by multiply-adds; a regression is a worse product.
 * - W3: weights of 1 MB, which no longer fit the first caches. A regression is worse use of them.
 * - W4: live data, one call per step. Bound by the call, the copies and one matrix times vector.
 * - W5: vectors in, one output at the end, nothing learned.
 * - W6: images read row by row and learned: short sequences, vectors in, one output at the end.
 * - W7: W2 with sequences of 1 to 127 steps: what other lengths cost beside equal ones.
 * - W8: recurrence from the output, teacher forced: all steps at once, with no product that waits for another.
 * - W9: W2 with vectors in place of symbols: one product more each way, and none for a gradient of the inputs.
 * - W10: long sequences cut every 32 steps, the state handed on: what truncation costs.
 * - W11: the same length in one piece, under a budget of memory: states are computed twice, with the same bits.
 */
import { mixedLengths, skewedSymbols, waves } from "./data.js";
import { type Learning, learning, windows } from "./learning.js";
import { predicting, streaming } from "./using.js";
import type { Workload } from "./workload.js";

const symbols = 65;
const canonical = (hidden: number) => ({ inputSize: symbols, outputSize: symbols, hiddenSize: hidden });
/** Three products each of h with W and with V: forward, gradient of h, gradient of the weights. U is a gather. */
const flops = (hidden: number): number => 6 * (hidden * hidden + hidden * symbols);

/** One long text in lanes that carry their state. */
const text = (name: string, hidden: number, steps: number, batch: number, why: string): Workload =>
  learning({
    name,
    why,
    task: `train, ${symbols} symbols, H ${hidden}, ${steps} steps, batch ${batch}`,
    unit: "tokens/s",
    net: canonical(hidden),
    data: () => ({ inputs: skewedSymbols(windows * steps * batch + 1, symbols), targets: "next" }),
    fit: { batchSize: batch, truncate: steps },
    unitsPerUpdate: steps * batch,
    flopsPerUnit: flops(hidden),
  });

function rows(name: string): Workload {
  const [I, H, O, steps, batch] = [28, 128, 10, 28, 64];
  return learning({
    name,
    task: `train at the end, I ${I}, H ${H}, O ${O}, ${steps} steps, batch ${batch}`,
    why: "tanh, and packing of operands for products of only 128 columns",
    unit: "sequences/s",
    net: { inputSize: I, hiddenSize: H, outputSize: O, outputs: "last" },
    data: () =>
      Array.from({ length: windows * batch }, (_, i) => ({ inputs: waves(steps, I, i % O), targets: i % O })),
    fit: { batchSize: batch },
    unitsPerUpdate: batch,
    // No gradient of the inputs is computed.
    flopsPerUnit: steps * (6 * H * H + 4 * I * H) + 6 * H * O,
  });
}

function ragged(name: string): Workload {
  const [hidden, most, batch] = [256, 127, 32];
  const lengths = mixedLengths(windows * batch, most);
  const steps = lengths.reduce((sum, length) => sum + length, 0) / windows;
  return learning({
    name,
    task: `train, ${symbols} symbols, H ${hidden}, 1 to ${most} steps, batch ${batch}`,
    why: "as W2; late steps have few sequences left, so their products have few rows",
    unit: "tokens/s",
    net: canonical(hidden),
    data: () =>
      lengths.map((length) => ({
        inputs: skewedSymbols(length + 1, symbols),
        targets: "next" as const,
      })),
    fit: { batchSize: batch },
    unitsPerUpdate: steps,
    flopsPerUnit: flops(hidden),
  });
}

function parallel(name: string): Workload {
  const [I, H, O, steps, batch] = [64, 256, 64, 64, 32];
  return learning({
    name,
    task: `train, recurrence from the output, I ${I}, H ${H}, O ${O}, ${steps} steps, batch ${batch}`,
    why: "no H × H product: each of the smaller ones has fewer multiply-adds to a number read, packed or put through tanh",
    unit: "steps/s",
    net: {
      ...{ inputSize: I, hiddenSize: H, outputSize: O },
      ...{ recurrence: "output", loss: "squared-error" },
    },
    data: () =>
      Array.from({ length: windows * batch }, (_, i) => ({
        inputs: waves(steps, I, i),
        targets: waves(steps, O, i + 1),
      })),
    fit: { batchSize: batch },
    unitsPerUpdate: steps * batch,
    // U and R forward and in their gradients, V also in the gradient of h.
    flopsPerUnit: 4 * (I * H + O * H) + 6 * H * O,
  });
}

/** Vectors in, a class at every step. */
function dense(name: string): Workload {
  const [I, H, O, steps, batch] = [64, 256, 65, 64, 32];
  return learning({
    name,
    task: `train, vectors, I ${I}, H ${H}, O ${O}, ${steps} steps, batch ${batch}`,
    why: "as W2; the inputs are copied once more, into the order of the steps",
    unit: "steps/s",
    net: { inputSize: I, hiddenSize: H, outputSize: O },
    data: () =>
      Array.from({ length: windows * batch }, (_, i) => ({
        inputs: waves(steps, I, i),
        targets: skewedSymbols(steps, O),
      })),
    fit: { batchSize: batch },
    unitsPerUpdate: steps * batch,
    flopsPerUnit: 6 * (H * H + H * O) + 4 * I * H,
  });
}

/** Sequences too long to be learned from in one piece. */
function long(
  name: string,
  steps: number,
  { what, ...rest }: Pick<Learning, "fit" | "why"> & { readonly what: string; readonly again: number },
): Workload {
  const [hidden, batch] = [256, 32];
  const pieces = Math.ceil(steps / (rest.fit.truncate ?? steps));
  return learning({
    name,
    task: `train, ${symbols} symbols, H ${hidden}, ${steps} steps ${what}, batch ${batch}`,
    unit: "tokens/s",
    net: canonical(hidden),
    // As many windows as an epoch has, whether one sequence is one window or several.
    data: () =>
      Array.from({ length: (windows / pieces) * batch }, () => ({
        inputs: skewedSymbols(steps + 1, symbols),
        targets: "next" as const,
      })),
    fit: { batchSize: batch, ...rest.fit },
    why: rest.why,
    unitsPerUpdate: (steps * batch) / pieces,
    flopsPerUnit: flops(hidden) + 2 * hidden * hidden * rest.again,
  });
}

/** Bytes of tape for 8 pieces of 64 steps: states and their gradients of one piece, and the states between pieces. */
const budget = 4 * 256 * 8 * (2 * (64 + 1) + 7 + 1);

export const workloads: readonly Workload[] = [
  text(
    "W1",
    128,
    100,
    1,
    "one row at a time: tanh, softmax, packing and the update are large beside the products",
  ),
  text("W2", 256, 64, 32, "tanh, softmax, packing of operands, the update"),
  text("W3", 512, 64, 64, "packing of operands, and weights that come from the second cache"),
  streaming({ name: "W4", inputs: 32, hidden: 128, outputs: 10 }),
  predicting({ name: "W5", inputs: 64, hidden: 256, outputs: 10, steps: 100, batch: 32 }),
  rows("W6"),
  ragged("W7"),
  parallel("W8"),
  dense("W9"),
  long("W10", 128, {
    what: "cut every 32",
    fit: { truncate: 32 },
    again: 0,
    why: "as W2; gradients are added up, and parameters updated, twice as often for a token",
  }),
  long("W11", 512, {
    what: "in 1.1 MB of tape",
    fit: { memoryBudget: budget },
    again: 7 / 8,
    why: "as W2; products of the second way there are counted, its tanh and packing are not",
  }),
];
