/** The words at the end of training. */
import type { Invocation } from "./arguments.js";
import { grouped, plural, printable, short, table, took } from "./format.js";
import type { Job } from "./job.js";
import { type Places, quoted, typed } from "./places.js";
import type { Figures } from "./results.js";
import type { Ending } from "./session.js";
import { notice, stderr, stdout } from "./terminal.js";

export interface EndingOptions {
  readonly figures: Figures;
  readonly ending: Ending;
  readonly job: Job;
  readonly kernel: string;
  readonly places: Places;
  readonly invocation: Invocation;
  /** Updates made in earlier runs. */
  readonly done: number;
}

const reasons: Readonly<Partial<Record<Ending, string>>> = {
  patience: "; ended because what is held out got no better",
  deadline: "; ended by the clock",
};

/** What the net writes, how good it is, where the files are, what to do next: on stdout. */
export function printEnding(options: EndingOptions): void {
  const { figures, ending, job, kernel, places, done } = options;
  const { updates, steps, seconds, outcome } = figures;
  const { unit } = job.measure;
  const speed = seconds > 0 ? `, ${short(steps / seconds)} ${unit}s/s` : "";
  const rows = [
    ...outcome.rows.map(([name, value], i) => [name, i === 0 ? emphasised(value) : value]),
    [
      "learned",
      updates === done
        ? `nothing more: the limit was reached before, after ${plural(updates, "update")}; give a greater one`
        : `${plural(steps, unit)} in ${took(seconds)}${speed} (${plural(updates, "update")}, kernel ${kernel})${reasons[ending] ?? ""}`,
    ],
    ["model", typed(places.model)],
    ["checkpoint", typed(places.checkpoint)],
    ["report", typed(places.report)],
  ];
  const ruler = (title: string): string =>
    stdout.style("dim", `── ${title} ${"─".repeat(Math.max(4, 74 - title.length))}`);
  if (outcome.text !== undefined) {
    const title = `${grouped(Array.from(outcome.text).length)} ${unit}s it wrote`;
    stdout.write(`${ruler(title)}\n${printable(outcome.text).trim()}\n`);
  }
  stdout.write(`${ruler("figures")}\n${table(rows, "ll")}\n${ruler("next")}\n${nextSteps(options)}\n`);
}

/** The figure itself, up to the first remark. */
function emphasised(value: string): string {
  const end = value.search(/, | \(| of /);
  return stdout.style("bold", end < 0 ? value : value.slice(0, end)) + (end < 0 ? "" : value.slice(end));
}

function nextSteps({ job, places, invocation, ending }: EndingOptions): string {
  const use = job.next(typed(places.folder));
  if (invocation.has("showcase"))
    return table([["the same on your own text", "npx recurra train your.txt"], use], "ll", "   ");
  // Where nothing got better for a while, more of the same is no advice.
  const on = ["train further", `${resumeCommand(places, invocation)} --seconds 600`];
  return table(ending === "patience" ? [use] : [use, on], "ll", "   ");
}

/** The command that goes on from the checkpoint. */
function resumeCommand(places: Places, invocation: Invocation): string {
  const file = invocation.operands[0] ?? "";
  const out = invocation.has("out") || invocation.has("name") ? ` --out ${quoted(places.folder)}` : "";
  const report = invocation.text("report");
  const page = report === undefined ? "" : ` --report ${quoted(report)}`;
  return `npx recurra train ${quoted(file)}${out}${page} --resume`;
}

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
