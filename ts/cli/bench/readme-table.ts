/** The README's table of speed: how near to the peak, and where that is beside others. */
import type { PeerResult } from "./compare.js";
import { markdownTable } from "./markdown.js";
import type { Run } from "./results.js";
import { amount, percent, taskOf, times } from "./tables.js";

/** What runs in every browser, and what needs native code. */
const web: Readonly<Record<string, string>> = {
  "tfjs-wasm": "TensorFlow.js (wasm)",
  "tfjs-cpu": "TensorFlow.js (cpu)",
  "jax-wasm": "jax-js (wasm)",
  "ort-web": "onnxruntime-web",
  brain: "brain.js",
  tuned: "plain JavaScript",
};
const native: Readonly<Record<string, string>> = {
  "ort-node": "onnxruntime",
  torch: "PyTorch",
  jax: "JAX",
  numpy: "numpy",
};

export function readmeTable(run: Run): string {
  const { workloads, peers, engine, cpu } = run;
  const compared = peers.some(({ status, peer }) => status === "timed" && peer !== "recurra");
  const rows = workloads.map(({ name, unit, median, shareOfPeak }) => {
    const timed = peers.filter(({ workload, ratio }) => workload === name && ratio !== undefined);
    return [
      ...[name, taskOf(name), `${amount(median)} ${unit}`, percent(shareOfPeak)],
      ...(compared ? [best(timed), list(timed)] : []),
    ];
  });
  const head = ["workload", "task", "median", "share of peak"];
  const more = compared ? ["× the best in JavaScript or wasm", "× native libraries"] : [];
  return [
    `One thread of ${cpu}; ${engine.split(",")[0]}, the default kernel.`,
    "",
    markdownTable([...head, ...more], rows, `llrr${compared ? "ll" : ""}`),
  ].join("\n");
}

const ratioOf = ({ ratio = Number.NaN }: PeerResult): number => ratio;

/** The fastest of them is the one with the smallest ratio. */
function best(timed: readonly PeerResult[]): string {
  const [first] = timed.filter(({ peer }) => peer in web).sort((a, b) => ratioOf(a) - ratioOf(b));
  return first === undefined ? "" : `${times(ratioOf(first))} ${web[first.peer]}`;
}

const list = (timed: readonly PeerResult[]): string =>
  timed
    .filter(({ peer }) => peer in native)
    .map((result) => `${times(ratioOf(result))} ${native[result.peer]}`)
    .join(", ");
