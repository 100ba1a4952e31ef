/** `recurra convert`: a network from one file format to another. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { RecurraError, Rnn, type RnnOptions } from "../index.js";
import { readFile, writeFileAtomic } from "../io/files.js";
import { type Command, type Flag, type Invocation, UsageError } from "./arguments.js";
import { bytes } from "./format.js";
import { modelFile, naming } from "./model.js";
import { typed } from "./places.js";
import { stdout } from "./terminal.js";

const onnxFlags: readonly Flag[] = [
  {
    name: "layout",
    kind: "integer",
    value: "0|1",
    min: 0,
    max: 1,
    default: 0,
    help: "the operator's attribute: 0 steps first, 1 sequences first, which some programs refuse",
  },
  {
    name: "batch-first",
    kind: "switch",
    help: "sequences come first in what enters and leaves the graph, whatever the layout; layout 1 does that by itself",
  },
  { name: "initial-state", kind: "switch", help: "an input for the states before the first step" },
  { name: "sequence-lengths", kind: "switch", help: "an input for the lengths of the sequences" },
];

export const convertCommand: Command = {
  name: "convert",
  summary: "a network from safetensors to ONNX, or from ONNX to safetensors",
  operands: "IN OUT",
  minOperands: 2,
  maxOperands: 2,
  about:
    "Writes the network in IN to OUT; their names say in which format: .onnx or .safetensors. IN can be a folder written by recurra train, or a file with PyTorch's names. What the other format has no place for is refused by its name, never left out.",
  groups: [
    {
      title: "What IN does not say",
      flags: [
        {
          name: "loss",
          kind: "choice",
          choices: ["cross-entropy", "squared-error", "bernoulli"],
          help: "what the outputs mean",
        },
        {
          name: "activation",
          kind: "choice",
          choices: ["tanh", "relu", "identity"],
          help: "of the units, for a file with PyTorch's names",
        },
        {
          name: "outputs",
          kind: "choice",
          choices: ["every", "last"],
          help: "the steps that have outputs, for a file with PyTorch's names",
        },
      ],
    },
    { title: "For OUT in ONNX", flags: onnxFlags },
    { title: "Other flags", flags: [{ name: "force", kind: "switch", help: "write over OUT" }] },
  ],
  examples: [
    { command: "recurra convert book-model book.onnx", does: "for onnxruntime and others" },
    { command: "recurra convert rnn.onnx rnn.safetensors", does: "for this library" },
  ],
  run: convert,
};

async function convert(invocation: Invocation): Promise<number> {
  const { command } = invocation;
  const [from = "", to = ""] = invocation.operands;
  const target = formatOf(to);
  if (target === undefined)
    throw new UsageError(
      `OUT: expected a name that ends in .onnx or .safetensors, got ${typed(to)}`,
      command,
    );
  const idle = target === "onnx" ? [] : invocation.which(...onnxFlags.map(({ name }) => name));
  if (idle.length > 0)
    throw new UsageError(`${idle.join(", ")}: for OUT in ONNX only, got ${typed(to)}`, command);
  if (existsSync(to) && !invocation.has("force"))
    throw new RecurraError({ code: "environment", message: `${to} exists; write over it with --force` });
  const rnn = await load(from, givenOptions(invocation));
  const content = await naming(from, async () =>
    target === "onnx" ? await onnxOf(rnn, invocation) : rnn.save(),
  );
  rnn.dispose();
  writeFileAtomic(to, content);
  stdout.write(`${typed(to)}  ${bytes(content.length)}\n`);
  return 0;
}

const formatOf = (path: string): "onnx" | "safetensors" | undefined =>
  (({ ".onnx": "onnx", ".safetensors": "safetensors" }) as const)[extname(path).toLowerCase() as ".onnx"];

/** What the command line says about a network. */
function givenOptions(invocation: Invocation): Partial<RnnOptions> {
  const names = ["loss", "activation", "outputs"];
  const given = names.flatMap((name) => (invocation.has(name) ? [[name, invocation.text(name)]] : []));
  return Object.fromEntries(given) as Partial<RnnOptions>;
}

async function load(path: string, options: Partial<RnnOptions>): Promise<Rnn> {
  if (formatOf(path) !== "onnx") {
    const file = modelFile(path);
    const content = readFile(file);
    return await naming(file, () => Rnn.load(content, options));
  }
  const content = readFile(path);
  const { importOnnx } = await import("../onnx/index.js");
  return await naming(path, async () => {
    const { rnn, initialStates, lengths } = await importOnnx(content, options);
    const beyond = initialStates ? "initial_h" : lengths ? "sequence_lens" : undefined;
    if (beyond === undefined) return rnn;
    rnn.dispose();
    const message = `${beyond}: expected none or an input of the graph, got a constant, which belongs to sequences and not to a network`;
    throw new RecurraError({ code: "unsupported", message });
  });
}

async function onnxOf(rnn: Rnn, invocation: Invocation): Promise<Uint8Array> {
  const { exportOnnx } = await import("../onnx/index.js");
  return exportOnnx(rnn, {
    layout: invocation.number("layout") === 1 ? 1 : 0,
    ...(invocation.has("batch-first") && { batchFirst: true }),
    initialState: invocation.has("initial-state"),
    sequenceLengths: invocation.has("sequence-lengths"),
  });
}
