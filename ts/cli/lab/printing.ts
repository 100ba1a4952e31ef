/** What was found, beside what was expected, in words. */
import type { Basis, Experiment, Finding } from "../../lab/experiment.js";
import { duration, grouped, oneLine, wrap } from "../format.js";
import { drawBar } from "../progress.js";
import type { Output } from "../terminal.js";
import type { Result } from "./runner.js";

/** 0.4652, 20,100, 1.2e-7: four significant digits. */
export function number(value: number): string {
  if (Number.isSafeInteger(value)) return grouped(value);
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size < 1e-3 || size >= 1e9) return value.toExponential(1);
  return size >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(4)));
}

export const quantity = ({ found, unit }: Finding): string =>
  unit === undefined ? number(found) : `${number(found)} ${unit}`;

/** 0.4 s, 9.3 s, 1 min 20 s */
export const took = (seconds: number): string =>
  seconds < 9.95 ? `${seconds.toFixed(1)} s` : duration(seconds);

export const seedsOf = ({ seeds }: Experiment): string =>
  seeds.length === 0 ? "no draws" : `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;

const bases: Readonly<Record<Basis, string>> = {
  theory: "by theory",
  published: "as published",
  ours: "our mark",
};

/** "by theory: 1, within 1e-5": what is expected, and whose word that is; empty where nothing is. */
export const expectation = ({ expected, basis = "theory" }: Finding): string =>
  expected === undefined ? "" : `${bases[basis]}: ${expected}`;

/** "under 20 s" */
export const takesAbout = ({ takes }: Experiment): string => `under ${duration(takes)}`;

const marks = { shown: "✓", failed: "✗", skipped: "–" } as const;
const colours = { shown: "green", failed: "red", skipped: "yellow" } as const;

/** An experiment and its findings. */
export function printed(result: Result, out: Output): string {
  const { experiment, verdict, seconds, outcome, why } = result;
  const width = Math.min(100, Math.max(48, out.columns));
  const mark = out.style(colours[verdict], marks[verdict]);
  const state = verdict === "skipped" ? verdict : `${verdict}, ${took(seconds)}`;
  const lines = [
    `${mark} ${out.style("bold", experiment.name)}  ${out.style("dim", `${state}; ${seedsOf(experiment)}`)}`,
    wrap(`${experiment.claim} (${experiment.shows})`, width, "  "),
    out.style("dim", wrap(`set-up: ${experiment.setup}`, width, "  ")),
  ];
  for (const finding of outcome?.findings ?? []) lines.push(...findingLines(finding, width, out));
  if (why !== undefined) lines.push(out.style(colours[verdict], wrap(why, width, "  ")));
  return `${lines.join("\n")}\n`;
}

function findingLines(finding: Finding, width: number, out: Output): string[] {
  const { holds, what } = finding;
  const mark =
    holds === undefined ? "·" : holds ? out.style("green", marks.shown) : out.style("red", marks.failed);
  const found = wrap(`${what}: ${quantity(finding)}`, width, "      ").trimStart();
  const said = expectation(finding);
  return [`    ${mark} ${found}`, ...(said === "" ? [] : [out.style("dim", wrap(said, width, "      "))])];
}

/** `recurra lab`: name and claim of each, how long it takes and which files it needs. */
export function listed(experiments: readonly Experiment[], out: Output): string {
  const left = Math.max(...experiments.map(({ name }) => name.length)) + 4;
  const width = Math.min(110, Math.max(48, out.columns));
  return experiments
    .map((experiment) => {
      const { name, claim, needs } = experiment;
      const files = needs === undefined ? "" : `; needs ${needs.join(", ")}`;
      const text = wrap(`${claim} (${takesAbout(experiment)}${files})`, width, " ".repeat(left)).slice(left);
      return `  ${out.style("cyan", name)}${" ".repeat(left - 2 - name.length)}${text}\n`;
    })
    .join("");
}

/** The moving line: which of how many, how far, and what it does. */
export function movingLine(
  { name, place, count }: { name: string; place: number; count: number },
  share: number,
  what: string,
  out: Output,
): string {
  const room = out.columns - 1;
  const width = Math.min(24, Math.max(4, room - 40));
  const head = `${Math.floor(share * 100)} %  ${count > 1 ? `${place}/${count} ` : ""}${name}`;
  const rest = oneLine(what, Math.max(0, room - width - head.length - 4));
  return `${out.style("cyan", drawBar(share, width))} ${head}  ${out.style("dim", rest)}`;
}
