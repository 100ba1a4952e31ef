/** A sweep as a table for a terminal and as a page of figures. */

import { duration, grouped, significant } from "../ts/cli/format.js";
import labClient from "../ts/cli/lab/client.js?text";
import labStyle from "../ts/cli/lab/lab.css?text";
import type { Machine } from "../ts/cli/machine.js";
import { escapeHtml, htmlPage, pairTable, tile } from "../ts/cli/report/html.js";
import style from "../ts/cli/report/style.css?text";
import type { Figure } from "../ts/lab/experiment.js";
import type { SweepAxis, SweepCurve, SweepResult } from "./sweep.js";
import { tolerance } from "./sweep-cliffs.js";
import { denormalTarget } from "./targets.js";

/** What the figures were measured on. */
export interface SweepAbout {
  readonly machine: Machine;
  readonly version: string;
  readonly commit?: string | undefined;
  readonly kernel: string;
  /** ISO 8601. */
  readonly date: string;
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Lines of markdown: for each axis a table of GFLOP/s and share of peak, then cliffs, then denormals. */
export function sweepTable({ axes, denormals, peakGflops, seconds }: SweepResult): string[] {
  const lines = [
    `GFLOP/s of executed products, and the share of peak (${significant(peakGflops)} GFLOP/s) with padding to 4 columns counted as work; ${duration(seconds)}.`,
  ];
  for (const axis of axes) lines.push("", ...axisTable(axis));
  lines.push("", ...cliffLines(axes));
  if (denormals.length > 0) {
    lines.push("", "| denormals | time beside that of ordinary numbers |", "| --- | ---: |");
    for (const { name, ratio } of denormals)
      lines.push(`| ${name} | ${significant(ratio)}${ratio > denormalTarget ? " (slow)" : ""} |`);
  }
  return lines;
}

function axisTable({ letter, curves }: SweepAxis): string[] {
  const sizes = curves[0]?.points.map(({ size }) => size) ?? [];
  const cell = (curve: SweepCurve, i: number): string => {
    const point = curve.points[i];
    return point === undefined ? "" : `${significant(point.gflops)}, ${percent(point.share)}`;
  };
  return [
    `| ${letter} | ${curves.map(({ name }) => name).join(" | ")} |`,
    `| ---: |${curves.map(() => " ---: |").join("")}`,
    ...sizes.map((size, i) => `| ${grouped(size)} | ${curves.map((curve) => cell(curve, i)).join(" | ")} |`),
  ];
}

/** One line for each cliff; or one that says there is none. */
function cliffLines(axes: readonly SweepAxis[]): string[] {
  const lines = axes.flatMap(({ letter, curves }) =>
    curves.flatMap(({ name, cliffs }) =>
      cliffs.map(({ from, to, slower, factor }) => {
        const other = slower === from ? to : from;
        return `cliff: ${letter} ${slower} (${name}) takes ${significant(factor)} times as long as ${letter} ${other} explains`;
      }),
    ),
  );
  return lines.length > 0
    ? lines
    : [`no cliff: no size takes ${tolerance} times as long as a neighbour explains`];
}

/** One HTML file that holds all it shows: for each axis a figure for either kind, and the tables. */
export function sweepPage(result: SweepResult, about: SweepAbout): string {
  const { axes, denormals, peakGflops, seconds } = result;
  const figures: Figure[] = [];
  const sections = axes.map((axis) => section(axis, figures)).join("\n");
  const { machine, version, commit, kernel, date } = about;
  const rows = [
    ["processor", machine.cpu],
    ["engine", machine.engine],
    ["system", machine.system],
    ["recurra", version],
    ...(commit === undefined ? [] : [["commit", commit] as const]),
    ["kernel", kernel],
    ["written", `${date.slice(0, 10)} ${date.slice(11, 16)} UTC`],
  ] as const;
  const points = axes.flatMap(({ curves }) => curves.flatMap((curve) => curve.points));
  const best = points.reduce((most, { share }) => Math.max(most, share), 0);
  const found = axes.flatMap(({ curves }) => curves.flatMap(({ cliffs }) => cliffs)).length;
  const tiles = [
    tile("peak", significant(peakGflops), "GFLOP/s, multiply-adds in registers"),
    tile("best share", percent(best), "of that peak"),
    tile("cliffs", String(found), `sizes ${tolerance} times as slow as a neighbour explains`),
    tile("sizes", grouped(points.length), `timed in ${duration(seconds)}`),
  ];
  const body = `<main>
<header>
<h1>Speed over sizes</h1>
<p>What share of the machine's multiply-adds recurrent nets reach, size by size. Columns are computed four at a time: what fills up the last four is counted as work here, so a smooth curve means that padding is all an odd size costs.</p>
</header>
<section class="figures">${tiles.join("")}</section>
${sections}
<section><h2>Cliffs</h2>${cliffLines(axes)
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join("\n")}</section>
${denormals.length === 0 ? "" : denormalSection(result)}
<section><h2>Run</h2><div class="tables">${pairTable(rows)}</div></section>
<footer>This page holds all it shows and works without a network.</footer>
</main>
<noscript><p>The figures are drawn by a script in this page; all numbers are in the tables.</p></noscript>`;
  return htmlPage({ title: "sweep", style: style + labStyle, body, data: { figures }, script: labClient });
}

function section({ letter, title, curves }: SweepAxis, figures: Figure[]): string {
  const drawn = (["forward", "train"] as const).map((kind) => {
    const chosen = curves.filter((curve) => curve.kind === kind);
    const place = figures.push({
      title: kind,
      x: letter,
      y: "% of peak, padding counted",
      logX: true,
      curves: chosen.map(({ name, points }) => ({
        name: name.replace(/^\w+, /, ""),
        points: points.map(({ size, share }) => [size, Number((share * 100).toPrecision(4))] as const),
      })),
    });
    const label = `${title}, ${kind}: share of peak over ${letter}`;
    return `<h3>${kind}</h3>
<div class="chart" data-figure="${place - 1}" role="img" aria-label="${escapeHtml(label)}"></div>`;
  });
  const axis = { letter, title, curves };
  return `<section><h2>${escapeHtml(title)} (${letter})</h2>
${drawn.join("\n")}
<details><summary>GFLOP/s and share of peak</summary><div class="confusion">${numbers(axis)}</div></details></section>`;
}

function numbers({ letter, curves }: SweepAxis): string {
  const head = curves.map(({ name }) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const rows = (curves[0]?.points ?? []).map(({ size }, i) => {
    const cells = curves.map(({ points }) => {
      const point = points[i];
      return point === undefined
        ? "<td></td>"
        : `<td>${significant(point.gflops)} · ${percent(point.share)}</td>`;
    });
    return `<tr><th scope="row">${grouped(size)}</th>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr><th>${letter}</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

const denormalSection = ({ denormals }: SweepResult): string => `<section><h2>Denormals</h2>
<p>Time beside that of the same work on ordinary numbers.</p>
${pairTable(denormals.map(({ name, ratio }) => [name, significant(ratio)] as const))}</section>`;
