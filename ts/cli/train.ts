/** `recurra train`: from a text to a model, a checkpoint and a page of curves. */
import { type FitOptions, RecurraError, Rnn, type Sequence, Trainer } from "../index.js";
import { readFile } from "../io/files.js";
import type { Command, Invocation } from "./arguments.js";
import { type Corpus, leftOutNotice, readCorpus } from "./corpus.js";
import type { Sample } from "./curves.js";
import { grouped, plural } from "./format.js";
import { Interrupt } from "./interrupt.js";
import { metadataKeys, naming, readCheckpoint, runtimeFor, unitOf } from "./model.js";
import { checkPlaces, makePlaces, type Places, placesFor, typed } from "./places.js";
import { ProgressLine } from "./progress.js";
import { readSamples } from "./report/page.js";
import { type Figures, Results } from "./results.js";
import { Session, type Standing } from "./session.js";
import { StatusKeeper } from "./status.js";
import { StepCounter } from "./steps.js";
import { interruptedNotice, nonFiniteNotice, printEnding } from "./summary.js";
import { notice, printJson, stderr } from "./terminal.js";
import {
  checkTogether,
  givenLimits,
  type Learning,
  learningOptions,
  networkOptions,
  readLearning,
  settingsOf,
  trainFlags,
} from "./train-options.js";

export const trainCommand: Command = {
  name: "train",
  summary: "learn from a text file",
  operands: "FILE",
  minOperands: 1,
  maxOperands: 1,
  about:
    "Trains a recurrent net to predict a text symbol by symbol. FOLDER then holds model.safetensors, " +
    "checkpoint.safetensors (for --resume) and report.html, a page of curves that needs no network.\n" +
    "Without a limit, training ends when the held-out text stops getting better, or after 5 minutes. Ctrl-C saves " +
    "and says how to go on.",
  groups: trainFlags,
  examples: [
    { command: "recurra train book.txt", does: "learn, for 5 minutes at most" },
    { command: "recurra train book.txt --epochs 4 --hidden-size 512", does: "a larger net, four passes" },
    { command: "recurra train book.txt --resume --seconds 600", does: "go on, to ten minutes in all" },
    { command: "recurra train notes.bin --bytes --json", does: "any file; figures for a script" },
  ],
  run: train,
};

/** Without a limit: this long, or until so many measurements on held-out text brought no gain. */
const unlimited = { seconds: 300, patience: 5 } as const;
/** Symbols of the held-out text for measurements on the way; the end result is measured on all of it. */
const validationLength = 20_000;

async function train(invocation: Invocation): Promise<number> {
  checkTogether(invocation);
  const file = invocation.operands[0] ?? "";
  const places = placesFor(invocation, file);
  const resume = invocation.has("resume");
  checkPlaces(places, { resume, force: invocation.has("force") });
  const run = resume ? await goOn(invocation, file, places) : await begin(invocation, file, places);
  makePlaces(places);
  const interrupt = new Interrupt();
  try {
    return await work(invocation, { ...run, places, interrupt });
  } finally {
    interrupt.release();
  }
}

const heldOut = (invocation: Invocation): number => invocation.number("held-out") ?? 0.1;

/** A net and how it is to be trained. */
interface Start {
  readonly corpus: Corpus;
  readonly name: string;
  readonly learning: Learning;
  readonly limits: Pick<FitOptions, "updates" | "epochs" | "seconds" | "patience">;
  /** What the net wrote in earlier runs. */
  readonly samples: readonly Sample[];
  readonly makeTrainer: (options: FitOptions) => Promise<Trainer>;
}

/** A new net. */
async function begin(invocation: Invocation, file: string, places: Places): Promise<Start> {
  const corpus = readCorpus(file, invocation.has("bytes") ? "byte" : "character", heldOut(invocation));
  const { vocabulary, counts } = corpus;
  const learning = learningOptions(invocation);
  const metadata = {
    [metadataKeys.name]: places.name,
    [metadataKeys.vocabulary]: vocabulary.toJSON(),
    [metadataKeys.counts]: JSON.stringify(counts),
    [metadataKeys.heldOut]: String(heldOut(invocation)),
    [metadataKeys.learning]: JSON.stringify(learning),
  };
  const rnn = await Rnn.create(
    networkOptions(invocation, vocabulary.size, metadata),
    await runtimeFor(invocation),
  );
  const limits = givenLimits(invocation);
  return {
    ...{ corpus, learning, name: places.name, samples: [] },
    limits: Object.keys(limits).length === 0 ? unlimited : limits,
    makeTrainer: async (options) => new Trainer(rnn, dataOf(corpus.training), { ...learning, ...options }),
  };
}

/** The net of the checkpoint, on the same text. What was chosen at the start holds. */
async function goOn(invocation: Invocation, file: string, places: Places): Promise<Start> {
  const bytes = readFile(places.checkpoint);
  const { metadata, totals } = await naming(places.checkpoint, () => readCheckpoint(bytes));
  const unit = unitOf(metadata[metadataKeys.vocabulary] ?? "");
  const corpus = readCorpus(file, unit, Number(metadata[metadataKeys.heldOut] ?? 0.1));
  const runtime = await runtimeFor(invocation);
  const given = givenLimits(invocation);
  return {
    corpus,
    name: metadata[metadataKeys.name] ?? places.name,
    learning: await naming(places.checkpoint, () => readLearning(metadata[metadataKeys.learning])),
    limits: Object.keys(given).length === 0 ? totals : given,
    samples: readSamples(places.report),
    makeTrainer: (options) =>
      naming(places.checkpoint, () => Trainer.resume(bytes, dataOf(corpus.training), options, runtime)).catch(
        (error: unknown) => {
          throw aboutOtherText(error, file, places.checkpoint);
        },
      ),
  };
}

/** The library speaks of data and digests; here it is a file that was changed, or another one. */
function aboutOtherText(error: unknown, file: string, checkpoint: string): unknown {
  if (!(error instanceof RecurraError && /: (data|validation): expected/.test(error.message))) return error;
  const message = `${file} is not the text that ${checkpoint} learned from; --resume needs that very text`;
  return new RecurraError({ code: error.code, message, cause: error });
}

const dataOf = (inputs: Int32Array): Sequence => ({ inputs, targets: "next" });

interface Work extends Start {
  readonly places: Places;
  readonly interrupt: Interrupt;
}

async function work(invocation: Invocation, given: Work): Promise<number> {
  const { corpus, places, limits, interrupt, learning } = given;
  const { unit, vocabulary } = corpus;
  const progress = new ProgressLine(stderr, unit);
  const status = new StatusKeeper(limits);
  let session: Session | undefined;
  const trainer = await given.makeTrainer({
    ...limits,
    validation: dataOf(corpus.heldOut.subarray(0, validationLength)),
    onProgress: (now) => {
      session?.onProgress(now);
      progress.show(status.next(now));
    },
  });
  announce(given, trainer.rnn);
  const steps = new StepCounter(corpus.training.length - 1, learning.batchSize, learning.truncate);
  const kernel = invocation.text("kernel") ?? "simd";
  const settings = settingsOf(trainer.rnn.options, learning, limits);
  const results = new Results({ ...given, trainer, steps, kernel, settings });
  const samples = given.samples;
  session = new Session({
    ...{ trainer, vocabulary, unit, steps, samples, interrupt, progress, out: stderr },
    save: (standing) => results.save(standing),
  });
  const { ending, ...standing } = await session.run();
  progress.clear();
  const { updates, nonFinite } = standing.history;
  if (ending === "non-finite") {
    results.save(standing);
    nonFiniteNotice(nonFinite, places);
    return 1;
  }
  const figures =
    ending === "interrupted" ? undefined : await measured(results, standing, { interrupt, progress });
  if (figures === undefined || ending === "interrupted") {
    results.save(standing);
    interruptedNotice(updates, places, invocation);
    return interrupt.exitCode ?? 130;
  }
  if (invocation.has("json")) printJson(results.document(figures));
  else printEnding({ figures, ending, unit, kernel, places, invocation });
  return 0;
}

/** The figures at the end; undefined if Ctrl-C came first. */
async function measured(
  results: Results,
  standing: Standing,
  { interrupt, progress }: { interrupt: Interrupt; progress: ProgressLine },
): Promise<Figures | undefined> {
  const measuring = new AbortController();
  interrupt.onRequest = () => measuring.abort();
  progress.busy("measuring on the held-out text …");
  try {
    return await results.finish(standing, measuring.signal);
  } catch (error) {
    if (measuring.signal.aborted) return undefined;
    throw error;
  } finally {
    progress.clear();
  }
}

/** What is going to be learned, and by what. */
function announce({ corpus, name, places }: Work, rnn: Rnn): void {
  const { training, heldOut: rest, vocabulary, unit, leftOut } = corpus;
  const parts = `${grouped(training.length)} ${unit}s to learn from, ${grouped(rest.length)} held out`;
  const net = `${rnn.options.hiddenSize} hidden units, ${plural(rnn.parameterCount, "parameter")}`;
  notice(
    `${stderr.style("bold", name)}: ${parts}, ${vocabulary.size} symbols; ${net}; results go to ${typed(places.folder)}`,
  );
  const missing = leftOutNotice(leftOut);
  if (missing !== undefined) notice(missing);
}
