/** `recurra bench`: how fast this machine computes, beside what it could at most and beside other libraries. */
import { dirname } from "node:path";
import { sweepPage } from "../../bench/sweep-page.js";
import { workloads } from "../../bench/workloads.js";
import { checkWritable, writeFileAtomic } from "../io/files.js";
import type { Command, Flag, Invocation } from "./arguments.js";
import { Attempts } from "./bench/attempts.js";
import type { Document } from "./bench/document.js";
import { inEngine } from "./bench/engine.js";
import { pageOf } from "./bench/page.js";
import { carryOut } from "./bench/plan.js";
import { checkNode, checkPython } from "./bench/programs.js";
import { inRepository, runOf, writeResults } from "./bench/results.js";
import { telling } from "./bench/telling.js";
import { argumentsFor, operands, planOf } from "./bench/wishes.js";
import { Interrupt } from "./interrupt.js";
import { machine, version } from "./machine.js";
import { typed } from "./places.js";
import { notice, printJson, stderr, stdout } from "./terminal.js";

/** For those who work on the library. */
const keeping: readonly Flag[] = inRepository()
  ? [
      {
        name: "write",
        kind: "switch",
        help: "write bench/RESULTS.md and the README's table; without names of parts, after all of them",
      },
    ]
  : [];

export const benchCommand: Command = {
  name: "bench",
  summary: "speed, beside the most this machine can do",
  operands: `[${operands.join(" ")}]`,
  minOperands: 0,
  maxOperands: operands.length,
  about:
    "Times workloads in turns, and beside each sample a loop of multiply-adds that touches no memory: the peak. " +
    "Shares of peak are medians of neighbouring measurements, so they hold on a machine that does other things as " +
    "well. GFLOP/s count executed products only.\n" +
    `${workloads.map(({ name, task }) => `${name}: ${task}`).join("\n")}\n` +
    "scaling: training with more and more workers\n" +
    "relaxed: the relaxed kernel beside the default one\n" +
    "startup: from the start of a process to its first update and its first streamed step\n" +
    "memory: bytes beside what the sizes alone ask for\n" +
    "sweep: sizes from tiny to huge, in search of cliffs; half a minute at least, and good for verdicts from 150 s",
  groups: [
    {
      title: "Flags",
      flags: [
        {
          name: "seconds",
          kind: "number",
          min: 0,
          above: true,
          value: "S",
          help: "time for the samples of each part together (6 for each workload, 150 for the sweep)",
        },
        {
          name: "kernel",
          kind: "choice",
          choices: ["simd", "relaxed"],
          default: "simd",
          help: "the kernel to time",
        },
        {
          name: "workers",
          kind: "integer",
          min: 0,
          max: 64,
          value: "N",
          help: "train with N workers, beside no other library; of scaling, the most (all cores)",
        },
        { name: "report", kind: "text", value: "FILE", help: "write the sweep as a page of figures" },
        { name: "json", kind: "switch", help: "print one JSON document" },
      ],
    },
    {
      title: "Beside others",
      flags: [
        { name: "peers", kind: "switch", help: "time W1 to W6 beside other JavaScript libraries" },
        { name: "native", kind: "switch", help: "time them beside PyTorch, JAX and numpy" },
        {
          name: "python",
          kind: "text",
          value: "PATH",
          help: "the Python that has them (RECURRA_BENCH_PYTHON)",
        },
        {
          name: "engine",
          kind: "text",
          value: "PATH",
          help: "time workloads, relaxed and startup in this Node too",
        },
        ...keeping,
      ],
    },
  ],
  examples: [
    { command: "recurra bench", does: "all workloads" },
    { command: "recurra bench W1 W4 --seconds 5", does: "two of them, quickly" },
    { command: "recurra bench W2 --peers --native", does: "beside other libraries" },
    { command: "recurra bench startup memory", does: "what it takes besides" },
  ],
  run: bench,
};

async function bench(invocation: Invocation): Promise<number> {
  const plan = planOf(invocation);
  const write = inRepository() && invocation.has("write");
  const report = invocation.text("report");
  const engine = invocation.text("engine");
  // Said before the work, not after it.
  if (report !== undefined) checkWritable(dirname(report));
  if (engine !== undefined) checkNode(engine);
  if (plan.python !== undefined) checkPython(plan.python);
  const interrupt = new Interrupt();
  const { tell, clear } = telling();
  // Whatever runs beside ends with this process, and folders go too: see bench/groups.ts.
  interrupt.onRequest = () => {
    clear();
    process.exit(interrupt.exitCode);
  };
  try {
    const attempts = new Attempts();
    const own = await carryOut(plan, attempts, tell);
    let other: Document | undefined;
    if (engine !== undefined) {
      tell(`${engine} …`);
      other = await attempts.of("engine", undefined, () => inEngine(engine, argumentsFor(plan)));
    }
    const documents = [attempts.failed ? { ...own, failures: attempts.failures } : own];
    if (other !== undefined) documents.push(other);
    clear();
    print(documents, invocation.has("json"));
    if (report !== undefined) writeReport(report, documents[0]);
    if (write) {
      const now = new Date();
      const runs = documents.map((document) => runOf(document, version(), now));
      const files = writeResults(runs, invocation.operands.length === 0);
      notice(`written: ${files.join(", ")}`);
    }
    // Those of the other engine it has told itself.
    for (const [part, why] of Object.entries(attempts.failures))
      stderr.write(`${stderr.style("red", "error")}: ${part}: ${why}\n`);
    return documents.some(({ failures }) => failures !== undefined) ? 1 : 0;
  } finally {
    clear();
    interrupt.release();
  }
}

function print([first, ...others]: readonly Document[], json: boolean): void {
  if (first === undefined) return;
  if (json) printJson(others.length === 0 ? first : { ...first, engines: others });
  else
    stdout.write(
      [first, ...others].map((document) => pageOf(document, version(), inRepository())).join("\n"),
    );
}

function writeReport(file: string, document: Document | undefined): void {
  if (document?.sweep === undefined) return;
  const { kernel, commit } = document;
  const about = { machine: machine(), version: version(), kernel, date: new Date().toISOString() };
  writeFileAtomic(file, sweepPage(document.sweep, { ...about, commit: commit ?? undefined }));
  notice(`the figures are in ${typed(file)}`);
}
