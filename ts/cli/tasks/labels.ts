/** Classes and their indices. */
import { RecurraError } from "../../index.js";
import type { Label, Series } from "../reading/series.js";
import type { Piece } from "./split.js";

export interface LabelTable {
  /** In ascending order: numbers, then texts. */
  readonly labels: readonly Label[];
  /** How often each stands in what was learned from: sequences, or steps. */
  readonly counts: readonly number[];
}

const compare = (a: Label, b: Label): number => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

/** The labels of a sequence, or of the steps of a piece. */
export function labelsOf({ series, scored, to }: Piece): readonly Label[] {
  return series.tags?.slice(scored, to) ?? (series.label === undefined ? [] : [series.label]);
}

export function tableOf(training: readonly Piece[]): LabelTable {
  const counts = new Map<Label, number>();
  for (const piece of training)
    for (const label of labelsOf(piece)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const labels = [...counts.keys()].sort(compare);
  return { labels, counts: labels.map((label) => counts.get(label) ?? 0) };
}

/** −1 for a label that is not in the table. */
export const indexOf = ({ labels }: LabelTable, label: Label): number => {
  const index = labels.indexOf(label);
  // A file may write as text what another writes as a number.
  return index >= 0 ? index : labels.findIndex((known) => String(known) === String(label));
};

/** Every label of a file has to be one that the model knows. */
export function checkKnown(name: string, series: readonly Series[], table: LabelTable): void {
  for (const one of series) {
    for (const label of one.tags ?? (one.label === undefined ? [] : [one.label])) {
      if (indexOf(table, label) >= 0) continue;
      const known = table.labels.slice(0, 12).map(String).join(", ");
      const message = `${name}, line ${one.line}: expected one of the labels the model learned (${known}), got ${String(label)}`;
      throw new RecurraError({ code: "format", message });
    }
  }
}

/** The commonest class, and its share where the sum of counts is one. */
export function commonest({ labels, counts }: LabelTable): { readonly index: number; readonly label: Label } {
  const index = counts.indexOf(Math.max(...counts));
  return { index, label: labels[index] ?? "" };
}
