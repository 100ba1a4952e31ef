/// <reference lib="esnext.disposable" />
/**
 * The public types. Letters: B sequences in a batch, τ steps of one sequence, I inputs, H hidden units, O outputs.
 * Every array given is copied before the call returns; every array returned is the caller's own copy.
 */

/** Single-precision numbers in memory of their own. */
export type Floats = Float32Array<ArrayBuffer>;
/** Bytes in memory of their own. */
export type Bytes = Uint8Array<ArrayBuffer>;
/** Bytes that are read: a buffer, or any view of one; of a Blob, File or Response in a page: `await it.arrayBuffer()`. */
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
  recurrence?: Recurrence | undefined;
  /** Default "tanh". */
  activation?: Activation | undefined;
  /** Default "uniform". */
  initializer?: Initializer | undefined;
  /** Decides the initial parameters: an integer, 0 … 2⁵³ − 1. Default 0. */
  seed?: number | undefined;
  /** Kept in the saved file: vocabulary, scaling, labels, whatever gives the numbers their meaning. */
  metadata?: Readonly<Record<string, string>> | undefined;
}
/** A network with an output layer. */
export interface WithOutputs {
  /** Outputs at every step, or at the last one of each sequence. Default "every". */
  outputs?: "every" | "last" | undefined;
  /** O ≥ 1. */
  outputSize: number;
  /** Default "cross-entropy". */
  loss?: Loss | undefined;
  /** Default "probabilities"; "outputs" for squared error. */
  feedback?: Feedback | undefined;
}
/** A network that ends in its hidden state. */
export interface WithoutOutputs {
  /** No output layer, and so nothing of what follows. */
  outputs: "none";
  /** There is none. */
  outputSize?: never;
  /** There is none. */
  loss?: never;
  /** There is none. */
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
  readonly targets?: Int32Array | Float32Array | number | "next" | undefined;
  /** Per scored step; 0 leaves it out. Finite, not negative. */
  readonly weights?: Float32Array | undefined;
  /** H, zeros if absent. */
  readonly initialState?: Float32Array | undefined;
  /** O, zeros if absent. */
  readonly initialFeedback?: Float32Array | undefined;
  /** Identity for random draws, 0 … 2³¹ − 1; its position if absent. */
  readonly id?: number | undefined;
}
/**
 * One sequence is cut into lanes that carry state and feedback (with outputs "last" it stays whole): the first begins
 * with its `initialState` and `initialFeedback`, the others with zeros. Several are separate.
 */
export type Dataset = Sequence | readonly Sequence[];

/** Numbers in row-major order, and their shape. */
export interface Tensor {
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Row by row, as many as the sizes multiplied. */
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
  names?: "recurra" | "pytorch" | undefined;
}

/** Options of `Rnn.forward`. */
export interface ForwardOptions {
  /** Probability that a step is fed the true target, drawn per step and sequence. Default 1 with targets, 0 without. */
  teacherForcing?: number | undefined;
  /** For draws, together with id and absolute step. Default 0. */
  seed?: number | undefined;
  /** Absolute number of the first step, when a sequence comes in chunks. Default 0. */
  firstStep?: number | undefined;
  /** Bytes for the tape; above it states are recomputed on the way back, same bits. Default: no limit. */
  memoryBudget?: number | undefined;
}

/** What is handed in by whatever comes after the network. */
export interface Downstream {
  /** dL/do per sequence, τ × O (or O). */
  outputs?: readonly Float32Array[] | undefined;
  /** dL/dh per sequence, τ × H. */
  states?: readonly Float32Array[] | undefined;
  /** dL/dh at the last step, B × H. */
  finalState?: Float32Array | undefined;
  /** Multiplies the loss. Default 1. */
  scale?: number | undefined;
}

/** A finished forward pass and its tape; independent of later passes; holds memory until disposed. */
export interface Forward extends Disposable {
  /** Σ weight · L over steps and sequences: nats, or for squared error half the sum of squares; NaN without targets. */
  readonly loss: number;
  /** Σ weight. */
  readonly count: number;
  /** Per sequence, τ × O (or O): o, before softmax. */
  outputs(): Floats[];
  /** Per sequence, τ × H. */
  states(): Floats[];
  /** Per sequence, τ (or 1): L, unweighted: nats, or for squared error half the sum of squares. */
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
  /** Gives the tape's memory back. Idempotent. */
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
  target?: Int32Array | Float32Array | undefined;
  /** Filled with what `step` gives, and returned, instead of a new array: B × O, before softmax (B × H without outputs). */
  out?: Float32Array | undefined;
}

/** Live data, state carried; each step equals, bit for bit, the same step of `forward`. "last" nets give o at every step here. */
export interface Stream extends Disposable {
  /** B indices or B × I values (nothing when I is 0) → B × O outputs o, before softmax (B × H states without outputs). */
  step(input?: number | Int32Array | Float32Array, options?: StepOptions): Floats;
  /** B × H. */
  state(): Floats;
  /** Zeroes state and feedback of one lane, or of all. Draws go on. */
  reset(lane?: number): void;
  /** State, feedback and draw counter. */
  save(): Bytes;
  /** Takes up what `save` returned, on the same network. */
  restore(bytes: BytesLike): void;
  /** Gives the memory of the lanes back. Idempotent. */
  dispose(): void;
}

/** Options of `Rnn.stream`. */
export interface StreamOptions {
  /** Lanes. Default 1. */
  batchSize?: number | undefined;
  /** Decides what feedback "sample" draws; lane l draws as a sequence of `id` l. Default 0. */
  seed?: number | undefined;
}

/** Options of `Rnn.generate`. */
export interface GenerateOptions {
  /** Read first, teacher forced through R where it has targets. Without it: a zero state, and symbol 0 with "hidden". */
  prompt?: Sequence | undefined;
  /** Symbols to draw. */
  steps: number;
  /** Inputs of the future, one per symbol; need R, which then feeds the symbols back. None when I is 0. */
  inputs?: Sequence["inputs"] | undefined;
  /** Divides the outputs before softmax; 0 takes the most probable symbol. Default 1. */
  temperature?: number | undefined;
  /** Decides the draws: of the symbols, and of feedback "sample" in the prompt. Default 0. */
  seed?: number | undefined;
  /** Ends after this symbol was drawn; it is the last one given. */
  stop?: number | undefined;
}

/** Options of `Rnn.forecast`. */
export interface ForecastOptions {
  /** Read first, teacher forced through R where it has targets. */
  prompt: Sequence;
  /** Rows to forecast. */
  steps: number;
  /** Inputs of the future, one per row; need R, which then feeds the rows back. None when I is 0. */
  inputs?: Sequence["inputs"] | undefined;
}

// ── Training ────────────────────────────────────────────────────────────────────────────────────────────────

/** An optimizer as plain data. */
export type OptimizerOptions =
  | {
      /** v = momentum · v + g; p −= learningRate · v. */
      kind: "sgd";
      /** Default 0.1. */
      learningRate?: number | undefined;
      /** Share of v that the next update keeps: at least 0, below 1. Default 0. */
      momentum?: number | undefined;
    }
  | {
      /** p −= learningRate · (m̂ / (√v̂ + epsilon) + weightDecay · p); m̂, v̂: running means of g and g², corrected for their start at 0. */
      kind: "adam";
      /** Default 0.001. */
      learningRate?: number | undefined;
      /** Share of the past in the mean of g: at least 0, below 1. Default 0.9. */
      beta1?: number | undefined;
      /** Share of the past in the mean of g²: at least 0, below 1. Default 0.999. */
      beta2?: number | undefined;
      /** Keeps steps finite where gradients are tiny. Default 1e-8. */
      epsilon?: number | undefined;
      /** Times the rate, the share of each parameter that an update takes away, as AdamW does. Default 0. */
      weightDecay?: number | undefined;
    }
  | {
      /** p −= learningRate · g / (√v + epsilon); v: running mean of g². */
      kind: "rmsprop";
      /** Default 0.001. */
      learningRate?: number | undefined;
      /** Share of the past in the mean of g²: at least 0, below 1. Default 0.99. */
      decay?: number | undefined;
      /** Keeps steps finite where gradients are tiny. Default 1e-8. */
      epsilon?: number | undefined;
    };

/** A probability, or one that moves in a straight line over so many updates. */
export type TeacherForcing =
  | number
  | {
      /** At the first update, 0 … 1. */
      from: number;
      /** After `updates` updates, and from then on, 0 … 1. */
      to: number;
      /** Updates from the one to the other. */
      updates: number;
    };

/**
 * How the learning rate changes over the run: by the share that is done of the limit which is nearest, with `epochs` a
 * share of steps, not of updates.
 */
export type Schedule =
  | "constant"
  | "cosine"
  | {
      /** Updates over which it rises in a straight line; where it falls at the same time, both are multiplied. Default 0. */
      warmup?: number | undefined;
      /** The last share of the run, over which it falls in a straight line to 1 %; 0: it does not fall. */
      decay: number;
    };

/** A worker as a host makes it: a Web Worker, or a Worker of Node's `worker_threads`. */
export interface WorkerLike {
  /** Sends it a message; buffers in `transfer` are handed over, not copied. */
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  /** Ends it. */
  terminate(): unknown;
}
/** How many workers share the computing, and how one is made. */
export interface WorkersOptions {
  /** As the number alone: 0 … 256. */
  count: number;
  /**
   * A new worker that runs `recurra/worker.js`, for pages whose content security policy forbids workers made from text
   * (`worker-src blob:`): `() => new Worker(new URL("worker.js", import.meta.url))`. Never
   * the same one twice: it is the library's from then on, which terminates it. A browser does not tell of a worker that
   * somebody else terminates: the run then waits for it until its `signal` aborts or it is disposed of. Default: one of `node:worker_threads` where there is that, otherwise one made from a Blob.
   */
  create?: (() => WorkerLike) | undefined;
}

/** Options of `fit` and `Trainer`. */
export interface FitOptions {
  /** Passes over the data. Whichever of epochs, updates and seconds ends first. Default: 1 if none of them is given. */
  epochs?: number | undefined;
  /** Updates of the parameters. */
  updates?: number | undefined;
  /** Wall-clock time; not reproducible. */
  seconds?: number | undefined;
  /** Lanes that one long sequence is cut into, or sequences of an update. Default 16. */
  batchSize?: number | undefined;
  /** Steps of back-propagation between hand-overs of the state. Default 32 in one long sequence, all otherwise. */
  truncate?: number | undefined;
  /** Default adam. */
  optimizer?: OptimizerOptions | undefined;
  /** Greatest global norm of the gradient. Default 5. */
  clipNorm?: number | undefined;
  /**
   * "cosine" falls to 1 %. { warmup, decay }: a linear rise over `warmup` updates, and a linear fall to 1 % over the
   * last share `decay` of the run (0.4: the last 40 %). Default "cosine".
   */
  schedule?: Schedule | undefined;
  /**
   * Share of steps that are fed the true target instead of the network's own, drawn per step and sequence; { from, to,
   * updates } moves in a straight line over so many updates and stays. Default 1; others need R and outputs "every".
   */
  teacherForcing?: TeacherForcing | undefined;
  /** Standard deviation of normal noise that is added to dense inputs. Default 0. */
  inputNoise?: number | undefined;
  /** Names of parameters that stay as they are. Default: none. */
  freeze?: readonly string[] | undefined;
  /**
   * 0: this thread; N: N workers and this thread stays free. Same bits for any N. A batch has a share for one worker per 8
   * sequences; updates too small to gain by it are computed in this thread. Where no worker can be had, all of it is, which
   * `Progress.workers`, `History.workers` and a warning on the console tell. Default 0.
   */
  workers?: number | WorkersOptions | undefined;
  /** Bytes for the tape, in each worker; above it states are recomputed on the way back, same bits. Default: no limit. */
  memoryBudget?: number | undefined;
  /** Data to measure on as training goes. */
  validation?: Dataset | undefined;
  /** Evaluations without gain; then the best parameters are restored. `validation` thus chooses, and is no test. */
  patience?: number | undefined;
  /** Decides order and draws. Default 0. */
  seed?: number | undefined;
  /**
   * Resolves with stopped "aborted" after the update that is under way; one that workers compute is given up. The network
   * is "busy" until the promise settles. Given to the options of a `Trainer` it ends every later run too, given to
   * `Trainer.run` only that one.
   */
  signal?: AbortSignal | undefined;
  /** Called at most 10 times a second, and for the last update of a run. What it throws ends the run and rejects. */
  onProgress?: ((progress: Progress) => void) | undefined;
}
/** Where training stands. */
export interface Progress {
  /** The number of this update, counted from 1 and from the very start. */
  readonly update: number;
  /** The number at which the run ends, if nothing ends it before; absent where time or `truncate` of several sequences decides. */
  readonly updates?: number;
  /** Passes over the data that are finished. */
  readonly epoch: number;
  /** Seconds of training, earlier runs of a `Trainer` included. */
  readonly elapsed: number;
  /** Of this update, per scored step: nats, or for squared error half the sum of squares. */
  readonly loss: number;
  /** The last evaluation on `validation`; absent before the first. */
  readonly validation?: Metrics;
  /** Of all parameters that are not frozen, before clipping. */
  readonly gradientNorm: number;
  /** Of this update, as the schedule had it. */
  readonly learningRate: number;
  /** Steps of all sequences that were trained, per second since the last report. */
  readonly stepsPerSecond: number;
  /** How many workers computed this update; 0: this thread did. */
  readonly workers: number;
}
/** What a run of training did. */
export interface History {
  /** Per update, per scored step: nats, or for squared error half the sum of squares. */
  readonly losses: Floats;
  /** Before clipping, per update. */
  readonly gradientNorms: Floats;
  /** Evaluations on `validation`, in order, each with the updates made before it; empty without. */
  readonly validation: readonly ({
    /** Updates made before it, from the very start. */
    readonly update: number;
  } & Metrics)[];
  /** Updates made since the very start. */
  readonly updates: number;
  /** The most workers that computed an update of this run; 0: this thread computed all. */
  readonly workers: number;
  /** A limit was reached; `signal` aborted; `patience` ran out; loss or norm of the gradient was not finite. */
  readonly stopped: "done" | "aborted" | "patience" | "non-finite";
  /** Where training stopped because loss or norm was not finite; that update was not applied. */
  readonly nonFinite?: {
    /** Its number, counted from 1 and from the very start. */
    readonly update: number;
    /** Per scored step. */
    readonly loss: number;
    /** NaN where the loss was not finite. */
    readonly gradientNorm: number;
  };
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
  /** 1: fed the true targets. 0: running free. Default 1; 0 with R and outputs "last", where no step but the last has one. */
  teacherForcing?: number | undefined;
  /** As for `fit`: 8 sequences at a time to a worker, one long sequence to one. Same bits for any number. Default 0. */
  workers?: number | WorkersOptions | undefined;
  /** Rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

// ── Kernel instances ────────────────────────────────────────────────────────────────────────────────────────

/** One instance of the kernel. Most people never name it: `create` and `load` share one per process. */
export interface Runtime extends Disposable {
  /** Which kernel it runs: see `RuntimeOptions`. */
  readonly kernel: "simd" | "relaxed";
  /** Bytes of memory it holds. They do not become fewer: what is disposed of makes room for others, `dispose()` frees all. */
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
  kernel?: "simd" | "relaxed" | undefined;
  /** Bytes, 1114112, which a fresh instance has, … 2³¹ − 65536 (the default). */
  memoryLimit?: number | undefined;
  /**
   * `recurra/kernel.wasm` or `recurra/kernel-relaxed.wasm`: compiled, as bytes, or where to get them. Default: the one
   * that comes with this entry of the package, which is "simd"; `recurra/slim` has none.
   */
  module?: KernelModule | Promise<KernelModule> | undefined;
}
