// A page that trains, stops and goes on where it stopped, with a curve of the loss; nothing leaves it.
//
//     node examples/training-page/serve.mjs [port]
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const here = (name) => readFile(new URL(name, import.meta.url));
const files = {
  "/": ["text/html", await here("index.html")],
  "/page.js": ["text/javascript", await here("page.js")],
  "/store.js": ["text/javascript", await here("store.js")],
  "/recurra.js": ["text/javascript", await readFile(new URL(import.meta.resolve("recurra")))],
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
