/** What the command line asks `recurra bench` for. */
import { workloads } from "../../../bench/workloads.js";
import { either, type Invocation, UsageError } from "../arguments.js";
import { nearest } from "../nearest.js";
import { comparable } from "./compare.js";
import { type PartName, partNames } from "./document.js";
import type { Plan } from "./plan.js";
import { inRepository } from "./results.js";

const names = workloads.map(({ name }) => name);
export const operands = [...names, ...partNames];

type Refuse = (message: string) => UsageError;

/** Throws UsageError: also for flags that would change nothing, as whoever gives one expects that it does. */
export function planOf(invocation: Invocation): Plan {
  const { command } = invocation;
  const refuse: Refuse = (message) => new UsageError(message, command);
  const wanted = invocation.operands.map((operand) => nameOf(operand, refuse));
  const write = inRepository() && invocation.has("write");
  const all = write && wanted.length === 0;
  const parts = partNames.filter((name) => all || wanted.includes(name));
  const rates = workloads.filter(({ name }) => wanted.includes(name) || wanted.length === 0);
  const [peers, native] = [all || invocation.has("peers"), all || invocation.has("native")];
  const compared = peers || native ? comparable.filter((name) => rates.some((one) => one.name === name)) : [];
  if ((peers || native) && compared.length === 0)
    throw refuse(`${peers ? "--peers" : "--native"}: expected ${either(comparable)}`);
  if (invocation.has("report") && !parts.includes("sweep")) throw refuse("--report: expected sweep too");
  if (invocation.has("python") && !native) throw refuse("--python: expected --native too");
  const others = invocation.which("kernel", "workers");
  if (write && others.length > 0)
    throw refuse(`--write: expected the default kernel and no workers, got ${others}`);
  const plan: Plan = {
    kernel: invocation.text("kernel") === "relaxed" ? "relaxed" : "simd",
    workers: invocation.number("workers"),
    ...{ rates, compared, peers, native, python: invocation.text("python") },
    parts,
    seconds: invocation.number("seconds"),
  };
  checkUse(plan, refuse);
  if (invocation.has("engine") && !all) checkElsewhere(plan, refuse);
  return plan;
}

/** Flags that nothing of what is asked for looks at. */
function checkUse({ kernel, workers, seconds, rates, parts, compared }: Plan, refuse: Refuse): void {
  const trained = workloads.filter(({ trains }) => trains).map(({ name }) => name);
  if (workers !== undefined && compared.length > 0)
    throw refuse("--workers: expected neither --peers nor --native, which compare on one core");
  if (workers !== undefined && !parts.includes("scaling") && !rates.some(({ trains }) => trains))
    throw refuse(`--workers: expected scaling or a workload that trains: ${either(trained)}`);
  const fixed = parts.filter((name) => name !== "sweep");
  if (kernel !== "simd" && fixed.length > 0)
    throw refuse(`--kernel ${kernel}: expected workloads and sweep only, got ${fixed.join(", ")}`);
  if (seconds !== undefined && rates.length === 0 && parts.every((name) => name === "memory"))
    throw refuse("--seconds: expected something that is timed, memory is counted");
}

function checkElsewhere({ rates, parts }: Plan, refuse: Refuse): void {
  const here = parts.filter((name) => !elsewhere.includes(name));
  if (rates.length === 0 && here.length === parts.length)
    throw refuse(`--engine: expected ${either([...names, ...elsewhere])}`);
  if (here.length > 0)
    throw refuse(`--engine: expected ${here.join(", ")} in a call without it: measured in this Node only`);
}

function nameOf(operand: string, refuse: Refuse): string {
  const name = operands.find((one) => one.toLowerCase() === operand.toLowerCase());
  if (name !== undefined) return name;
  const close = nearest(operand.toLowerCase(), partNames) ?? nearest(operand.toUpperCase(), names);
  const hint = close === undefined ? "" : `; did you mean ${close}?`;
  throw refuse(`expected ${either(operands)}, got ${JSON.stringify(operand)}${hint}`);
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
