import { checkOptions, index, seedRule } from "../checks.js";
import { sequencesOf, whole } from "../data/lanes.js";
import { type Batch, checkSequences } from "../data/sequences.js";
import { writeWindow } from "../data/window.js";
import { readModel, writeModel } from "../io/model-file.js";
import { codesOf, parameterCount, publicOptions, type ResolvedOptions, resolveOptions } from "../options.js";
import { evaluate } from "../training/evaluate.js";
import { memoryBudget, teacherForcing } from "../training/options.js";
import { Trainer } from "../training/trainer.js";
import type {
  Bytes,
  Dataset,
  EvaluateOptions,
  FitOptions,
  Floats,
  ForecastOptions,
  Forward,
  ForwardOptions,
  GenerateOptions,
  History,
  Metrics,
  RnnOptions,
  Runtime,
  Sequence,
  StateDict,
  Stream,
  Tensor,
} from "../types.js";
import { kernelOf } from "../wasm/runtime.js";
import { WorkspaceSlot as Slot } from "../wasm/slots.js";
import { ForwardPass, split } from "./forward.js";
import { forecast, generate } from "./generate.js";
import { type Entry, type Internals, internals, Owner, setCreate } from "./internals.js";
import { readParameters, writeParameters } from "./parameters.js";
import { batchRule, RnnStream } from "./stream.js";

const forwardRules = { teacherForcing, seed: seedRule, firstStep: index, memoryBudget };

/**
 * A recurrent net. *Deep Learning*, equations (10.8)–(10.11), for a sequence x₁ … x_τ:
 *
 *     a_t = b + U x_t + W h_{t−1}      U weight_ih (H, I), W weight_hh (H, H), b bias_h (H)
 *     h_t = tanh(a_t)                  h₀ = initialState, or 0
 *     o_t = c + V h_t                  V weight_ho (O, H), c bias_o (O)
 *     L   = Σ_t weight_t · (−log softmax(o_t)[y_t])
 *
 * Class indices stand for one-hot x and y, which never exist. Sequences of a batch may differ in length; the numbers
 * of one do not depend, to the last bit, on which others are with it or how it is cut into chunks.
 */
export class Rnn extends Owner {
  /** Every option, defaults filled in. Frozen. */
  readonly options: Readonly<RnnOptions>;
  /** How many numbers it learns: (I + H + 1)·H + (H + 1)·O. */
  readonly parameterCount: number;

  static {
    setCreate((options, fill, runtime) => Rnn.#make(options, fill, runtime));
  }

  private constructor(found: Internals, free: () => void) {
    super({ what: "rnn", found, free } satisfies Entry);
    this.options = publicOptions(found.options);
    this.parameterCount = parameterCount(found.options);
  }

  /**
   * A network with initial parameters drawn from `options.seed`: the same options give the same bits on every machine.
   *
   * Throws "option" or "unsupported" for wrong options, "out-of-memory", "environment" where the kernel cannot run.
   */
  static async create(options: RnnOptions, runtime?: Runtime): Promise<Rnn> {
    const fill = ({ kernel, network, options }: Internals) =>
      kernel.run("create", (exports) =>
        exports.network_initialize(network, codesOf(options)[5] as number, options.seed),
      );
    return await Rnn.#make(resolveOptions(options), fill, runtime);
  }

  /**
   * A network from a file written by {@link Rnn.save}, or from a safetensors file with PyTorch's names
   * (`rnn.weight_ih_l0` …, and one Linear layer) and the options it does not hold. Of a file of ours, only
   * `metadata` may be given anew.
   *
   * Throws "format" with the byte offset for a file that is broken or not a network.
   */
  static async load(file: BufferSource, options: Partial<RnnOptions> = {}, runtime?: Runtime): Promise<Rnn> {
    const model = readModel(file, options);
    return await Rnn.#make(
      model.options,
      (found) => writeParameters(found, "tensors", model.tensors),
      runtime,
    );
  }

  static async #make(
    options: ResolvedOptions,
    fill: (found: Internals) => unknown,
    runtime: Runtime | undefined,
  ): Promise<Rnn> {
    const kernel = await kernelOf(runtime);
    const { inputSize, hiddenSize, outputSize } = options;
    const codes = codesOf(options).slice(0, 5);
    const [network, free] = kernel.create("network", "create", inputSize, hiddenSize, outputSize, ...codes);
    const found = { kernel, network, options, holder: undefined, changes: 0 };
    const rnn = new Rnn(found, free);
    try {
      fill(found);
      return rnn;
    } catch (error) {
      rnn.dispose();
      throw error;
    }
  }

  /** Copies of the parameters: weight_ih (H, I) · weight_hh (H, H) · bias_h (H) · weight_ho (O, H) · bias_o (O). */
  stateDict(): Map<string, Tensor> {
    return readParameters(internals(this));
  }

  /**
   * Replaces all parameters. Names and shapes are checked first; if anything is wrong ("shape"), nothing changes.
   * Throws "busy" while the network is being trained.
   */
  loadStateDict(tensors: StateDict): void {
    writeParameters(internals(this, "loadStateDict"), "tensors", tensors);
  }

  /**
   * Runs sequences and keeps the tape, for gradients. Without targets there is no loss, and gradients come from
   * downstream. Dispose the result: its memory is the kernel's.
   *
   * Throws "shape" naming the argument and the sequence, "option", "out-of-memory".
   */
  forward(sequences: readonly Sequence[], options: ForwardOptions = {}): Forward {
    const found = internals(this);
    const { firstStep } = checkOptions("forward options", options, forwardRules);
    const batch = checkSequences(sequences, found.options);
    return inWorkspace(found, "forward", batch, { keep: true, firstStep }, (workspace, free) => {
      found.kernel.run("forward", (exports) => exports.workspace_forward(workspace));
      return new ForwardPass(this, workspace, free, batch);
    });
  }

  /**
   * Per sequence, τ × O probabilities (τ × H states without outputs). Keeps no tape; targets and weights are not
   * looked at. Errors as {@link Rnn.forward}.
   */
  predict(sequences: readonly Sequence[]): Floats[] {
    const found = internals(this);
    const { kernel, options } = found;
    const batch = checkSequences(sequences, options, { ignoreTargets: true });
    const slot = options.outputSize ? Slot.PREDICTIONS : Slot.STATES;
    return inWorkspace(found, "predict", batch, {}, (workspace) => {
      kernel.run("predict", (exports) => exports.workspace_open(workspace, slot));
      kernel.run("predict", (exports) => exports.workspace_evaluate(workspace));
      return split(kernel.f32(workspace, slot), batch.lengths, options.outputSize || options.hiddenSize);
    });
  }

  /**
   * Trains: cuts one long sequence into lanes that carry their state, or shuffles several; then, update by update,
   * gradient of loss ÷ count, clipping, optimizer. Yields to the event loop. {@link Trainer} does the same and can be
   * saved and resumed. Throws "busy" if the network is being trained already.
   */
  async fit(data: Dataset, options: FitOptions = {}): Promise<History> {
    const trainer = new Trainer(this, data, options);
    try {
      return await trainer.run();
    } finally {
      trainer.dispose();
    }
  }

  /** Mean loss in nats per scored step, and accuracy, without changing anything. */
  async evaluate(data: Dataset, options: EvaluateOptions = {}): Promise<Metrics> {
    return await evaluate(this, data, options);
  }

  /**
   * Reads the prompt (symbol 0 if there is none), then draws symbols one at a time and reads each in turn. The same
   * seed draws the same symbols. Options are checked at once; each symbol is made when it is asked for.
   */
  generate(options: GenerateOptions): IterableIterator<number> {
    return generate(this, options);
  }

  /** Continues real vectors; "unsupported" for networks whose outputs are symbols. */
  forecast(options: ForecastOptions): Floats {
    return forecast(this, options);
  }

  /** Lanes (1 if `batchSize` is absent) that take a step at a time and carry their state, starting from zeros. */
  stream(options: { batchSize?: number } = {}): Stream {
    const { batchSize = 1 } = checkOptions("stream options", options, { batchSize: batchRule });
    return new RnnStream(this, batchSize);
  }

  /** A safetensors file of parameters, options and metadata. The same network gives the same bytes. */
  save(): Bytes {
    return writeModel(internals(this).options, this.stateDict());
  }
}

/** What `run` makes of a batch in a workspace, which is freed unless the tape in it is kept. */
function inWorkspace<T>(
  found: Internals,
  context: string,
  data: Batch,
  options: { keep?: boolean; firstStep?: number | undefined },
  run: (workspace: number, free: () => void) => T,
): T {
  const { kernel, network } = found;
  const [workspace, free] = kernel.create("workspace", context, network);
  try {
    writeWindow({ kernel, workspace, data, options: found.options }, whole(sequencesOf(data.lengths)), {
      context,
      ...options,
    });
    const result = run(workspace, free);
    if (!options.keep) free();
    return result;
  } catch (error) {
    free();
    throw error;
  }
}
