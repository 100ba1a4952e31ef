// An HTTP server that learns a few lines at the start and streams text, symbol by symbol, to whoever asks.
//
//     node examples/server/server.mjs [port]
//     curl -N 'localhost:8080/?prompt=the&steps=200&temperature=0.5&seed=1'
import { once } from "node:events";
import { createServer } from "node:http";
import { RecurraError, Rnn, Vocabulary } from "recurra";

const text = "the quick brown fox jumps over the lazy dog. the dog sleeps. the fox runs away. ".repeat(30);
const vocabulary = Vocabulary.fromText(text);
const rnn = await Rnn.create({ inputSize: vocabulary.size, hiddenSize: 64, outputSize: vocabulary.size });
await rnn.fit({ inputs: vocabulary.encode(text), targets: "next" }, { updates: 600, batchSize: 8 });

/** What to generate; throws a RecurraError for what the net cannot do. */
function generate(query) {
  const number = (name, otherwise) => Number(query.get(name) ?? otherwise);
  const prompt = { inputs: vocabulary.encode(query.get("prompt") || "the ") };
  return rnn.generate({
    prompt,
    steps: Math.min(number("steps", 200), 10_000),
    temperature: number("temperature", 0.5),
    seed: number("seed", 0),
  });
}

const server = createServer(async (request, response) => {
  try {
    const symbols = generate(new URL(request.url, "http://server").searchParams);
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    for (const symbol of symbols) {
      // A reader who is slow is waited for; one who has left ends the loop.
      if (response.destroyed) break;
      if (!response.write(vocabulary.decode([symbol]))) {
        await Promise.race([once(response, "drain"), once(response, "close")]);
      }
      await new Promise(setImmediate); // others have their turn between two symbols
    }
    response.end("\n");
  } catch (error) {
    if (!(error instanceof RecurraError)) throw error;
    response.writeHead(400, { "content-type": "text/plain; charset=utf-8" }).end(`${error.message}\n`);
  }
});

server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
// Streams that have begun are finished first.
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => server.close());
