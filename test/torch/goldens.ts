/** The cases that make-goldens.py wrote. */
import { readFileSync } from "node:fs";
import type { Loss, RnnOptions } from "../../ts/types.js";

export interface Golden {
  readonly name: string;
  readonly I: number;
  readonly H: number;
  readonly O: number;
  readonly lengths: readonly number[];
  readonly loss: Loss | "states";
  readonly nonlinearity: "tanh" | "relu";
  readonly outputs: "every" | "last" | "none";
  /** Whether inputs are indices. */
  readonly symbols: boolean;
  readonly bias: boolean;
  readonly batch_first: boolean;
  /** Names of the attributes. */
  readonly modules: readonly [rnn: string, head: string];
  readonly inputs: readonly (readonly number[])[];
  readonly initial: readonly number[];
  /** For "states" dL/dh. */
  readonly targets: readonly (readonly number[])[];
  /** In float64, all sequences one after the other. */
  readonly expected: {
    readonly states: number[];
    readonly logits: number[];
    readonly final: number[];
    readonly loss: number;
    /** Of the parameters under our names, and of `initial` and `inputs`. */
    readonly gradients: Readonly<Record<string, number[]>>;
  };
  /** What torch itself is off by in float32: gradients in shares of what is allowed. */
  readonly float32: { readonly states: number; readonly logits: number; readonly gradients: number };
}

const here = new URL(".", import.meta.url);

export const goldens: readonly Golden[] = readFileSync(new URL("goldens.jsonl", here), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Golden);

/** The safetensors file of a case. */
export const fileOf = ({ name }: Golden): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`${name}.safetensors`, here)));

/** What such a file does not say. */
export function optionsOf({ nonlinearity, outputs, loss }: Golden): Partial<RnnOptions> {
  const activation = nonlinearity;
  return loss === "states" || outputs === "none" ? { activation } : { activation, outputs, loss };
}

/** The data of a case, as sequences. */
export const sequencesOf = ({ symbols, inputs, initial, loss, targets, H }: Golden) =>
  inputs.map((rows, i) => ({
    inputs: symbols ? Int32Array.from(rows) : Float32Array.from(rows),
    initialState: Float32Array.from(initial.slice(i * H, (i + 1) * H)),
    ...(loss !== "states" && {
      targets: (loss === "cross-entropy" ? Int32Array : Float32Array).from(targets[i] ?? []),
    }),
  }));

/** Several arrays as one. */
export const joined = (parts: readonly Float32Array[]): number[] => parts.flatMap((part) => [...part]);

/** max |a − b|. */
export const farthest = (a: ArrayLike<number>, b: readonly number[]): number =>
  b.reduce((most, value, i) => Math.max(most, Math.abs(value - (a[i] as number))), 0);
