/** What a task shows of its result: series with their forecasts, and which class was taken for which. */
import { grouped } from "../format.js";
import { escapeHtml } from "./html.js";

/** A chart that the page's script draws. */
export interface SeriesSection {
  readonly kind: "series";
  /** Of the element, distinct within the page. */
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** What the x axis counts. */
  readonly x: string;
  /** What stands at the places of that axis, where it is not their number. */
  readonly names?: Readonly<Record<number, string>>;
  readonly curves: readonly {
    readonly name: string;
    /** "truth": what is in the data; "free": what the net says by itself; "step": one step ahead. */
    readonly look: "truth" | "free" | "step";
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

export interface ConfusionSection {
  readonly kind: "confusion";
  readonly title: string;
  readonly about: string;
  readonly labels: readonly string[];
  /** How often class `row` was taken for class `column`. */
  readonly counts: readonly (readonly number[])[];
}

export type Section = SeriesSection | ConfusionSection;

/** Classes that a table can show. */
const mostClasses = 24;

export function sectionHtml(section: Section): string {
  const head = `<section><h2>${escapeHtml(section.title)}</h2>\n<p>${escapeHtml(section.about)}</p>`;
  if (section.kind === "series") {
    const names = section.curves.map(({ name }) => name).join(", ");
    return `${head}\n<div class="chart" id="${section.id}" role="img" aria-label="${escapeHtml(`${section.title}: ${names}`)}"></div></section>`;
  }
  return `${head}\n${confusionTable(section)}</section>`;
}

/** Rows are true classes, columns what the net said; of many classes those that are most often mistaken. */
function confusionTable({ labels, counts }: ConfusionSection): string {
  const total = (row: number): number => (counts[row] ?? []).reduce((sum, count) => sum + count, 0);
  const wrong = (row: number): number => total(row) - (counts[row]?.[row] ?? 0);
  const shown = labels.map((_, index) => index);
  if (shown.length > mostClasses) {
    shown.sort((a, b) => wrong(b) - wrong(a));
    shown.length = mostClasses;
  }
  const cell = (row: number, column: number): string => {
    const count = counts[row]?.[column] ?? 0;
    const share = count / Math.max(1, total(row));
    const kind = row === column ? "right" : "wrong";
    const shade = count === 0 ? "" : ` class="${kind}" style="--share:${share.toFixed(2)}"`;
    return `<td${shade}>${count === 0 ? "" : grouped(count)}</td>`;
  };
  const head = shown.map((column) => `<th scope="col">${escapeHtml(labels[column] ?? "")}</th>`).join("");
  const rows = shown.map(
    (row) =>
      `<tr><th scope="row">${escapeHtml(labels[row] ?? "")}</th>${shown.map((column) => cell(row, column)).join("")}</tr>`,
  );
  const rest =
    labels.length > mostClasses ? `<p>Of ${labels.length} classes, those most often mistaken.</p>` : "";
  return `<div class="confusion"><table><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>${rest}`;
}
