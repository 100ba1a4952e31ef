/** `recurra bench`: how fast this machine computes, beside what it could at most. */
import type { Prepared, Workload } from "../../bench/workload.js";
import { workloads } from "../../bench/workloads.js";
import type { Runtime } from "../index.js";
import { type Command, type Invocation, UsageError } from "./arguments.js";
import { grouped, significant } from "./format.js";
import { commit, machine, version } from "./machine.js";
import { runtimeFor } from "./model.js";
import { nearest } from "./nearest.js";
import { type Peak, peakLoop } from "./peak.js";
import { printJson, stderr, stdout } from "./terminal.js";

const names = workloads.map(({ name }) => name);

export const benchCommand: Command = {
  name: "bench",
  summary: "speed, beside the most this machine can do",
  operands: `[${names.join(" ")}]`,
  minOperands: 0,
  maxOperands: names.length,
  about:
    "Times workloads in turns, and beside each sample a loop of multiply-adds that touches no memory: the peak. " +
    "Shares of peak are medians of neighbouring measurements, so they hold on a machine that does other things as " +
    "well. GFLOP/s count executed products only.\n" +
    workloads.map(({ name, task }) => `${name}: ${task}`).join("\n"),
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
          help: "time for all together (6 for each)",
        },
        {
          name: "kernel",
          kind: "choice",
          choices: ["simd", "relaxed"],
          default: "simd",
          help: "the kernel to time",
        },
        { name: "json", kind: "switch", help: "print one JSON document" },
      ],
    },
  ],
  examples: [
    { command: "recurra bench", does: "all workloads" },
    { command: "recurra bench W1 W4 --seconds 5", does: "two of them, quickly" },
  ],
  run: bench,
};

/**
 * Milliseconds of one sample, at least. The peak loop runs half as long before and half as long after: where other
 * programs take turns with this one, both are then interrupted alike.
 */
const sampleTime = 40;
/** Samples of each workload, at least. */
const fewest = 3;

interface Timed {
  readonly workload: Workload;
  readonly prepared: Prepared;
  readonly rounds: number;
  /** Milliseconds that these rounds took at first. */
  readonly took: number;
  /** Units per second, and share of the peak measured beside. */
  readonly samples: { readonly rate: number; readonly share: number }[];
}

async function bench(invocation: Invocation): Promise<number> {
  const chosen = choose(invocation);
  const kernel = invocation.text("kernel") ?? "simd";
  const runtime = await runtimeFor(invocation);
  const peak = await peakLoop(kernel);
  const moving = stderr.isTTY;
  const tell = (what: string): void =>
    moving ? stderr.write(`\r\u001b[2K${stderr.style("dim", what)}`) : undefined;
  const timed: Timed[] = [];
  try {
    for (const workload of chosen) {
      tell(`checking ${workload.name} …`);
      timed.push(await start(workload, runtime));
    }
    const seconds = invocation.number("seconds") ?? 6 * chosen.length;
    const end = performance.now() + seconds * 1000;
    for (let turn = 1; turn <= fewest || performance.now() < end; turn++) {
      for (const one of timed) {
        tell(`${one.workload.name}, sample ${turn} …`);
        one.samples.push(await sample(one, peak));
      }
    }
  } finally {
    for (const { prepared } of timed) prepared.dispose();
    if (moving) stderr.write("\r\u001b[2K");
  }
  print(invocation, kernel, timed, peak);
  return 0;
}

function choose(invocation: Invocation): readonly Workload[] {
  if (invocation.operands.length === 0) return workloads;
  const wanted = invocation.operands.map((operand) => {
    const name = operand.toUpperCase();
    if (names.includes(name)) return name;
    const close = nearest(name, names);
    const hint = close === undefined ? "" : `; did you mean ${close}?`;
    throw new UsageError(
      `expected workloads among ${names.join(", ")}, got ${JSON.stringify(operand)}${hint}`,
      invocation.command,
    );
  });
  return workloads.filter(({ name }) => wanted.includes(name));
}

/** Prepares, warms up until the engine has optimized, and finds how many rounds make a sample. */
async function start(workload: Workload, runtime: Runtime | undefined): Promise<Timed> {
  const prepared = await workload.prepare(workload.name, runtime);
  for (let rounds = 1; ; ) {
    const begin = performance.now();
    await prepared.run(rounds);
    const took = performance.now() - begin;
    if (took >= sampleTime) return { workload, prepared, rounds, took, samples: [] };
    rounds = took < sampleTime / 16 ? rounds * 8 : Math.ceil((rounds * sampleTime * 1.05) / took);
  }
}

async function sample({ prepared, rounds, took }: Timed, peak: Peak): Promise<Timed["samples"][number]> {
  const before = peak.gflops(took / 2);
  const begin = performance.now();
  await prepared.run(rounds);
  const seconds = (performance.now() - begin) / 1000;
  const after = peak.gflops(took / 2);
  const rate = (prepared.unitsPerRound * rounds) / seconds;
  return { rate, share: (rate * prepared.flopsPerUnit) / 1e9 / ((before + after) / 2) };
}

function print(invocation: Invocation, kernel: string, timed: readonly Timed[], peak: Peak): void {
  const results = timed.map(resultOf);
  const { cpu, engine } = machine();
  const peakGflops = median(peak.measured);
  if (invocation.has("json")) {
    printJson({ cpu, engine, commit: commit() ?? null, kernel, peakGflops, workloads: results, peers: [] });
    return;
  }
  const lines = [
    `recurra ${version()}, commit ${commit() ?? "unknown"}, kernel ${kernel}`,
    `${engine}, ${cpu}`,
    `peak ${significant(peakGflops)} GFLOP/s, median of ${peak.measured.length} (multiply-adds in registers: 13 accumulators of 4 lanes)`,
    "",
    "| workload | task | median | best | GFLOP/s | share of peak |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...results.map(({ name, unit, median, best, gflops, shareOfPeak }) => {
      const show = (value: number): string =>
        `${value >= 1000 ? grouped(Math.round(value)) : significant(value)} ${unit}`;
      const task = workloads.find((workload) => workload.name === name)?.task ?? "";
      const share = `${(shareOfPeak * 100).toFixed(0)} %`;
      return `| ${name} | ${task} | ${show(median)} | ${show(best)} | ${significant(gflops)} | ${share} |`;
    }),
  ];
  stdout.write(`${lines.join("\n")}\n`);
}

interface Result {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly best: number;
  readonly gflops: number;
  readonly shareOfPeak: number;
}

/** Rates, but streams in microseconds per step. */
function resultOf({ workload, prepared, samples }: Timed): Result {
  const rates = samples.map(({ rate }) => rate);
  const shown = (rate: number): number => (workload.unit === "µs/step" ? 1e6 / rate : rate);
  return {
    name: workload.name,
    unit: workload.unit,
    median: shown(median(rates)),
    best: shown(Math.max(...rates)),
    gflops: (median(rates) * prepared.flopsPerUnit) / 1e9,
    shareOfPeak: median(samples.map(({ share }) => share)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
