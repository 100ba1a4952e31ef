/** The flags of `recurra train`. */
import type { Command, Flag } from "./arguments.js";
import { tasks } from "./reading/series.js";

const positive = { min: 0, above: true } as const;
const count = { kind: "integer", min: 1, max: 2 ** 31 - 1, value: "N" } as const;

/** What is learned. */
const task: readonly Flag[] = [
  {
    name: "task",
    kind: "choice",
    choices: tasks,
    help: "write on (generate), name the class of a sequence (classify) or of each step (tag), or forecast; worked out if absent",
  },
  {
    name: "target",
    kind: "text",
    value: "COLUMNS",
    help: "what is forecast, or the column of labels; names with commas between them, positions in a file without names",
  },
  {
    name: "inputs",
    kind: "text",
    value: "COLUMNS",
    help: "what goes in; for a forecast, what is known of the future too (all other numbers; none for a forecast)",
  },
  { name: "id", kind: "text", value: "COLUMN", help: "rows with the same value there are one sequence" },
  { name: "time-column", kind: "text", value: "COLUMN", help: "says when, and is not learned from" },
  {
    name: "split",
    kind: "choice",
    choices: ["sequence", "time"],
    help: "what is held out: whole sequences, or the end of each (by the task and the number of sequences)",
  },
  {
    name: "held-out",
    kind: "number",
    min: 0,
    above: true,
    max: 0.9,
    value: "SHARE",
    help: "how much is kept for measuring (0.1 of a text, 0.2 of sequences)",
  },
  { name: "bytes", kind: "switch", help: "symbols are bytes instead of characters: learns any file" },
];

/** What the network is. */
const network: readonly Flag[] = [
  { ...count, name: "hidden-size", help: "hidden units (256 for text, 64 otherwise)" },
  {
    name: "initializer",
    kind: "choice",
    choices: ["uniform", "orthogonal", "identity"],
    help: "what the weights are at first (uniform; identity to classify and tag)",
  },
];

/** How it learns. */
const learning: readonly Flag[] = [
  {
    ...count,
    name: "batch-size",
    help: "sequences, or pieces of one, read side by side (8 for text, at most 16 otherwise)",
  },
  { ...count, name: "truncate", help: "steps that gradients flow back (32; whole sequences to classify)" },
  {
    name: "optimizer",
    kind: "choice",
    choices: ["adam", "sgd", "rmsprop"],
    default: "adam",
    help: "how gradients become updates",
  },
  {
    ...positive,
    name: "learning-rate",
    kind: "number",
    value: "RATE",
    help: "size of the updates (0.002; 0.003 to forecast)",
  },
  {
    name: "schedule",
    kind: "choice",
    choices: ["cosine", "constant"],
    default: "cosine",
    help: "how the rate goes on: falling to 1 % at the end, or as it is",
  },
  {
    ...positive,
    name: "clip-norm",
    kind: "number",
    value: "NORM",
    help: "greatest norm of a gradient (5 for text, 1 otherwise)",
  },
  {
    name: "teacher-forcing",
    kind: "number",
    min: 0,
    max: 1,
    value: "SHARE",
    help: "how often a forecast with --inputs is told the true last value rather than its own (1)",
  },
  {
    name: "input-noise",
    kind: "number",
    min: 0,
    max: 100,
    value: "S",
    help: "noise added to numbers that go in, in their standard deviations, against learning by heart (0.5 to classify and tag, otherwise 0)",
  },
  {
    name: "seed",
    kind: "integer",
    min: 0,
    value: "SEED",
    default: 0,
    help: "decides weights, order and split",
  },
];

const limits: readonly Flag[] = [
  { ...count, name: "updates", help: "updates of the weights" },
  { ...count, name: "epochs", help: "passes over the data" },
  { ...positive, name: "seconds", kind: "number", value: "S", help: "time spent training" },
];

const files: readonly Flag[] = [
  {
    name: "out",
    kind: "text",
    value: "FOLDER",
    help: "where the results go (NAME-model, in the current folder)",
  },
  {
    name: "name",
    kind: "text",
    value: "NAME",
    help: "what the data is called (the file's name without its ending)",
  },
  { name: "report", kind: "text", value: "FILE", help: "where the page of curves goes (FOLDER/report.html)" },
  { name: "resume", kind: "switch", help: "go on from the checkpoint in the folder" },
  { name: "force", kind: "switch", help: "start anew over earlier results" },
];

const other: readonly Flag[] = [
  {
    name: "kernel",
    kind: "choice",
    choices: ["simd", "relaxed"],
    default: "simd",
    help: "relaxed is faster where the engine has it, but not the same bits everywhere",
  },
  {
    name: "workers",
    kind: "integer",
    min: 0,
    max: 256,
    value: "N",
    default: 0,
    help: "threads that share the computing, one for every 8 of --batch-size at most; the result is the same",
  },
  { name: "json", kind: "switch", help: "print one JSON document instead of words" },
  {
    name: "showcase",
    kind: "switch",
    hidden: true,
    help: "end with how to do the same on one's own text, as npm start does",
  },
];

/** The groups of flags, as the help text shows them. */
export const trainFlags: Command["groups"] = [
  { title: "What to learn", flags: task },
  { title: "Limits (whichever comes first)", flags: limits },
  { title: "Files", flags: files },
  { title: "Network", flags: network },
  { title: "Learning", flags: learning },
  { title: "Other", flags: other },
];

/** Flags that a checkpoint has fixed. */
export const fixed = [...task, ...network, ...learning].map(({ name }) => name);
