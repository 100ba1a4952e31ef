/** `recurra eval`: how well a model predicts a text. */
import { RecurraError } from "../index.js";
import type { Command, Invocation } from "./arguments.js";
import { countSymbols, encodeFile, frequencyBits } from "./corpus.js";
import { bitsPerNat, plural, table } from "./format.js";
import { loadTextModel, runtimeFor } from "./model.js";
import { printJson, stderr, stdout } from "./terminal.js";

export const evalCommand: Command = {
  name: "eval",
  summary: "how well a model predicts a text",
  operands: "MODEL FILE",
  minOperands: 2,
  maxOperands: 2,
  about:
    "Reads FILE with MODEL, a folder written by recurra train or a model file, and prints how well each symbol was " +
    "predicted from those before it. The baseline is what symbol frequencies alone reach. A symbol that the model " +
    "has never seen is an error.",
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
          help: "print one JSON document: { loss, bits, accuracy, baseline, count }, loss in nats, baseline in bits",
        },
      ],
    },
  ],
  examples: [
    { command: "recurra eval book-model other.txt", does: "bits per character on another text" },
    { command: "recurra eval book-model other.txt --json", does: "for a script" },
  ],
  run: evaluate,
};

async function evaluate(invocation: Invocation): Promise<number> {
  const [path = "", file = ""] = invocation.operands;
  const { rnn, vocabulary, unit, counts } = await loadTextModel(path, await runtimeFor(invocation));
  const inputs = encodeFile(file, vocabulary, unit);
  if (inputs.length < 2) {
    const message = `${file} has ${plural(inputs.length, unit)}; at least 2 are needed, one to read and one to predict`;
    throw new RecurraError({ code: "format", message });
  }
  if (stderr.isTTY) stderr.write(stderr.style("dim", `reading ${plural(inputs.length, unit)} …`));
  const { loss, accuracy, count } = await rnn.evaluate({ inputs, targets: "next" });
  if (stderr.isTTY) stderr.write("\r\u001b[2K");
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
  ];
  stdout.write(`${table(rows, "ll")}\n`);
  return 0;
}
