import { type FitOptions, Rnn, Scaler, type Sequence } from "../index.js";
import { type Bench, type Curve, type Experiment, part } from "./experiment.js";
import { mean } from "./numbers.js";
import { dailyBirths } from "./series.js";
import { train } from "./training.js";

const seeds = [1, 2, 3, 4];
/** A step is a fortnight: 14 numbers at once, so that what is fed back says which day of the week is which. */
const width = 14;
/** Fortnights: to read before a forecast, to be forecast (a year), and to learn from; then four years to be forecast. */
const [read, ahead, learned] = [13, 26, 285] as const;
const [updates, hiddenSize] = [3000, 64] as const;

/**
 * A net that was always fed the truth has never seen its own mistakes; left alone it is fed nothing else. Scheduled
 * sampling (Bengio and others 2015) lets it see them in training: the dial goes from teacher forcing to free running.
 */
export const deploymentGap: Experiment = {
  name: "gap",
  claim: "fed its own outputs a net does worse than in training; scheduled sampling narrows the gap",
  shows: "section 10.2.1, equations (10.15) and (10.16), figures 10.4 and 10.6",
  setup:
    "no input, 64 hidden units fed the fortnight before (no W), 14 outputs, tanh, uniform initializer; " +
    "births in the USA on each day of 2000–2014, a fortnight a step, the first 285 to learn from; 3,000 " +
    "updates of 8 pieces of 26 steps, Adam 0.003, then 3,000 more at 0.001, each falling as a cosine, " +
    "clipped to 1",
  seeds,
  takes: 20,
  limit: 240,

  async run(bench) {
    const series = dailyBirths();
    const scaler = Scaler.fit(series.subarray(0, learned * width), 1);
    const values = scaler.apply(series);
    const windows = windowsOf(values);
    const runs: Run[] = [];
    for (const [i, seed] of seeds.entries()) {
      const own = part(bench, i / seeds.length, (i + 1) / seeds.length);
      runs.push(await learnThreeWays(own, seed, values.slice(0, learned * width), windows));
    }
    const over = (pick: (run: Run) => number): number => mean(runs.map(pick));
    const error = (which: keyof Run, how: "forced" | "free") => over((run) => run[which][how].error);
    const gap = (which: keyof Run): number => error(which, "free") - error(which, "forced");
    const [before, more, after] = [gap("before"), gap("more"), gap("after")];
    const shown = (name: string, what: string, found: number) => ({
      ...{ name, what, found, unit: "of the variance" },
    });
    const last = repeating(windows);
    const freeRuns = (["before", "more", "after"] as const).map((which) => error(which, "free"));
    const beaten = freeRuns.every((free) => free > last);
    return {
      findings: [
        shown(
          "forcedBefore",
          "teacher forced all along: squared error when fed the truth",
          error("before", "forced"),
        ),
        {
          ...shown(
            "freeBefore",
            "teacher forced all along: error when running free",
            error("before", "free"),
          ),
          expected: "more: it never saw its own mistakes",
          holds: before > 0,
        },
        shown("forcedMore", `the same, ${updates} updates later: fed the truth`, error("more", "forced")),
        shown("freeMore", `the same, ${updates} updates later: running free`, error("more", "free")),
        shown("forcedAfter", "scheduled sampling instead: fed the truth", error("after", "forced")),
        {
          ...shown("freeAfter", "scheduled sampling instead: running free", error("after", "free")),
          expected: "less than with teacher forcing all along (Bengio and others 2015)",
          basis: "published",
          holds: error("after", "free") < error("more", "free"),
        },
        shown("gapBefore", "gap, teacher forced", before),
        shown("gapMore", `gap, teacher forced ${updates} updates longer`, more),
        {
          ...shown("gapAfter", "gap after scheduled sampling", after),
          expected: "less than either (Bengio and others 2015)",
          basis: "published",
          holds: after < before && after < more,
        },
        shown(
          "lastFortnight",
          `to compare: error of repeating the last fortnight all year${beaten ? ", which no net running free does as well as here" : ""}`,
          last,
        ),
      ],
      figures: [errorFigure(runs), forecastFigure(runs, scaler, windows)],
    };
  },
};

interface Run {
  readonly before: Measured;
  /** After more training that was fed the truth. */
  readonly more: Measured;
  /** After scheduled sampling, from the same place. */
  readonly after: Measured;
}

async function learnThreeWays(
  bench: Bench,
  seed: number,
  targets: Float32Array,
  windows: readonly Window[],
): Promise<Run> {
  using rnn = await Rnn.create({
    ...{ inputSize: 0, outputSize: width, hiddenSize, recurrence: "output", loss: "squared-error", seed },
  });
  const data: Sequence = { inputs: learned, targets };
  const learn = async (
    from: number,
    what: string,
    learningRate: number,
    dial: FitOptions["teacherForcing"],
  ) => {
    await train(part(bench, from, from + 1 / 3), what, rnn, data, {
      ...{ updates, batchSize: 8, truncate: 26, clipNorm: 1, seed },
      ...(dial !== undefined && { teacherForcing: dial }),
      optimizer: { kind: "adam", learningRate },
    });
    return measure(rnn, windows);
  };
  const before = await learn(0, "fed the truth", 0.003, 1);
  const start = rnn.stateDict();
  const more = await learn(1 / 3, "fed the truth, longer", 0.001, 1);
  rnn.loadStateDict(start);
  const dial = { from: 1, to: 0, updates: updates / 2 };
  const after = await learn(2 / 3, "scheduled sampling", 0.001, dial);
  return { before, more, after };
}

interface Window {
  /** What is read, and what comes then. */
  readonly past: Float32Array;
  readonly future: Float32Array;
}

/** Every other fortnight of the part that was not learned begins one. */
function windowsOf(values: Float32Array): Window[] {
  const windows: Window[] = [];
  const rows = (from: number, count: number) => values.slice(from * width, (from + count) * width);
  for (let from = learned; (from + read + ahead) * width <= values.length; from += 2) {
    windows.push({ past: rows(from, read), future: rows(from + read, ahead) });
  }
  return windows;
}

interface Score {
  readonly error: number;
  readonly byStep: Curve["points"];
}
interface Measured {
  readonly forced: Score;
  readonly free: Score;
  /** The first window, running free: ahead × width. */
  readonly forecast: Float32Array;
}

/** Reads the past fed the truth, then goes on either way from the same state and the same last fortnight. */
function measure(rnn: Rnn, windows: readonly Window[]): Measured {
  using reading = rnn.forward(windows.map(({ past }) => ({ inputs: read, targets: past })));
  const [states, feedback] = [reading.finalState(), reading.finalFeedback()];
  const sequences = windows.map(({ future }, b) => ({
    ...{ inputs: ahead, targets: future },
    initialState: states.slice(b * hiddenSize, (b + 1) * hiddenSize),
    initialFeedback: feedback.slice(b * width, (b + 1) * width),
  }));
  const score = (teacherForcing: number): Score & { first: Float32Array } => {
    using pass = rnn.forward(sequences, { teacherForcing });
    const losses = pass.stepLosses();
    // The loss is half the sum of squared errors of a fortnight.
    const at = (step: number): number => (2 / width) * mean(losses.map((steps) => steps[step] ?? Number.NaN));
    const byStep = Array.from({ length: ahead }, (_, step) => [step + 1, at(step)] as const);
    const [first = new Float32Array()] = pass.outputs();
    return { error: mean(byStep.map(([, error]) => error)), byStep, first };
  };
  const free = score(0);
  return { forced: score(1), free, forecast: free.first };
}

const repeating = (windows: readonly Window[]): number =>
  mean(
    windows.map(({ past, future }) =>
      mean(future.map((value, i) => (value - (past[(read - 1) * width + (i % width)] ?? 0)) ** 2)),
    ),
  );

function errorFigure(runs: readonly Run[]) {
  const curve = (name: string, pick: (run: Run) => Score) => ({
    name,
    points: Array.from(
      { length: ahead },
      (_, step) => [step + 1, mean(runs.map((run) => pick(run).byStep[step]?.[1] ?? Number.NaN))] as const,
    ),
  });
  return {
    title: "Squared error, as a share of the variance of the series; mean over seeds",
    x: "fortnights ahead",
    y: "squared error",
    curves: [
      curve("free, fed the truth in training", ({ more }) => more.free),
      curve("free, after scheduled sampling", ({ after }) => after.free),
      { ...curve("fed the truth", ({ more }) => more.forced), style: "dashed" as const },
    ],
  };
}

/** Eight weeks in births. */
function forecastFigure([run]: readonly Run[], scaler: Scaler, [window]: readonly Window[]) {
  const days = 56;
  const curve = (name: string, rows: Float32Array = new Float32Array()) => ({
    name,
    points: Array.from(scaler.invert(rows.slice(0, days)), (value, day) => [day + 1, value] as const),
  });
  return {
    title: `The first eight weeks of a forecast, seed ${seeds[0]}`,
    x: "days ahead",
    y: "births",
    curves: [
      curve("births", window?.future),
      curve("fed the truth in training", run?.more.forecast),
      curve("after scheduled sampling", run?.after.forecast),
    ],
  };
}
