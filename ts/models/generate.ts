import { checkOptions, finite, index, integer, rule, seedRule } from "../checks.js";
import { readInputs } from "../data/sequence.js";
import { checkSequences } from "../data/sequences.js";
import { shapeError, show, unsupported } from "../errors.js";
import { feedsBack, isTeachable, type ResolvedOptions } from "../options.js";
import type { Floats, ForecastOptions, GenerateOptions, Sequence, StepOptions } from "../types.js";
import { internals } from "./internals.js";
import type { Rnn } from "./rnn.js";
import { RnnStream } from "./stream.js";

const asGiven = <T>(_name: string, value: unknown): T => value as T;
const forecastRules = {
  prompt: rule<Sequence>("a sequence to continue", Boolean),
  steps: index,
  inputs: asGiven<Sequence["inputs"]>,
};
const generateRules = { ...forecastRules, temperature: finite(0, 1e30), seed: seedRule, stop: index };

/** Checks everything at once; the symbols then come one at a time. */
export function generate(rnn: Rnn, given: GenerateOptions): IterableIterator<number> {
  const options = checkLoss("generate", rnn, "cross-entropy");
  const { inputSize: I, outputSize: O } = options;
  const fed = feedsBack(options);
  if (!fed && O > I)
    throw shapeError("generate", `outputSize of at most inputSize ${I}, since symbols are fed back`, O);
  const checked = checkOptions("generate options", given, generateRules, "", ["steps"]);
  const { steps = 0, temperature = 1, seed = 0, stop = -1, inputs } = checked;
  if (stop >= 0) integer(0, O - 1)("stop", stop);
  const empty = { inputs: I === 0 ? 0 : new Int32Array(0) };
  const prompt = readPrompt(checked.prompt ?? empty, options, fed ? undefined : "indices");
  const inputAt = readFuture(inputs, steps, options);
  return (function* symbols() {
    if (steps === 0) return;
    const out = new Float32Array(O);
    const stream = new RnnStream(rnn, 1, seed, prompt.id);
    try {
      read(stream, prompt, out);
      if (!fed && prompt.steps === 0) stream.step(0, { out });
      for (let made = 0; ; ) {
        if (fed) stream.step(inputAt(made), { out });
        const symbol = stream.sample(temperature);
        if (fed) stream.feed(Int32Array.of(symbol));
        yield symbol;
        if (++made === steps || symbol === stop) return;
        if (!fed) stream.step(symbol, { out });
      }
    } finally {
      stream.dispose();
    }
  })();
}

/** The options of a network that has outputs for this loss. */
function checkLoss(what: string, rnn: Rnn, wanted: ResolvedOptions["loss"]): ResolvedOptions {
  const { options } = internals(rnn);
  const { outputSize: O, loss } = options;
  if (O === 0 || loss !== wanted)
    throw unsupported(`${what}: expected loss "${wanted}", got ${O ? `"${loss}"` : 'outputs "none"'}`);
  return options;
}

/** What is read at a step: an index, I values, or nothing. */
type InputAt = (t: number) => number | Float32Array | undefined;

interface Prompt {
  readonly inputAt: InputAt;
  readonly targetAt: (t: number) => Int32Array | Float32Array | undefined;
  readonly steps: number;
  readonly id: number;
  readonly state: Float32Array | undefined;
  readonly feedback: Float32Array | undefined;
}

/** Checks a prompt and copies it. */
function readPrompt(given: Sequence, options: ResolvedOptions, kind?: "indices" | "vectors"): Prompt {
  // Outputs "last" asks for a step where a target is; a prompt has none there and may be empty.
  const lenient = options.outputs === "last" ? { ...options, outputs: "every" as const } : options;
  const ignoreTargets = !isTeachable(options);
  const batch = checkSequences([given], lenient, { name: "prompt", ignoreTargets });
  if (kind && batch.kind !== kind) throw shapeError("prompt", `inputs that are ${kind}`, batch.kind);
  const { targets, ids, initialState: state, initialFeedback: feedback, rows: steps } = batch;
  const width = targets && steps ? targets.length / steps : 0;
  return {
    inputAt: inputsOf(batch.kind, batch.inputs, options.inputSize),
    targetAt: (t) => targets?.subarray(t * width, (t + 1) * width),
    steps,
    id: ids[0] as number,
    state,
    feedback,
  };
}

/** Checks inputs of the steps to come and copies them. */
function readFuture(
  inputs: Sequence["inputs"] | undefined,
  steps: number,
  options: ResolvedOptions,
): InputAt {
  const I = options.inputSize;
  const fed = feedsBack(options);
  if (inputs === undefined && !(fed && I > 0)) return () => undefined;
  if (!fed)
    throw unsupported('inputs: expected none with recurrence "hidden", whose own outputs are the inputs');
  const read = readInputs(inputs as Sequence["inputs"], "", I);
  if (read.steps !== steps) throw shapeError("inputs", `${steps} steps`, read.steps);
  return inputsOf(read.kind, read.values?.slice(), I);
}

/** What is read at each step, of inputs that were checked. */
const inputsOf =
  (kind: string, values: Int32Array | Float32Array | undefined, I: number): InputAt =>
  (t) =>
    kind === "vectors" ? (values as Float32Array).subarray(t * I, (t + 1) * I) : values?.[t];

/** Steps a new stream through a prompt; `out` is then the last step's outputs. */
function read(stream: RnnStream, { state, feedback, steps, inputAt, targetAt }: Prompt, out: Floats): void {
  stream.set(state, feedback);
  for (let t = 0; t < steps; t++) stream.step(inputAt(t), { out, target: targetAt(t) } as StepOptions);
}

/** Real vectors, steps × O. */
export function forecast(rnn: Rnn, given: ForecastOptions): Floats {
  const options = checkLoss("forecast", rnn, "squared-error");
  const { inputSize: I, outputSize: O } = options;
  // Through the input only where there is one and nothing else is fed back.
  const through = !feedsBack(options) && I > 0;
  if (through && O !== I)
    throw shapeError("forecast", `outputSize of inputSize ${I}, since outputs are fed back as inputs`, O);
  const checked = checkOptions("forecast options", given, forecastRules, "", ["prompt", "steps"]);
  const { steps = 0, inputs } = checked;
  const prompt = readPrompt(checked.prompt as Sequence, options, through ? "vectors" : undefined);
  if (through && prompt.steps === 0) throw shapeError("prompt", "at least one step", show(prompt.steps));
  const inputAt = readFuture(inputs, steps, options);
  const all = new Float32Array(steps * O);
  const out = new Float32Array(O);
  const stream = new RnnStream(rnn, 1, 0, prompt.id);
  try {
    read(stream, prompt, out);
    for (let made = 0; made < steps; made++) {
      // Where outputs are inputs, the prompt's last step has made the first row already.
      if (!through) stream.step(inputAt(made), { out });
      else if (made > 0) stream.step(out, { out });
      all.set(out, made * O);
    }
    return all;
  } finally {
    stream.dispose();
  }
}
