import type { Internals } from "../models/internals.js";
import { readParameters, writeParameters } from "../models/parameters.js";
import type { Rnn } from "../models/rnn.js";
import type { History, Metrics, StateDict } from "../types.js";
import type { Team } from "../workers/team.js";
import { type Examples, measure } from "./evaluate.js";
import { expectedUpdates, type Standing } from "./limits.js";
import type { Limits } from "./options.js";

/** Evaluations in a run, about. */
const EVALUATIONS = 20;
/** Steps trained per step evaluated, at least; a step forward alone costs about a third. */
const TRAINED_PER_EVALUATED = 2;
/** With a limit of time: time spent training per time spent evaluating, at least. */
const TIME_BETWEEN = 9;

/** What a checkpoint keeps of it, beside the best parameters. */
export interface ValidatorState {
  readonly entries: History["validation"];
  /** Loss of the best evaluation so far, nats. */
  readonly best: number;
  /** Evaluations since then. */
  readonly misses: number;
}

/** What an evaluation needs of the loop. */
interface Evaluation {
  readonly signals: readonly AbortSignal[];
  /** Seconds of training so far. */
  readonly clock: () => number;
  readonly team: Team | undefined;
}

export type Validator = ReturnType<typeof makeValidator>;

/**
 * Evaluates the network on held-out data while it trains: every epoch or 20 times in a run, whichever is more often,
 * and at its end; less often where it would take a large share of the time. With `patience` it counts evaluations
 * without gain and keeps the parameters of the best.
 */
export function makeValidator(examples: Examples, patience: number | undefined) {
  let entries: ({ readonly update: number } & Metrics)[] = [];
  let best = Number.POSITIVE_INFINITY;
  /** At the best evaluation; only with patience. */
  let parameters: StateDict | undefined;
  let misses = 0;
  let lastEnd = 0;
  let lastTook = 0;

  return {
    examples,

    /** The last evaluation. */
    latest(): Metrics | undefined {
      const [entry] = entries.slice(-1);
      if (!entry) return undefined;
      const { update: _update, ...metrics } = entry;
      return metrics;
    },

    /** Whether patience has run out. */
    exhausted: (): boolean => patience !== undefined && misses >= patience,

    /**
     * Whether to evaluate before the next update. A function of updates alone unless there is a limit of time, so that a
     * resumed run evaluates where an uninterrupted one does.
     *
     * @param finished Whether the limits of the whole run are reached.
     */
    due(
      totals: Limits,
      { update, elapsed }: Standing,
      finished: boolean,
      epoch: { updates: number; steps: number },
    ): boolean {
      if (update === (entries.at(-1)?.update ?? 0)) return false;
      if (finished) return true;
      if (totals.seconds !== undefined)
        return elapsed - lastEnd >= Math.max(totals.seconds / EVALUATIONS, TIME_BETWEEN * lastTook);
      const total = expectedUpdates(totals, epoch.updates) ?? epoch.updates;
      const often = Math.min(epoch.updates, Math.ceil(total / EVALUATIONS));
      const cost = (TRAINED_PER_EVALUATED * examples.batch.rows * epoch.updates) / epoch.steps;
      return update % Math.max(1, often, Math.ceil(cost)) === 0;
    },

    /** Evaluates and takes note. If a signal aborts, rejects and takes none. */
    async evaluate(
      rnn: Rnn,
      found: Internals,
      { update }: Standing,
      { signals, clock, team }: Evaluation,
    ): Promise<void> {
      const begin = clock();
      const metrics = await measure(rnn, found, examples, { signals, team });
      lastEnd = clock();
      lastTook = lastEnd - begin;
      entries.push({ update, ...metrics });
      misses++;
      if (!(metrics.loss < best)) return;
      best = metrics.loss;
      misses = 0;
      if (patience !== undefined) parameters = readParameters(found);
    },

    /** Gives the network its best parameters back and is patient again. */
    restoreBest(found: Internals): void {
      misses = 0;
      if (parameters) writeParameters(found, "fit", parameters);
    },

    keep: (): ValidatorState => ({ entries: [...entries], best, misses }),
    parameters: (): StateDict | undefined => parameters,

    /** Goes on where `keep` was called. */
    resume(state: ValidatorState, bestParameters: StateDict | undefined, elapsed: number): void {
      entries = [...state.entries];
      ({ best, misses } = state);
      parameters = bestParameters;
      lastEnd = elapsed;
    },
  };
}
