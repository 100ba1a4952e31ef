import { polyphony } from "./polyphony.js";

/** British and American folk tunes with chords. */
export const nottinghamTunes = polyphony({
  name: "nottingham",
  claim: "the next chord of a folk tune is predicted at least as well as published for a plain recurrent net",
  setup:
    "88 keys, 200 hidden units, tanh, W orthogonal at first; 694 tunes to learn from, 8 at once, 32 " +
    "steps an update; 20 epochs, Adam 0.001 falling as a cosine, clipped to 1; then 200 updates of 8, " +
    "gradient descent 1",
  takes: 120,
  limit: 600,
  file: "nottingham.json.gz",
  seed: 1,
  published: 4.05,
  net: { hiddenSize: 200, initializer: "orthogonal" },
  learning: {
    epochs: 20,
    batchSize: 8,
    // Many updates from pieces of up to 1,788 frames; the state is handed on.
    truncate: 32,
    optimizer: { kind: "adam", learningRate: 0.001 },
    clipNorm: 1,
  },
  descent: { updates: 200, learningRate: 1, clipNorm: 1 },
});
