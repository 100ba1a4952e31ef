// How long a page stands still while the README's net is loaded, made and trained in it: the longest gap between two turns
// of a loop of messages, and the tasks that the browser itself calls long (50 ms and more).
import { tell } from "./tell.js";

const { port1, port2 } = new MessageChannel();
let [last, longest] = [performance.now(), 0];
port1.onmessage = () => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
  port2.postMessage(0);
};
const long = [];
const observer = new PerformanceObserver((list) => long.push(...list.getEntries()));
observer.observe({ type: "longtask" });

/** Long enough for a browser that has just been started to be done with itself. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1000));

/** The longest that the page stood still meanwhile, in milliseconds. */
async function standstill(run) {
  await pause();
  longest = 0;
  const start = performance.now();
  await run();
  await pause();
  const tasks = [...long, ...observer.takeRecords()].filter(({ startTime }) => startTime >= start);
  return Math.max(longest, ...tasks.map(({ duration }) => duration));
}

async function measure() {
  const inputs = Int32Array.from({ length: 20000 }, (_, t) => (t * t) % 65);
  const train = async (workers) => {
    const { Rnn } = await import("recurra");
    const rnn = await Rnn.create({ inputSize: 65, hiddenSize: 256, outputSize: 65 });
    const data = { inputs, targets: "next" };
    return await rnn.fit(data, { updates: 300, batchSize: 8, truncate: 32, workers });
  };
  port2.postMessage(0);
  const alone = await standstill(() => train(0));
  const shared = await standstill(async () => {
    const { workers } = await train(1);
    if (workers !== 1) throw new Error("no worker");
  });
  return { alone, shared };
}

measure()
  .catch((error) => ({ error: String(error?.stack ?? error) }))
  .then((result) => tell(JSON.stringify(result)));
