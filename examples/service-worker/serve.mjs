// A service worker that answers requests of its page with what a net says, also without a network.
//
//     node examples/service-worker/serve.mjs [port]
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Rnn, Vocabulary } from "recurra";

const text = "the quick brown fox jumps over the lazy dog. ".repeat(50);
const vocabulary = Vocabulary.fromText(text);
const rnn = await Rnn.create({
  inputSize: vocabulary.size,
  hiddenSize: 64,
  outputSize: vocabulary.size,
  metadata: { vocabulary: vocabulary.toJSON() },
});
await rnn.fit({ inputs: vocabulary.encode(text), targets: "next" }, { updates: 300 });

const here = (name) => readFile(new URL(name, import.meta.url));
const files = {
  "/": ["text/html", await here("index.html")],
  "/sw.js": ["text/javascript", await here("sw.js")],
  "/recurra.js": ["text/javascript", await readFile(new URL(import.meta.resolve("recurra")))],
  "/model.safetensors": ["application/octet-stream", rnn.save()],
};
const server = createServer(({ url }, response) => {
  const [type, content] = files[url] ?? [];
  response
    .writeHead(type ? 200 : 404, { "content-type": type ?? "text/plain" })
    .end(content ?? "not found\n");
});
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, () => server.close(() => process.exit()).closeAllConnections());
