/** `recurra predict`: what a model says about a file. */
import { RecurraError } from "../index.js";
import { type Command, type Invocation, UsageError } from "./arguments.js";
import { grouped, plural } from "./format.js";
import { runtimeFor } from "./model.js";
import { quoted } from "./places.js";
import { readForModel } from "./reading/read.js";
import type { Label, Series, SeriesSet } from "./reading/series.js";
import { printCsv, printTable, type Row } from "./tasks/answers.js";
import { hasCovariates, loadSequenceModel, type SequenceModel } from "./tasks/sequence-model.js";
import { whole } from "./tasks/split.js";
import { breathe, largest, probabilitiesOf, rowAt, runFree } from "./tasks/steps-ahead.js";
import { printJson } from "./terminal.js";

export const predictCommand: Command = {
  name: "predict",
  summary: "what a model says: classes, tags, or the steps to come",
  operands: "MODEL FILE",
  minOperands: 2,
  maxOperands: 2,
  about:
    "Reads the sequences of FILE (- for standard input) with MODEL, a folder written by recurra train or a model file, " +
    "and prints what the model learned to say: the class of each sequence with its probability, a tag for every step, or " +
    "the next steps in the data's own units. Columns have to be called as they were in training; labels need not be there.",
  groups: [
    {
      title: "Flags",
      flags: [
        {
          name: "steps",
          kind: "integer",
          min: 1,
          max: 1_000_000,
          value: "N",
          help: "how far to forecast (10; with covariates as far as they reach)",
        },
        {
          name: "kernel",
          kind: "choice",
          choices: ["simd", "relaxed"],
          default: "simd",
          help: "the kernel to run on",
        },
        { name: "csv", kind: "switch", help: "print CSV: a line for each step, or for each class" },
        { name: "json", kind: "switch", help: "print one JSON document: { rows: [ … ] }" },
      ],
    },
  ],
  examples: [
    { command: "recurra predict sunspots-model sunspots.csv --steps 20", does: "twenty more years" },
    { command: "recurra predict gestures-model new.jsonl", does: "a class for each line" },
    { command: "tail -100 log.csv | recurra predict log-model - --json", does: "from a pipe, for a script" },
  ],
  run: predict,
};

async function predict(invocation: Invocation): Promise<number> {
  const [path = "", file = ""] = invocation.operands;
  if (invocation.has("csv") && invocation.has("json"))
    throw new UsageError(
      "--csv and --json are two forms of the answer: give one of them",
      invocation.command,
    );
  const model = await loadSequenceModel(path, await runtimeFor(invocation));
  if (model === undefined) {
    const message = `${path} is a model of text; recurra generate ${quoted(path)} lets it write on`;
    throw new RecurraError({ code: "unsupported", message });
  }
  const { task } = model.reading;
  const steps = invocation.number("steps");
  if (steps !== undefined && task !== "forecast")
    throw new UsageError(`--steps is for forecasts; ${path} learned to ${task}`, invocation.command);
  const set = readForModel(file, model.reading, { needTargets: false });
  const rows =
    task === "forecast" ? await forecastRows(model, set, { steps, file }) : await labelRows(model, set, file);
  if (invocation.has("json")) printJson({ rows });
  else await (invocation.has("csv") ? printCsv : printTable)(rows, model, set.series.length);
  return 0;
}

async function labelRows(model: SequenceModel, { series }: SeriesSet, file: string): Promise<Row[]> {
  const empty = series.find(({ steps }) => steps === 0);
  if (empty !== undefined) throw tooShort(file, empty, "at least one step is needed");
  const labels = model.table.labels;
  const all = await probabilitiesOf(model, series.map(whole));
  return all.map((probabilities, i): Row => {
    const sequence = series[i]?.name ?? "";
    const said = (row: Float32Array): { label: Label | undefined; probability: number } => {
      const best = largest(row);
      return { label: labels[best], probability: rounded(row[best] as number) };
    };
    if (model.reading.task === "classify") {
      const { label, probability } = said(probabilities);
      const each = labels.map((name, j) => [String(name), rounded(probabilities[j] as number)] as const);
      return { sequence, class: label, probability, probabilities: Object.fromEntries(each) };
    }
    const steps = Array.from({ length: probabilities.length / labels.length }, (_, t) =>
      said(rowAt(probabilities, labels.length, t)),
    );
    return {
      sequence,
      tags: steps.map(({ label }) => label),
      probabilities: steps.map(({ probability }) => probability),
    };
  });
}

/** What a float of 24 bits can say, without the digits that it cannot. */
const rounded = (value: number): number => Number(value.toPrecision(7));

async function forecastRows(
  model: SequenceModel,
  { series }: SeriesSet,
  { steps: wanted, file }: { readonly steps: number | undefined; readonly file: string },
): Promise<Row[]> {
  const names = model.reading.targets;
  const rows: Row[] = [];
  for (const one of series) {
    const steps = wanted ?? (hasCovariates(model) ? one.steps - one.known : 10);
    checkForecast(model, one, { steps, file });
    const values = runFree(model, { series: one }, one.known, steps);
    for (let step = 0; step < steps; step++) {
      const time = one.clock?.after(step + 1);
      rows.push({
        ...(series.length > 1 ? { sequence: one.name } : {}),
        step: step + 1,
        ...(time === undefined || one.clock === undefined ? {} : { time }),
        values: Object.fromEntries(
          names.map((name, j) => [name, rounded(values[step * names.length + j] as number)]),
        ),
      });
    }
    await breathe(undefined);
  }
  return rows;
}

function checkForecast(
  model: SequenceModel,
  one: Series,
  { steps, file }: { readonly steps: number; readonly file: string },
): void {
  if (one.known < 1) throw tooShort(file, one, "at least one known step is needed to go on from");
  if (!hasCovariates(model)) return;
  const future = one.steps - one.known;
  if (steps >= 1 && steps <= future) return;
  const inputs = model.reading.inputs.join(", ");
  const targets = model.reading.targets.join(", ");
  const wanted = steps >= 1 ? plural(steps, "row") : "rows";
  const how = /\.(jsonl|ndjson)$/i.test(file)
    ? `let ${inputs} go on where ${targets} ends`
    : `append rows with ${inputs} and an empty ${targets}`;
  throw tooShort(file, one, `expected ${wanted} of the future at its end, got ${grouped(future)}; ${how}`);
}

const tooShort = (file: string, one: Series, what: string): RecurraError =>
  new RecurraError({ code: "format", message: `${file}, line ${one.line}: sequence ${one.name}: ${what}` });
