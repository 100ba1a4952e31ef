import { failure, formatError, optionError } from "../errors.js";
import { type Entry, hold, type Internals, internals, Owner } from "../models/internals.js";
import { writeParameters } from "../models/parameters.js";
import { createRnn, type Rnn } from "../models/rnn.js";
import { parameterShapes } from "../options.js";
import type { Bytes, BytesLike, Dataset, FitOptions, History, Runtime } from "../types.js";
import { makeTeam } from "../workers/team.js";
import { makeBatches } from "./batches.js";
import { type Checkpoint, mergeOptions, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { checkDataset, type Examples, shardsOf } from "./evaluate.js";
import { fromHere, isEmpty } from "./limits.js";
import { type Loop, makeLoop } from "./loop.js";
import { type Moments, makeMoments } from "./moments.js";
import { type Limits, type ResolvedFit, resolveFit, resolveRun } from "./options.js";
import { makeValidator, type Validator } from "./validator.js";

/**
 * What `fit` is made of: owns the optimizer's state, the place in the data and the draws, so that training can be
 * stopped, saved, resumed in the same bits, and extended.
 *
 * One sequence is cut into `batchSize` lanes of consecutive steps, side by side; each update learns from `truncate`
 * steps of every lane, and the state is handed on, up to the end of the epoch. Several sequences are separate: put in a
 * new order for each epoch, taken `batchSize` at a time, whole or `truncate` steps at a time. Everything drawn follows
 * from `seed` and the place, so the same call gives the same bits.
 */
export class Trainer extends Owner {
  /** The network that it trains; disposing of the trainer does not dispose of it. */
  readonly rnn: Rnn;
  readonly #examples: Examples;
  readonly #fit: ResolvedFit;
  readonly #moments: Moments;
  readonly #loop: Loop;
  readonly #validator: Validator | undefined;
  /** The limits of the whole run; until the first `run` those of the options, or none. */
  #totals: Limits;

  /** Copies and checks the data. Throws "option", "shape" or "unsupported" before anything is changed. */
  constructor(rnn: Rnn, data: Dataset, options: FitOptions = {}) {
    const found = internals(rnn);
    const { kernel, network } = found;
    const examples = checkDataset(data, found.options, "data");
    const { batch, single } = examples;
    const shapes = parameterShapes(found.options);
    const dense = batch.kind === "vectors";
    const fit = resolveFit(options, { lanes: single, dense, options: found.options });
    const { recipe, validation, patience, workers, onProgress, limits } = fit;
    const validator =
      validation && makeValidator(checkDataset(validation, found.options, "validation"), patience);
    const moments = makeMoments(found, recipe.optimizer);
    const frees = [moments.free];
    const free = () => {
      for (const each of frees) each();
    };
    super({ what: "trainer", found, rnn, free } satisfies Entry);
    this.rnn = rnn;
    this.#examples = examples;
    this.#fit = fit;
    this.#moments = moments;
    this.#validator = validator;
    this.#totals = limits;
    try {
      const [workspace, freeWorkspace] = kernel.create("workspace", "fit", network);
      frees.push(freeWorkspace);
      const { memoryBudget } = recipe;
      if (memoryBudget) kernel.run("fit", (exports) => exports.workspace_budget(workspace, memoryBudget));
      const feed = { kernel, workspace, data: batch, options: found.options };
      const batches = makeBatches(feed, recipe, single);
      const frozen = shapes.reduce(
        (bits, [name, slot]) => bits | (Number(recipe.freeze.includes(name)) << slot),
        0,
      );
      const shares = Math.max(batches.shards, validator ? shardsOf(validator.examples) : 0);
      const team = workers.count > 0 ? makeTeam(found, workers, { shares, budget: memoryBudget }) : undefined;
      frees.push(() => team?.free());
      const machine = { found, feed, batches, moments, recipe, frozen, team };
      this.#loop = makeLoop(rnn, machine, validator, onProgress);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Trains on. Without limits: up to those of the options, which count from the very start (one epoch if there are
   * none). With limits: so many *more* updates, epochs (the one that is under way is one of them) or seconds, whichever
   * ends first, past the options' limits if need be, where the learning rate stays at the schedule's end. If the options
   * have no limits, those of the first `run` take their place.
   *
   * Resolves when a limit is reached, when patience ran out, when `signal` aborts (at the end of the update that is under
   * way; one that workers compute is given up), or when loss or gradient norm is not finite: that update is not applied.
   * Rejects with whatever `onProgress` throws. In every case the trainer stands between two updates and can go on. A
   * network that is being trained is "busy".
   *
   * Workers start with the first update that is worth it and stay from run to run, until `dispose`. One that ends on its
   * own is replaced; rejects with "worker-lost" if the new one ends within the same update too.
   *
   * `dispose` during a run rejects it with "disposed". After `dispose` or an abort the network stays "busy" until the promise
   * of the run has settled: wait for that before training it again.
   *
   * @returns Everything since the very start, earlier runs included: a copy, which for many short runs after hundreds of
   * thousands of updates takes longer than they do; `onProgress` is for looking on.
   */
  async run(options: Pick<FitOptions, "updates" | "epochs" | "seconds" | "signal"> = {}): Promise<History> {
    const found = internals(this, "fit");
    const { limits, signal } = resolveRun(options);
    const until = isEmpty(limits) ? undefined : fromHere(limits, this.#loop.standing());
    if (isEmpty(this.#totals)) this.#totals = until ?? { epochs: 1 };
    const totals = this.#totals;
    const signals = [signal, this.#fit.signal].filter((given) => given !== undefined);
    return await hold(found, "fit", () =>
      this.#loop.run({ totals, until: until ?? totals, signals, check: () => internals(this) }),
    );
  }

  /**
   * The whole state as one safetensors file: parameters, optimizer, what the lanes carry, place in the data, losses so
   * far, options, metadata, and a digest of the data. Between updates at any time, `onProgress` included. Equal runs differ in
   * the seconds they took, which stand in it, and in nothing else.
   */
  save(): Bytes {
    const found = internals(this);
    const validator = this.#validator;
    const { recipe, patience } = this.#fit;
    return writeCheckpoint(found, this.#moments, {
      totals: this.#totals,
      recipe,
      patience,
      single: this.#examples.single,
      data: this.#examples.digest(),
      ...this.#loop.keep(),
      validation: validator && { ...validator.keep(), data: validator.examples.digest() },
      best: validator?.parameters(),
    });
  }

  /**
   * Goes on from what {@link save} wrote, on the same data: with the same options the end has the bits of a run that was
   * never interrupted. `trainer.rnn` is a new network, the caller's to dispose of.
   *
   * Options not given are those of the checkpoint. Given ones: limits replace all its limits, which extends (or
   * shortens) the run and stretches its schedule; `learningRate` and the optimizer's other numbers, `clipNorm`,
   * `schedule`, `teacherForcing`, `inputNoise`, `freeze`, `memoryBudget` and `patience` hold from here on; `workers`,
   * `signal` and `onProgress` are never saved.
   * Refused with code "option": another `batchSize`, `truncate`, `seed` or kind of optimizer, other data or validation
   * data, and no validation data where there was some. Throws "format" for a file that is no checkpoint.
   */
  static async resume(
    checkpoint: BytesLike,
    data: Dataset,
    options: Partial<FitOptions> = {},
    runtime?: Runtime,
  ): Promise<Trainer> {
    const saved = readCheckpoint(checkpoint);
    const merged = mergeOptions(saved, options);
    const fill = (found: Internals) => writeParameters(found, "tensors", saved.parameters);
    const rnn = await createRnn(saved.options, fill, runtime);
    let trainer: Trainer | undefined;
    try {
      trainer = new Trainer(rnn, data, merged);
      trainer.#restore(saved);
      return trainer;
    } catch (error) {
      trainer?.dispose();
      rnn.dispose();
      throw error;
    }
  }

  #restore(saved: Checkpoint): void {
    requireSame("data", saved.data, this.#examples);
    const { validation, best, elapsed } = saved;
    const validator = this.#validator;
    if (validation) {
      if (!validator) throw optionError("validation", "the validation data of the checkpoint", undefined);
      requireSame("validation", validation.data, validator.examples);
      validator.resume(validation, best, elapsed);
    }
    if (!this.#loop.resume(saved))
      throw formatError("checkpoint: expected a place in the data, got another", 0);
  }
}

function requireSame(name: string, saved: string, examples: Examples): void {
  const given = examples.digest();
  if (saved !== given)
    throw failure(
      "option",
      `${name}: expected the data of the checkpoint (${saved}), got other data (${given})`,
    );
}
