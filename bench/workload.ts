import type { Runtime } from "../ts/index.js";

/** Something to time. Everything goes through the public API, as in a program of one's own. */
export interface Workload {
  readonly name: string;
  readonly task: string;
  /** Of the rate: per second, or, where a person waits for each, microseconds for one. */
  readonly unit: "tokens/s" | "steps/s" | "sequences/s" | "µs/step";
  /** Whether it can train with workers; nothing else has any. */
  readonly trains: boolean;
  /** Where the rest of the peak goes: what is done there that is no product, or keeps products waiting. */
  readonly why: string;
  /** Makes it ready and checks that it computes what it should; throws if it does not. */
  prepare(name: string, runtime: Runtime | undefined, workers?: number): Promise<Prepared>;
}

/** Something that can be timed. A unit is a token, a step or a sequence. */
export interface Prepared {
  /** Executed products only, two operations for each: what tanh, softmax, packing and padding cost is not counted. */
  readonly flopsPerUnit: number;
  /** Units in the smallest piece of work. */
  readonly unitsPerRound: number;
  run(rounds: number): Promise<unknown>;
  /** Of training: milliseconds that its first update took, its trainer made, above those that followed. */
  readonly startUp?: number;
  dispose(): void;
}
