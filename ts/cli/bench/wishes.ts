/** What the command line asks `recurra bench` for. */
import { workloads } from "../../../bench/workloads.js";
import { type Invocation, UsageError } from "../arguments.js";
import { nearest } from "../nearest.js";
import { comparable } from "./compare.js";
import { type PartName, partNames } from "./document.js";
import type { Plan } from "./plan.js";
import { inRepository } from "./results.js";

const names = workloads.map(({ name }) => name);
export const operands = [...names, ...partNames];

/** Throws UsageError. */
export function planOf(invocation: Invocation): Plan {
  const { command } = invocation;
  const refuse = (message: string): UsageError => new UsageError(message, command);
  const wanted = invocation.operands.map((operand) => nameOf(operand, refuse));
  const write = inRepository() && invocation.has("write");
  const all = write && wanted.length === 0;
  const parts = partNames.filter((name) => all || wanted.includes(name));
  const rates = workloads.filter(({ name }) => wanted.includes(name) || wanted.length === 0);
  const [peers, native] = [all || invocation.has("peers"), all || invocation.has("native")];
  const compared = peers || native ? comparable.filter((name) => rates.some((one) => one.name === name)) : [];
  if ((peers || native) && compared.length === 0)
    throw refuse(`${peers ? "--peers" : "--native"}: expected one of ${comparable.join(", ")}`);
  if (invocation.has("report") && !parts.includes("sweep")) throw refuse("--report: expected sweep too");
  if (invocation.has("python") && !native) throw refuse("--python: expected --native too");
  if (invocation.has("engine") && rates.length === 0 && !parts.some((name) => elsewhere.includes(name)))
    throw refuse(`--engine: expected one of ${[...names, ...elsewhere].join(", ")}`);
  const others = invocation.which("kernel", "workers");
  if (write && others.length > 0)
    throw refuse(`--write: expected the default kernel and no workers, got ${others}`);
  return {
    kernel: invocation.text("kernel") === "relaxed" ? "relaxed" : "simd",
    workers: invocation.number("workers"),
    ...{ rates, compared, peers, native, python: invocation.text("python") },
    parts,
    seconds: invocation.number("seconds"),
  };
}

function nameOf(operand: string, refuse: (message: string) => UsageError): string {
  const name = operands.find((one) => one.toLowerCase() === operand.toLowerCase());
  if (name !== undefined) return name;
  const close = nearest(operand.toLowerCase(), partNames) ?? nearest(operand.toUpperCase(), names);
  const hint = close === undefined ? "" : `; did you mean ${close}?`;
  const expected = `${operands.slice(0, -1).join(", ")} or ${operands.at(-1)}`;
  throw refuse(`expected ${expected}, got ${JSON.stringify(operand)}${hint}`);
}

/** Parts that another engine is asked for: what one process does, as no other library runs there. */
const elsewhere: readonly PartName[] = ["relaxed", "startup"];

export function argumentsFor({ rates, parts, kernel, workers, seconds }: Plan): string[] {
  return [
    ...rates.map(({ name }) => name),
    ...parts.filter((name) => elsewhere.includes(name)),
    ...["--kernel", kernel],
    ...(workers === undefined ? [] : ["--workers", String(workers)]),
    ...(seconds === undefined ? [] : ["--seconds", String(seconds)]),
  ];
}
