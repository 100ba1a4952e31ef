/** The README's tables of speed: beside others, and how near to the peak; all figures of a row are of one measurement. */
import { byRatio, native, web } from "./libraries.js";
import { markdownTable } from "./markdown.js";
import type { Compared, Run } from "./merging.js";
import { amount, disturbance, disturbedNote, percent, taskOf, times } from "./tables.js";

export function readmeTable(run: Run): string {
  const { cpu, engine, workloads } = run;
  const place = `One thread, ${cpu.replace(/, \d+ threads?$/, "")}, ${engine.split(",")[0]}, the default kernel`;
  const shares = markdownTable(
    ["workload", "task", "median", "share of peak", "median ÷ best"],
    workloads.map((rate) => [
      ...[rate.name, taskOf(rate.name), `${amount(rate.median)} ${rate.unit}`],
      ...[percent(rate.shareOfPeak), disturbance(rate)],
    ]),
    "llrrl",
  );
  const peak = [
    "The peak is what one thread can multiply and add in WebAssembly's vectors of 128 bits, measured beside each sample by a",
    "loop that touches no memory. Only products count as work. Timed in turns with each other, without other libraries.",
  ].join("\n");
  const note = disturbedNote(workloads);
  const beside = besideOthers(run);
  if (beside === "") return [`${place}.`, peak, shares, ...(note === "" ? [] : [note])].join("\n\n");
  return [
    ...[`${place}.`, beside, "<details>\n<summary>every task beside the peak</summary>", peak, shares],
    ...(note === "" ? [] : [note]),
    "</details>",
  ].join("\n\n");
}

/** Empty where nothing was compared. */
function besideOthers({ peers }: Run): string {
  const own = peers.filter(({ peer, status }) => peer === "recurra" && status === "timed");
  const rows = own.map((one) => {
    const { workload, unit, median = Number.NaN } = one;
    const timed = byRatio(peers.filter((row) => row.workload === workload && row.ratio !== undefined));
    const [best] = timed.filter(({ peer }) => peer in web).map((row) => named(row, web));
    const others = timed.filter(({ peer }) => peer in native).map((row) => named(row, native));
    const rate = `${amount(median)} ${unit}`;
    return [workload, taskOf(workload), rate, best ?? "", others.join(", "), disturbance(one)];
  });
  if (!rows.some(([, , , best, others]) => best !== "" || others !== "")) return "";
  const head = ["workload", "task", "recurra, median", "beside the best in JavaScript or wasm"];
  return [
    "A ratio is how many times as fast recurra is: above 1 it is ahead, at 0.5 the other is twice as fast. Native libraries",
    "have vectors of up to 512 bits.",
    "",
    markdownTable([...head, "beside native libraries", "median ÷ best"], rows, "llrlll"),
    ...(disturbedNote(own) === "" ? [] : ["", disturbedNote(own)]),
  ].join("\n");
}

const named = (
  { peer, ratio = Number.NaN, beside }: Compared,
  names: Readonly<Record<string, string>>,
): string => `${times(ratio)} ${names[peer]}${beside === undefined ? "" : " (earlier)"}`;
