/// <reference lib="esnext.disposable" />
/**
 * The public types. Letters: B sequences in a batch, τ steps of one sequence, I inputs, H hidden units, O outputs.
 * Every array given is copied before the call returns; every array returned is the caller's own copy.
 */

/** Single-precision numbers in memory of their own. */
export type Floats = Float32Array<ArrayBuffer>;
/** Bytes in memory of their own. */
export type Bytes = Uint8Array<ArrayBuffer>;
/** Bytes that are read: a buffer, or any view of one. */
export type BytesLike = ArrayBuffer | ArrayBufferView;

// ── Networks ────────────────────────────────────────────────────────────────────────────────────────────────

/** "hidden": W, h→h (the canonical RNN). "output": R, o→h only. "both": W and R. */
export type Recurrence = "hidden" | "output" | "both";
/** What hidden units apply to their pre-activation. */
export type Activation = "tanh" | "relu" | "identity";
/**
 * "uniform": every parameter U(−1/√H, 1/√H), as PyTorch. "orthogonal", "identity": weight_hh so, the other weights
 * uniform, biases 0.
 */
export type Initializer = "uniform" | "orthogonal" | "identity";
/** Cross-entropy −log softmax(o)[y]; squared error Σ ½(o − y)²; Bernoulli Σ binary cross-entropy on logits. */
export type Loss = "cross-entropy" | "squared-error" | "bernoulli";
/** What flows back where the true target does not: o; its probabilities; the most probable symbol; a drawn one. */
export type Feedback = "outputs" | "probabilities" | "argmax" | "sample";

/** What every network has. */
export interface Sizes {
  /** I ≥ 0; 0 is an autonomous system. */
  inputSize: number;
  /** H ≥ 1. */
  hiddenSize: number;
  /** Default "hidden". */
  recurrence?: Recurrence;
  /** Default "tanh". */
  activation?: Activation;
  /** Default "uniform". */
  initializer?: Initializer;
  /** Decides the initial parameters: an integer, 0 … 2⁵³ − 1. Default 0. */
  seed?: number;
  /** Kept in the saved file: vocabulary, scaling, labels, whatever gives the numbers their meaning. */
  metadata?: Readonly<Record<string, string>>;
}
/** A network with an output layer. */
export interface WithOutputs {
  /** Outputs at every step, or at the last one of each sequence. Default "every". */
  outputs?: "every" | "last";
  /** O ≥ 1. */
  outputSize: number;
  /** Default "cross-entropy". */
  loss?: Loss;
  /** Default "probabilities"; "outputs" for squared error. */
  feedback?: Feedback;
}
/** A network that ends in its hidden state. */
export interface WithoutOutputs {
  outputs: "none";
  outputSize?: never;
  loss?: never;
  feedback?: never;
}
/** A network as plain data. */
export type RnnOptions = Sizes & (WithOutputs | WithoutOutputs);

/** One sequence of τ steps. */
export interface Sequence {
  /** Class indices (one-hot, never materialised), or τ × I values row by row, or τ itself when I is 0. */
  readonly inputs: Int32Array | Float32Array | number;
  /**
   * τ indices or τ × O values; for "last" one index or O values. "next": the following input at every step, so a
   * sequence of n inputs runs for τ = n − 1 steps: the last input is only ever a target.
   */
  readonly targets?: Int32Array | Float32Array | number | "next";
  /** Per scored step; 0 leaves it out. Finite, not negative. */
  readonly weights?: Float32Array;
  /** H, zeros if absent. */
  readonly initialState?: Float32Array;
  /** O, zeros if absent. */
  readonly initialFeedback?: Float32Array;
  /** Identity for random draws, 0 … 2³¹ − 1; its position if absent. */
  readonly id?: number;
}
/**
 * One sequence is cut into lanes that carry state and feedback and begin with zeros (with outputs "last" it stays whole);
 * several are separate.
 */
export type Dataset = Sequence | readonly Sequence[];

/** Numbers in row-major order, and their shape. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Floats;
}
/** Named tensors. */
export type StateDict = ReadonlyMap<string, Tensor>;

/** Options of `Rnn.save`. */
export interface SaveOptions {
  /**
   * "recurra": the names of `stateDict()`. "pytorch": those that `load_state_dict` takes in a module with
   * `self.rnn = nn.RNN(I, H)` and `self.linear = nn.Linear(H, O)`: `rnn.weight_ih_l0`, `rnn.weight_hh_l0`,
   * `rnn.bias_ih_l0` with all of bias_h, `rnn.bias_hh_l0` with zeros, `linear.weight` and `linear.bias`. Where PyTorch
   * trains on, both biases get the gradient that bias_h has here, so their sum moves twice as far an update;
   * `rnn.bias_hh_l0.requires_grad_(False)` keeps the second at zero. `Rnn.load` reads both, options included. Default "recurra".
   */
  names?: "recurra" | "pytorch";
}

/** Options of `Rnn.forward`. */
export interface ForwardOptions {
  /** Probability that a step is fed the true target, drawn per step and sequence; 1 with targets, 0 without. */
  teacherForcing?: number;
  /** For draws, together with id and absolute step. */
  seed?: number;
  /** Absolute number of the first step, when a sequence comes in chunks. */
  firstStep?: number;
  /** Bytes for the tape; above it states are recomputed on the way back, same bits. */
  memoryBudget?: number;
}

/** What is handed in by whatever comes after the network. */
export interface Downstream {
  /** dL/do per sequence, τ × O (or O). */
  outputs?: readonly Float32Array[];
  /** dL/dh per sequence, τ × H. */
  states?: readonly Float32Array[];
  /** dL/dh at the last step, B × H. */
  finalState?: Float32Array;
  /** Multiplies the loss. Default 1. */
  scale?: number;
}

/** A finished forward pass and its tape; independent of later passes; holds memory until disposed. */
export interface Forward extends Disposable {
  /** Σ weight · L over steps and sequences, nats; NaN without targets. */
  readonly loss: number;
  /** Σ weight. */
  readonly count: number;
  /** Per sequence, τ × O (or O): o, before softmax. */
  outputs(): Floats[];
  /** Per sequence, τ × H. */
  states(): Floats[];
  /** Per sequence, τ (or 1): L, unweighted, nats. */
  stepLosses(): Floats[];
  /** Per sequence, τ × O: what entered each step through R, draws included; row 0 is the initial feedback. */
  feedback(): Floats[];
  /** B × H, at each sequence's own last step: the `initialState` of a chunk that follows. */
  finalState(): Floats;
  /** B × O, what the last step feeds back: the `initialFeedback` of a chunk that follows. Needs R. */
  finalFeedback(): Floats;
  /** Bytes of the tape, of forward and backward so far: what `memoryBudget` limits. */
  readonly tapeBytes: number;
  /** Gradient of scale · loss plus that of anything downstream: dL/do, dL/dh and dL/dh_τ handed in. */
  backward(downstream?: Downstream): Gradients;
  dispose(): void;
}
/** Each is copied out of the kernel when first read. */
export interface Gradients {
  /** Names and shapes of `stateDict()`. */
  readonly parameters: Map<string, Tensor>;
  /** Per sequence, τ × I; empty for index inputs. */
  readonly inputs: readonly Floats[];
  /** Per sequence, τ × H: ∂L/∂h_t, to see it vanish. */
  readonly states: readonly Floats[];
  /** B × H. */
  readonly initialState: Floats;
  /** B × O; empty without R. */
  readonly initialFeedback: Floats;
}

/** Where a stream puts its outputs, and what it is taught. */
export interface StepOptions {
  /** The true target of this step, which the next step is fed instead of the network's own: B indices or B × O values. */
  target?: Int32Array | Float32Array;
  /** Filled and returned instead of a new array: B × O (B × H without outputs). */
  out?: Float32Array;
}

/** Live data, state carried; each step equals, bit for bit, the same step of `forward`. "last" nets give o at every step here. */
export interface Stream extends Disposable {
  /** B indices or B × I values (nothing when I is 0) → B × O outputs (B × H states without outputs). */
  step(input?: number | Int32Array | Float32Array, options?: StepOptions): Floats;
  /** B × H. */
  state(): Floats;
  /** Zeroes state and feedback of one lane, or of all. Draws go on. */
  reset(lane?: number): void;
  /** State, feedback and draw counter. */
  save(): Bytes;
  /** Takes up what `save` returned, on the same network. */
  restore(bytes: BytesLike): void;
  dispose(): void;
}

/** Options of `Rnn.stream`. */
export interface StreamOptions {
  /** Lanes. 1. */
  batchSize?: number;
  /** Decides what feedback "sample" draws; lane l draws as a sequence of `id` l. 0. */
  seed?: number;
}

/** Options of `Rnn.generate`. */
export interface GenerateOptions {
  /** Read first, teacher forced through R where it has targets. Without it: a zero state, and symbol 0 with "hidden". */
  prompt?: Sequence;
  /** Symbols to draw. */
  steps: number;
  /** Inputs of the future, one per symbol; need R, which then feeds the symbols back. None when I is 0. */
  inputs?: Sequence["inputs"];
  /** Divides the outputs before softmax. 1; 0 takes the most probable symbol. */
  temperature?: number;
  /** Decides the draws. 0. */
  seed?: number;
  /** Ends after this symbol was drawn; it is the last one given. */
  stop?: number;
}

/** Options of `Rnn.forecast`. */
export interface ForecastOptions {
  /** Read first, teacher forced through R where it has targets. */
  prompt: Sequence;
  /** Rows to forecast. */
  steps: number;
  /** Inputs of the future, one per row; need R, which then feeds the rows back. None when I is 0. */
  inputs?: Sequence["inputs"];
}

// ── Training ────────────────────────────────────────────────────────────────────────────────────────────────

/** An optimizer as plain data. */
export type OptimizerOptions =
  | { kind: "sgd"; learningRate?: number; momentum?: number }
  | {
      kind: "adam";
      learningRate?: number;
      beta1?: number;
      beta2?: number;
      epsilon?: number;
      weightDecay?: number;
    }
  | { kind: "rmsprop"; learningRate?: number; decay?: number; epsilon?: number };

/** A probability, or one that moves in a straight line over so many updates. */
export type TeacherForcing = number | { from: number; to: number; updates: number };

/** How the learning rate changes over the run. */
export type Schedule = "constant" | "cosine" | { warmup?: number; decay: number };

/** A worker as a host makes it: a Web Worker, or a Worker of Node's `worker_threads`. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): unknown;
}
/** How many workers share the computing, and how one is made. */
export interface WorkersOptions {
  /** As the number alone: 0 … 256. */
  count: number;
  /**
   * A new worker that runs `recurra/worker.js`, for pages whose content security policy forbids workers made from text
   * (`worker-src blob:`): `() => new Worker(new URL("worker.js", import.meta.url))`. It is the library's from then on,
   * which terminates it. Default: one of `node:worker_threads` where there is that, otherwise one made from a Blob.
   */
  create?: () => WorkerLike;
}

/** Options of `fit` and `Trainer`. */
export interface FitOptions {
  /** Passes over the data. Whichever of epochs, updates and seconds ends first; one epoch if none is given. */
  epochs?: number;
  /** Updates of the parameters. */
  updates?: number;
  /** Wall-clock time; not reproducible. */
  seconds?: number;
  /** Lanes or sequences. 16. */
  batchSize?: number;
  /** Steps of back-propagation between hand-overs of the state: 32 in one long sequence, all otherwise. */
  truncate?: number;
  /** Default adam. */
  optimizer?: OptimizerOptions;
  /** Greatest global norm of the gradient. 5. */
  clipNorm?: number;
  /**
   * "cosine" falls to 1 %. { warmup, decay }: a linear rise over `warmup` updates, and a linear fall to 1 % over the
   * last share `decay` of the run (0.4: the last 40 %). Default "cosine".
   */
  schedule?: Schedule;
  /**
   * Share of steps that are fed the true target instead of the network's own, drawn per step and sequence; { from, to,
   * updates } moves in a straight line over so many updates and stays. 1; needs R and outputs "every".
   */
  teacherForcing?: TeacherForcing;
  /** Standard deviation added to dense inputs. 0. */
  inputNoise?: number;
  /** Names of parameters that stay as they are. */
  freeze?: readonly string[];
  /**
   * 0: this thread; N: N workers and this thread stays free. Same bits for any N. A batch has a share for one worker per 8
   * sequences; updates too small to gain by it are computed in this thread. Where no worker can be had, all of it is, which
   * `Progress.workers`, `History.workers` and a warning on the console tell.
   */
  workers?: number | WorkersOptions;
  /** Bytes for the tape, in each worker; above it states are recomputed on the way back, same bits. */
  memoryBudget?: number;
  /** Data to measure on as training goes. */
  validation?: Dataset;
  /** Evaluations without gain; then the best parameters are restored. */
  patience?: number;
  /** Decides order and draws. 0. */
  seed?: number;
  /** Resolves with stopped "aborted" at an update's end. */
  signal?: AbortSignal;
  /** At most 10 times a second. */
  onProgress?: (progress: Progress) => void;
}
/** Where training stands. */
export interface Progress {
  readonly update: number;
  readonly updates?: number;
  readonly epoch: number;
  /** Seconds. */
  readonly elapsed: number;
  /** Nats per scored step, of this update. */
  readonly loss: number;
  readonly validation?: Metrics;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly stepsPerSecond: number;
  /** How many workers computed this update; 0: this thread did. */
  readonly workers: number;
}
/** What a run of training did. */
export interface History {
  /** Nats per scored step, per update. */
  readonly losses: Floats;
  /** Before clipping, per update. */
  readonly gradientNorms: Floats;
  readonly validation: readonly ({ readonly update: number } & Metrics)[];
  readonly updates: number;
  /** The most workers that computed an update of this run; 0: this thread computed all. */
  readonly workers: number;
  readonly stopped: "done" | "aborted" | "patience" | "non-finite";
  /** Where training stopped because loss or norm was not finite; that update was not applied. */
  readonly nonFinite?: { readonly update: number; readonly loss: number; readonly gradientNorm: number };
}
/** How well a network does. */
export interface Metrics {
  /** Per scored step: nats, or for squared error half the sum of squares. */
  readonly loss: number;
  /** Σ weight. */
  readonly count: number;
  /** Share of scored steps whose most probable symbol is the target; cross-entropy only. */
  readonly accuracy?: number;
  /** Squared error only: root of the mean squared error of an output, √(2 · loss ÷ O). */
  readonly rmse?: number;
}
/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** 1: fed the true targets. 0: running free. */
  teacherForcing?: number;
  /** As for `fit`: 8 sequences at a time to a worker, one long sequence to one. Same bits for any number. 0. */
  workers?: number | WorkersOptions;
  /** Rejects with the signal's reason. */
  signal?: AbortSignal;
}

// ── Kernel instances ────────────────────────────────────────────────────────────────────────────────────────

/** One instance of the kernel. Most people never name it: `create` and `load` share one per process. */
export interface Runtime extends Disposable {
  readonly kernel: "simd" | "relaxed";
  /** Bytes of memory it holds. */
  readonly bytes: number;
  /** Lets go of the memory; every network, stream and pass on it throws "disposed" from then on. */
  dispose(): void;
}
/** The kernel: a compiled module, the bytes of the file, a response with them, or the address of the file. */
export type KernelModule = CompiledModule | BytesLike | Response | URL;
/** WebAssembly.Module, in programs whose types have it: those of Node alone do not. */
export type CompiledModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer Module } };
}
  ? Module
  : object;

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /** "simd" gives the same bits in every engine; "relaxed" is faster where the engine fuses. Default "simd". */
  kernel?: "simd" | "relaxed";
  /** Bytes, 1114112, which a fresh instance has, … 2³¹ − 65536 (the default). */
  memoryLimit?: number;
  /**
   * `recurra/kernel.wasm` or `recurra/kernel-relaxed.wasm`: compiled, as bytes, or where to get them. Default: the one
   * that comes with this entry of the package, which is "simd"; `recurra/slim` has none.
   */
  module?: KernelModule | Promise<KernelModule>;
}
