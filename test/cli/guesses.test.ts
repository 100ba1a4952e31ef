/** Files that people have and that are not what they look like: what is said about them. */
import { afterAll, describe, expect, it } from "vitest";
import { isOrnate } from "../../ts/cli/reading/guesses.js";
import { readForTraining } from "../../ts/cli/reading/read.js";
import type { Task } from "../../ts/cli/reading/series.js";
import { trainCommand } from "../../ts/cli/train.js";
import { workFolder } from "./program.js";
import { range, series } from "./sequence-files.js";

const folder = workFolder();
afterAll(() => folder.remove());

const day = (i: number): string => `2020-01-${String(i + 1).padStart(2, "0")}`;
const wave = (i: number): string => Math.sin(i).toFixed(3);
const csv = (head: string, row: (i: number) => readonly unknown[]): string =>
  `${head}\n${series(0, 24, row)}`;
const files: Readonly<Record<string, string>> = {
  "hosts.csv": csv("timestamp,cpu,host", (i) => [60 * Math.floor(i / 3), wave(i), `h${i % 3}`]),
  "city.csv": csv("date,city,temp", (i) => [day(i >> 1), i % 2 ? "Rome" : "Oslo", wave(i)]),
  "gap.csv": csv("time,v,name", (i) => [i, i === 9 ? "" : wave(i), "ab"[i % 2]]),
  "gap-id.csv": csv("run,v,name", (i) => [i === 9 ? "" : i >> 2, wave(i), "ab"[i % 2]]),
  "money.csv": csv("date,sales", (i) => [day(i), `"$${i + 1},${i % 10}00"`]),
  "price.csv": csv("item,price", (i) => ["abc"[i % 3], `${i} %`]),
  "reviews.csv": csv("review,sentiment", (i) => [`"great, number ${i}"`, i % 2 ? "good" : "bad"]),
  "reviews-id.csv": csv("id,review,sentiment", (i) => [i, `a film ${i}`, i % 2 ? "good" : "bad"]),
  "year.csv": csv("year,spots", (i) => [1800 + i, wave(i)]),
  "runs.csv": csv("part,v,label", (i) => [i >> 2, wave(i), (i >> 2) % 2]),
  "array.json": JSON.stringify([{ x: [1, 2], y: "a" }], undefined, 1),
  "line.json": JSON.stringify([{ x: [1, 2], y: "a" }]),
  "numbers.json": JSON.stringify(range(9), undefined, 1),
  "object.jsonl": JSON.stringify({ x: [1, 2], y: "a" }, undefined, 1),
};
for (const [name, text] of Object.entries(files)) folder.file(name, text);

interface Asked {
  readonly task?: Task;
  readonly targets?: readonly string[];
}

/** What is said about a file that cannot be learned without asking. */
function saidOf(name: string, asked: Asked = {}): { message: string; commands: string[] } {
  try {
    readForTraining(`${folder.path}/${name}`, { ...asked, file: name, command: trainCommand });
  } catch (error) {
    const { message } = error as Error;
    const commands = [...message.matchAll(/^ {2}recurra train \S+ (--.*?) {3}/gm)].map(
      ([, flags = ""]) => flags,
    );
    return {
      message: message.replace(`${folder.path}/`, ""),
      commands: commands.map((flags) => flags.trim()),
    };
  }
  throw new Error(`${name} was read`);
}

describe("a file that is not what it looks like", () => {
  it.each([
    ["hosts.csv", "--task forecast --id host --target cpu", "--task forecast --target cpu"],
    ["city.csv", "--task forecast --id city --target temp", "--task forecast --target temp"],
  ])("%s: where times repeat, the column that explains it comes first", (name, first, last) => {
    const { message, commands } = saidOf(name);
    expect(message).toContain("may tell sequences apart, or be a label; say which is meant");
    expect([commands[0], commands.at(-1)]).toEqual([first, last]);
    const id = /--id (\S+)/.exec(first)?.[1];
    const wishes = { task: "forecast", id, targets: [first.split(" ").at(-1) ?? ""] } as const;
    const set = readForTraining(`${folder.path}/${name}`, { ...wishes, file: name, command: trainCommand });
    expect(set).toMatchObject({ reading: { id }, notes: [] });
  });

  it.each(["gap.csv", "gap-id.csv"])("%s: a column with a gap is not taken for an id", (name) => {
    const { message, commands } = saidOf(name);
    expect(message).toContain(`${name}: the column name may be a label; say which is meant`);
    expect(commands.filter((flags) => /--id (time|v|run)/.test(flags))).toEqual([]);
  });

  it.each<[string, Asked, string]>([
    [
      "money.csv",
      {},
      'money.csv, line 2, column sales: expected plain numbers as 1200 or 10.50, got "$1,000"',
    ],
    [
      "money.csv",
      { targets: ["sales"] },
      'line 2, column sales: expected plain numbers as 1200 or 10.50, got "$1,000"',
    ],
    [
      "price.csv",
      {},
      'line 2, column 2: expected plain numbers as 1200 or 10.50, got "0 %"; remove separators',
    ],
    ["reviews.csv", {}, "texts cannot be classified or forecast; this is possible:"],
    ["reviews-id.csv", {}, "texts cannot be classified or forecast; this is possible:"],
    ["array.json", {}, "array.json is one JSON document; sequences stand one on each line, in a file .jsonl"],
    ["line.json", {}, "line.json is one JSON document"],
    ["array.json", { targets: ["y"] }, "array.json is one JSON document"],
    [
      "numbers.json",
      {},
      "line 1: expected JSON, got […: the file is one JSON document; write one sequence on each line",
    ],
    [
      "object.jsonl",
      {},
      "line 1: expected JSON, got {…: the file is one JSON document; write one sequence on each line",
    ],
  ])("%s with %j is refused: %s", (name, asked, message) =>
    expect(saidOf(name, asked).message).toContain(message),
  );

  it("is no reason to suggest the year as what tells sequences apart", () => {
    expect(saidOf("year.csv", { task: "classify" }).commands).toEqual(["--task classify --id COLUMN"]);
    expect(saidOf("runs.csv", { task: "classify" }).commands).toEqual(["--task classify --id part"]);
  });
});

describe("notes on a file", () => {
  const notesOf = (name: string, text: string, targets?: readonly string[]): readonly string[] => {
    const set = readForTraining(folder.file(name, text), { file: name, command: trainCommand, targets });
    if (set === "text") throw new Error(`${name} is a text`);
    return set.notes;
  };
  const uneven = "t does not rise evenly: a step is from one row to the next, however far they are apart";

  it.each<[string, string, readonly string[]]>([
    ["one value for each time", csv("date,v", (i) => [day(i), wave(i)]), []],
    ["times twice", csv("date,v", (i) => [day(i >> 1), wave(i)]), ["12 values of date occur more than once"]],
    [
      "one time twice",
      csv("date,v", (i) => [day(i === 9 ? 8 : i), wave(i)]),
      ["1 value of date occurs more than once"],
    ],
    ["uneven times", csv("t,v", (i) => [i * i, wave(i)]), [uneven]],
    ["rounded times", csv("t,v", (i) => [(i / 3).toFixed(2), wave(i)]), []],
    ["a day without a row", csv("t,v", (i) => [day(i > 9 ? i + 1 : i), wave(i)]), [uneven]],
    [
      "months",
      csv("t,v", (i) => [`20${10 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}`, wave(i)]),
      [],
    ],
    ["dates in no certain order", csv("t,v", (i) => [`${i + 1}/1/2020`, wave(i)]), []],
    [
      "empty lines in a column",
      "v\n1\n2\n\n4\n\n\n7\n\n",
      ["left out: 3 empty lines between numbers (line 4, 6, 7)"],
    ],
  ])("with %s", (what, text, notes) => expect(notesOf(`${what}.csv`, text)).toEqual(notes));

  it("with an empty line between bare numbers", () =>
    expect(notesOf("bare.txt", "1\n2\n\n4\n")).toEqual(["left out: 1 empty line between numbers (line 3)"]));

  it("of a table of several columns say nothing of empty lines", () =>
    expect(notesOf("wide.csv", "a,b\n1,2\n\n3,1\n\n4,4\n2,3\n")).toEqual([]));
});

describe("a cell", () => {
  it.each(["1,200", "$10.50", "€ 1'000", "12 %", "1 000", "-£3", "5 USD"])(
    "%j holds a number with ornaments",
    (cell) => expect(isOrnate(cell)).toBe(true),
  );
  it.each(["1200", "10.5", "", "a", "12 monkeys", "$", "2020-01-01"])("%j does not", (cell) =>
    expect(isOrnate(cell)).toBe(false),
  );
});
