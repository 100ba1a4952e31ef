/**
 * The sizes that a sweep goes over, one at a time: H, B, O, τ, each forward and in training. In between the powers of
 * two that kernels are made for lie those that show what a kernel does with a rest.
 */
import { Rnn, type RnnOptions, type Runtime, Trainer } from "../ts/index.js";
import { skewedSymbols } from "./data.js";

/** H hidden units, O outputs, τ steps of B sequences at a time; the inputs are symbols, so U is a gather. */
export interface Sizes {
  readonly H: number;
  readonly O: number;
  readonly steps: number;
  readonly B: number;
}

export type Letter = "H" | "B" | "O" | "τ";

/** "forward": `predict`, no tape. "train": one update by SGD, clipping included. */
export type Kind = "forward" | "train";

export interface Curve {
  readonly kind: Kind;
  /** What stays the same along the curve. */
  readonly name: string;
  readonly at: readonly { readonly size: number; readonly sizes: Sizes }[];
}

export interface Axis {
  readonly letter: Letter;
  readonly title: string;
  readonly curves: readonly Curve[];
}

/** What can be timed: `rounds` passes over one batch. */
export interface Job {
  run(rounds: number): Promise<unknown>;
  dispose(): void;
}

const hidden = [
  ...[8, 9, 12, 13, 16, 17, 20, 24, 25, 28, 32, 33, 40, 48, 56, 64, 65, 72, 80, 96, 100, 112, 127, 128, 129],
  ...[160, 200, 256, 257, 320, 384, 512, 513, 768, 1024],
];
const batches = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 32, 33, 64];
const outputs = [1, 2, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65, 100, 256, 257, 1000, 1001, 4096, 10000, 50000];
const lengths = [1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 100, 128, 256, 257, 512, 1024, 2048, 4096, 8192, 16384];

const symbols = 16;

/** All axes; O and τ have one curve for each kind, H and B one for each kind and width. */
export const axes: readonly Axis[] = [
  {
    letter: "H",
    title: "Hidden units",
    curves: [1, 32].flatMap((B) =>
      both(`B ${B}`, hidden, (H) => ({ H, O: symbols, steps: B === 1 ? 64 : 32, B })),
    ),
  },
  {
    letter: "B",
    title: "Sequences at a time",
    curves: [100, 128].flatMap((H) => both(`H ${H}`, batches, (B) => ({ H, O: symbols, steps: 32, B }))),
  },
  {
    letter: "O",
    title: "Outputs",
    curves: [1, 8].flatMap((B) => both(`B ${B}`, outputs, (O) => ({ H: 128, O, steps: 16, B }))),
  },
  {
    letter: "τ",
    title: "Steps",
    curves: [1, 8].flatMap((B) => both(`B ${B}`, lengths, (steps) => ({ H: 128, O: symbols, steps, B }))),
  },
];

function both(name: string, values: readonly number[], sizesOf: (size: number) => Sizes): Curve[] {
  const at = values.map((size) => ({ size, sizes: sizesOf(size) }));
  return (["forward", "train"] as const).map((kind) => ({ kind, name: `${kind}, ${name}`, at }));
}

const none = (columns: number): number => columns;
const fours = (columns: number): number => 4 * Math.ceil(columns / 4);

/**
 * Operations of one batch, two for each product. Forward: W h (H → H) and V h (H → O) for every step and sequence.
 * Training: these, their transposes for the gradient of h, and the sums of outer products for that of W and V.
 * A matrix of which columns are taken four at a time costs as much as one with the next multiple of 4; rows are
 * counted as they are.
 */
export function operations({ H, O, steps, B }: Sizes, kind: Kind, padded: boolean): number {
  const pad = padded ? fours : none;
  const forward = H * pad(H) + H * pad(O);
  const backward = H * pad(H) + O * pad(H) + pad(H) * pad(H) + pad(O) * pad(H);
  return 2 * steps * B * (kind === "forward" ? forward : forward + backward);
}

/** Batches of one curve's kind, made through the public interface. */
export async function makeJob(
  { H, O, steps, B }: Sizes,
  kind: Kind,
  runtime: Runtime | undefined,
): Promise<Job> {
  const net: RnnOptions = { inputSize: symbols, hiddenSize: H, outputSize: O, seed: 1 };
  const rnn = await Rnn.create(net, runtime);
  const inputs = skewedSymbols(steps * B, symbols);
  if (kind === "forward") {
    const sequences = Array.from({ length: B }, (_, b) => ({
      inputs: inputs.subarray(b * steps, (b + 1) * steps),
    }));
    return {
      run: async (rounds) => {
        for (let round = 0; round < rounds; round++) rnn.predict(sequences);
      },
      dispose: () => rnn.dispose(),
    };
  }
  const text = { inputs, targets: skewedSymbols(steps * B, O) };
  const trainer = new Trainer(rnn, text, {
    batchSize: B,
    truncate: steps,
    optimizer: { kind: "sgd", learningRate: 0.01 },
    schedule: "constant",
  });
  return {
    run: (rounds) => trainer.run({ updates: rounds }),
    dispose: () => {
      trainer.dispose();
      rnn.dispose();
    },
  };
}
