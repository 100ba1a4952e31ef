/** `recurra predict`: what a model says about a file. */
import { RecurraError } from "../index.js";
import { type Command, type Invocation, UsageError } from "./arguments.js";
import { plural, table } from "./format.js";
import { runtimeFor } from "./model.js";
import { quoted } from "./places.js";
import { readForModel } from "./reading/read.js";
import type { Label, Series, SeriesSet } from "./reading/series.js";
import { inUnits, percent } from "./tasks/score.js";
import { hasCovariates, loadSequenceModel, type SequenceModel } from "./tasks/sequence-model.js";
import { whole } from "./tasks/split.js";
import { breathe, largest, probabilitiesOf, rowAt, runFree } from "./tasks/steps-ahead.js";
import { drained, printJson, stdout } from "./terminal.js";

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
  else await print(rows, model, set.series.length);
  return 0;
}

/** One row of the answer; the names are fixed. */
type Row = Readonly<Record<string, unknown>>;

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
  throw tooShort(
    file,
    one,
    `expected rows of the future, with ${inputs} and without ${targets}, as many as --steps, got ${future}`,
  );
}

const tooShort = (file: string, one: Series, what: string): RecurraError =>
  new RecurraError({ code: "format", message: `${file}, line ${one.line}: sequence ${one.name}: ${what}` });

async function print(rows: readonly Row[], model: SequenceModel, sequences: number): Promise<void> {
  const { task, targets, time } = model.reading;
  const body =
    task === "forecast" ? rows.map((row) => forecastCells(row, targets)) : rows.flatMap(labelCells);
  const many = sequences > 1;
  const timed = rows.some((row) => row.time !== undefined);
  const head = {
    classify: ["sequence", "class", "probability", "otherwise"],
    tag: ["sequence", "steps", "tag", "probability"],
    forecast: [...(many ? ["sequence"] : []), "step", ...(timed ? [time ?? "time"] : []), ...targets],
    generate: [],
  }[task];
  const align =
    task === "forecast" ? (many ? "l" : "r") + "r".repeat(head.length) : task === "tag" ? "lrlr" : "llrl";
  // Many rows are handed over in pieces, so that a reader that goes away is noticed.
  const lines = table([head, ...body], align).split("\n");
  for (let from = 0; from < lines.length; from += 1000) {
    stdout.write(`${lines.slice(from, from + 1000).join("\n")}\n`);
    await drained();
  }
  if (task === "classify" && body.length > 20) stdout.write(`${counts(rows)}\n`);
}

/** How often each class was said. */
function counts(rows: readonly Row[]): string {
  const found = new Map<string, number>();
  for (const { class: label } of rows) found.set(String(label), (found.get(String(label)) ?? 0) + 1);
  const parts = [...found].sort((a, b) => b[1] - a[1]).map(([label, count]) => `${label} ${count}`);
  return stdout.style("dim", `${plural(rows.length, "sequence")}: ${parts.slice(0, 12).join(", ")}`);
}

function forecastCells({ sequence, step, time, values }: Row, names: readonly string[]): string[] {
  const numbers = values as Readonly<Record<string, number>>;
  return [
    ...(sequence === undefined ? [] : [String(sequence)]),
    String(step),
    ...(time === undefined ? [] : [String(time)]),
    ...names.map((name) => inUnits(numbers[name] ?? Number.NaN)),
  ];
}

/** A class with its runner-up; or one line for each run of equal tags. */
function labelCells(row: Row): string[][] {
  if (row.tags === undefined) {
    const all = Object.entries(row.probabilities as Readonly<Record<string, number>>).sort(
      (a, b) => b[1] - a[1],
    );
    const [, second] = all;
    const other = second === undefined ? "" : `${second[0]} ${percent(second[1])}`;
    return [[String(row.sequence), String(row.class), percent(row.probability as number), other]];
  }
  const tags = row.tags as readonly Label[];
  const probabilities = row.probabilities as readonly number[];
  const runs: string[][] = [];
  for (let from = 0; from < tags.length; ) {
    let to = from + 1;
    while (to < tags.length && tags[to] === tags[from]) to += 1;
    const mean = probabilities.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
    const steps = to - from === 1 ? String(from + 1) : `${from + 1}–${to}`;
    runs.push([String(row.sequence), steps, String(tags[from]), percent(mean)]);
    from = to;
  }
  return runs;
}
