/** The words at the end of training. */
import type { Invocation } from "./arguments.js";
import type { Unit } from "./corpus.js";
import { duration, grouped, plural, printable, short, table } from "./format.js";
import { type Places, quoted, typed } from "./places.js";
import type { Figures } from "./results.js";
import type { Ending } from "./session.js";
import { notice, stderr, stdout } from "./terminal.js";

export interface EndingOptions {
  readonly figures: Figures;
  readonly ending: Ending;
  readonly unit: Unit;
  readonly kernel: string;
  readonly places: Places;
  readonly invocation: Invocation;
}

/** What the net writes, how good it is, where the files are, what to do next: on stdout. */
export function printEnding({ figures, ending, unit, kernel, places, invocation }: EndingOptions): void {
  const { bits, baseline, updates, steps, seconds, metrics, sample } = figures;
  const bold = (text: string): string => stdout.style("bold", text);
  const why = ending === "patience" ? "; ended because the held-out text got no better" : "";
  const speed = seconds > 0 ? `, ${short(steps / seconds)} ${unit}s/s` : "";
  const rows = [
    [
      "held out",
      `${bold(`${bits.toFixed(3)} bits per ${unit}`)}, ${percent(metrics.accuracy)} of the next ones right`,
    ],
    ["baseline", `${baseline.toFixed(3)} bits per ${unit} (symbol frequencies)`],
    [
      "learned",
      `${plural(steps, unit)} in ${duration(seconds)}${speed} (${plural(updates, "update")}, kernel ${kernel})${why}`,
    ],
    ["model", typed(places.model)],
    ["checkpoint", typed(places.checkpoint)],
    ["report", typed(places.report)],
  ];
  const ruler = (title: string): string =>
    stdout.style("dim", `── ${title} ${"─".repeat(Math.max(4, 74 - title.length))}`);
  const sampleTitle = `${grouped(Array.from(sample).length)} ${unit}s it wrote`;
  stdout.write(`${ruler(sampleTitle)}\n${printable(sample).trim()}\n${ruler("figures")}\n`);
  stdout.write(`${table(rows, "ll")}\n${ruler("next")}\n${nextSteps(places, invocation)}\n`);
}

function nextSteps(places: Places, invocation: Invocation): string {
  const generate = ["let it write on", `npx recurra generate ${quoted(typed(places.folder))}`];
  if (invocation.has("showcase")) {
    return table([["the same on your own text", "npx recurra train your.txt"], generate], "ll", "   ");
  }
  const on = ["train further", `${resumeCommand(places, invocation)} --seconds 600`];
  return table([generate, on], "ll", "   ");
}

/** The command that goes on from the checkpoint. */
function resumeCommand(places: Places, invocation: Invocation): string {
  const file = invocation.operands[0] ?? "";
  const out = invocation.has("out") || invocation.has("name") ? ` --out ${quoted(places.folder)}` : "";
  const report = invocation.text("report");
  const page = report === undefined ? "" : ` --report ${quoted(report)}`;
  return `npx recurra train ${quoted(file)}${out}${page} --resume`;
}

const percent = (share: number | undefined): string => `${((share ?? 0) * 100).toFixed(1)} %`;

/** After Ctrl-C: where things are and how to go on, on stderr. */
export function interruptedNotice(updates: number, places: Places, invocation: Invocation): void {
  notice(`stopped after update ${grouped(updates)}; everything is saved`);
  notice(
    table(
      [
        ["checkpoint", typed(places.checkpoint)],
        ["go on with", resumeCommand(places, invocation)],
      ],
      "ll",
    ),
  );
}

/** After a loss or norm that is not finite. */
export function nonFiniteNotice(
  at: { update: number; loss: number; gradientNorm: number } | undefined,
  places: Places,
): void {
  const where =
    at === undefined ? "" : ` at update ${grouped(at.update)} (loss ${at.loss}, norm ${at.gradientNorm})`;
  notice(
    `${stderr.style("red", "error")}: training stopped${where}: loss or gradient norm is not finite. That update was not ` +
      `applied; the last good state is in ${typed(places.checkpoint)}. Try a smaller --learning-rate or --clip-norm.`,
  );
}
