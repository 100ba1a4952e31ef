/** What there is to learn in a file: worked out where it is clear, asked for where it is not. */
import { afterAll, describe, expect, it } from "vitest";
import type { Command } from "../../ts/cli/arguments.js";
import type { Wishes } from "../../ts/cli/reading/choices.js";
import { readForModel, readForTraining } from "../../ts/cli/reading/read.js";
import type { SeriesSet } from "../../ts/cli/reading/series.js";
import { trainCommand } from "../../ts/cli/train.js";
import { workFolder } from "./program.js";

const folder = workFolder();
afterAll(() => folder.remove());

const command: Command = trainCommand;
const rows = Array.from({ length: 24 }, (_, i) => i);
const wave = (i: number): string => Math.sin(i).toFixed(3);
/** A table with the names of the first line and a function of the row's number for the cells. */
const csv = (head: string, cells: (i: number) => readonly unknown[]): string =>
  `${head === "" ? "" : `${head}\n`}${rows.map((i) => cells(i).join(",")).join("\n")}\n`;
const jsonl = (record: (i: number) => unknown): string =>
  `${rows.map((i) => JSON.stringify(record(i))).join("\n")}\n`;

const files: Readonly<Record<string, string>> = {
  "numbers.txt": csv("", (i) => [i * i]),
  "text.txt": "It was a dark and stormy night;\nthe rain fell in torrents.\n",
  "year.csv": csv("YEAR,SUN", (i) => [1700 + i, wave(i)]),
  "dates.csv": csv("day,a,b", (i) => [`2020-01-${String(i + 1).padStart(2, "0")}`, wave(i), i * i]),
  "one.csv": csv("a", (i) => [i]),
  "constant.csv": csv("a,b", (i) => [7, wave(i)]),
  "all-constant.csv": csv("t,a", (i) => [i, 7]),
  "label.csv": csv("t,a,b,label", (i) => [i, wave(i), wave(i + 1), i % 3 ? "up" : "down"]),
  "class-number.csv": csv("a,class", (i) => [wave(i), i % 3]),
  "y-whole.csv": csv("a,y", (i) => [wave(i), i % 3]),
  "y-real.csv": csv("a,y", (i) => [wave(i), wave(i + 3)]),
  "city.csv": csv("a,city", (i) => [wave(i), i % 2 ? "Rome" : "Oslo"]),
  "long.csv": csv("run,t,a,state", (i) => [
    Math.floor(i / 6),
    i % 6,
    wave(i),
    Math.floor(i / 6) % 2 ? "hi" : "lo",
  ]),
  "ids.csv": csv("id,t,a", (i) => [Math.floor(i / 6), i % 6, wave(i)]),
  "headless.csv": csv("", (i) => [i % 5, wave(i), i % 2]),
  "headless-ids.csv": csv("", (i) => [Math.floor(i / 6), wave(i), Math.floor(i / 6) % 2]),
  "spaced.txt": rows.map((i) => `${i} ${i * i} 3`).join("\n"),
  "classes.jsonl": jsonl((i) => ({ x: [i, 1, 2], y: i % 2 })),
  "label.jsonl": jsonl((i) => ({ id: `s${i}`, label: i % 2, class: i % 2 ? "b" : "a", x: [[i, 1]] })),
  "tags.jsonl": jsonl((i) => ({ x: [i, 1], y: ["a", "b"] })),
  "bare.jsonl": jsonl((i) => [i, 1, 2]),
  "no-y.jsonl": jsonl((i) => ({
    x: [
      [i, 1],
      [2, 3],
    ],
  })),
  "real-y.jsonl": jsonl((i) => ({ x: [i, 1], y: i / 10 })),
  "given.jsonl": jsonl((i) => ({ x: [i, 1], y: [0.5, 1.5] })),
};
const paths = Object.fromEntries(
  Object.entries(files).map(([name, text]) => [name, folder.file(name, text)]),
);

type Asked = Partial<Omit<Wishes, "file" | "command">>;
const read = (name: string, asked: Asked = {}): SeriesSet | "text" =>
  readForTraining(paths[name] ?? name, { ...asked, file: name, command });

const short = (set: SeriesSet | "text"): string => {
  if (set === "text") return "text";
  const { task, inputs, targets, id, time } = set.reading;
  const parts = [task, targets.join("+"), inputs.length > 0 ? `from ${inputs.join("+")}` : ""];
  return [...parts, id === undefined ? "" : `by ${id}`, time === undefined ? "" : `at ${time}`]
    .filter(Boolean)
    .join(" ");
};

describe("the task", () => {
  it.each<[string, string]>([
    ["text.txt", "text"],
    ["numbers.txt", "forecast value"],
    ["year.csv", "forecast SUN at YEAR"],
    ["dates.csv", "forecast a+b at day"],
    ["one.csv", "forecast a"],
    ["constant.csv", "forecast b"],
    ["label.csv", "tag label from a+b at t"],
    ["class-number.csv", "tag class from a"],
    ["y-real.csv", "forecast a+y"],
    ["classes.jsonl", "classify y from x"],
    ["label.jsonl", "classify label from x1+x2"],
    ["tags.jsonl", "tag y from x"],
    ["bare.jsonl", "forecast x"],
    ["no-y.jsonl", "forecast x1+x2"],
  ])("of %s is: %s", (name, expected) => expect(short(read(name))).toBe(expected));

  it.each<[string, Asked, string]>([
    ["long.csv", { id: "run" }, "classify state from a by run at t"],
    ["long.csv", { id: "run", task: "tag" }, "tag state from a by run at t"],
    ["long.csv", { id: "run", targets: ["a"] }, "forecast a by run at t"],
    ["long.csv", { id: "RUN", targets: ["state"], inputs: ["a"] }, "classify state from a by run at t"],
    ["ids.csv", { id: "id" }, "forecast a by id at t"],
    ["city.csv", { targets: ["city"] }, "tag city from a"],
    ["dates.csv", { targets: ["b"], inputs: ["a"] }, "forecast b from a at day"],
    ["dates.csv", { time: "a", targets: ["b"] }, "forecast b at a"],
    ["headless.csv", { task: "forecast" }, "forecast 1+2+3"],
    ["headless.csv", { targets: ["3"], task: "tag" }, "tag 3 from 1+2"],
    ["headless.csv", { id: "1", targets: ["2"], task: "forecast" }, "forecast 2 by 1"],
    ["y-whole.csv", { task: "forecast" }, "forecast a+y"],
    ["label.csv", { targets: ["a"] }, "forecast a at t"],
    ["label.jsonl", { targets: ["class"] }, "classify class from x1+x2"],
    ["real-y.jsonl", { task: "classify" }, "classify y from x"],
    ["given.jsonl", { task: "forecast" }, "forecast y from x"],
    ["classes.jsonl", { task: "forecast" }, "forecast x"],
  ])("of %s with %j is: %s", (name, asked, expected) => expect(short(read(name, asked))).toBe(expected));

  it.each<[string, Asked, RegExp, number]>([
    ["headless.csv", {}, /has 3 columns and no line of names/, 3],
    ["headless-ids.csv", {}, /has 3 columns and no line of names/, 4],
    ["city.csv", {}, /the column city may be a label/, 3],
    ["y-whole.csv", {}, /the column y may be a label/, 3],
    ["long.csv", {}, /the column state may be a label/, 4],
    ["ids.csv", {}, /the column id may tell sequences apart/, 2],
    ["label.csv", { task: "classify" }, /which rows belong together/, 1],
    ["dates.csv", { task: "tag" }, /--task tag needs one column of labels/, 1],
    ["spaced.txt", {}, /has 3 numbers on each line with spaces between them/, 1],
    ["real-y.jsonl", {}, /line 2: y is 0\.1, which looks like no class/, 2],
    ["given.jsonl", {}, /y holds numbers that are no classes/, 1],
  ])("of %s with %j is not clear, and every command shown is right", (name, asked, message, count) => {
    let said = "";
    try {
      read(name, asked);
    } catch (error) {
      expect((error as Error).constructor.name).toBe("UsageError");
      said = (error as Error).message;
    }
    expect(said).toMatch(message);
    const commands = [...said.matchAll(/^ {2}recurra train (\S+) (--.*?)(?: {3}|$)/gm)];
    expect(commands).toHaveLength(count);
    for (const [, file = "", flags = ""] of commands) {
      const words = flags.trim().split(" ");
      const value = (flag: string): string | undefined =>
        words.includes(flag) ? words[words.indexOf(flag) + 1]?.replaceAll("'", "") : undefined;
      const task = value("--task") as Asked["task"];
      const again: Asked = { task, id: value("--id"), targets: value("--target")?.split(",") };
      // A placeholder has to be filled in; a text is learned as it stands.
      if (flags.includes("COLUMN") || task === "generate") continue;
      expect(short(read(file, again)), flags).toContain(task);
    }
  });

  it.each<[string, Asked, string]>([
    ["year.csv", { task: "tag" }, "--task tag needs a column of labels beside one of numbers"],
    ["all-constant.csv", {}, "there is nothing to forecast: a never changes"],
    [
      "year.csv",
      { targets: ["SUNN"] },
      'there is no column "SUNN"; the columns are YEAR, SUN; did you mean SUN?',
    ],
    ["headless.csv", { targets: ["9"] }, "the columns are 1 to 3, as the file has no names"],
    ["year.csv", { targets: ["SUN"], time: "SUN" }, "the column SUN is given two parts to play"],
    [
      "city.csv",
      { targets: ["city"], task: "forecast" },
      'line 2, column city: expected a number, got "Oslo"',
    ],
    ["classes.jsonl", { task: "tag" }, "--task tag needs one label per step, as in y: [3, 3, 5]"],
    ["bare.jsonl", { task: "classify" }, "the file has no y"],
    ["classes.jsonl", { time: "t" }, "--time-column is for tables"],
    ["long.csv", { id: "t", targets: ["state"], task: "classify" }, "as in the other rows of 0, got"],
  ])("of %s with %j is refused: %s", (name, asked, message) =>
    expect(() => read(name, asked)).toThrow(message),
  );

  it("says what it left out", () => {
    expect((read("constant.csv") as SeriesSet).notes).toEqual(["left out, as it never changes: a"]);
    expect((read("label.jsonl") as SeriesSet).notes).toEqual([
      "labels are those in label; --target class would take that instead",
    ]);
    expect((read("label.csv", { targets: ["a"] }) as SeriesSet).notes).toEqual(["left out: b, label"]);
  });
});

describe("sequences", () => {
  const set = (name: string, asked?: Asked): SeriesSet => read(name, asked) as SeriesSet;

  it("come out of long tables in the order of their ids and times", () => {
    const text = "id,t,a\nq,3,30\np,1,1\nq,1,10\np,2,2\nq,2,20\n";
    folder.file("shuffled.csv", text);
    const { series, notes } = readForTraining(`${folder.path}/shuffled.csv`, {
      file: "shuffled.csv",
      command,
      id: "id",
      targets: ["a"],
      time: "t",
    }) as SeriesSet;
    expect(series.map(({ name, line, values }) => [name, line, [...(values ?? [])]])).toEqual([
      ["q", 2, [10, 20, 30]],
      ["p", 3, [1, 2]],
    ]);
    expect(notes).toContain("rows were put in the order of t");
  });

  it("carry their labels and tags as the file has them", () => {
    expect(
      set("classes.jsonl")
        .series.slice(0, 2)
        .map(({ label }) => label),
    ).toEqual([0, 1]);
    expect(set("tags.jsonl").series[0]?.tags).toEqual(["a", "b"]);
    expect(set("class-number.csv").series[0]?.tags?.slice(0, 4)).toEqual([0, 1, 2, 0]);
    expect(set("long.csv", { id: "run" }).series.map(({ label, steps }) => [label, steps])).toEqual([
      ["lo", 6],
      ["hi", 6],
      ["lo", 6],
      ["hi", 6],
    ]);
  });

  it("are read for a model by name, and by position where names are missing", () => {
    const { reading } = set("year.csv");
    const tail = folder.file("tail.csv", files["year.csv"]?.split("\n").slice(20).join("\n") ?? "");
    const named = readForModel(paths["year.csv"] ?? "", reading, { needTargets: true }).series[0];
    const bare = readForModel(tail, reading, { needTargets: true }).series[0];
    expect([...(bare?.values ?? [])]).toEqual([...(named?.values ?? [])].slice(19));
    expect(bare?.clock?.after(1)).toBe(1724);
    const other = folder.file("other.csv", "a,b\n1,2\n3,4\n");
    expect(() => readForModel(other, reading, { needTargets: true })).toThrow(
      "expected the columns SUN, got a, b: SUN is missing",
    );
  });

  it("need no labels where they are to be predicted", () => {
    const { reading } = set("classes.jsonl");
    const file = folder.file("new.jsonl", '{"x":[1,2]}\n{"x":[3]}\n');
    expect(readForModel(file, reading, { needTargets: false }).series.map(({ steps }) => steps)).toEqual([
      2, 1,
    ]);
    expect(() => readForModel(file, reading, { needTargets: true })).toThrow('expected the key "y"');
  });

  it("end where the future begins, of which the inputs are known", () => {
    const { reading } = set("dates.csv", { targets: ["b"], inputs: ["a"] });
    const file = folder.file(
      "future.csv",
      "day,a,b\n2020-01-01,1,10\n2020-01-02,2,20\n2020-01-03,3,\n2020-01-04,4,\n",
    );
    const [series] = readForModel(file, reading, { needTargets: false }).series;
    expect([series?.steps, series?.known]).toEqual([4, 2]);
    expect(series?.clock?.after(1)).toBeUndefined();
    expect(() => readForModel(file, reading, { needTargets: true })).toThrow(
      "line 4, column b: expected a number, got an empty cell",
    );
  });
});
