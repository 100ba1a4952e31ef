import { mkdirSync, readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDist, prose, recurra, workFolder } from "./program.js";

const folder = workFolder();
const cwd = folder.path;

beforeAll(async () => {
  const book = prose(6000);
  folder.file("book.txt", book);
  folder.file("other.txt", prose(3000));
  folder.file("not-text", Uint8Array.of(72, 101, 108, 108, 111, 0xff, 0xfe, 72));
  folder.file("wide.txt", Uint8Array.of(0xff, 0xfe, 72, 0, 105, 0));
  folder.file("nul.txt", `abc\0${book}`);
  folder.file("empty.txt", "");
  folder.file("short.txt", "Hello");
  folder.file("empty.csv", "");
  folder.file("table.csv", `t,a\n${"1,2\n".repeat(60)}`);
  folder.file(
    "gap.csv",
    `t,a\n${Array.from({ length: 60 }, (_, i) => `${i},${i === 41 ? "" : (i * i) % 7}\n`).join("")}`,
  );
  folder.file(
    "text.csv",
    `t,a\n${Array.from({ length: 60 }, (_, i) => `${i},${i === 41 ? "much" : (i * i) % 7}\n`).join("")}`,
  );
  folder.file("few.csv", "t,a\n1,2\n2,5\n3,1\n");
  folder.file("image.csv", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 255));
  folder.file("wide.csv", Uint8Array.of(0xff, 0xfe, 97, 0, 10, 0));
  folder.file("one.jsonl", '{"x":[1,2,3],"y":"a"}\n');
  folder.file(
    "classes.jsonl",
    Array.from({ length: 20 }, (_, i) => `{"x":[${i},2],"y":${i % 2}}\n`).join(""),
  );
  folder.file("headless.csv", "1,5\n2,3\n3,9\n");
  folder.file("packed.csv.gz", "…");
  folder.file("huge.csv", "t,a\n1,2\n");
  truncateSync(join(cwd, "huge.csv"), 3 * 2 ** 30);
  mkdirSync(join(cwd, "folder.csv"));
  await freshDist();
  const { code } = await recurra(
    ["train", "book.txt", "--hidden-size", "8", "--updates", "5", "--out", "kept"],
    { cwd },
  );
  expect(code).toBe(0);
}, 300_000);
afterAll(() => folder.remove());

describe("recurra train", () => {
  it.each([
    [
      "a file that is not there",
      "none.txt",
      [],
      1,
      /^error: cannot read none\.txt: no such file or folder \(ENOENT\)$/,
    ],
    ["a folder", ".", [], 1, /^error: cannot read \.: it is a folder \(EISDIR\)$/],
    [
      "a file that is not text",
      "not-text",
      [],
      1,
      /^error: not-text is not text: it stops being UTF-8 at byte 5; --bytes learns any file byte by byte$/,
    ],
    ["UTF-16", "wide.txt", [], 1, /^error: wide\.txt is UTF-16 text; convert it to UTF-8/],
    [
      "NUL characters",
      "nul.txt",
      [],
      1,
      /^error: nul\.txt is not text: it has a NUL character at position 3/,
    ],
    ["an empty file", "empty.txt", [], 1, /^error: empty\.txt is empty; at least 32 are needed/],
    ["too short a text", "short.txt", [], 1, /^error: short\.txt has only 5 characters/],
    [
      "an output below a file",
      "book.txt",
      ["--out", "short.txt/x"],
      1,
      /^error: cannot make the folder .* \(ENOTDIR\)$/,
    ],
    [
      "nothing to resume",
      "book.txt",
      ["--resume", "--out", "new"],
      1,
      /^error: there is nothing to go on from: no new/,
    ],
    [
      "a network's option with --resume",
      "book.txt",
      ["--resume", "--hidden-size", "8"],
      2,
      /^error: --hidden-size is part of the checkpoint/,
    ],
    [
      "--resume with --force",
      "book.txt",
      ["--resume", "--force"],
      2,
      /^error: --resume goes on, --force starts anew/,
    ],
    [
      "another text with --resume",
      "other.txt",
      ["--resume", "--out", "kept"],
      1,
      /^error: other\.txt is not the data that kept.checkpoint\.safetensors learned from/,
    ],
    [
      "a seed that is no integer",
      "book.txt",
      ["--seed", "1.5"],
      2,
      /^error: --seed: expected a whole number of at least 0, got "1\.5"$/,
    ],
    [
      "a folder called like a table",
      "folder.csv",
      [],
      1,
      /^error: cannot read folder\.csv: it is a folder \(EISDIR\)$/,
    ],
    ["an empty table", "empty.csv", [], 1, /^error: empty\.csv is empty$/],
    ["a binary table", "image.csv", [], 1, /^error: image\.csv is not text: it stops being UTF-8 at byte 0/],
    ["a table in UTF-16", "wide.csv", [], 1, /^error: wide\.csv is UTF-16 text; convert it to UTF-8/],
    [
      "a compressed file",
      "packed.csv.gz",
      [],
      1,
      /^error: packed\.csv\.gz is compressed; unpack it first \(gunzip\)$/,
    ],
    [
      "a file of 3 GB",
      "huge.csv",
      [],
      1,
      /^error: huge\.csv has 3\.22 GB; at most 268 MB are read: take a part of it$/,
    ],
    ["a text of 3 GB", "huge.csv", ["--bytes"], 1, /^error: huge\.csv has 3\.22 GB; at most 268 MB are read/],
    [
      "a gap in a column",
      "gap.csv",
      [],
      1,
      /^error: gap\.csv, line 43, column a: expected a number, got an empty cell; fill the gap or leave the row out$/,
    ],
    [
      "text in a number column",
      "text.csv",
      [],
      1,
      /^error: text\.csv, line 43, column a: expected a number, got "much"$/,
    ],
    [
      "columns that never change",
      "table.csv",
      [],
      2,
      /^error: table\.csv: there is nothing to forecast: t, a never change$/,
    ],
    ["too few rows", "few.csv", [], 1, /^error: few\.csv has 3 steps; at least 40 are needed/],
    [
      "a single sequence to classify",
      "one.jsonl",
      [],
      1,
      /^error: one\.jsonl has 1 sequence; to classify, at least 4/,
    ],
    [
      "columns without names",
      "headless.csv",
      [],
      2,
      /^error: headless\.csv has 2 columns and no line of names; say which is meant:$/,
    ],
    [
      "a column that is not there",
      "gap.csv",
      ["--target", "b"],
      1,
      /^error: gap\.csv: --target: there is no column "b"/,
    ],
    [
      "--bytes to forecast",
      "gap.csv",
      ["--bytes", "--task", "forecast"],
      2,
      /^error: --bytes learns any file as a text/,
    ],
    [
      "columns of a text",
      "book.txt",
      ["--task", "generate", "--target", "a"],
      2,
      /^error: --target is about columns; with --task generate there are none$/,
    ],
    [
      "classes split by time",
      "classes.jsonl",
      ["--split", "time"],
      2,
      /^error: --split time: a sequence with one label is held out as a whole$/,
    ],
    [
      "teacher forcing where nothing is fed back",
      "classes.jsonl",
      ["--teacher-forcing", "0.5"],
      2,
      /^error: --teacher-forcing is for forecasts with --inputs/,
    ],
    [
      "teacher forcing outside 0 to 1",
      "classes.jsonl",
      ["--teacher-forcing", "2"],
      2,
      /^error: --teacher-forcing: expected a number from 0 to 1/,
    ],
    ["no FILE", "", [], 2, /^error: FILE is missing$/],
  ] as const)("refuses %s, and writes nothing", async (_, file, args, code, message) => {
    const before = readdirSync(cwd).sort();
    const result = await recurra(["train", ...(file === "" ? [] : [file]), ...args], { cwd });
    expect(result.stderr.split("\n")[0]).toMatch(message);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe("");
    expect(result.stderr).not.toMatch(/\n +at /);
    expect(readdirSync(cwd).sort()).toEqual(before);
  });
});
