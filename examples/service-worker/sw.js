// The library in a service worker: the kernel is inside the one module, so nothing else has to be found.
import { Rnn, Vocabulary } from "/recurra.js";

let loading;

/** The net, from the cache once it was there. */
async function load() {
  const cache = await caches.open("model");
  if (!(await cache.match("/model.safetensors"))) await cache.add("/model.safetensors");
  const rnn = await Rnn.load(await (await cache.match("/model.safetensors")).arrayBuffer());
  return { rnn, vocabulary: Vocabulary.fromJSON(rnn.options.metadata.vocabulary) };
}

async function complete(text) {
  try {
    loading ??= load().catch((error) => {
      loading = undefined; // tried again next time
      throw error;
    });
    const { rnn, vocabulary } = await loading;
    const prompt = { inputs: vocabulary.encode(text) };
    const symbols = rnn.generate({ prompt, steps: 34, temperature: 0 });
    return new Response(vocabulary.decode(symbols));
  } catch (error) {
    return new Response(error.message, { status: 400 });
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { pathname, searchParams } = new URL(event.request.url);
  if (pathname === "/complete") event.respondWith(complete(searchParams.get("prompt") ?? ""));
});
