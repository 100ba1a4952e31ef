import type { Carried } from "../data/window.js";
import type { Rnn } from "../models/rnn.js";
import type { FitOptions, Floats, History, StateDict } from "../types.js";
import { orAborted } from "./aborting.js";
import { updateApart } from "./apart.js";
import type { Cursor } from "./batches.js";
import { expectedUpdates, isReached, type Standing, shareDone } from "./limits.js";
import type { Limits } from "./options.js";
import { makeReporter } from "./reporter.js";
import { scheduledRate } from "./schedule.js";
import { type Machine, type Outcome, updateOnce } from "./update.js";
import type { Validator } from "./validator.js";
import { stepWork, TRAINING } from "./work.js";
import { BRIEF, makeBreather, now } from "./yielding.js";

/** Where the loop stands: what a checkpoint keeps of it. */
export interface LoopState {
  readonly update: number;
  readonly elapsed: number;
  readonly cursor: Readonly<Cursor>;
  readonly carried: Carried | undefined;
  readonly losses: Floats;
  readonly gradientNorms: Floats;
}

/** One call of `run`. */
interface Run {
  /** The limits of the whole run, which the schedule follows. */
  readonly totals: Limits;
  /** The limits of this call, counted from the very start. */
  readonly until: Limits;
  readonly signals: readonly AbortSignal[];
  /** Throws when the trainer or its network was disposed of. */
  readonly check: () => unknown;
}

export type Loop = ReturnType<typeof makeLoop>;

/** Update after update, with all that happens in between. Whenever others run, it stands between two updates. */
export function makeLoop(
  rnn: Rnn,
  machine: Machine,
  validator: Validator | undefined,
  onProgress: FitOptions["onProgress"],
) {
  const { batches, recipe, found, moments, feed, team } = machine;
  const work = TRAINING * stepWork(found.options, feed.data.kind);
  let update = 0;
  /** The most workers on an update of the present run. */
  let workers = 0;
  /** Seconds of training before the present run. */
  let before = 0;
  /** When the present run began, had all of it been in one go; undefined between runs. */
  let since: number | undefined;
  let losses: number[] = [];
  let gradientNorms: number[] = [];

  const clock = () => (since === undefined ? before : now() - since);
  const standing = (): Standing => {
    const { epoch, steps } = batches.cursor;
    return { update, epoch, share: steps / batches.whole.steps, elapsed: clock() };
  };
  const series = () => ({
    losses: Float32Array.from(losses),
    gradientNorms: Float32Array.from(gradientNorms),
  });
  const history = (stopped: History["stopped"], failed?: Outcome): History => ({
    ...series(),
    validation: validator ? [...validator.keep().entries] : [],
    updates: update,
    workers,
    stopped,
    ...(failed && { nonFinite: { update: update + 1, loss: failed.loss, gradientNorm: failed.norm } }),
  });

  async function train({ totals, until, signals, check }: Run): Promise<History> {
    const epoch = batches.whole;
    const reporter = onProgress && makeReporter(onProgress, before);
    const ended = (stopped: History["stopped"], failed?: Outcome) => {
      reporter?.end();
      return history(stopped, failed);
    };
    const updates =
      batches.exact && until.seconds === undefined ? expectedUpdates(until, epoch.updates) : until.updates;
    const breathe = makeBreather(team && BRIEF);
    const aborted = () => signals.some((signal) => signal.aborted);
    // An update that was not waited for comes to nothing.
    const checkOn = () => {
      check();
      for (const signal of signals) signal.throwIfAborted();
    };
    for (;;) {
      if (aborted()) return ended("aborted");
      const at = standing();
      if (validator?.due(totals, at, isReached(totals, at), epoch)) {
        try {
          await validator.evaluate(rnn, found, at, { signals, clock, team });
        } catch (error) {
          // The evaluation is then still due.
          if (aborted()) continue;
          throw error;
        }
        check();
        if (validator.exhausted()) {
          validator.restoreBest(found);
          return ended("patience");
        }
      }
      if (isReached(until, at)) return ended("done");
      const share = shareDone(totals, at);
      const learningRate = scheduledRate(recipe.schedule, moments.options.learningRate, share, update);
      const outcome =
        team?.takes(work * batches.rows()) && (await orAborted(signals, team.ready()))
          ? await orAborted(signals, updateApart(machine, team, learningRate, update, checkOn))
          : updateOnce(machine, learningRate, update);
      if (!outcome) continue;
      const { kind, loss, norm: gradientNorm, steps } = outcome;
      workers = Math.max(workers, outcome.workers);
      if (kind === "non-finite") return ended(kind, outcome);
      if (kind === "applied") {
        update++;
        losses.push(loss);
        gradientNorms.push(gradientNorm);
        const validation = validator?.latest();
        reporter?.tell(steps, {
          update,
          ...(updates && { updates }),
          epoch: batches.cursor.epoch,
          elapsed: clock(),
          loss,
          ...(validation && { validation }),
          gradientNorm,
          learningRate,
          workers: outcome.workers,
        });
      }
      const breath = breathe();
      if (!breath) continue;
      await breath;
      check();
    }
  }

  return {
    standing,

    async run(run: Run): Promise<History> {
      since = now() - before;
      workers = 0;
      try {
        return await train(run);
      } finally {
        before = clock();
        since = undefined;
      }
    },

    keep: (): LoopState => ({
      update,
      elapsed: clock(),
      cursor: { ...batches.cursor },
      carried: batches.carried(),
      ...series(),
    }),

    /** Goes on where `keep` was called, with what the optimizer remembers. False if the data has no such place. */
    resume(place: LoopState & { readonly moments: StateDict }): boolean {
      if (!batches.seek(place.cursor, place.carried)) return false;
      moments.load(place.moments);
      update = place.update;
      before = place.elapsed;
      losses = [...place.losses];
      gradientNorms = [...place.gradientNorms];
      return true;
    },
  };
}
