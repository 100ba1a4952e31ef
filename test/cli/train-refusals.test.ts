import { readdirSync } from "node:fs";
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
  folder.file("table.csv", "a,b\n1,2\n");
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
      /^error: not-text is not text: it stops being UTF-8 at byte 5; --bytes learns any file/,
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
      "a table",
      "table.csv",
      [],
      1,
      /^error: table\.csv is a table \(CSV\) by its name, and this version learns from text only/,
    ],
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
      /^error: other\.txt is not the text that kept.checkpoint\.safetensors learned from/,
    ],
    [
      "a seed that is no integer",
      "book.txt",
      ["--seed", "1.5"],
      2,
      /^error: --seed: expected a whole number of at least 0, got "1\.5"$/,
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
