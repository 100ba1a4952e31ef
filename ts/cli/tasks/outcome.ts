/** What is said and drawn at the end about sequences. */
import { grouped, plural, significant } from "../format.js";
import type { Outcome } from "../job.js";
import type { Section } from "../report/page.js";
import { forecastSections } from "./forecast-chart.js";
import { commonest } from "./labels.js";
import { inUnits, percent, type Score } from "./score.js";
import type { SequenceModel } from "./sequence-model.js";
import type { Split } from "./split.js";

/** What a score says in a document: names are fixed. */
export function documentOf({
  loss,
  accuracy,
  rmse,
  baseline,
  columns,
}: Score): Readonly<Record<string, unknown>> {
  return {
    loss,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(rmse === undefined ? {} : { rmse }),
    baseline,
    ...(columns === undefined || columns.length < 2 ? {} : { columns }),
  };
}

/** Rows of the table of figures. `title` is what was measured on: "held out" or the file. */
export function rowsOf(model: SequenceModel, score: Score, title: string): [string, string][] {
  const { columns = [], accuracy, rmse = 0, baseline, count, loss } = score;
  const what = model.reading.task === "classify" ? "sequence" : "step";
  if (accuracy !== undefined) {
    const guess = String(commonest(model.table).label);
    return [
      [title, `${percent(accuracy)} of ${plural(count, what)} right, ${significant(loss)} nats per ${what}`],
      [
        "baseline",
        `${percent(baseline)} (always ${guess}, the commonest class), ${significant(score.baselineLoss)} nats`,
      ],
    ];
  }
  if (columns.length === 1) {
    const name = columns[0]?.name ?? "";
    return [
      [
        title,
        `error ${inUnits(rmse)} one step ahead (${name}, root mean square of ${plural(count, "step")})`,
      ],
      ["baseline", `error ${inUnits(baseline)} (the last value)`],
    ];
  }
  const scaled = (nats: number): string => significant(Math.sqrt((2 * nats) / columns.length));
  const shown = columns
    .slice(0, 12)
    .map((column): [string, string] => [
      `  ${column.name}`,
      `error ${inUnits(column.rmse)}, the last value ${inUnits(column.baseline)}`,
    ]);
  const more: [string, string][] =
    columns.length > 12 ? [[`  and ${columns.length - 12} more`, "--json lists them all"]] : [];
  return [
    [
      title,
      `error ${scaled(loss)} standard deviations one step ahead (root mean square of ${plural(count, "step")})`,
    ],
    ["baseline", `error ${scaled(score.baselineLoss)} (the last value)`],
    ...shown,
    ...more,
  ];
}

/** Everything about the held-out part. */
export async function outcomeOf(
  model: SequenceModel,
  score: Score,
  { split, signal }: { split: Split; signal: AbortSignal },
): Promise<Outcome> {
  const rows = [...rowsOf(model, score, "held out")];
  const forecast = model.reading.task === "forecast";
  const shown = forecast ? await forecastSections(model, split.heldOut, signal) : undefined;
  if (shown !== undefined) rows.push(["free run", shown.words]);
  if (!(score.loss < score.baselineLoss))
    rows.push(["note", "the net is no better than the baseline: there is nothing it could make use of"]);
  return {
    heldOut: documentOf(score),
    rows,
    tiles: [...tilesOf(model, score), ...(shown === undefined ? [] : [shown.tile])],
    sections: shown?.sections ?? confusion(model, score),
  };
}

function tilesOf(model: SequenceModel, score: Score): Outcome["tiles"] {
  const { accuracy, rmse = 0, baseline, count, columns = [] } = score;
  if (accuracy !== undefined) {
    const what = model.reading.task === "classify" ? "sequences" : "steps";
    return [
      [`held-out ${what} right`, percent(accuracy), `of ${grouped(count)}: the validation set`],
      ["the commonest class alone", percent(baseline), `always ${String(commonest(model.table).label)}`],
      [
        "loss, held out",
        significant(score.loss),
        `nats; class frequencies ${significant(score.baselineLoss)}`,
      ],
    ];
  }
  if (columns.length === 1)
    return [
      ["held out, error one step ahead", inUnits(rmse), `root mean square, in units of ${columns[0]?.name}`],
      ["the last value alone", inUnits(baseline), "the same error, forecasting no change"],
    ];
  const scaled = (loss: number): string => significant(Math.sqrt((2 * loss) / columns.length));
  return [
    ["held out, error one step ahead", scaled(score.loss), "root mean square, in standard deviations"],
    ["the last value alone", scaled(score.baselineLoss), "the same error, forecasting no change"],
  ];
}

function confusion(model: SequenceModel, { confusion: counts }: Score): Section[] {
  if (counts === undefined) return [];
  const what = model.reading.task === "classify" ? "sequences" : "steps";
  return [
    {
      kind: "confusion",
      title: "What was taken for what",
      about: `Held-out ${what}: each row is a true class, each column what the net said.`,
      labels: model.table.labels.map(String),
      counts,
    },
  ];
}
