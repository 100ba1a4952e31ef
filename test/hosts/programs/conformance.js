// The one file that every host runs, on whatever copy of the library it is given: plain JavaScript of 2022, nothing of any
// host but the web's own. `conformance` returns the SHA-256 of the trained weights, which is the same everywhere.

/** Indices 0 … 11 that repeat with noise (a linear congruential generator, modulus 2³²). */
function indices(length) {
  let state = 20261122;
  return Int32Array.from({ length }, (_, t) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 30 === 0 ? (state >>> 8) % 12 : (t * t) % 12;
  });
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function expect(what, found, expected) {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

const bits = (floats) => Array.from(new Uint32Array(new Float32Array(floats).buffer));

/** The code of what `run` throws or rejects with, which has to be an error of this copy of the library. */
async function codeOf({ RecurraError }, run) {
  try {
    await run();
  } catch (error) {
    if (error instanceof RecurraError) return error.code;
    throw error;
  }
  return "none";
}

/** The weights in the order of their names, as one array of bytes. */
function weightsOf(rnn) {
  const tensors = [...rnn.stateDict()].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Uint8Array(Float32Array.from(tensors.flatMap(([, { data }]) => [...data])).buffer);
}

/** Trains with workers, of which `expected` compute, and without: the same weights. */
async function byWorkers({ Rnn }, runtime, workers, expected) {
  const train = async (options) => {
    const rnn = await Rnn.create({ inputSize: 12, hiddenSize: 64, outputSize: 12, seed: 7 }, runtime);
    // Updates of so many steps wait until the workers have started.
    const fit = { updates: 3, batchSize: 16, truncate: 100, ...options };
    const { workers: count } = await rnn.fit({ inputs: indices(3000), targets: "next" }, fit);
    return { count, hash: await sha256(weightsOf(rnn)) };
  };
  const shared = await train({ workers });
  expect("workers", shared.count, expected);
  expect("weights by workers", shared.hash, (await train({})).hash);
}

/**
 * @param module What `createRuntime` is given where the entry has no kernel inside.
 * @param create How a worker is made, where it is not left to the library.
 * @param workers How many of two can be had.
 */
export async function conformance(recurra, { module, create, workers = 2 } = {}) {
  const { Rnn, Trainer, createRuntime } = recurra;
  const runtime = await createRuntime(module ? { module } : {});
  const rnn = await Rnn.create({ inputSize: 12, hiddenSize: 40, outputSize: 12, seed: 7 }, runtime);
  const data = indices(3000);
  const { updates } = await rnn.fit(
    { inputs: data, targets: "next" },
    { updates: 200, batchSize: 4, truncate: 12, optimizer: { kind: "adam", learningRate: 0.01 } },
  );
  expect("updates", updates, 200);

  const file = rnn.save();
  const weights = weightsOf(rnn);
  expect("weights", weights.length, 4 * (12 * 40 + 40 * 40 + 40 + 40 * 12 + 12));
  const hash = await sha256(weights);

  // A stream that is saved and goes on elsewhere gives the bits of one that was not.
  const other = await Rnn.load(file, {}, runtime);
  expect("saved again", await sha256(other.save()), await sha256(file));
  const [first, second] = [rnn.stream(), other.stream()];
  for (const symbol of data.subarray(0, 20)) first.step(symbol);
  second.restore(first.save());
  for (const symbol of data.subarray(20, 40))
    expect("streams", bits(second.step(symbol)), bits(first.step(symbol)));

  // Errors are of the class that is exported, and say what kind they are.
  const code = (run) => codeOf(recurra, run);
  expect("wrong option", await code(() => Rnn.create({ inputSize: -1 }, runtime)), "option");
  expect("half a file", await code(() => Rnn.load(file.slice(0, file.length >> 1), {}, runtime)), "format");
  const page = new TextEncoder().encode("<!doctype html><title>404</title>");
  expect("a page", await code(() => createRuntime({ module: page })), "environment");
  const answer = new Response("<p>Not found", { headers: { "content-type": "text/html" } });
  expect("a page's response", await code(() => createRuntime({ module: answer })), "environment");
  await byWorkers(recurra, runtime, create ? { count: 2, create } : 2, workers);

  // So many updates that others get their turn, by whatever means the host has.
  const text = { inputs: data, targets: "next" };
  const short = { updates: 300, batchSize: 1, truncate: 1 };
  const many = await (Trainer ? new Trainer(other, text, short).run() : other.fit(text, short));
  expect("many updates", many.updates, 300);

  rnn.dispose();
  expect("disposed net", await code(() => rnn.save()), "disposed");
  expect("stream of a disposed net", await code(() => first.step(0)), "disposed");
  runtime.dispose();
  expect("disposed runtime", await code(() => other.save()), "disposed");
  return hash;
}

/** `conformance` as one line of JSON: `{ hash }` or `{ error }`. */
export const report = async (recurra, options) => {
  try {
    return JSON.stringify({ hash: await conformance(recurra, options) });
  } catch (error) {
    return JSON.stringify({ error: String(error?.stack ?? error) });
  }
};
