/** The page of the lab: what was found beside what was expected, with figures for each experiment. */
import type { Figure, Finding } from "../../lab/experiment.js";
import { duration } from "../format.js";
import type { Machine } from "../machine.js";
import { escapeHtml, htmlPage, pairTable, tile } from "../report/html.js";
import style from "../report/style.css?text";
import client from "./client.js?text";
import { drawable } from "./curves.js";
import labStyle from "./lab.css?text";
import { expectation, quantity, seedsOf, took } from "./printing.js";
import type { Result } from "./runner.js";

export interface LabContent {
  readonly results: readonly Result[];
  readonly machine: Machine;
  readonly version: string;
  /** ISO 8601. */
  readonly date: string;
}

export function renderLab({ results, machine, version, date }: LabContent): string {
  const figures: Figure[] = [];
  const sections = results.map((result) => section(result, figures)).join("\n");
  const rows = [
    ["processor", machine.cpu],
    ["engine", machine.engine],
    ["system", machine.system],
    ["recurra", version],
    ["written", `${date.slice(0, 10)} ${date.slice(11, 16)} UTC`],
  ] as const;
  const body = `<main>
<header>
<h1>Recurrent nets, shown</h1>
<p>Systems and claims of chapter 10 of <em>Deep Learning</em>, and tasks whose best possible score is known: what was found beside what was expected, by theory, as published, or as a mark of our own.</p>
</header>
<section class="figures">${tiles(results)}</section>
<nav aria-label="Experiments">${results.map(link).join(" ")}</nav>
${sections}
<section><h2>Run</h2><div class="tables">${pairTable(rows)}</div></section>
<footer>This page holds all it shows and works without a network.</footer>
</main>
<noscript><p>The figures are drawn by a script in this page; everything found is here without it.</p></noscript>`;
  return htmlPage({
    title: "lab",
    style: style + labStyle,
    body,
    data: { figures: figures.map(drawable) },
    script: client,
  });
}

function tiles(results: readonly Result[]): string {
  const count = (verdict: Result["verdict"]): string =>
    String(results.filter((result) => result.verdict === verdict).length);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  return [
    tile("shown", count("shown"), "as expected"),
    tile("failed", count("failed"), "not as expected"),
    tile("skipped", count("skipped"), "files not there"),
    tile("time", duration(seconds), "for all together"),
  ].join("");
}

const link = ({ experiment: { name }, verdict }: Result): string =>
  `<a class="${verdict}" href="#${escapeHtml(name)}">${escapeHtml(name)}</a>`;

function section(result: Result, figures: Figure[]): string {
  const { experiment, verdict, seconds, outcome, why } = result;
  const drawn = (outcome?.figures ?? []).map((figure) => {
    figures.push(figure);
    const place = figures.length - 1;
    return `<h3>${escapeHtml(figure.title)}</h3>
<div class="chart" data-figure="${place}" role="img" aria-label="${escapeHtml(`${figure.title}: ${figure.y} over ${figure.x}`)}"></div>`;
  });
  const time = verdict === "skipped" ? "" : ` in ${took(seconds)}`;
  return `<section id="${escapeHtml(experiment.name)}">
<h2>${escapeHtml(experiment.name)} <span class="${verdict}">${verdict}${time}</span></h2>
<p>${escapeHtml(sentence(experiment.claim))}<br>${escapeHtml(sentence(experiment.shows))} ${escapeHtml(sentence(seedsOf(experiment)))}</p>
<p class="setup">Set-up: ${escapeHtml(experiment.setup)}.</p>
${why === undefined ? "" : `<p class="why">${escapeHtml(sentence(why))}</p>`}
${findingTable(outcome?.findings ?? [])}
${drawn.join("\n")}
</section>`;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function findingTable(findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  const row = (finding: Finding): string => {
    const { what, holds } = finding;
    const kind = holds === undefined ? "" : holds ? "shown" : "failed";
    return `<tr><th scope="row">${escapeHtml(what)}</th><td class="${kind}">${escapeHtml(quantity(finding))}</td><td>${escapeHtml(expectation(finding))}</td></tr>`;
  };
  return `<table class="findings"><thead><tr><th>what</th><th>found</th><th>expected</th></tr></thead><tbody>${findings.map(row).join("")}</tbody></table>`;
}
