import { checkOptions } from "../checks.js";
import { bitsOf, digestOf, lettersOf } from "../data/digest.js";
import { group, windowOf } from "../data/lanes.js";
import { carry, makeCarried, readCarried, readResults } from "../data/results.js";
import { type Batch, checkSequences } from "../data/sequences.js";
import { sequencesOf, stepsOf } from "../data/spans.js";
import { writeWindow } from "../data/window.js";
import { shapeError } from "../errors.js";
import { checkForcing, share } from "../models/dial.js";
import { hold, type Internals, internals } from "../models/internals.js";
import type { Rnn } from "../models/rnn.js";
import type { ResolvedOptions } from "../options.js";
import type { Dataset, EvaluateOptions, Metrics, Sequence } from "../types.js";
import { workersRule } from "../workers/options.js";
import { type Parcel, packWindow, SHARD } from "../workers/parcel.js";
import type { Reply } from "../workers/protocol.js";
import { makeTeam, type Team } from "../workers/team.js";
import { orAborted } from "./aborting.js";
import { signalRule } from "./rules.js";
import { stepWork } from "./work.js";
import { BRIEF, makeBreather } from "./yielding.js";

/** A dataset, checked and copied. */
export interface Examples {
  readonly batch: Batch;
  /** Whether it is one sequence to be cut into lanes: not with outputs "last", where only one lane would have a target. */
  readonly single: boolean;
  /** Of everything it says: its form, lengths, identities, inputs, targets, weights, initial states and feedback. */
  readonly digest: () => string;
}

/** Checks a dataset to learn from or to be scored on: targets everywhere, and some step that counts. */
export function checkDataset(data: Dataset, options: ResolvedOptions, name: string): Examples {
  const sequences = (Array.isArray(data) ? data : [data]) as readonly Sequence[];
  const single = data !== sequences && options.outputs === "every";
  const batch = checkSequences(sequences, options, { needTargets: true, name });
  if (batch.rows === 0) throw shapeError(name, "at least one step with a target", "none");
  if (batch.weights && !batch.weights.some((weight) => weight > 0))
    throw shapeError(`weights of ${name}`, "some weight above 0", "none");
  const compute = () => {
    const { kind, lengths, ids, inputs, targets, weights, initialState, initialFeedback } = batch;
    const parts = [lengths, ids, inputs, targets, weights, initialState];
    if (initialFeedback) parts.push(initialFeedback);
    return digestOf([lettersOf(`${single} ${kind}`), ...parts.map((part) => (part ? bitsOf(part) : []))]);
  };
  let known: string | undefined;
  return { batch, single, digest: () => (known ??= compute()) };
}

const rules = { teacherForcing: share, workers: workersRule, signal: signalRule };

/** What can be computed at the same time. */
export const shardsOf = ({ batch }: Examples): number => Math.ceil(batch.lengths.length / SHARD);

/**
 * How well a network does on data: mean loss per scored step, Σ weight, and accuracy or error. One sequence is read from
 * its first step to its last with the state carried, in windows, so that memory does not grow with its length; several
 * are read side by side, each from its own start. Parameters stay as they are.
 *
 * Yields to the event loop; rejects with the signal's reason if `signal` aborts, with "busy" during training.
 */
export async function evaluate(rnn: Rnn, data: Dataset, options: EvaluateOptions = {}): Promise<Metrics> {
  const found = internals(rnn, "evaluate");
  const { signal, teacherForcing, workers } = checkOptions("evaluate options", options, rules);
  checkForcing(teacherForcing, found.options);
  const examples = checkDataset(data, found.options, "data");
  const team = workers?.count ? makeTeam(found, workers, { shares: shardsOf(examples) }) : undefined;
  try {
    return await hold(found, "evaluate", () =>
      measure(rnn, found, examples, { signals: signal ? [signal] : [], teacherForcing, team }),
    );
  } finally {
    team?.free();
  }
}

/** Multiply-adds in one call of the kernel: some 10 ms, so that a signal is seen soon. */
const WORK = 0x1000000;

/** What beside the network and the data decides how an evaluation goes. */
interface Measuring {
  readonly signals: readonly AbortSignal[];
  readonly teacherForcing?: number | undefined;
  readonly team?: Team | undefined;
}

/** {@link evaluate} for data that was checked, by whoever holds the network. */
export async function measure(
  rnn: Rnn,
  found: Internals,
  { batch: data }: Examples,
  { signals, teacherForcing, team }: Measuring,
): Promise<Metrics> {
  const context = "evaluate";
  const { kernel, network, options } = found;
  const [workspace, free] = kernel.create("workspace", context, network);
  const feed = { kernel, workspace, data, options };
  const breathe = makeBreather(team && BRIEF);
  const spans = sequencesOf(data.lengths);
  const work = stepWork(options, data.kind);
  const dial = { teacherForcing };
  /** Of every window of every group. */
  const results: (readonly number[])[][] = [];
  let stopped = false;
  const check = () => {
    internals(rnn); // throws if it was disposed meanwhile
    for (const signal of signals) signal.throwIfAborted();
  };

  /** Computes group after group, the windows of each in order, side by side with others like it. */
  async function readGroups(worker: number): Promise<void> {
    const carried = makeCarried(options, SHARD);
    for (;;) {
      const members = spans.slice(results.length * SHARD, (results.length + 1) * SHARD);
      if (members.length === 0) return;
      const truncate = windowSteps(work, members.length);
      const of = group(members, truncate);
      const own: (readonly number[])[] = [];
      results.push(own);
      for (let window = 0; window < of.windows; window++) {
        if (stopped) return;
        check();
        const part = windowOf(of, window, truncate);
        const from = window > 0 ? carried : undefined;
        if (team?.takes(work * stepsOf(part)) && (await orAborted(signals, team.ready()))) {
          internals(rnn);
          const { parcels } = packWindow(data, options, part, { carried: from, dial, workers: 1 });
          const [parcel] = parcels as [Parcel];
          const reply = (await orAborted(signals, team.one(worker, parcel.pass))) as Reply;
          check(); // there is a reply, or a signal aborted
          kernel.check(reply.status, context, 0, reply.details);
          own.push(reply.results);
          carry(options, part, reply, carried);
          continue;
        }
        writeWindow(feed, part, { context, carried: from, dial });
        kernel.run(context, (exports) => exports.workspace_evaluate(workspace));
        own.push(readResults(feed));
        readCarried(feed, part, carried);
        const breath = breathe();
        if (!breath) continue;
        await breath;
        internals(rnn);
      }
    }
  }

  try {
    const together = Math.max(1, team?.size ?? 0);
    const ends = await Promise.allSettled(
      Array.from({ length: together }, async (_, worker) => {
        try {
          await readGroups(worker);
        } catch (error) {
          stopped = true; // the others too
          throw error;
        }
      }),
    );
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  } finally {
    free();
  }
  let [loss, count, correct] = [0, 0, 0];
  for (const [ofLoss = 0, ofCount = 0, ofCorrect = 0] of results.flat()) {
    loss += ofLoss;
    count += ofCount;
    correct += ofCorrect;
  }
  const mean = loss / count;
  return {
    loss: mean,
    count,
    ...(options.loss === "cross-entropy" && { accuracy: correct / count }),
    ...(options.loss === "squared-error" && { rmse: Math.sqrt((2 * mean) / options.outputSize) }),
  };
}

/** Steps of a window: within the work of one call, and few enough for a small workspace. */
const windowSteps = (work: number, lanes: number): number =>
  Math.max(8, Math.min(1024, Math.floor(WORK / (work * lanes))));
