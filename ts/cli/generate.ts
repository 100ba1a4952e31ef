/** `recurra generate`: a model writes on. */
import { randomInt } from "node:crypto";
import type { Command, Invocation } from "./arguments.js";
import { printable } from "./format.js";
import type { TextModel } from "./model.js";
import { loadTextModel, naming, runtimeFor } from "./model.js";
import { drained, notice, printJson, stdout } from "./terminal.js";
import { write } from "./writing.js";

export const generateCommand: Command = {
  name: "generate",
  summary: "let a model write",
  operands: "MODEL",
  minOperands: 1,
  maxOperands: 1,
  about:
    "Writes on from a prompt, symbol by symbol, each drawn from what the model expects. MODEL is a folder written " +
    "by recurra train, or a model file. The same seed gives the same text.",
  groups: [
    {
      title: "Flags",
      flags: [
        {
          name: "length",
          kind: "integer",
          min: 1,
          max: 2 ** 31 - 1,
          value: "N",
          default: 400,
          help: "symbols to write",
        },
        {
          name: "prompt",
          kind: "text",
          value: "TEXT",
          empty: true,
          help: "what the text begins with (it starts like a line if absent or empty)",
        },
        {
          name: "temperature",
          kind: "number",
          min: 0,
          max: 100,
          value: "T",
          default: 0.8,
          help: "below 1 more likely symbols, above 1 more surprising ones, 0 always the likeliest",
        },
        {
          name: "seed",
          kind: "integer",
          min: 0,
          value: "SEED",
          help: "for the draws (drawn and printed if absent)",
        },
        {
          name: "kernel",
          kind: "choice",
          choices: ["simd", "relaxed"],
          default: "simd",
          help: "the kernel to run on",
        },
        { name: "json", kind: "switch", help: "print one JSON document: { text, seed }" },
      ],
    },
  ],
  examples: [
    { command: "recurra generate book-model", does: "400 characters" },
    {
      command: 'recurra generate book-model --prompt "Call me " --length 1000',
      does: "a thousand, from a beginning",
    },
    {
      command: "recurra generate book-model --temperature 0.5 --seed 7",
      does: "less daring, and repeatable",
    },
  ],
  run: generate,
};

async function generate(invocation: Invocation): Promise<number> {
  const model = await loadTextModel(invocation.operands[0] ?? "", await runtimeFor(invocation));
  const seed = invocation.number("seed") ?? randomInt(2 ** 32);
  const prompt = invocation.text("prompt");
  const options = {
    length: invocation.number("length") ?? 400,
    temperature: invocation.number("temperature") ?? 0.8,
    seed,
    ...(prompt === undefined ? {} : { prompt: await encodePrompt(model, prompt) }),
  };
  const json = invocation.has("json");
  if (!invocation.has("seed") && !json) notice(`seed ${seed}`);
  if (json) {
    printJson({ text: [...write(model, options)].join(""), seed });
    return 0;
  }
  // What goes to a terminal cannot move its cursor or change its colours; what goes to a file is left as it is.
  const show = stdout.isTTY ? printable : (text: string) => text;
  stdout.write(show(prompt ?? ""));
  let last = prompt ?? "";
  for (const piece of write(model, options)) {
    stdout.write(show(piece));
    last = piece || last;
    await drained();
  }
  if (!last.endsWith("\n")) stdout.write("\n");
  return 0;
}

const encodePrompt = ({ vocabulary }: TextModel, prompt: string): Promise<Int32Array> =>
  naming("--prompt", () => vocabulary.encode(prompt));
