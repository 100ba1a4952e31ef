/** Sequences out of JSONL. */
import { RecurraError } from "../../index.js";
import { UsageError } from "../arguments.js";
import { ambiguous, type Wishes } from "./choices.js";
import type { RecordLine, Records } from "./records.js";
import type { Label, Reading, SequenceTask, Series, SeriesSet } from "./series.js";

const wrong = (message: string): RecurraError => new RecurraError({ code: "format", message });

/** "x", or "x1", "x2" … where a step has several numbers. */
const namesOf = (key: string, width: number): string[] =>
  width === 1 ? [key] : Array.from({ length: width }, (_, i) => `${key}${i + 1}`);

/** From what stands in the records and what was asked for to a task. */
export function planRecords(
  records: Records,
  wishes: Wishes,
): { reading: Reading; notes: readonly string[] } {
  const { xKey, yKey, yKind, width, yWidth, name } = records;
  const task = wishes.task ?? inferTask(records, wishes);
  const notes: string[] = [];
  const id = wishes.id === undefined ? {} : { id: wishes.id };
  if (task === "forecast") {
    if (yKind === "numbers") {
      const reading = { task, inputs: namesOf(xKey, width), targets: namesOf(yKey ?? "y", yWidth), ...id };
      return { reading, notes };
    }
    if (yKey !== undefined) notes.push(`left out: ${yKey}`);
    return { reading: { task, inputs: [], targets: namesOf(xKey, width), ...id }, notes };
  }
  if (task === "generate") throw new Error("records that are to be learned as text are not planned");
  const fits = task === "classify" ? yKind === "label" : yKind === "labels";
  if (!fits || yKey === undefined) throw new UsageError(`${name}: ${whyNot(task, records)}`, wishes.command);
  const [other] = records.otherKeys;
  if (task === "classify" && other !== undefined && wishes.targets === undefined)
    notes.push(`labels are those in ${yKey}; --target ${other} would take that instead`);
  return { reading: { task, inputs: namesOf(xKey, width), targets: [yKey], ...id }, notes };
}

function whyNot(task: SequenceTask, { yKind, yKey }: Records): string {
  const wanted =
    task === "classify" ? "one label per sequence, as in y: 3" : "one label per step, as in y: [3, 3, 5]";
  const got = {
    none: "no y",
    label: `one label per sequence in ${yKey}`,
    labels: `one label per step in ${yKey}`,
    numbers: `numbers that are no classes in ${yKey}`,
  }[yKind];
  return `--task ${task} needs ${wanted}; the file has ${got}`;
}

function inferTask(records: Records, wishes: Wishes): SequenceTask {
  const { yKind, yKey, xKey, name } = records;
  if (yKind === "labels") return "tag";
  if (yKind === "none") return "forecast";
  if (yKind === "numbers") {
    throw ambiguous(wishes, `${name}: ${yKey} holds numbers that are no classes`, [
      { flags: "--task forecast", does: `forecast ${yKey}; ${xKey} is known beforehand` },
    ]);
  }
  const fraction = records.lines.find(({ y }) => typeof y === "number" && !Number.isInteger(y));
  if (fraction === undefined) return "classify";
  throw ambiguous(
    wishes,
    `${name}, line ${fraction.line}: ${yKey} is ${String(fraction.y)}, which looks like no class`,
    [
      { flags: "--task classify", does: "every number is a class of its own" },
      { flags: "--task forecast", does: `forecast ${xKey}, leaving ${yKey} out` },
    ],
  );
}

/** Throws "format" where the records do not have what the reading needs. */
export function seriesFromRecords(
  records: Records,
  reading: Reading,
  { needTargets, notes = [] }: { needTargets: boolean; notes?: readonly string[] },
): SeriesSet {
  const { task, inputs, targets } = reading;
  const covariates = task === "forecast" && inputs.length > 0;
  const width = task === "forecast" && !covariates ? targets.length : inputs.length;
  if (records.width !== width)
    throw wrong(`${records.name}: expected ${width} numbers at each step, got ${records.width}`);
  const kind = { classify: "label", tag: "labels", forecast: covariates ? "numbers" : undefined }[task];
  if (kind !== undefined && needTargets && records.yKind !== kind)
    throw wrong(
      `${records.name}: expected ${targets.join(", ")} in every line, got ${records.yKey ?? "none"}`,
    );
  const series = records.lines.map((line, i) => seriesOf(line, i, reading, covariates));
  return { reading, series, notes, named: true };
}

function seriesOf(
  { line, id, steps, x, y }: RecordLine,
  i: number,
  reading: Reading,
  covariates: boolean,
): Series {
  const base = { name: id ?? String(i + 1), line, steps, known: steps };
  if (reading.task === "forecast") {
    if (!covariates) return { ...base, inputs: new Float32Array(0), values: x };
    if (!(y instanceof Float32Array)) return { ...base, inputs: x, known: 0 };
    return { ...base, inputs: x, values: y, known: y.length / reading.targets.length };
  }
  if (reading.task === "tag")
    return Array.isArray(y) ? { ...base, inputs: x, tags: y as Label[] } : { ...base, inputs: x };
  const label = y as Label | undefined;
  return label === undefined ? { ...base, inputs: x } : { ...base, inputs: x, label };
}
