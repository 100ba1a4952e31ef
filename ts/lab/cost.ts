import { Rnn, type Sequence } from "../index.js";
import type { Bench, Experiment, Finding } from "./experiment.js";
import { fitLine, sameBits } from "./numbers.js";
import { random } from "./random.js";

const seed = 1;
const [symbols, hiddenSize] = [16, 64] as const;
const lengths = Array.from({ length: 9 }, (_, k) => 64 * 2 ** k);
/** Bytes for the checkpointed runs. */
const budget = 256 * 1024;
/** Runs of each, in turns; the quickest counts, as whatever else the machine does only ever adds time. */
const turns = 7;
/**
 * Where the machine was busy all through them there are more, until the quickest lie on a line or so many seconds have
 * gone by. A cost that is not a line stays none, however often it is measured.
 */
const patience = 60;
/** R² from which on times count as a straight line. */
const straight = 0.99;

/**
 * The tape of one sequence in s-step segments: h_t and two gradients of it for s steps and the one before them. Where
 * there are several segments, the state at each border as well, and the gradient that goes from segment to segment.
 */
export function tapeFormula(steps: number, segments: number): number {
  const own = Math.ceil(steps / segments);
  const borders = Math.ceil(steps / own) - 1;
  return 4 * hiddenSize * (3 * (own + 1) + (borders > 0 ? borders + 1 : 0));
}

/** The fewest segments that fit. */
export function segmentsFor(steps: number, bytes: number): number {
  let segments = 1;
  while (tapeFormula(steps, segments) > bytes && segments < steps) segments += 1;
  return segments;
}

/**
 * Section 10.2: forward and backward pass cannot be shortened by doing steps side by side, and keep every state
 * until the way back: O(τ) time, O(τ) memory. With checkpoints memory stays below a budget, for computing states twice.
 */
export const costOfTraining: Experiment = {
  name: "cost",
  claim:
    "time and memory of back-propagation through time grow with τ in a straight line; checkpoints bound " +
    "the memory",
  shows: "section 10.2: O(τ) time and memory",
  setup:
    "16 symbols, 64 hidden units, tanh, uniform initializer; forward and backward pass of one drawn " +
    "sequence of 64 to 16,384 steps, the quickest of seven and more; no training",
  takes: 20,
  seeds: [seed],
  limit: 180,

  async run(bench) {
    using rnn = await Rnn.create({ inputSize: symbols, outputSize: symbols, hiddenSize, seed });
    const runs = await measure(bench, rnn);
    const times = (which: "full" | "checkpointed") =>
      runs.map(({ steps, [which]: { ms } }) => [steps, ms] as const);
    const bytes = (which: "full" | "checkpointed") =>
      runs.map(({ steps, [which]: { tape } }) => [steps, tape] as const);
    const line = (which: "full" | "checkpointed", what: string): Finding => {
      const { r2 } = fitLine(times(which));
      const name = which === "full" ? "timeFit" : "timeFitCheckpointed";
      const expected = `at least ${straight}: a straight line`;
      return {
        name,
        what: `R² of a straight line through the times, ${what}`,
        found: r2,
        expected,
        basis: "ours",
        holds: r2 >= straight,
      };
    };
    const exact = (which: "full" | "checkpointed"): number =>
      runs.filter(
        ({ steps, [which]: { tape } }) =>
          tape === tapeFormula(steps, which === "full" ? 1 : segmentsFor(steps, budget)),
      ).length;
    const longest = runs.at(-1) as Run;
    const same = runs.filter((run) => run.same).length;
    const all = `all ${lengths.length}`;
    return {
      findings: [
        line("full", "full tape"),
        line("checkpointed", `checkpoints in ${budget / 1024} KiB`),
        {
          name: "bytes",
          what: "lengths whose tape has exactly 4 H · 3 (τ + 1) bytes",
          found: exact("full"),
          expected: `${all}: h and two gradients for each step and the start`,
          holds: exact("full") === lengths.length,
        },
        {
          name: "bytesCheckpointed",
          what: "lengths whose tape has exactly the bytes of s-step segments, 4 H (3 (s + 1) + ⌈τ/s⌉)",
          found: exact("checkpointed"),
          expected: `${all}, and none above the budget`,
          holds:
            exact("checkpointed") === lengths.length && bytes("checkpointed").every(([, n]) => n <= budget),
        },
        {
          name: "sameGradients",
          what: "lengths whose gradients are the same bits both ways",
          found: same,
          expected: all,
          holds: same === lengths.length,
        },
        {
          name: "fullBytes",
          what: `tape of ${longest.steps} steps, full`,
          found: longest.full.tape,
          unit: "bytes",
        },
        {
          name: "checkpointedBytes",
          what: "the same with checkpoints",
          found: longest.checkpointed.tape,
          unit: "bytes",
        },
        {
          name: "timeRatio",
          what: "time with checkpoints, as a multiple of that with the full tape",
          found: longest.checkpointed.ms / longest.full.ms,
        },
      ],
      figures: [
        {
          title: "Time of forward and backward pass",
          x: "τ",
          y: "ms",
          logX: true,
          logY: true,
          curves: [
            { name: "full tape", points: times("full") },
            { name: "with checkpoints", points: times("checkpointed") },
            {
              name: "in proportion to τ, for comparison",
              style: "dashed",
              points: lengths.map((steps) => [steps, (longest.full.ms * steps) / longest.steps] as const),
            },
          ],
        },
        {
          title: "Memory of the tape",
          x: "τ",
          y: "bytes",
          logX: true,
          logY: true,
          curves: [
            { name: "full tape", points: bytes("full") },
            { name: "with checkpoints", points: bytes("checkpointed") },
            {
              name: "budget",
              style: "dashed",
              points: [
                [lengths[0] ?? 1, budget],
                [longest.steps, budget],
              ],
            },
          ],
        },
      ],
    };
  },
};

interface Cost {
  readonly ms: number;
  readonly tape: number;
}
interface Run {
  readonly steps: number;
  readonly full: Cost;
  readonly checkpointed: Cost;
  /** Whether all gradients of the parameters are the same bits. */
  readonly same: boolean;
}

async function measure(bench: Bench, rnn: Rnn): Promise<Run[]> {
  const draws = random(seed);
  const sequences = lengths.map((steps): Sequence => {
    const indices = () => Int32Array.from({ length: steps }, () => draws.below(symbols));
    return { inputs: indices(), targets: indices() };
  });
  const runs: Run[] = [];
  const begin = performance.now();
  const more = (turn: number): boolean =>
    turn < turns || (!bothStraight(runs) && performance.now() - begin < 1000 * patience);
  for (let turn = 0; more(turn); turn++) {
    for (const [i, steps] of lengths.entries()) {
      await bench.breathe(Math.min(1, (turn + i / lengths.length) / turns), `τ = ${steps}, turn ${turn + 1}`);
      const sequence = sequences[i] as Sequence;
      const full = once(rnn, sequence, undefined);
      const checkpointed = once(rnn, sequence, budget);
      const best = runs[i];
      runs[i] = {
        steps,
        full: { ...full, ms: Math.min(full.ms, best?.full.ms ?? full.ms) },
        checkpointed: {
          ...checkpointed,
          ms: Math.min(checkpointed.ms, best?.checkpointed.ms ?? checkpointed.ms),
        },
        same: sameBits(full.gradient, checkpointed.gradient),
      };
    }
  }
  return runs;
}

const bothStraight = (runs: readonly Run[]): boolean =>
  (["full", "checkpointed"] as const).every(
    (which) => fitLine(runs.map(({ steps, [which]: { ms } }) => [steps, ms] as const)).r2 >= straight,
  );

function once(rnn: Rnn, sequence: Sequence, memoryBudget: number | undefined) {
  const begin = performance.now();
  using pass = rnn.forward([sequence], memoryBudget === undefined ? {} : { memoryBudget });
  const { parameters } = pass.backward();
  const ms = performance.now() - begin;
  return { ms, tape: pass.tapeBytes, gradient: [...parameters.values()].flatMap(({ data }) => [...data]) };
}
