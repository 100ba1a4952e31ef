import { checkOptions, signalRule } from "../checks.js";
import { bitsOf, digestOf, lettersOf } from "../data/digest.js";
import { group, sequencesOf, windowOf } from "../data/lanes.js";
import { type Batch, checkSequences } from "../data/sequences.js";
import { makeCarried, readCarried, readResults, writeWindow } from "../data/window.js";
import { shapeError } from "../errors.js";
import { hold, type Internals, internals } from "../models/internals.js";
import type { Rnn } from "../models/rnn.js";
import type { ResolvedOptions } from "../options.js";
import type { Dataset, EvaluateOptions, Metrics, Sequence } from "../types.js";
import { checkForcing, share } from "./forcing.js";
import { makeBreather } from "./yielding.js";

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

const rules = { teacherForcing: share, signal: signalRule };

/**
 * How well a network does on data: mean loss per scored step, Σ weight, and accuracy or error. One sequence is read from
 * its first step to its last with the state carried, in windows, so that memory does not grow with its length; several
 * are read side by side, each from its own start. Parameters stay as they are.
 *
 * Yields to the event loop; rejects with the signal's reason if `signal` aborts, with "busy" during training.
 */
export async function evaluate(rnn: Rnn, data: Dataset, options: EvaluateOptions = {}): Promise<Metrics> {
  const found = internals(rnn, "evaluate");
  const { signal, teacherForcing } = checkOptions("evaluate options", options, rules);
  checkForcing(teacherForcing, found.options);
  const examples = checkDataset(data, found.options, "data");
  return await hold(found, "evaluate", () =>
    measure(rnn, found, examples, signal ? [signal] : [], teacherForcing),
  );
}

/** Sequences read side by side. */
const TOGETHER = 16;
/** Multiply-adds in one call of the kernel: some 10 ms, so that a signal is seen soon. */
const WORK = 0x1000000;

/** {@link evaluate} for data that was checked, by whoever holds the network. */
export async function measure(
  rnn: Rnn,
  { kernel, network, options }: Internals,
  { batch: data }: Examples,
  signals: readonly AbortSignal[],
  teacherForcing?: number,
): Promise<Metrics> {
  const context = "evaluate";
  const [workspace, free] = kernel.create("workspace", context, network);
  try {
    const feed = { kernel, workspace, data, options };
    const breathe = makeBreather();
    const spans = sequencesOf(data.lengths);
    const carried = makeCarried(options, TOGETHER);
    let [loss, count, correct] = [0, 0, 0];
    for (let first = 0; first < spans.length; first += TOGETHER) {
      const members = spans.slice(first, first + TOGETHER);
      const truncate = windowSteps(options, data, members.length);
      const of = group(members, truncate);
      for (let window = 0; window < of.windows; window++) {
        for (const signal of signals) signal.throwIfAborted();
        const part = windowOf(of, window, truncate);
        writeWindow(feed, part, {
          context,
          carried: window > 0 ? carried : undefined,
          dial: { teacherForcing },
        });
        kernel.run(context, (exports) => exports.workspace_evaluate(workspace));
        const results = readResults(feed);
        loss += results[0];
        count += results[1];
        correct += results[2];
        readCarried(feed, part, carried);
        const breath = breathe();
        if (!breath) continue;
        await breath;
        internals(rnn); // throws if it was disposed meanwhile
      }
    }
    const mean = loss / count;
    return {
      loss: mean,
      count,
      ...(options.loss === "cross-entropy" && { accuracy: correct / count }),
      ...(options.loss === "squared-error" && { rmse: Math.sqrt((2 * mean) / options.outputSize) }),
    };
  } finally {
    free();
  }
}

/** Steps of a window: within the work of one call, and few enough for a small workspace. */
function windowSteps(
  { inputSize, hiddenSize, outputSize }: ResolvedOptions,
  { kind }: Batch,
  lanes: number,
): number {
  const step = hiddenSize * (hiddenSize + outputSize + (kind === "vectors" ? inputSize : 1));
  return Math.max(8, Math.min(1024, Math.floor(WORK / (step * lanes))));
}
