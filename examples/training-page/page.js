// Trains in the page, stops, and goes on where it stopped, also after a reload: a checkpoint is kept in IndexedDB.
import { Rnn, Trainer, Vocabulary } from "/recurra.js";
import { forget, keep, kept } from "/store.js";

const text = "the quick brown fox jumps over the lazy dog. ".repeat(100);
const vocabulary = Vocabulary.fromText(text);
const data = { inputs: vocabulary.encode(text), targets: "next" };
const updates = 3000;
const element = (id) => document.getElementById(id);
const say = (status) => {
  element("status").textContent = status;
};

let losses = [];
function draw({ update, loss }) {
  say(`update ${update} of ${updates}, loss ${loss.toFixed(3)} nats per character`);
  const points = losses.map((y, i) => `${i / losses.length},${1 - y / losses[0]}`);
  element("curve").setAttribute("points", points.join(" "));
}

// Called at most 10 times a second: a point of the curve now, every update's loss when the run has ended.
const onProgress = (progress) => {
  losses.push(progress.loss);
  draw(progress);
};

async function start() {
  const saved = await kept();
  if (saved) return await Trainer.resume(saved, data, { onProgress });
  const size = vocabulary.size;
  const metadata = { vocabulary: vocabulary.toJSON() };
  const rnn = await Rnn.create({ inputSize: size, hiddenSize: 128, outputSize: size, metadata });
  return new Trainer(rnn, data, { updates, onProgress });
}

const trainer = await start();
let stop;

/** What can be pressed while something is trained, and while nothing is. */
function running(on, { updates: made = 0 } = {}) {
  element("train").disabled = on || made === updates;
  element("stop").disabled = !on;
  element("forget").disabled = on;
}

/** Trains until all updates are made or `signal` aborts; one that is aborted already only tells what was before. */
async function train(signal) {
  const history = await trainer.run({ signal });
  losses = [...history.losses];
  if (losses.length > 0) {
    draw({ update: history.updates, loss: losses.at(-1) });
    const prompt = { inputs: vocabulary.encode("the ") };
    const symbols = trainer.rnn.generate({ prompt, steps: 80, temperature: 0 });
    element("written").textContent = `the ${vocabulary.decode(symbols)}`;
  } else {
    say("nothing learned yet");
  }
  return history;
}

element("train").addEventListener("click", async () => {
  stop = new AbortController(); // one for each run: a signal that has aborted stays so
  running(true);
  const history = await train(stop.signal);
  await keep(trainer.save());
  running(false, history);
});
element("stop").addEventListener("click", () => stop.abort());
element("forget").addEventListener("click", async () => {
  await forget();
  location.reload();
});
running(false, await train(AbortSignal.abort()));
