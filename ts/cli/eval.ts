/** `recurra eval`: how well a model does on a file. */
import { RecurraError } from "../index.js";
import type { Command, Invocation } from "./arguments.js";
import { countSymbols, encodeFile, frequencyBits } from "./corpus.js";
import { bitsPerNat, plural, table } from "./format.js";
import { loadTextModel, runtimeFor } from "./model.js";
import { readForModel } from "./reading/read.js";
import { checkKnown } from "./tasks/labels.js";
import { documentOf, rowsOf } from "./tasks/outcome.js";
import { scoreOf } from "./tasks/score.js";
import { heldOutOf } from "./tasks/seen.js";
import { loadSequenceModel, type SequenceModel } from "./tasks/sequence-model.js";
import { whole } from "./tasks/split.js";
import { printJson, showing, stdout } from "./terminal.js";

export const evalCommand: Command = {
  name: "eval",
  summary: "how well a model does on a file, beside a baseline",
  operands: "MODEL FILE",
  minOperands: 2,
  maxOperands: 2,
  about:
    "Reads FILE (- for standard input, of sequences) with MODEL, a folder written by recurra train or a model file, and " +
    "prints how well the model does on it, beside what one gets without a net. Of a text: how well each symbol was " +
    "predicted from those before it, beside symbol frequencies. Of sequences: how many classes or tags are right, beside " +
    "the commonest class; or the error of a forecast one step ahead, beside the last value.",
  groups: [
    {
      title: "Flags",
      flags: [
        {
          name: "kernel",
          kind: "choice",
          choices: ["simd", "relaxed"],
          default: "simd",
          help: "the kernel to run on",
        },
        {
          name: "json",
          kind: "switch",
          help:
            "print one JSON document: { loss, bits?, accuracy?, rmse?, baseline, count }; loss in nats, baseline in the " +
            "unit of bits, accuracy or rmse",
        },
      ],
    },
  ],
  examples: [
    { command: "recurra eval book-model other.txt", does: "bits per character on another text" },
    { command: "recurra eval gestures-model test.jsonl --json", does: "for a script" },
  ],
  run: evaluate,
};

async function evaluate(invocation: Invocation): Promise<number> {
  const [path = "", file = ""] = invocation.operands;
  const sequences = await loadSequenceModel(path, await runtimeFor(invocation));
  if (sequences !== undefined) return await evaluateSequences(invocation, sequences, file);
  const { rnn, vocabulary, unit, counts } = await loadTextModel(path, await runtimeFor(invocation));
  const inputs = encodeFile(file, vocabulary, unit);
  if (inputs.length < 2) {
    const message = `${file} has ${plural(inputs.length, unit)}; at least 2 are needed, one to read and one to predict`;
    throw new RecurraError({ code: "format", message });
  }
  const { loss, accuracy, count } = await showing(`reading ${plural(inputs.length, unit)} …`, () =>
    rnn.evaluate({ inputs, targets: "next" }),
  );
  const bits = loss * bitsPerNat;
  const baseline = frequencyBits(inputs, counts ?? countSymbols(inputs, vocabulary.size));
  if (invocation.has("json")) {
    printJson({ loss, bits, accuracy, baseline, count });
    return 0;
  }
  const source =
    counts === undefined ? "this file's symbol frequencies" : "symbol frequencies of the training text";
  const rows = [
    ["loss", `${stdout.style("bold", `${bits.toFixed(3)} bits per ${unit}`)} (${loss.toFixed(4)} nats)`],
    ["baseline", `${baseline.toFixed(3)} bits per ${unit} (${source})`],
    ["accuracy", `${((accuracy ?? 0) * 100).toFixed(1)} % of the next ${unit}s right`],
    ["count", plural(count, unit)],
    ...(counts !== undefined && beginsWith(inputs, counts)
      ? [["note", "the file begins with what the model learned from: it has seen that before"]]
      : []),
  ];
  stdout.write(`${table(rows, "ll")}\n`);
  return 0;
}

/** Whether the first symbols are, as often as each, those of the training part: it is then the same text. */
function beginsWith(inputs: Int32Array, counts: readonly number[]): boolean {
  const length = counts.reduce((sum, count) => sum + count, 0);
  const found = countSymbols(inputs.subarray(0, length), counts.length);
  return counts.every((count, i) => count === found[i]);
}

async function evaluateSequences(
  invocation: Invocation,
  model: SequenceModel,
  file: string,
): Promise<number> {
  const set = readForModel(file, model.reading, { needTargets: true });
  const { series } = set;
  checkKnown(file, series, model.table);
  const short = series.find(({ steps }) => steps < (model.reading.task === "forecast" ? 2 : 1));
  if (short !== undefined) {
    const message = `${file}, line ${short.line}: a sequence of ${plural(short.steps, "step")} has nothing to be measured on`;
    throw new RecurraError({ code: "format", message });
  }
  const score = await showing(`reading ${plural(series.length, "sequence")} …`, () =>
    scoreOf(model, series.map(whole)),
  );
  if (invocation.has("json")) {
    printJson({ ...documentOf(score), count: score.count });
    return 0;
  }
  const rows = rowsOf(model, score, "found");
  const heldOut = heldOutOf(model, set);
  if (heldOut !== undefined) {
    const rest = `${Number((100 * heldOut).toFixed(1))} %`;
    rows.push([
      "note",
      `the model learned from this file, but for the ${rest} held out: it has seen the rest before`,
    ]);
  }
  stdout.write(`${table(rows, "ll")}\n`);
  return 0;
}
