// Learns a series and continues it, each value fed back, beside what really comes.
//
//     node examples/forecast/forecast.mjs
import { Rnn, Scaler } from "recurra";

// Half-hourly demand of a made-up town: a base, a daily wave and a weaker one twice a day.
const day = 48;
const demand = (t) =>
  500 + 120 * Math.sin((2 * Math.PI * t) / day) + 60 * Math.sin((4 * Math.PI * t) / day + 1);
const past = Float32Array.from({ length: 30 * day }, (_, t) => demand(t));

const scaler = Scaler.fit(past, 1);
const inputs = scaler.apply(past);
const rnn = await Rnn.create({ inputSize: 1, hiddenSize: 48, outputSize: 1, loss: "squared-error", seed: 1 });
const optimizer = { kind: "adam", learningRate: 0.005 };
// Gradients reach back 64 steps, more than a day, in 8 stretches of the series at once.
const history = await rnn.fit(
  { inputs, targets: "next" },
  { updates: 3000, batchSize: 8, truncate: 64, optimizer },
);
console.log(`${history.updates} updates, ${rnn.parameterCount} parameters`);

const forecast = scaler.invert(rnn.forecast({ prompt: { inputs }, steps: day }));
const truth = forecast.map((_, i) => demand(past.length + i));
console.log("hour  forecast  truth");
for (let i = 0; i < day; i += 6) {
  const columns = [i / 2, forecast[i].toFixed(0), truth[i].toFixed(0)];
  console.log(columns.map((column, k) => String(column).padStart([4, 10, 7][k])).join(""));
}
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const error = mean(forecast.map((value, i) => Math.abs(value - truth[i])));
const naive = mean(truth.map((value) => Math.abs(value - past.at(-1))));
console.log(`mean error over a day: ${error.toFixed(1)}; of repeating the last value: ${naive.toFixed(1)}`);
