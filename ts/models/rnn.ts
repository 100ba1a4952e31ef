import { checkOptions, index, oneOf, seedRule } from "../checks.js";
import { checkSequences } from "../data/sequences.js";
import { training } from "../entrypoints/training.js";
import { optionError } from "../errors.js";
import { readModel, writeModel } from "../io/model-file.js";
import {
  codesOf,
  feedsBack,
  isTeachable,
  parameterCount,
  publicOptions,
  type ResolvedOptions,
  resolveOptions,
} from "../options.js";
import type {
  Bytes,
  BytesLike,
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
  SaveOptions,
  Sequence,
  StateDict,
  Stream,
  StreamOptions,
  Tensor,
} from "../types.js";
import type { KernelExports } from "../wasm/exports.js";
import { kernelOf } from "../wasm/runtime.js";
import { WorkspaceSlot as Slot } from "../wasm/slots.js";
import { budgetRule, checkForcing, share } from "./dial.js";
import { ForwardPass, split } from "./forward.js";
import { forecast, generate } from "./generate.js";
import { type Entry, type Internals, internals, Owner } from "./internals.js";
import { readParameters, writeParameters } from "./parameters.js";
import { batchRule, RnnStream } from "./stream.js";
import { inWorkspace } from "./workspace.js";

const forwardRules = { teacherForcing: share, seed: seedRule, firstStep: index, memoryBudget: budgetRule };
const saveRules = { names: oneOf(["recurra", "pytorch"]) };
const streamRules = { batchSize: batchRule, seed: seedRule };

/**
 * A recurrent net. *Deep Learning*, equations (10.8)–(10.10), for a sequence x₁ … x_τ; the softmax of (10.11) is part of L
 * and of `predict`:
 *
 *     a_t = b + U x_t + W h_{t−1} + R f_{t−1}    U weight_ih (H, I), W weight_hh (H, H), R weight_oh (H, O), b bias_h (H)
 *     h_t = tanh(a_t)                            or relu, or a_t itself; h₀ = initialState, or 0
 *     o_t = c + V h_t                            V weight_ho (O, H), c bias_o (O)
 *     L   = Σ_t weight_t · L_t                   cross-entropy −log softmax(o_t)[y_t], ½‖o_t − y_t‖², or Bernoulli
 *
 * recurrence "hidden" has W, "output" R, "both" both; without inputs (I = 0) there is no U. f_t is what the output side
 * feeds back: the true target y_t (one-hot, or its values) under teacher forcing, otherwise the network's own by
 * `feedback`; f₀ = initialFeedback, or 0. outputs "last" has o and L at a sequence's last step only (what is fed back is
 * o of every step), "none" has neither. Gradients go exactly through "outputs" and "probabilities", and not at all
 * through "argmax", "sample" and targets.
 *
 * Class indices stand for one-hot x and y, which never exist. Sequences of a batch may differ in length; the numbers
 * of one do not depend, to the last bit, on which others are with it or how it is cut into chunks.
 */
export class Rnn extends Owner {
  /** Every option, defaults filled in. Frozen. */
  readonly options: Readonly<RnnOptions>;
  /** How many numbers it learns; it does not depend on how long sequences are. */
  readonly parameterCount: number;

  private constructor(found: Internals, free: () => void) {
    if (!free) throw optionError("new Rnn", "await Rnn.create(…)", found);
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
    return await createRnn(resolveOptions(options), fill, runtime);
  }

  /**
   * A network from a file written by {@link Rnn.save}, of which only `metadata` may be given anew; or from any
   * safetensors file with PyTorch's names (`rnn.weight_ih_l0` … of one layer, and one Linear under any name) or our own,
   * and the options it does not hold: `activation` for one. PyTorch's two biases are added.
   *
   * Throws "format" with the byte offset for a file that is broken or not a network, "shape" for tensors that do not fit,
   * "unsupported" for LSTM, GRU, several layers or both directions.
   */
  static async load(file: BytesLike, options: Partial<RnnOptions> = {}, runtime?: Runtime): Promise<Rnn> {
    const model = readModel(file, options);
    return await createRnn(
      model.options,
      (found) => writeParameters(found, "tensors", model.tensors),
      runtime,
    );
  }

  /**
   * Copies of the parameters: weight_ih (H, I) · weight_hh (H, H) · weight_oh (H, O) · bias_h (H) · weight_ho (O, H) ·
   * bias_o (O), those that exist.
   */
  stateDict(): Map<string, Tensor> {
    return readParameters(internals(this));
  }

  /**
   * Replaces all parameters. Names and shapes are checked first; if anything is wrong ("shape"), nothing changes.
   * Throws "busy" while the network is being trained or evaluated.
   */
  loadStateDict(tensors: StateDict): void {
    writeParameters(internals(this, "loadStateDict"), "tensors", tensors);
  }

  /**
   * Runs sequences and keeps the tape, for gradients. Without targets there is no loss, and gradients come from
   * downstream. With R and outputs "every", targets are fed back as often as `teacherForcing` says; without targets, or
   * with outputs "last", the network runs free. Dispose the result: its memory is the kernel's.
   *
   * Throws "shape" naming the argument and the sequence, "option", "out-of-memory".
   */
  forward(sequences: readonly Sequence[], options: ForwardOptions = {}): Forward {
    const found = internals(this);
    const { firstStep, memoryBudget = 0, ...dial } = checkOptions("forward options", options, forwardRules);
    checkForcing(dial.teacherForcing, found.options);
    const batch = checkSequences(sequences, found.options);
    if (dial.teacherForcing && feedsBack(found.options) && !batch.targets)
      throw optionError("teacherForcing", "0 without targets", dial.teacherForcing);
    return inWorkspace(found, "forward", batch, { keep: true, firstStep, dial }, (workspace, free) => {
      const run = (call: (exports: KernelExports) => number) =>
        found.kernel.run("forward", call, memoryBudget);
      if (memoryBudget) run((exports) => exports.workspace_budget(workspace, memoryBudget));
      run((exports) => exports.workspace_forward(workspace));
      return new ForwardPass(this, workspace, free, batch);
    });
  }

  /**
   * Per sequence, τ × O probabilities (values for squared error; one row with outputs "last"), or τ × H states without
   * outputs. Keeps no tape. Targets matter only where they can be fed back, with R and outputs "every": then they are
   * (teacher forcing); elsewhere, and without any, the network runs free. Where they do not matter they are not looked at:
   * with targets "next" all n inputs are then steps, n rows, of which {@link Rnn.forward} has n − 1. Errors as there.
   */
  predict(sequences: readonly Sequence[]): Floats[] {
    const found = internals(this);
    const { kernel, options } = found;
    const batch = checkSequences(sequences, options, { ignoreTargets: !isTeachable(options) });
    const { outputSize: O, hiddenSize: H } = options;
    const [slot, counts, width] = O ? [Slot.PREDICTIONS, batch.scored, O] : [Slot.STATES, batch.lengths, H];
    return inWorkspace(found, "predict", batch, {}, (workspace) => {
      kernel.run("predict", (exports) => exports.workspace_open(workspace, slot));
      kernel.run("predict", (exports) => exports.workspace_evaluate(workspace));
      return split(kernel.f32(workspace, slot), counts, width);
    });
  }

  /**
   * Trains: cuts one long sequence into lanes that carry their state, or shuffles several; then, update by update,
   * gradient of loss ÷ count, clipping, optimizer. Yields to the event loop. {@link Trainer} does the same and can be
   * saved and resumed. Rejects with "busy" while the network is being trained or evaluated.
   *
   * What is wrong with data or options changes nothing. What fails on the way (memory, a worker lost twice, an `onProgress`
   * that throws) leaves the network with the updates made so far.
   */
  async fit(data: Dataset, options: FitOptions = {}): Promise<History> {
    const found = training();
    // Where it is there, nothing else runs before all is checked.
    const { Trainer } = found instanceof Promise ? await found : found;
    const trainer = new Trainer(this, data, options);
    try {
      return await trainer.run();
    } finally {
      trainer.dispose();
    }
  }

  /**
   * Mean loss per scored step, and accuracy or error, without changing anything. One at a time: rejects with "busy" while
   * the network is being trained or evaluated.
   */
  async evaluate(data: Dataset, options: EvaluateOptions = {}): Promise<Metrics> {
    const found = training();
    const { evaluate } = found instanceof Promise ? await found : found;
    return await evaluate(this, data, options);
  }

  /**
   * Reads the prompt, then draws symbols one at a time, each fed back: with "hidden" as the next input (of symbol 0
   * without a prompt), otherwise one-hot through R, where `inputs` are those of the steps that make the symbols. The
   * same seed draws the same symbols. Options are checked at once; each symbol is made when it is asked for.
   */
  generate(options: GenerateOptions): IterableIterator<number> {
    return generate(this, options);
  }

  /**
   * Continues real vectors, steps × O, each fed back alike: with "hidden" as the next input, for which O must equal I
   * (with I = 0 nothing is fed in), otherwise through R. "unsupported" for losses other than squared error.
   */
  forecast(options: ForecastOptions): Floats {
    return forecast(this, options);
  }

  /** Lanes that take a step at a time and carry state and feedback, starting from zeros. */
  stream(options: StreamOptions = {}): Stream {
    const { batchSize = 1, seed = 0 } = checkOptions("stream options", options, streamRules);
    return new RnnStream(this, batchSize, seed);
  }

  /**
   * A safetensors file of parameters, options and metadata. The same network gives the same bytes. With names "pytorch",
   * "unsupported" for what `torch.nn.RNN` is not: R, activation "identity", I = 0.
   */
  save(options: SaveOptions = {}): Bytes {
    const { names } = checkOptions("save options", options, saveRules);
    return writeModel(internals(this).options, this.stateDict(), names);
  }
}

/** A network with the parameters that `fill` writes. */
export async function createRnn(
  options: ResolvedOptions,
  fill: (found: Internals) => unknown,
  runtime: Runtime | undefined,
): Promise<Rnn> {
  const kernel = await kernelOf(runtime);
  const { inputSize, hiddenSize, outputSize } = options;
  // The kernel takes the first five of the codes.
  const numbers = [inputSize, hiddenSize, outputSize, ...codesOf(options)];
  const [network, free] = kernel.create("network", "create", ...numbers);
  const found = { kernel, network, options, holder: undefined, changes: 0 };
  const rnn = new (Rnn as unknown as new (found: Internals, free: () => void) => Rnn)(found, free);
  try {
    fill(found);
    return rnn;
  } catch (error) {
    rnn.dispose();
    throw error;
  }
}
