/** `recurra train`: from a text or from sequences to a model, a checkpoint and a page of curves. */
import { extname } from "node:path";
import { type FitOptions, RecurraError, Rnn, Trainer } from "../index.js";
import { readFile } from "../io/files.js";
import { type Command, type Invocation, UsageError } from "./arguments.js";
import type { Sample } from "./curves.js";
import { Interrupt } from "./interrupt.js";
import type { Job } from "./job.js";
import { metadataKeys, naming, readCheckpoint, runtimeFor } from "./model.js";
import { checkPlaces, makePlaces, type Places, placesFor, typed } from "./places.js";
import { ProgressLine } from "./progress.js";
import type { Wishes } from "./reading/choices.js";
import { readForTraining } from "./reading/read.js";
import type { Task } from "./reading/series.js";
import { checkSize } from "./reading/source.js";
import { readSamples } from "./report/page.js";
import { type Figures, Results } from "./results.js";
import { Session, type Standing } from "./session.js";
import { StatusKeeper } from "./status.js";
import { interruptedNotice, nonFiniteNotice, printEnding } from "./summary.js";
import { newSequenceJob, resumedSequenceJob } from "./tasks/sequence-job.js";
import { taskOf } from "./tasks/sequence-model.js";
import { notice, printJson, stderr } from "./terminal.js";
import { newTextJob, resumedTextJob } from "./text-job.js";
import { trainFlags } from "./train-flags.js";
import {
  checkTogether,
  endless,
  givenLimits,
  type Limits,
  listOf,
  readLearning,
  settingsOf,
} from "./train-options.js";

export const trainCommand: Command = {
  name: "train",
  summary: "learn from a text, or from sequences in CSV, JSONL, .npy or one number per line",
  operands: "FILE",
  minOperands: 1,
  maxOperands: 1,
  about:
    "Trains a recurrent net on a file, works out what there is to learn, and says so: a text, to write on; numbers, one " +
    "per line or in the columns of a CSV, to forecast; sequences with a class each, to classify, or with one at every " +
    'step, to tag. JSONL holds one sequence per line: {"x": [[1, 2], [3, 4]], "y": "a"}.\n' +
    "FOLDER then holds model.safetensors, checkpoint.safetensors (for --resume) and report.html, a page of curves that " +
    "needs no network.\n" +
    "Without a limit, training ends when what is held out stops getting better, or after 5 minutes. Ctrl-C saves and " +
    "says how to go on.",
  groups: trainFlags,
  examples: [
    { command: "recurra train book.txt", does: "learn a text, for 5 minutes at most" },
    { command: "recurra train sunspots.csv", does: "forecast its columns" },
    { command: "recurra train gestures.jsonl", does: "classify, or tag: as y says" },
    { command: "recurra train log.csv --id run --target state", does: "sequences from rows, a label column" },
    { command: "recurra train book.txt --resume --seconds 600", does: "go on, to ten minutes in all" },
    { command: "recurra train notes.bin --bytes --json", does: "any file; figures for a script" },
  ],
  run: train,
};

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

/** A net and how it is to be trained. */
interface Start {
  readonly job: Job;
  readonly name: string;
  readonly limits: Limits;
  /** What the net wrote in earlier runs. */
  readonly samples: readonly Sample[];
  readonly makeTrainer: (options: FitOptions) => Promise<Trainer>;
}

/** A new net. */
async function begin(invocation: Invocation, file: string, places: Places): Promise<Start> {
  const job = newJob(invocation, file, places);
  const { network, learning, training } = job;
  const rnn = await Rnn.create(network, await runtimeFor(invocation));
  const limits = givenLimits(invocation);
  return {
    ...{ job, name: places.name, samples: [] },
    limits: Object.keys(limits).length === 0 ? job.limits : { ...limits, ...keepBest(job) },
    makeTrainer: async (options) => new Trainer(rnn, training, { ...learning, ...options }),
  };
}

/** A run with a limit goes on to it; of sequences, which are soon learned by heart, the best net is kept all the same. */
const keepBest = ({ task }: Job): Limits => (task === "generate" ? {} : { patience: endless });

/** What there is to learn in the file. */
function newJob(invocation: Invocation, file: string, { name }: Places): Job {
  const task = invocation.text("task") as Task | undefined;
  const columns = invocation.which("target", "inputs", "id", "time-column", "split");
  const bytes = invocation.has("bytes");
  if (task === "generate" || bytes) {
    const what = bytes ? "--bytes" : "--task generate";
    if ((task ?? "generate") !== "generate")
      throw new UsageError(`--bytes learns any file as a text, --task ${task} does not`, invocation.command);
    if (columns.length > 0)
      throw new UsageError(
        `${columns.join(", ")} ${columns.length === 1 ? "is" : "are"} about columns; with ${what} there are none`,
        invocation.command,
      );
    checkSize(file);
    return newTextJob(invocation, file, name);
  }
  if (extname(file).toLowerCase() === ".safetensors") {
    const message = `${file} is a file of tensors by its name; --bytes learns any file byte by byte`;
    throw new RecurraError({ code: "unsupported", message });
  }
  const wishes: Wishes = {
    ...{ task, file, command: invocation.command },
    id: invocation.text("id"),
    time: invocation.text("time-column"),
    targets: listOf(invocation.text("target")),
    inputs: listOf(invocation.text("inputs")),
  };
  const set = readForTraining(file, wishes);
  return set === "text"
    ? newTextJob(invocation, file, name)
    : newSequenceJob(invocation, set, { file, name });
}

/** The net of the checkpoint, on the same data. What was chosen at the start holds. */
async function goOn(invocation: Invocation, file: string, places: Places): Promise<Start> {
  const bytes = readFile(places.checkpoint);
  const { metadata, totals } = await naming(places.checkpoint, () => readCheckpoint(bytes));
  const learning = await naming(places.checkpoint, () => readLearning(metadata[metadataKeys.learning]));
  const text = taskOf(metadata) === "generate";
  const job = await about(file, places.checkpoint, () =>
    (text ? resumedTextJob : resumedSequenceJob)(metadata, file, learning),
  );
  const runtime = await runtimeFor(invocation);
  const given = givenLimits(invocation);
  return {
    job,
    name: metadata[metadataKeys.name] ?? places.name,
    limits: Object.keys(given).length === 0 ? totals : given,
    samples: readSamples(places.report),
    makeTrainer: (options) =>
      about(file, places.checkpoint, () =>
        naming(places.checkpoint, () => Trainer.resume(bytes, job.training, options, runtime)),
      ),
  };
}

/** The library speaks of data and digests; here it is a file that was changed, or another one. */
async function about<T>(file: string, checkpoint: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RecurraError && /: (data|validation): expected/.test(error.message))) throw error;
    const message = `${file} is not the data that ${checkpoint} learned from; --resume needs that very file`;
    throw new RecurraError({ code: error.code, message, cause: error });
  }
}

interface Work extends Start {
  readonly places: Places;
  readonly interrupt: Interrupt;
}

async function work(invocation: Invocation, given: Work): Promise<number> {
  const { job, places, limits, interrupt } = given;
  const { measure, learning } = job;
  const { deadline, ...ofTrainer } = limits;
  const progress = new ProgressLine(stderr, measure);
  const status = new StatusKeeper(
    { ...limits, ...(deadline === undefined ? {} : { seconds: deadline }) },
    measure,
  );
  let session: Session | undefined;
  const trainer = await given.makeTrainer({
    ...ofTrainer,
    workers: invocation.number("workers") ?? 0,
    validation: job.validation,
    onProgress: (now) => {
      session?.onProgress(now);
      progress.show(status.next(now));
    },
  });
  announce(given, trainer.rnn);
  const kernel = invocation.text("kernel") ?? "simd";
  const settings = settingsOf(trainer.rnn.options, learning, ofTrainer);
  const results = new Results({ ...given, trainer, kernel, settings });
  const samples = given.samples;
  session = new Session({
    ...{ trainer, job, deadline, samples, interrupt, progress, out: stderr },
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
  else printEnding({ figures, ending, job, kernel, places, invocation });
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
  progress.busy("measuring on what is held out …");
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
function announce({ job, name, places }: Work, rnn: Rnn): void {
  const [first = "", ...rest] = job.announce(rnn);
  notice(`${stderr.style("bold", name)}: ${first}`);
  for (const line of rest) notice(line);
  notice(`results go to ${typed(places.folder)}`);
}
