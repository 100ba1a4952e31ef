// A sensor that gives a value every millisecond, and a net that must have answered before the next one: it says, a step
// ahead, what the sensor should read, and a reading far from it is an alarm. Counts missed deadlines.
//
//     node examples/sensor/sensor.mjs [seconds]
import { Rnn } from "recurra";

const seconds = Number(process.argv[2] ?? 5);
const PERIOD = 1; // milliseconds

// A made-up accelerometer on a machine: three turning parts.
const reading = (t) => 0.6 * Math.sin(t / 7) + 0.3 * Math.sin(t / 2.3 + 1) + 0.1 * Math.sin(t / 19);
const fault = Math.round((1000 * seconds) / 2); // at this millisecond the sensor is knocked

const rnn = await Rnn.create({ inputSize: 1, hiddenSize: 32, outputSize: 1, loss: "squared-error", seed: 1 });
const past = Float32Array.from({ length: 10_000 }, (_, t) => reading(t));
await rnn.fit({ inputs: past, targets: "next" }, { updates: 600, truncate: 50 });

// No arrays are made while it runs: one for the input, one for the output.
const input = new Float32Array(1);
const expected = new Float32Array(1);
const stream = rnn.stream();
const alarms = [];
let missed = 0;
let slowest = 0;

function sample(t, due) {
  input[0] = reading(10_000 + t) + (t === fault ? 3 : 0);
  if (t > 100 && Math.abs(input[0] - expected[0]) > 1) alarms.push(t);
  const begin = performance.now();
  stream.step(input, { out: expected });
  const end = performance.now();
  slowest = Math.max(slowest, end - begin);
  if (end > due + PERIOD) missed++;
}

// Timers are too coarse for a millisecond: each time the event loop comes round, what is due is done.
const samples = Math.round((1000 * seconds) / PERIOD);
const start = performance.now();
await new Promise((resolve) => {
  let t = 0;
  const turn = () => {
    for (; t < samples && performance.now() >= start + t * PERIOD; t++) sample(t, start + t * PERIOD);
    if (t < samples) setImmediate(turn);
    else resolve();
  };
  turn();
});
console.log(`${samples} samples, ${missed} deadlines missed, slowest step ${slowest.toFixed(3)} ms`);
console.log(`alarms at ${alarms.slice(0, 5).join(", ")} ms (knocked at ${fault} ms)`);
