// Every combination of options that exists, and random sequences for each: what table-driven tests go through.
import type { Feedback, Recurrence, RnnOptions, Sequence } from "../../ts/types.js";
import type { generator } from "../random.js";
import type { TwinOptions } from "./twin.js";

export type Random = ReturnType<typeof generator>;
export type InputKind = "none" | "indices" | "vectors";

/** A network but for activation and inputs. */
export interface Kind extends TwinOptions {
  recurrence: Recurrence;
  outputs: "every" | "last" | "none";
}

const feedbacks = (recurrence: Recurrence, loss: string): (Feedback | undefined)[] => {
  if (recurrence === "hidden") return [undefined];
  return loss === "squared-error"
    ? ["outputs", "probabilities"]
    : ["outputs", "probabilities", "argmax", "sample"];
};

/** recurrence × outputs × loss × feedback, as far as they go together: 47. */
export const kinds: Kind[] = [
  { recurrence: "hidden" as const, outputs: "none" as const },
  ...(["hidden", "output", "both"] as const).flatMap((recurrence) =>
    (["every", "last"] as const).flatMap((outputs) =>
      (["cross-entropy", "squared-error", "bernoulli"] as const).flatMap((loss) =>
        feedbacks(recurrence, loss).map((feedback) => ({
          recurrence,
          outputs,
          loss,
          ...(feedback && { feedback }),
        })),
      ),
    ),
  ),
];
export const activations = ["tanh", "relu", "identity"] as const;
export const inputKinds: InputKind[] = ["none", "indices", "vectors"];

export const nameOf = (kind: Kind): string => Object.values(kind).join(" · ");
export const hasR = ({ recurrence }: Kind): boolean => recurrence !== "hidden";
export const isTeachable = (kind: Kind): boolean => hasR(kind) && kind.outputs === "every";

export interface Sizes {
  I: number;
  H: number;
  O: number;
}
/** Small sizes, O = 0 without outputs and I = 0 without inputs. */
export const sizesOf = (random: Random, kind: Kind, inputs: InputKind): Sizes => ({
  I: inputs === "none" ? 0 : random.integer(1, 7),
  H: random.integer(1, 9),
  O: kind.outputs === "none" ? 0 : random.integer(2, 6),
});

export const optionsOf = (kind: Kind, { I, H, O }: Sizes, more: object = {}): RnnOptions =>
  ({ inputSize: I, hiddenSize: H, ...(O > 0 && { outputSize: O }), ...kind, ...more }) as RnnOptions;

/** Inputs and everything else that such a network can be given; targets and weights if asked for. */
export function sequenceOf(
  random: Random,
  kind: Kind,
  inputs: InputKind,
  { I, H, O }: Sizes,
  steps: number,
  targets: boolean,
): Sequence {
  const scored = kind.outputs === "last" ? 1 : steps;
  const rows = () =>
    random.floats(scored * O).map((value) => (kind.loss === "bernoulli" ? Math.abs(value) : value));
  return {
    inputs:
      inputs === "none" ? steps : inputs === "indices" ? random.indices(steps, I) : random.floats(steps * I),
    ...(targets && {
      targets: kind.loss === "cross-entropy" ? random.indices(scored, O) : rows(),
      weights: random.floats(scored).map(Math.abs),
    }),
    initialState: random.floats(H),
    ...(hasR(kind) && { initialFeedback: random.floats(O) }),
  };
}

/** A flat array in rows of this width. */
export const rowsOf = (data: Float32Array, width: number): number[][] =>
  Array.from({ length: width ? data.length / width : 0 }, (_, r) => [
    ...data.subarray(r * width, (r + 1) * width),
  ]);
