/** `recurra train`: from a text or from sequences to a model, a checkpoint and a page of curves. */
import type { FitOptions, Rnn } from "../index.js";
import type { Command, Invocation } from "./arguments.js";
import { bytes } from "./format.js";
import { Interrupt } from "./interrupt.js";
import { checkPlaces, makePlaces, type Places, placesFor, typed } from "./places.js";
import { ProgressLine } from "./progress.js";
import { mostBytes } from "./reading/source.js";
import { type Figures, Results } from "./results.js";
import { Session, type Standing } from "./session.js";
import { begin, goOn, type Start } from "./start.js";
import { StatusKeeper } from "./status.js";
import { interruptedNotice, nonFiniteNotice, printEnding } from "./summary.js";
import { notice, printJson, showing, stderr } from "./terminal.js";
import { trainFlags } from "./train-flags.js";
import { checkTogether, settingsOf } from "./train-options.js";

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
    `FILE is read whole, up to ${bytes(mostBytes)}.\n` +
    "The results go to a folder, NAME-model or --out FOLDER: model.safetensors, checkpoint.safetensors (for --resume) and " +
    "report.html, a page of curves that needs no network.\n" +
    "Without a limit, training ends when what is held out stops getting better, or after 5 minutes. Ctrl-C saves and " +
    "says how to go on; so does closing the terminal.",
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
  const run = await showing(`reading ${file} …`, () =>
    resume ? goOn(invocation, file, places) : begin(invocation, file, places),
  );
  makePlaces(places);
  const interrupt = new Interrupt();
  try {
    return await work(invocation, { ...run, places, interrupt });
  } finally {
    interrupt.release();
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
  const options: FitOptions = {
    ...ofTrainer,
    workers: invocation.number("workers") ?? 0,
    validation: job.validation,
    onProgress: (now) => {
      session?.onProgress(now);
      progress.show(status.next(now));
    },
  };
  const trainer = await showing("getting ready …", () => given.makeTrainer(options));
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
  else printEnding({ figures, ending, job, kernel, places, invocation, done: given.done });
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
