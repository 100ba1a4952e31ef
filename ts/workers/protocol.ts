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

/** A part of a batch to be computed: what is written into a workspace, and what is done then. */
export interface Pass {
  /** Sequences, rows and flags of `workspace_shape`. */
  shape: readonly [sequences: number, rows: number, flags: number];
  /** Teacher forcing, seed and update of `workspace_forcing`; with R only. */
  forcing?: readonly [teacherForcing: number, seed: number, update: number];
  /** Deviation, seed and update of `workspace_add_noise`. */
  noise?: readonly [deviation: number, seed: number, update: number];
  /** Slots of the workspace and what goes there. */
  readonly slots: (readonly [slot: number, values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>])[];
  /** What the loss is divided by in the gradients, for `workspace_count`. Absent: forward only, and no gradients. */
  count?: number;
  /** Room for the gradients, which comes back with them. */
  gradients?: Float32Array<ArrayBuffer> | undefined;
}

/** Parts for one worker, and the parameters if they are not those it has. */
export interface Work {
  /** Names the work in the replies. */
  readonly id: number;
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
  readonly id: number;
  /** What the kernel answered, and its details if it refused; then there is nothing else. */
  readonly status: number;
  readonly details: readonly number[];
  /** The slot RESULTS. */
  readonly results: readonly number[];
  /** The slots STEP_LOSSES, FINAL_STATE and FINAL_FED, one behind the other. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Of all parameters, in the kernel's layout; only with a count. */
  readonly gradients: Float32Array<ArrayBuffer> | undefined;
  /** The array that brought the parameters, to be used again; with the first reply. */
  readonly parameters: Float32Array<ArrayBuffer> | undefined;
}
