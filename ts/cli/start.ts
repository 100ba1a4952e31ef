/** What training starts from: a new net, or the one of a checkpoint, and what there is to learn in a file. */
import { extname } from "node:path";
import { type FitOptions, RecurraError, Rnn, Trainer } from "../index.js";
import { readFile } from "../io/files.js";
import { type Invocation, UsageError } from "./arguments.js";
import type { Sample } from "./curves.js";
import type { Job } from "./job.js";
import { metadataKeys, naming, readCheckpoint, runtimeFor } from "./model.js";
import type { Places } from "./places.js";
import type { Wishes } from "./reading/choices.js";
import { readForTraining } from "./reading/read.js";
import type { Task } from "./reading/series.js";
import { checkSize } from "./reading/source.js";
import { readSamples } from "./report/page.js";
import { newSequenceJob, resumedSequenceJob } from "./tasks/sequence-job.js";
import { taskOf } from "./tasks/sequence-model.js";
import { newTextJob, resumedTextJob } from "./text-job.js";
import { endless, givenLimits, type Limits, listOf, readLearning } from "./train-options.js";

/** A net and how it is to be trained. */
export interface Start {
  readonly job: Job;
  readonly name: string;
  readonly limits: Limits;
  /** What the net wrote in earlier runs. */
  readonly samples: readonly Sample[];
  /** Updates made in earlier runs. */
  readonly done: number;
  readonly makeTrainer: (options: FitOptions) => Promise<Trainer>;
}

/** A new net. */
export async function begin(invocation: Invocation, file: string, places: Places): Promise<Start> {
  const job = newJob(invocation, file, places);
  const { network, learning, training } = job;
  const rnn = await Rnn.create(network, await runtimeFor(invocation));
  const limits = givenLimits(invocation);
  return {
    ...{ job, name: places.name, samples: [], done: 0 },
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
export async function goOn(invocation: Invocation, file: string, places: Places): Promise<Start> {
  const bytes = readFile(places.checkpoint);
  const { metadata, totals, update } = await naming(places.checkpoint, () => readCheckpoint(bytes));
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
    done: update,
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
