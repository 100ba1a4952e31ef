/** Does training take more memory the longer it lasts? */
import { createRuntime, Rnn, Trainer } from "../ts/index.js";
import { skewedSymbols } from "./data.js";

/** Bytes of a runtime after a few updates of a small net, and after so many more. */
export async function memoryOver(
  updates: number,
): Promise<{ updates: number; before: number; after: number }> {
  const runtime = await createRuntime();
  try {
    const rnn = await Rnn.create({ inputSize: 11, hiddenSize: 16, outputSize: 11, seed: 1 }, runtime);
    const data = { inputs: skewedSymbols(2001, 11), targets: "next" } as const;
    const trainer = new Trainer(rnn, data, { batchSize: 3, truncate: 7 });
    // All windows of an epoch, the short one at its end included.
    await trainer.run({ epochs: 2 });
    const before = runtime.bytes;
    await trainer.run({ updates });
    return { updates, before, after: runtime.bytes };
  } finally {
    runtime.dispose();
  }
}
