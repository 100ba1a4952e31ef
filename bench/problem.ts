/** The file that describes a task to programs of any language. */

export type Kind = "train" | "stream" | "predict";

/** Arrays as raw little-endian files; rows are tight. */
export interface ProblemFiles {
  /** f32 (H, I) */
  readonly weight_ih: string;
  /** f32 (H, H) */
  readonly weight_hh: string;
  /** f32 (H) */
  readonly bias_h: string;
  /** f32 (O, H) */
  readonly weight_ho: string;
  /** f32 (O) */
  readonly bias_o: string;
  /** i32 (batch, steps): one-hot of I symbols. */
  readonly symbols?: string;
  /** f32 (batch, steps, I) */
  readonly vectors?: string;
  /** i32 (batch, steps), or (batch) with outputs "last". */
  readonly targets?: string;
}

/**
 * h_t = tanh(b + U x_t + W h_{t−1}), h_0 = 0, o_t = c + V h_t. "train": softmax cross-entropy, its mean over the scored
 * steps, on one and the same batch, and p −= learningRate · gradient without clipping. "stream": a step per call, the
 * state carried on. "predict": o of the last step of each sequence.
 */
export interface Problem {
  readonly workload: string;
  readonly kind: Kind;
  readonly I: number;
  readonly H: number;
  readonly O: number;
  /** Symbols, where those are what goes in; then I is the same. */
  readonly V?: number;
  readonly steps: number;
  readonly batch: number;
  readonly outputs: "every" | "last";
  readonly learningRate: number;
  readonly files: ProblemFiles;
}
