/** What a name of a graph can stand for while the graph is read from its inputs to its outputs. */
import type { Constant } from "./tensors.js";

/** A graph's input, perhaps with its axes in another order. */
export interface Given {
  readonly kind: "given";
  readonly name: string;
  /** `TensorProto.DataType`; 0 if the graph does not say. */
  readonly type: number;
  /** Sizes in the graph's own order, where it says them. */
  readonly shape: readonly (number | undefined)[] | undefined;
  /** Which axis of the graph's input each axis is, "" for a new one of size 1; undefined: all of them, in order. */
  readonly axes: readonly (number | "")[] | undefined;
}

/** Zeros of whatever shape: an initial state as exporters write it. */
export interface Zeros {
  readonly kind: "zeros";
}

/** Sizes of some tensor, which only zeros are made of. */
export interface Measure {
  readonly kind: "measure";
}

/** A head: o = h · weightᵀ + bias. */
export interface Head {
  /** (O, H), row by row. */
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer> | undefined;
  readonly O: number;
}

/** States of the RNN, or outputs made of them, in some arrangement. */
export interface Derived {
  readonly kind: "derived";
  /**
   * What the axes run over: "T" steps, "N" sequences, "H" units, "O" outputs, "" nothing (size 1), "TN" steps and in
   * each all sequences.
   */
  readonly axes: readonly string[];
  /** Only of each sequence's last step. */
  readonly last: boolean;
  readonly head: Head | undefined;
}

export type Value = Constant | Given | Zeros | Measure | Derived;

const words = {
  constant: "a constant",
  given: "an input of the graph",
  zeros: "zeros",
  measure: "a size",
  derived: "states or outputs",
};

/** A value in words, for messages. */
export const describe = (value: Value | undefined): string =>
  value === undefined ? "nothing" : words[value.kind];
