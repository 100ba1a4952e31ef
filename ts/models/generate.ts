import { checkOptions, finite, index, seedRule } from "../checks.js";
import { type Batch, checkSequences } from "../data/sequences.js";
import { checkNames, optionError, shapeError, unsupported } from "../errors.js";
import type { ForecastOptions, GenerateOptions, Sequence } from "../types.js";
import { internals } from "./internals.js";
import type { Rnn } from "./rnn.js";
import { RnnStream } from "./stream.js";

const rules = {
  prompt: (_name: string, value: unknown) => value as Sequence,
  steps: index,
  inputs: () => {
    throw unsupported('inputs: with recurrence "hidden" the drawn symbols are the inputs');
  },
  temperature: finite(0, 1e30),
  seed: seedRule,
  stop: index,
};

/** Checks everything at once; the symbols then come one at a time. */
export function generate(rnn: Rnn, given: GenerateOptions): IterableIterator<number> {
  const { options } = internals(rnn);
  const { inputSize: I, outputSize: O } = options;
  if (O === 0) throw unsupported("generate: expected outputs to draw symbols from");
  if (O > I)
    throw shapeError("generate", `outputSize of at most inputSize ${I}, since symbols are fed back`, O);
  const { prompt, ...rest } = checkOptions("generate options", given, rules, "", ["steps"]);
  const { steps = 0, temperature = 1, seed = 0, stop = -1 } = rest;
  if (stop >= O) throw optionError("stop", `an integer, 0 … ${O - 1}`, stop);
  const batch = prompt && checkSequences([prompt], options, { name: "prompt", ignoreTargets: true });
  if (batch?.kind === "vectors") throw shapeError("prompt", "index inputs", batch.kind);
  return symbols(rnn, batch, { steps, temperature, seed, stop });
}

function* symbols(
  rnn: Rnn,
  prompt: Batch | undefined,
  { steps, temperature, seed, stop }: { steps: number; temperature: number; seed: number; stop: number },
): IterableIterator<number> {
  if (steps === 0) return;
  const stream = new RnnStream(rnn, 1);
  try {
    const out = new Float32Array(internals(rnn).options.outputSize);
    if (prompt?.initialState) stream.setState(prompt.initialState);
    const read = prompt?.inputs.length ? prompt.inputs : [0];
    for (const symbol of read) stream.step(symbol, { out });
    const id = prompt?.ids[0] ?? 0;
    for (let made = 1; ; made++) {
      const symbol = stream.sample(temperature, seed, id);
      yield symbol;
      if (made === steps || symbol === stop) return;
      stream.step(symbol, { out });
    }
  } finally {
    stream.dispose();
  }
}

/** Which networks can continue real vectors, and why this one cannot. */
export function forecast(rnn: Rnn, given: ForecastOptions): never {
  const { loss } = internals(rnn).options;
  checkNames("forecast options", given, ["prompt", "steps", "inputs"]);
  throw unsupported(`forecast: expected loss "squared-error", got "${loss}"; use generate`);
}
