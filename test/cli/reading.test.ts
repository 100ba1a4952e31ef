/** Files as people have them: what a cell, a column, a line is taken for. */
import { afterAll, describe, expect, it } from "vitest";
import { dateValue, isDate, isMissing, parseNumber } from "../../ts/cli/reading/cells.js";
import { clockOf } from "../../ts/cli/reading/clock.js";
import { isTime } from "../../ts/cli/reading/columns.js";
import { formatOf } from "../../ts/cli/reading/read.js";
import { readRecords } from "../../ts/cli/reading/records.js";
import { readSource } from "../../ts/cli/reading/source.js";
import { type Column, readNumbers, readTable, type Table } from "../../ts/cli/reading/table.js";
import { workFolder } from "./program.js";

const folder = workFolder();
afterAll(() => folder.remove());

const source = (text: string) => ({ name: "a.csv", text });
const column = (table: Table, name: string): Column => {
  const found = table.columns.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
};
const rowsOf = (table: Table): number[] => Array.from({ length: table.rows }, (_, row) => row);

describe("a cell", () => {
  it.each([
    ["1", 1],
    [" -2.50 ", -2.5],
    ["+.5", 0.5],
    ["5.", 5],
    ["1e-3", 0.001],
    ["1E5", 100_000],
    ["1,5", undefined],
    ["1 000", undefined],
    ["0x10", undefined],
    ["", undefined],
    ["Infinity", undefined],
    ["12a", undefined],
  ])("%j holds the number %j", (cell, value) => expect(parseNumber(cell)).toBe(value));

  it("may have a decimal comma where the separator is a semicolon", () => {
    expect(parseNumber("1,5", true)).toBe(1.5);
    expect(parseNumber("1.000,5", true)).toBeUndefined();
  });

  it.each(["", " ", "NA", "n/a", "NaN", "null", "-", "?"])("%j is missing", (cell) =>
    expect(isMissing(cell)).toBe(true),
  );

  it.each([
    "2020-01-31",
    "2020/1/5",
    "31.12.1999",
    "12/31/99",
    "2020-01-31T23:59:59.5Z",
    "2020-01",
    "Jan 2001",
    "1 March 2001",
    "1999Q4",
    "14:30",
  ])("%j is a date", (cell) => expect(isDate(cell)).toBe(true));

  it.each(["abc", "1.5", "2020", "1-2", "march", ""])("%j is no date", (cell) =>
    expect(isDate(cell)).toBe(false),
  );

  it("has a time only where its order is certain", () => {
    expect(dateValue("2020-01-01T00:00:00.5Z") - dateValue("2020-01-01T00:00:00Z")).toBe(500);
    expect(dateValue("2020-01-01T01:30:00+01:30")).toBe(dateValue("2020-01-01T00:00:00Z"));
    expect(dateValue("2019-12-31T19:00-05:00")).toBe(dateValue("2020-01-01T00:00:00Z"));
    expect(dateValue("2020-01-02") - dateValue("2020-01-01")).toBe(86_400_000);
    expect(dateValue("01/02/2020")).toBeNaN();
  });
});

describe("a table", () => {
  it.each([
    ["commas", "a,b\n1,2\n3,4\n"],
    ["semicolons", "a;b\n1;2\n3;4"],
    ["tabs", "a\tb\n1\t2\n3\t4"],
    ["bars", "a|b\n1|2\n3|4"],
    ["quotes", '"a","b"\n"1","2"\n"3","4"\n'],
    ["empty lines and empty rows at its end", "a,b\n\n1,2\n\n3,4\n,\n,\n"],
    ["cells too many, all empty", "a,b\n1,2,\n3,4,,\n"],
  ])("with %s is read", (_, text) => {
    const table = readTable(source(text));
    expect(table.header).toBe(true);
    expect(table.rows).toBe(2);
    expect([...column(table, "a").numbers]).toEqual([1, 3]);
    expect([...column(table, "b").numbers]).toEqual([2, 4]);
  });

  it("comes with a byte order mark, and line ends of every kind in one file", () => {
    const { text } = readSource(folder.file("mixed.csv", "\ufeffa,b\n1,2\r\n3,4\r5,6"));
    const table = readTable(source(text));
    expect(table.columns.map(({ name }) => name)).toEqual(["a", "b"]);
    expect([...column(table, "b").numbers]).toEqual([2, 4, 6]);
    expect([...table.lines]).toEqual([2, 3, 4]);
  });

  it("knows the line of a row below quoted line breaks", () => {
    const table = readTable(source('n,a\n"x\ny",1\nz,2\n'));
    expect([...table.lines]).toEqual([2, 4]);
    expect(column(table, "n").texts.get(0)).toBe("x\ny");
  });

  it("has decimal commas between semicolons", () => {
    expect([...column(readTable(source("a;b\n1,5;2\n2,5;3")), "a").numbers]).toEqual([1.5, 2.5]);
  });

  it("has a header or none, and names that are missing or stand twice are made up", () => {
    expect(readTable(source("1,2\n3,4")).header).toBe(false);
    expect(readTable(source("1,2\n3,4")).columns.map(({ name }) => name)).toEqual(["1", "2"]);
    const table = readTable(source("a,,a\n1,2,3"));
    expect(table.columns.map(({ name }) => name)).toEqual(["a", "2", "a (2)"]);
  });

  it("takes a column for what most of its cells are", () => {
    const text = "a,b,c,d\n1,x,,2020-01-01\noops,2,,2020-01-02\n3,y,,2020-01-03\n4,z,,2020-01-04\n";
    const table = readTable(source(text));
    expect(table.columns.map(({ kind }) => kind)).toEqual(["number", "text", "empty", "date"]);
    expect(column(table, "a").texts.get(1)).toBe("oops");
    expect(column(table, "a").numbers[1]).toBeNaN();
  });

  it.each([
    ["a,b\n1,2\n3\n", "a.csv, line 3: expected 2 cells as on the first line, got 1"],
    ["a,b\n1,2,3\n", "a.csv, line 2: expected 2 cells as on the first line, got 3"],
    ['a,b\n1,2\n3,"4\n5,6\n', "a.csv, line 3: a quote is opened here and never closed"],
    ['a,b\n1,2"3\n', "a.csv, line 2: a quote stands where none may"],
    ["a,b\n", "a.csv has a line of names and no line of data"],
    ["\n\n", "a.csv is empty"],
  ])("%j is refused", (text, message) => expect(() => readTable(source(text))).toThrow(message));

  it("of one number per line may have a name at its head", () => {
    expect(column(readNumbers(source("level\n1\n\n2\n")), "level").numbers).toEqual(Float64Array.of(1, 2));
    expect(column(readNumbers(source("1\n2\n")), "value").numbers).toEqual(Float64Array.of(1, 2));
  });

  it("of more rows than decide about its columns keeps them all", () => {
    const numbers = Array.from({ length: 2500 }, (_, i) => i / 4);
    const table = readTable(source(`a,b\n${numbers.map((n) => `${n},x`).join("\n")}\n`));
    expect([...column(table, "a").numbers]).toEqual(numbers);
    expect(table.lines[2499]).toBe(2501);
  });
});

describe("the time", () => {
  const table = (cells: readonly (readonly unknown[])[]): Table =>
    readTable(source(cells.map((row) => row.join(",")).join("\n")));
  const rising = (name: string, values: readonly unknown[]): boolean => {
    const read = table([[name, "v"], ...values.map((value, i) => [value, (i * i) % 7])]);
    return isTime(column(read, name), [rowsOf(read)]);
  };

  it.each([
    ["evenly rising numbers", "a", [10, 20, 30, 40], true],
    ["rounded times", "a", [0.33, 0.67, 1, 1.33, 1.67], true],
    ["dates, even or not", "a", ["2020-01-01", "2020-01-05", "2020-01-06"], true],
    ["uneven times under a name for them", "timestamp", [1, 2, 5, 9], true],
    ["uneven numbers that rise", "a", [1, 2, 5, 9], false],
    ["numbers that fall", "a", [3, 2, 1], false],
    ["a constant", "a", [3, 3, 3], false],
    ["two rows", "a", [1, 2], false],
  ])("%s", (_, name, values, expected) => expect(rising(name, values)).toBe(expected));

  const after = (cells: readonly string[], steps: number) => {
    const read = table([["when", "v"], ...cells.map((cell) => [cell, 1])]);
    return clockOf(column(read, "when"), rowsOf(read)).after(steps);
  };

  it.each([
    [["1700", "1701", "1702"], 3, 1705],
    [["0.1", "0.2", "0.3"], 2, 0.5],
    [["2020-02-27", "2020-02-28", "2020-02-29"], 2, "2020-03-02"],
    [["2020-01", "2020-02", "2020-03"], 10, "2021-01"],
    [["1999/12/01", "2000/03/01", "2000/06/01"], 1, "2000/09/01"],
    [["2020-01-01 23:00", "2020-01-01 23:30", "2020-01-02 00:00"], 1, "2020-01-02 00:30"],
    [["2020-01-01T23:58:00Z", "2020-01-01T23:59:00Z", "2020-01-02T00:00:00Z"], 2, "2020-01-02T00:02:00Z"],
    [["2020-01-01T00:00Z", "2020-01-01T00:01Z", "2020-01-01T00:02Z"], 1, "2020-01-01T00:03Z"],
    [
      ["2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00.250Z", "2020-01-01T00:00:00.500Z"],
      2,
      "2020-01-01T00:00:01.000Z",
    ],
    [["2020-01-01 00:00:00.0", "2020-01-01 00:01:00.0", "2020-01-01 00:02:00.0"], 1, "2020-01-01 00:03:00.0"],
    [
      [
        "2020-01-01T00:00:00.000000+05:30",
        "2020-01-01T00:01:00.000000+05:30",
        "2020-01-01T00:02:00.000000+05:30",
      ],
      1,
      "2020-01-01T00:03:00.000000+05:30",
    ],
    [["2020-03-29T00:00+0100", "2020-03-29T01:00+0100", "2020-03-29T03:00+0200"], 1, "2020-03-29T04:00+0200"],
    [["2020-01-01", "2020-01-02", "2020-01-05"], 1, undefined],
    [["01/02/2020", "02/02/2020", "03/02/2020"], 1, undefined],
  ])("after %j goes on, %i steps later, with %j", (cells, steps, expected) =>
    expect(after(cells, steps)).toBe(expected),
  );
});

describe("JSONL", () => {
  it("holds numbers or rows of them, with a label, one per step, or none", () => {
    expect(readRecords(source('{"x":[1,2]}\n\n'))).toMatchObject({ width: 1, yKind: "none" });
    const rows = readRecords(source('{"id":"p","x":[[1,2],[3,4]],"y":"a"}\n{"x":[[5,6]],"y":"b"}'));
    expect(rows).toMatchObject({ width: 2, yKind: "label", yKey: "y" });
    expect(rows.lines.map(({ id, steps, y }) => [id, steps, y])).toEqual([
      ["p", 2, "a"],
      [undefined, 1, "b"],
    ]);
    expect([...(rows.lines[0]?.x ?? [])]).toEqual([1, 2, 3, 4]);
    expect(readRecords(source('{"x":[1,2],"label":["a","b"]}'))).toMatchObject({
      yKind: "labels",
      yKey: "label",
    });
    expect(readRecords(source("[1,2]\n[3]"))).toMatchObject({ width: 1, yKind: "none" });
  });

  it.each([
    ['{"x":[1,2],"y":1}\n{"x":[1,2]}', "line 2: expected one label in y as on the first line, got none"],
    [
      '{"x":[[1,2]],"y":1}\n{"x":[[1]],"y":1}',
      "line 2: expected 2 numbers at every step as on line 1, got 1 at step 1",
    ],
    ['{"x":[1,null],"y":1}', "line 1: expected a number in x (step 2), got null"],
    ['{"x":[[1,"a"]],"y":1}', 'line 1: expected a number in x (step 1, number 2), got "a"'],
    ['{"x":[1,NaN]}', "line 1: expected JSON, got"],
    ['{"x":[1,2],"y":["a"]}', "line 1: expected one element of y for each of the 2 steps of x, got 1"],
    ['{"x":[1,2],"y":["a",null]}', "line 1: expected a label in y at step 2, got null"],
    ['{"values":[1,2],"y":1}', 'an object without "x" (values, y); --inputs values takes that one'],
    ['{"x":3}', "expected a list of numbers in x, got 3"],
    ["7", "expected a sequence like"],
  ])("%j is refused", (text, message) => expect(() => readRecords(source(text))).toThrow(message));
});

describe("a file", () => {
  it.each([
    ["a.csv", "x", "table"],
    ["a.tsv", "x", "table"],
    ["a.JSONL", "x", "records"],
    ["a.txt", "1\n2\n3\n", "numbers"],
    ["a.txt", "level\n1\n2\n3\n", "numbers"],
    ["a.txt", "Call me Ishmael.\nSome years ago\n", "text"],
    ["-", '{"x": [1]}\n', "records"],
    ["-", "[[1,2],[3,4]]\n", "records"],
    ["-", "[a stage direction]\n", "text"],
  ])("%s with %j is taken for %s", (path, text, expected) => expect(formatOf(path, text)).toBe(expected));
});
