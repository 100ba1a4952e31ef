// A net that is an oscillator, in an AudioWorklet. Teaches it a tone and serves the page that plays it.
//
//     node examples/audio-worklet/serve.mjs [port]
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Rnn } from "recurra";

const tone = (t) => 0.6 * Math.sin(t / 8) + 0.2 * Math.sin(t / 4);
const rnn = await Rnn.create({ inputSize: 1, hiddenSize: 24, outputSize: 1, loss: "squared-error", seed: 1 });
const inputs = Float32Array.from({ length: 4000 }, (_, t) => tone(t));
const optimizer = { kind: "adam", learningRate: 0.005 };
await rnn.fit({ inputs, targets: "next" }, { updates: 2000, truncate: 64, optimizer });

const here = (name) => readFile(new URL(name, import.meta.url));
const files = {
  "/": ["text/html", await here("index.html")],
  "/page.js": ["text/javascript", await here("page.js")],
  "/processor.js": ["text/javascript", await here("processor.js")],
  "/kernel.wasm": [
    "application/wasm",
    await readFile(fileURLToPath(import.meta.resolve("recurra/kernel.wasm"))),
  ],
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
