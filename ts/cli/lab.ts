/** `recurra lab`: runs the systems and claims, and prints what was found beside what was expected. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { checkWritable, writeFileAtomic } from "../io/files.js";
import { type Experiment, Stopped } from "../lab/experiment.js";
import { experiments } from "../lab/index.js";
import { type Command, type Invocation, UsageError } from "./arguments.js";
import { duration, plural } from "./format.js";
import { Interrupt } from "./interrupt.js";
import { rounded } from "./lab/curves.js";
import { LabLine } from "./lab/line.js";
import { listed, printed } from "./lab/printing.js";
import { renderLab } from "./lab/report.js";
import { type Result, runExperiment } from "./lab/runner.js";
import { machine, version } from "./machine.js";
import { nearest } from "./nearest.js";
import { typed } from "./places.js";
import { notice, printJson, stderr, stdout } from "./terminal.js";

const names = experiments.map(({ name }) => name);
/** Where the data lies, for those who do not want to say it each time. */
const dataVariable = "RECURRA_DATA";

export const labCommand: Command = {
  name: "lab",
  summary: "experiments that show what recurrent nets can do and cannot",
  operands: "[NAME…]",
  minOperands: 0,
  maxOperands: names.length,
  about:
    "Each experiment shows a system or a claim of chapter 10 of Deep Learning, or a task whose best possible score is " +
    "known, and prints what was found beside what was expected. Without a name it lists them. Exit code 1 if a claim " +
    "was not shown. Some experiments need files that are not part of this package; they are skipped without them, and " +
    "docs/README.md says what such a file looks like. Seeds are fixed: each experiment says its own.",
  groups: [
    {
      title: "Flags",
      flags: [
        { name: "all", kind: "switch", help: "run every experiment" },
        {
          name: "data",
          kind: "text",
          value: "FOLDER",
          help: `data sets (default: the folder in ${dataVariable})`,
        },
        { name: "report", kind: "text", value: "FILE", help: "write a page with a figure for each" },
        { name: "json", kind: "switch", help: "print one JSON document, with the points of all curves" },
      ],
    },
  ],
  examples: [
    { command: "recurra lab", does: "what there is" },
    { command: "recurra lab nepal recall", does: "two of them" },
    { command: "recurra lab --all --report lab.html", does: "everything, with figures" },
  ],
  run: lab,
};

async function lab(invocation: Invocation): Promise<number> {
  const chosen = choose(invocation);
  const data = folder(invocation);
  const report = invocation.text("report");
  if (chosen.length === 0) {
    if (report !== undefined)
      throw new UsageError("--report needs something to report: --all or names", invocation.command);
    return list(invocation);
  }
  // Said before the work, not after it.
  if (report !== undefined) checkWritable(dirname(report));
  const interrupt = new Interrupt();
  try {
    const results = await runAll(invocation, chosen, { data, interrupt });
    if (results === undefined) return interrupt.exitCode ?? 130;
    if (report !== undefined) {
      writeFileAtomic(
        report,
        renderLab({ results, machine: machine(), version: version(), date: new Date().toISOString() }),
      );
      notice(`the figures are in ${typed(report)}`);
    }
    if (invocation.has("json")) printJson({ experiments: results.map(document) });
    return results.some(({ verdict }) => verdict === "failed") ? 1 : 0;
  } finally {
    interrupt.release();
  }
}

/** The experiments named, in the order given; all with --all; none without either. */
function choose(invocation: Invocation): readonly Experiment[] {
  const { command, operands } = invocation;
  if (invocation.has("all")) {
    if (operands.length > 0)
      throw new UsageError(`--all runs every experiment: leave out ${operands.join(" ")}`, command);
    return experiments;
  }
  return [...new Set(operands)].map((operand) => {
    const found = experiments.find(({ name }) => name === operand.toLowerCase());
    if (found !== undefined) return found;
    const close = nearest(operand.toLowerCase(), names);
    const hint = close === undefined ? `; there are ${names.join(", ")}` : `; did you mean ${close}?`;
    throw new UsageError(`no experiment is called ${JSON.stringify(operand)}${hint}`, command);
  });
}

/** --data, or the folder in the environment. */
function folder(invocation: Invocation): string | undefined {
  const given = invocation.text("data");
  const path = given ?? (process.env[dataVariable] || undefined);
  if (path === undefined || statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const where = given === undefined ? dataVariable : "--data";
  throw new UsageError(`${where}: expected a folder, got ${JSON.stringify(path)}`, invocation.command);
}

function list(invocation: Invocation): number {
  if (invocation.has("json")) {
    printJson({
      experiments: experiments.map(({ run: _, ...rest }) => rest),
    });
    return 0;
  }
  stdout.write(`${listed(experiments, stdout)}\nrecurra lab NAME… runs some, recurra lab --all runs all.\n`);
  return 0;
}

interface Run {
  readonly data: string | undefined;
  readonly interrupt: Interrupt;
}

/** Undefined if Ctrl-C came first. */
async function runAll(
  invocation: Invocation,
  chosen: readonly Experiment[],
  { data, interrupt }: Run,
): Promise<readonly Result[] | undefined> {
  const stop = new AbortController();
  interrupt.onRequest = () => stop.abort();
  const line = new LabLine(stderr, chosen.length);
  const results: Result[] = [];
  const begin = performance.now();
  // With --json the words go where progress goes.
  const words = invocation.has("json") ? stderr : stdout;
  try {
    for (const [i, experiment] of chosen.entries()) {
      line.start(experiment.name, i + 1);
      const onProgress = (_: Experiment, share: number, what: string): void => line.show(share, what);
      const result = await runExperiment(experiment, { data, signal: stop.signal, onProgress });
      results.push(result);
      line.clear();
      words.write(`${printed(result, words)}\n`);
    }
  } catch (error) {
    line.clear();
    if (!(error instanceof Stopped)) throw error;
    notice(`stopped; ${results.length} of ${plural(chosen.length, "experiment")} were done`);
    return undefined;
  }
  notice(`${counted(results)} in ${duration((performance.now() - begin) / 1000)}`);
  return results;
}

/** "17 shown, 1 failed (copy), 4 skipped" */
function counted(results: readonly Result[]): string {
  const of = (verdict: Result["verdict"]): string[] =>
    results.filter((result) => result.verdict === verdict).map(({ experiment }) => experiment.name);
  const [shown, failed, skipped] = [of("shown"), of("failed"), of("skipped")];
  return [
    `${shown.length} shown`,
    ...(failed.length > 0 ? [`${failed.length} failed (${failed.join(", ")})`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ].join(", ");
}

/** What `--json` says of one experiment. Names are stable: scripts are built on them. */
function document({ experiment, verdict, seconds, outcome, why }: Result): object {
  const { name, claim, shows, setup, seeds, limit } = experiment;
  const findings = outcome?.findings ?? [];
  return {
    ...{ name, claim, shows, setup },
    // Neither true nor false for what was not tried.
    passed: verdict === "skipped" ? null : verdict === "shown",
    ...{ seconds, limit, seed: seeds[0] ?? null, seeds },
    figures: Object.fromEntries(findings.map(({ name, found }) => [name, found])),
    expected: Object.fromEntries(
      findings.flatMap(({ name, expected }) => (expected ? [[name, expected]] : [])),
    ),
    basis: Object.fromEntries(
      findings.flatMap(({ name, expected, basis = "theory" }) => (expected ? [[name, basis]] : [])),
    ),
    curves: (outcome?.figures ?? []).map(rounded),
    ...(verdict === "skipped" && { skipped: why }),
    ...(verdict === "failed" && why !== undefined && { error: why }),
  };
}
