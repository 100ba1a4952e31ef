import { polyphony } from "./polyphony.js";

/** Chorales by J. S. Bach, four voices. */
export const jsbChorales = polyphony({
  name: "jsb",
  claim: "the next chord of a chorale is predicted at least as well as published for a plain recurrent net",
  setup:
    "88 keys, 256 hidden units, tanh, W orthogonal at first; 229 chorales to learn from, one an update; " +
    "60 epochs, Adam 0.001 falling as a cosine, clipped to 1; then 400 updates of 8, gradient descent 1",
  takes: 60,
  limit: 300,
  file: "jsb.json",
  seed: 1,
  published: 8.91,
  net: { hiddenSize: 256, initializer: "orthogonal" },
  learning: {
    epochs: 60,
    batchSize: 1,
    optimizer: { kind: "adam", learningRate: 0.001 },
    clipNorm: 1,
  },
  descent: { updates: 400, learningRate: 1, clipNorm: 1 },
});
