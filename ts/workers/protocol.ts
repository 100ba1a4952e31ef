/** What is said between a thread that trains and the workers that compute for it. Types alone: both sides are bundled apart. */

/** The first message to a worker. */
export interface Start {
  readonly module: WebAssembly.Module;
  /** Bytes of the instance's memory at most. */
  readonly memoryLimit: number | undefined;
  /** The arguments of `network_create`. */
  readonly network: readonly number[];
  /** Bytes for the tape; 0: no limit. */
  readonly budget: number;
}

/** A call of the kernel, without the workspace, which is its first argument. */
export type Call = readonly [
  name: `workspace_${"shape" | "forcing" | "add_noise" | "count" | "train" | "evaluate"}`,
  ...numbers: number[],
];

/** A part of a batch to be computed: what is written into a workspace, and what is done then. */
export interface Pass {
  /** Steps of all sequences. */
  readonly rows: number;
  /** Calls that make the slots. */
  readonly shaping: readonly Call[];
  /** Slots of the workspace and what goes there. */
  readonly slots: readonly (readonly [
    slot: number,
    values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  ])[];
  /** Calls that compute. */
  readonly calls: readonly Call[];
  /** Whether they leave gradients. */
  readonly learns?: boolean;
  /** Room for the gradients, which comes back with them. */
  readonly gradients?: Float32Array<ArrayBuffer> | undefined;
}

/** Parts for one worker, and the parameters if they are not those it has. */
export interface Work {
  readonly parameters: Float32Array<ArrayBuffer> | undefined;
  readonly passes: readonly Pass[];
}

/** A worker is there. */
export interface Ready {
  /** `abi_version` of its kernel. */
  readonly ready: number;
}

/** What became of a pass: a reply to each, in the order of the work. */
export interface Reply {
  /** What the kernel answered, and its details if it refused; then nothing else counts. */
  readonly status: number;
  readonly details: readonly number[];
  /** The slot RESULTS. */
  readonly results: readonly number[];
  /** The slots STEP_LOSSES, FINAL_STATE and FINAL_FED; empty where there is none. */
  readonly stepLosses: Float32Array<ArrayBuffer>;
  readonly states: Float32Array<ArrayBuffer>;
  readonly feedback: Float32Array<ArrayBuffer>;
  /** Of all parameters, in the kernel's layout; only if it learns. */
  readonly gradients: Float32Array<ArrayBuffer> | undefined;
  /** The array that brought the parameters, to be used again; with the first reply. */
  readonly parameters: Float32Array<ArrayBuffer> | undefined;
}
