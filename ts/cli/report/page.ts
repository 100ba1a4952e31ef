/** The page of curves: one HTML file that holds everything it shows. All text is escaped. */
import { readFileSync } from "node:fs";
import { type Curves, type HeldOutPoint, type Sample, spread } from "../curves.js";
import { grouped, plural, printable, short, significant, took } from "../format.js";
import type { Measure } from "../job.js";
import type { Machine } from "../machine.js";
import client from "./client.js?text";
import { escapeHtml, htmlPage, pairTable, tile } from "./html.js";
import { type Section, type SeriesSection, sectionHtml } from "./sections.js";
import style from "./style.css?text";

export type { Section } from "./sections.js";

/** What it is, a figure, a remark. */
export type Tile = readonly [label: string, value: string, note: string];

export interface PageContent extends Curves {
  readonly name: string;
  readonly measure: Measure;
  readonly kernel: string;
  readonly samples: readonly Sample[];
  readonly updates: number;
  readonly steps: number;
  readonly seconds: number;
  readonly parameters: number;
  /** What one gets without a net, as the measure shows it. */
  readonly baseline: { readonly value: number; readonly name: string };
  /** Measured on all that is held out; undefined while training goes on. */
  readonly tiles: readonly Tile[] | undefined;
  readonly sections: readonly Section[];
  /** Whether the model is the net of the best measurement, not of the last. */
  readonly best: boolean;
  readonly settings: readonly (readonly [string, string])[];
  readonly machine: Machine;
  readonly version: string;
  /** ISO 8601. */
  readonly date: string;
}

const samplesShown = 10;

export function renderPage(content: PageContent): string {
  const { name, measure, machine, kernel, version, date, parameters, settings, sections } = content;
  const machineRows = [
    ["processor", machine.cpu],
    ["engine", machine.engine],
    ["system", machine.system],
    ["kernel", kernel],
    ["parameters", grouped(parameters)],
    ["recurra", version],
    ["written", `${date.slice(0, 10)} ${date.slice(11, 16)} UTC`],
  ] as const;
  const title = measure.long.charAt(0).toUpperCase() + measure.long.slice(1);
  const body = `<main>
<header>
<h1>${escapeHtml(name)}</h1>
<p>${escapeHtml(summary(content))}</p>
</header>
<section class="figures">${tilesHtml(content)}</section>
${sections.map(sectionHtml).join("\n")}
<section><h2>${escapeHtml(title)}</h2>
<p>${escapeHtml(measure.about + keptSentence(content))}</p>
<div class="chart" id="loss" role="img" aria-label="${escapeHtml(title)} in training and on what is held out, as training went on"></div></section>
<section><h2>Gradient norm</h2>
<p>Global norm before clipping, on a logarithmic scale.</p>
<div class="chart" id="norm" role="img" aria-label="Gradient norm as training went on"></div></section>
${samplesSection(content)}
<section><div class="tables">
<div><h2>Options</h2>${pairTable(settings)}</div>
<div><h2>Run</h2>${pairTable(machineRows)}</div>
</div></section>
<footer>This page holds all it shows and works without a network.</footer>
</main>
<noscript><p>The curves are drawn by a script in this page; figures, samples and options are all here without it.</p></noscript>`;
  return htmlPage({ title: name, style, body, data: runData(content), script: client });
}

/** What earlier runs let the net write, from the page they left; none if there is none or it is not ours. */
export function readSamples(path: string): readonly Sample[] {
  try {
    const json = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(
      readFileSync(path, "utf8"),
    )?.[1];
    const { samples } = JSON.parse(json ?? "") as { samples?: unknown };
    return Array.isArray(samples) ? samples.filter(isSample) : [];
  } catch {
    // The page is for people; without it training goes on just as well.
    return [];
  }
}

function isSample(value: unknown): value is Sample {
  if (typeof value !== "object" || value === null) return false;
  const { update, steps, loss, text } = value as { [name in keyof Sample]?: unknown };
  return [update, steps].every(Number.isSafeInteger) && typeof loss === "number" && typeof text === "string";
}

function summary({ measure, steps, seconds, updates, settings, parameters }: PageContent): string {
  const hidden = settings.find(([name]) => name === "hidden-size")?.[1] ?? "?";
  const net = `A recurrent net with ${hidden} hidden units (${plural(parameters, "parameter")})`;
  return `${net} that learned from ${plural(steps, measure.unit)} in ${took(seconds)}, ${plural(updates, "update")}.`;
}

function keptSentence({ best, heldOut, measure }: PageContent): string {
  const losses = heldOut.map(({ loss }) => loss);
  const least = Math.min(...losses);
  const at = heldOut[losses.indexOf(least)];
  if (!best || at === undefined) return "";
  const where = `${significant(least)} after ${short(at.steps)} ${measure.unit}s`;
  return (
    ` The model is the net that did best on what is held out: ${where}. So what is held out is a validation set: it taught ` +
    "the net nothing, but chose it. A test takes data of its own."
  );
}

function tilesHtml({ measure, steps, seconds, baseline, tiles, heldOut }: PageContent): string {
  const { unit, long } = measure;
  const latest = heldOut.at(-1)?.loss;
  const speed = seconds > 0 ? `${short(steps / seconds)}` : "–";
  const soFar: Tile[] = [
    [`held out, ${long}`, latest === undefined ? "–" : significant(latest), "latest measurement"],
    [`${baseline.name} alone`, significant(baseline.value), long],
  ];
  const last: Tile = [`${unit}s per second`, speed, `${short(steps)} in ${took(seconds)}`];
  return [...(tiles ?? soFar), last].map((parts) => tile(...parts)).join("");
}

function samplesSection({ samples, measure }: PageContent): string {
  if (samples.length === 0) return "";
  const item = ({ steps, update, loss, text }: Sample): string => {
    const when = [
      `${short(steps)} ${measure.unit}s`,
      `update ${grouped(update)}`,
      `${significant(loss)} ${measure.long} in training`,
    ];
    const spans = when.map((part) => `<span>${escapeHtml(part)}</span>`).join("");
    return `<li><div class="when">${spans}</div><p class="text">${escapeHtml(printable(text).trim())}</p></li>`;
  };
  return `<section><h2>What it wrote</h2>
<p>Drawn from the net as training went on, temperature 0.7.</p>
<ol>${spread(samples, samplesShown).map(item).join("\n")}</ol></section>`;
}

/** Measurements that a chart has room for; the best is always one of them. */
const measurementsShown = 160;

function thinned(heldOut: readonly HeldOutPoint[]): HeldOutPoint[] {
  const width = Math.ceil(heldOut.length / measurementsShown);
  const shown: HeldOutPoint[] = [];
  for (let from = 0; from < heldOut.length; from += width) {
    const some = heldOut.slice(from, from + width);
    // Of those that stand close together the middle one: neither the best nor the worst luck.
    const sorted = [...some].sort((a, b) => a.loss - b.loss);
    const middle = sorted[sorted.length >> 1];
    if (middle !== undefined) shown.push(middle);
  }
  const best = heldOut.reduce<HeldOutPoint | undefined>(
    (a, b) => (a !== undefined && a.loss <= b.loss ? a : b),
    undefined,
  );
  const last = heldOut.at(-1);
  const ends = [best, last].filter(
    (point) => point !== undefined && !shown.includes(point),
  ) as HeldOutPoint[];
  return [...shown, ...ends].sort((a, b) => a.steps - b.steps);
}

/** What the script draws, and the samples for a later --resume. Rounded: a page is read by people. */
function runData({ measure, baseline, points, heldOut, samples, sections }: PageContent): object {
  const rounded = (value: number): number => Number(value.toPrecision(5));
  const series = sections.filter((section): section is SeriesSection => section.kind === "series");
  return {
    unit: measure.unit,
    baseline: rounded(baseline.value),
    baselineName: baseline.name,
    training: points.map(({ steps, loss }) => [steps, rounded(loss)]),
    heldOut: thinned(heldOut).map(({ steps, loss }) => [steps, rounded(loss)]),
    norms: points.map(({ steps, norm }) => [steps, rounded(norm)]),
    series: series.map(({ id, x, names, curves }) => ({
      id,
      x,
      ...(names === undefined ? {} : { names }),
      curves: curves.map(({ name, look, points: all }) => ({
        name,
        look,
        points: all.map(([at, value]) => [at, Number.isFinite(value) ? rounded(value) : null]),
      })),
    })),
    samples,
  };
}
