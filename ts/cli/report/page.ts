/**
 * The page of curves: one HTML file that holds everything it shows and asks no network for anything. All text is
 * escaped; a policy in its head forbids it to load anything, whatever may have slipped in.
 */
import { readFileSync } from "node:fs";
import uplot from "uplot/dist/uPlot.iife.min.js?text";
import uplotStyle from "uplot/dist/uPlot.min.css?text";
import type { Unit } from "../corpus.js";
import { type Curves, type Sample, spread } from "../curves.js";
import { duration, grouped, plural, printable, short } from "../format.js";
import type { Machine } from "../machine.js";
import client from "./client.js?text";
import style from "./style.css?text";

export interface PageContent extends Curves {
  readonly name: string;
  readonly unit: Unit;
  readonly kernel: string;
  readonly samples: readonly Sample[];
  readonly updates: number;
  readonly steps: number;
  readonly seconds: number;
  readonly parameters: number;
  /** Bits per symbol of symbol frequencies on the held-out text. */
  readonly baseline: number;
  /** Measured on the whole held-out text; undefined while training goes on. */
  readonly heldOutResult: { readonly bits: number; readonly accuracy: number } | undefined;
  readonly settings: readonly (readonly [string, string])[];
  readonly machine: Machine;
  readonly version: string;
  /** ISO 8601. */
  readonly date: string;
}

const samplesShown = 10;

export function renderPage(content: PageContent): string {
  const { name, unit, machine, kernel, version, date, parameters, settings } = content;
  const machineRows = [
    ["processor", machine.cpu],
    ["engine", machine.engine],
    ["system", machine.system],
    ["kernel", kernel],
    ["parameters", grouped(parameters)],
    ["recurra", version],
    ["written", `${date.slice(0, 10)} ${date.slice(11, 16)} UTC`],
  ] as const;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(name)} · recurra</title>
<style>${uplotStyle}${style}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(name)}</h1>
<p>${escapeHtml(summary(content))}</p>
</header>
<section class="figures">${figures(content)}</section>
<section><h2>Bits per ${unit}</h2>
<p>How many bits it takes to tell the next ${unit}, given all before it. Lower is better.</p>
<div class="chart" id="loss" role="img" aria-label="Bits per ${unit} on training and held-out text as training went on"></div></section>
<section><h2>Gradient norm</h2>
<p>Global norm before clipping, on a logarithmic scale.</p>
<div class="chart" id="norm" role="img" aria-label="Gradient norm as training went on"></div></section>
${samplesSection(content)}
<section><div class="tables">
<div><h2>Options</h2>${tableOf(settings)}</div>
<div><h2>Run</h2>${tableOf(machineRows)}</div>
</div></section>
<footer>This page holds all it shows and works without a network.</footer>
</main>
<noscript><p>The curves are drawn by a script in this page; figures, samples and options are all here without it.</p></noscript>
<script type="application/json" id="run">${embed(runData(content))}</script>
<script>${uplot}</script>
<script>${client}</script>
</body>
</html>
`;
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
  const { update, steps, bits, text } = value as { [name in keyof Sample]?: unknown };
  return [update, steps].every(Number.isSafeInteger) && typeof bits === "number" && typeof text === "string";
}

function summary({ unit, steps, seconds, updates, settings, parameters }: PageContent): string {
  const hidden = settings.find(([name]) => name === "hidden-size")?.[1] ?? "?";
  const net = `A recurrent net with ${hidden} hidden units (${plural(parameters, "parameter")})`;
  return `${net} that learned from ${plural(steps, unit)} in ${duration(seconds)}, ${plural(updates, "update")}.`;
}

function figures({ unit, steps, seconds, baseline, heldOutResult, heldOut }: PageContent): string {
  const latest = heldOutResult?.bits ?? heldOut.at(-1)?.bits;
  const speed = seconds > 0 ? `${short(steps / seconds)}` : "–";
  const tiles: [string, string, string][] = [
    [
      `held out, bits per ${unit}`,
      latest?.toFixed(3) ?? "–",
      heldOutResult ? "on all of the held-out text" : "latest measurement",
    ],
    ["symbol frequencies alone", baseline.toFixed(3), `bits per ${unit}, on the same text`],
  ];
  if (heldOutResult)
    tiles.push([
      `next ${unit} right`,
      `${(heldOutResult.accuracy * 100).toFixed(1)} %`,
      "most probable one, held out",
    ]);
  tiles.push([`${unit}s per second`, speed, `${short(steps)} in ${duration(seconds)}`]);
  return tiles
    .map(
      ([label, value, note]) =>
        `<div><dl><dt>${escapeHtml(label)}</dt><dd class="value">${escapeHtml(value)}</dd><dd class="note">${escapeHtml(note)}</dd></dl></div>`,
    )
    .join("");
}

function samplesSection({ samples, unit }: PageContent): string {
  if (samples.length === 0) return "";
  const item = ({ steps, update, bits, text }: Sample): string => {
    const when = [
      `${short(steps)} ${unit}s`,
      `update ${grouped(update)}`,
      `${bits.toFixed(2)} bits in training`,
    ];
    const spans = when.map((part) => `<span>${escapeHtml(part)}</span>`).join("");
    return `<li><div class="when">${spans}</div><p class="text">${escapeHtml(printable(text).trim())}</p></li>`;
  };
  return `<section><h2>What it wrote</h2>
<p>Drawn from the net as training went on, temperature 0.7.</p>
<ol>${spread(samples, samplesShown).map(item).join("\n")}</ol></section>`;
}

const tableOf = (rows: readonly (readonly [string, string])[]): string =>
  `<table>${rows.map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`).join("")}</table>`;

/** What the script draws, and the samples for a later --resume. Rounded: a page is read by people. */
function runData({ unit, baseline, points, heldOut, samples }: PageContent): object {
  const rounded = (value: number): number => Number(value.toPrecision(5));
  return {
    unit,
    baseline: rounded(baseline),
    training: points.map(({ steps, bits }) => [steps, rounded(bits)]),
    heldOut: heldOut.map(({ steps, bits }) => [steps, rounded(bits)]),
    norms: points.map(({ steps, norm }) => [steps, rounded(norm)]),
    samples,
  };
}

/** JSON inside a script element: nothing in it may end the element. */
const embed = (data: object): string => JSON.stringify(data).replaceAll("<", "\\u003c");

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (symbol) => entities[symbol] ?? symbol);
