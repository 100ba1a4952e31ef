/** What is going to be learned, in words. */
import { grouped, plural } from "../format.js";
import { named } from "../reading/columns.js";
import { type SeriesSet, totalSteps } from "../reading/series.js";
import { commonest } from "./labels.js";
import type { Prepared } from "./prepare.js";
import type { Meaning } from "./sequence-model.js";

/** "forecast SUNACTIVITY; YEAR is the time" */
export function describe({ reading }: SeriesSet): string {
  const { task, inputs, targets, time, id } = reading;
  const parts = {
    classify: `classify sequences by ${named(targets)}, from ${named(inputs)}`,
    tag: `tag every step by ${named(targets)}, from ${named(inputs)}`,
    forecast: `forecast ${named(targets)}${inputs.length > 0 ? `, given ${named(inputs)}` : ""}`,
  };
  const when = time === undefined ? "" : `; ${time} is the time`;
  const who = id === undefined ? "" : `; ${id} tells sequences apart`;
  return parts[task] + when + who;
}

export function describeLabels({ table }: Meaning): string {
  const labels = table.labels.map(String);
  const shown = labels.length > 12 ? `${labels.slice(0, 12).join(", ")} …` : labels.join(", ");
  return `${plural(labels.length, "class", "classes")}: ${shown}; commonest: ${String(commonest(table).label)}`;
}

export function describeSplit({ split }: Prepared): string {
  const { by, training, heldOut } = split;
  const steps = (pieces: typeof training): number =>
    pieces.reduce((sum, { scored, to }) => sum + to - scored, 0);
  if (by === "time") {
    const of = training.length > 1 ? `of each of ${training.length} sequences` : "of the series";
    return `${plural(steps(training), "step")} to learn from, ${grouped(steps(heldOut))} held out (by time: the end ${of}); the net that does best on them is kept`;
  }
  const all = plural(training.length, "sequence");
  const length = totalSteps(training.map(({ series }) => series));
  return `${all} to learn from (${plural(length, "step")}), ${grouped(heldOut.length)} held out (by sequence, drawn by --seed); the net that does best on them is kept`;
}
