/** A network from an ONNX file. */
import { type BytesLike, RecurraError, Rnn, type RnnOptions, type Runtime } from "../index.js";
import { type OnnxNetwork, readOnnx } from "./read.js";

/** A network that was read, with what a graph says beyond it. */
export interface ImportedOnnx extends Omit<OnnxNetwork, "options" | "tensors"> {
  readonly rnn: Rnn;
}

/**
 * A network from an ONNX file, with the options that the file does not hold (`loss`, `metadata`, `seed` …). What the file
 * says can be said again, not otherwise. Initial states and lengths that are constants of the graph come beside the network:
 * they are given with each sequence. Errors as {@link readOnnx}, and "option".
 */
export async function importOnnx(
  file: BytesLike,
  options: Partial<RnnOptions> = {},
  runtime?: Runtime,
): Promise<ImportedOnnx> {
  const { options: found, tensors, ...rest } = readOnnx(file);
  const fixed = { recurrence: "hidden", ...found } as Readonly<Record<string, unknown>>;
  // What is undefined is not given.
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const free = name === "metadata" || name === "loss";
    if (free || !(name in fixed) || fixed[name] === value) continue;
    const message = `${name}: expected ${JSON.stringify(fixed[name])} as in the file, got ${JSON.stringify(value)}`;
    throw new RecurraError({ code: "option", message });
  }
  const rnn = await Rnn.create({ ...found, ...Object.fromEntries(given) } as RnnOptions, runtime);
  rnn.loadStateDict(tensors);
  return { rnn, ...rest };
}
