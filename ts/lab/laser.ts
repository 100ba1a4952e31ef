import { Rnn, Scaler, type Sequence } from "../index.js";
import { type Bench, type Experiment, part } from "./experiment.js";
import { brief, linesOf, unexpected } from "./files.js";
import { mean } from "./numbers.js";
import { lossCurve, train } from "./training.js";

const seed = 1;
const file = "santafe_laser.txt";
/** The competition's task: learn the first thousand values, forecast the next hundred. */
const [learned, read, ahead] = [1000, 1000, 100] as const;

/**
 * A chaotic laser. Teacher forced, each value is predicted from the true ones before it; running free, the net
 * is fed its own, as it would be where nobody knows the truth.
 */
export const chaoticLaser: Experiment = {
  name: "laser",
  claim: "a net taught with the true values before goes on by itself: a hundred values of a chaotic laser",
  shows: "section 10.2.1, figures 10.6 and 10.10 (without x); the Santa Fe competition, data set A",
  setup:
    "no input, 64 hidden units fed the value before, tanh, uniform initializer; the first 1,000 values; " +
    "4,000 updates of 8 pieces of 40 steps, Adam 0.003 falling as a cosine, clipped to 1",
  seeds: [seed],
  takes: 20,
  limit: 300,
  needs: [file],

  async run(bench) {
    const series = readSeries(bench);
    const scaler = Scaler.fit(series.subarray(0, learned), 1);
    const values = scaler.apply(series);
    const training: Sequence = { inputs: learned, targets: values.slice(0, learned) };
    using rnn = await Rnn.create({
      ...{ inputSize: 0, outputSize: 1, hiddenSize: 64, recurrence: "both", loss: "squared-error", seed },
    });
    const { losses } = await train(part(bench, 0, 0.95), "teacher forced", rnn, training, {
      ...{ updates: 4000, batchSize: 8, truncate: 40, clipNorm: 1, seed },
      optimizer: { kind: "adam", learningRate: 0.003 },
    });
    const forced = nextValueError(rnn, values.slice(0, learned + ahead));
    const truth = series.slice(learned, learned + ahead);
    const past = values.slice(learned - read, learned);
    const forecast = scaler.invert(rnn.forecast({ prompt: { inputs: read, targets: past }, steps: ahead }));
    const last = mean(
      Array.from(
        { length: ahead },
        (_, t) => ((values[learned + t] ?? 0) - (values[learned + t - 1] ?? 0)) ** 2,
      ),
    );
    const points = (rows: Float32Array) => Array.from(rows, (value, t) => [learned + t + 1, value] as const);
    return {
      findings: [
        {
          name: "forced",
          what: `squared error of the next value over ${ahead} values never seen, teacher forced`,
          found: forced,
          expected: `repeating the last value: ${last.toFixed(4)}; at most a tenth`,
          basis: "ours",
          holds: forced <= last / 10,
        },
        {
          name: "free30",
          what: "the same running free, first 30 values",
          found: error(forecast.slice(0, 30), truth, scaler),
          expected: "the mean gives about 1; at most half of it: chaos allows a while, not for ever",
          basis: "ours",
          holds: error(forecast.slice(0, 30), truth, scaler) < 0.5,
        },
        {
          name: "free",
          what: `running free, all ${ahead} values`,
          found: error(forecast, truth, scaler),
        },
      ],
      figures: [
        {
          title: "A hundred values, running free",
          x: "value",
          y: "intensity",
          curves: [
            { name: "laser", points: points(truth) },
            { name: "forecast", points: points(forecast) },
          ],
        },
        { title: "Learning", x: "update", y: "loss", logY: true, curves: [lossCurve("training", losses)] },
      ],
    };
  },
};

const form = `a number a line, ${learned + ahead} lines or more`;

export function readSeries(bench: Bench): Float32Array<ArrayBuffer> {
  const lines = linesOf(bench, file);
  if (lines.length < learned + ahead) throw unexpected(file, form, plural(lines.length));
  return Float32Array.from(lines, (line, i) => {
    const value = line.trim() === "" ? Number.NaN : Number(line);
    if (!Number.isFinite(value)) throw unexpected(file, form, brief(line), i + 1);
    return value;
  });
}

const plural = (lines: number): string => (lines === 1 ? "1 line" : `${lines} lines`);

/** Over the last `ahead` values, each predicted from the true ones before it. */
function nextValueError(rnn: Rnn, values: Float32Array): number {
  using pass = rnn.forward([{ inputs: values.length, targets: values }]);
  // The loss is half the squared error.
  return 2 * mean((pass.stepLosses()[0] ?? new Float32Array()).slice(-ahead));
}

/** As a share of the variance of what was learned. */
function error(forecast: Float32Array, truth: Float32Array, scaler: Scaler): number {
  const [a, b] = [scaler.apply(forecast), scaler.apply(truth.slice(0, forecast.length))];
  return mean(a.map((value, t) => (value - (b[t] ?? 0)) ** 2));
}
