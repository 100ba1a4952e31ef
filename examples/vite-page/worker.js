// The worker: learns the text it is sent, writing a sample now and then, until it is done or told to stop.
import { RecurraError, Rnn, Vocabulary } from "recurra";

const stop = new AbortController();
self.addEventListener("message", ({ data }) => {
  if (data === "stop") stop.abort();
  else learn(data);
});

async function learn({ text, updates }) {
  try {
    const vocabulary = Vocabulary.fromText(text);
    const rnn = await Rnn.create({
      inputSize: vocabulary.size,
      hiddenSize: 128,
      outputSize: vocabulary.size,
    });
    const symbols = vocabulary.encode(text);
    const prompt = { inputs: symbols.subarray(0, 20) };
    const sample = () => {
      const written = rnn.generate({ prompt, steps: 300, temperature: 0.6, seed: 1 });
      postMessage({ kind: "sample", text: vocabulary.decode(written) });
    };

    let next = performance.now() + 1000;
    const history = await rnn.fit(
      { inputs: symbols, targets: "next" },
      {
        updates,
        signal: stop.signal,
        optimizer: { kind: "adam", learningRate: 0.003 },
        onProgress: ({ update, loss }) => {
          postMessage({ kind: "progress", update, updates, loss });
          if (performance.now() < next) return;
          sample();
          next = performance.now() + 1000;
        },
      },
    );
    sample();
    const loss = history.losses.at(-1)?.toFixed(3) ?? "unknown";
    const how = history.stopped === "done" ? "Done" : "Stopped";
    postMessage({ kind: "end", text: `${how} after ${history.updates} updates, loss ${loss}` });
  } catch (error) {
    if (!(error instanceof RecurraError)) throw error;
    postMessage({ kind: "end", text: error.message });
  }
}
