/** Files that people bring along: what is wrong with one is said with its name, the place and what was expected. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Bench } from "../../ts/lab/experiment.js";
import { readSeries } from "../../ts/lab/laser.js";
import { keys, readMusic } from "../../ts/lab/music.js";
import { readSequences } from "../../ts/lab/vowels.js";

const benchOf = (content: string | Uint8Array): Bench => ({
  signal: new AbortController().signal,
  progress: () => {},
  breathe: async () => {},
  file: () => (typeof content === "string" ? new TextEncoder().encode(content) : content),
});

describe("music", () => {
  const piece = [[0, 87], []];
  const read = (value: unknown) => readMusic(benchOf(JSON.stringify(value)), "a.json");

  it("is three parts of pieces, gzipped or not", async () => {
    const text = JSON.stringify({ train: [piece], valid: [piece], test: [piece] });
    for (const [content, name] of [
      [text, "a.json"],
      [gzipSync(text), "a.json.gz"],
    ] as const) {
      const { train, valid, test } = await readMusic(benchOf(content), name);
      expect([train, valid, test].map((part) => part.length)).toEqual([1, 1, 1]);
      const rows = train[0]?.inputs as Float32Array;
      expect(rows).toHaveLength(2 * keys);
      expect([rows[0], rows[87], rows.reduce((a, b) => a + b)]).toEqual([1, 1, 2]);
    }
  });

  it("says what is wrong, and where", async () => {
    await expect(read({})).rejects.toThrow('a.json: expected {"train": [piece, …]');
    await expect(read({ train: [piece], valid: [] })).rejects.toThrow('got [] as "valid"');
    await expect(read([])).rejects.toThrow("a.json: expected");
    await expect(readMusic(benchOf("{"), "a.json")).rejects.toThrow("a.json: expected");
    await expect(readMusic(benchOf("{}"), "a.json.gz")).rejects.toThrow("a.json.gz: expected gzip");
    for (const wrong of [[[88], []], [[-1], []], [["C4"], []], [[1]], "do re", [1, 2]])
      await expect(read({ train: [piece, wrong], valid: [piece], test: [piece] })).rejects.toThrow(
        /a\.json, train\[1\]: expected two or more frames, each a list of keys 0 … 87, got ./,
      );
  });
});

describe("vowels", () => {
  const row = (label: unknown, x: unknown): string => JSON.stringify({ label, x });
  const step = new Array<number>(12).fill(0.5);

  it("are a sequence a line, whatever ends the lines", () => {
    const [first, second] = readSequences(
      benchOf(`${row(0, [step])}\r\n${row(8, [step, step])}\n`),
      "v.jsonl",
    );
    expect(first?.inputs).toEqual(new Float32Array(12).fill(0.5));
    expect(second?.inputs).toHaveLength(24);
    expect([first?.targets, second?.targets]).toEqual([0, 8]);
  });

  it("says which line is wrong", () => {
    const wrong = (line: string) => () => readSequences(benchOf(`${row(0, [step])}\n${line}`), "v.jsonl");
    const lines = [row(9, [step]), row("1", [step]), row(1, []), row(1, [[1, 2]]), row(1, step), "{", "[]"];
    for (const line of lines)
      expect(wrong(line)).toThrow('v.jsonl, line 2: expected {"label": 0 … 8, "x": [[12 numbers], …]}, got');
    expect(() => readSequences(benchOf("\n"), "v.jsonl")).toThrow("got nothing");
  });
});

describe("the laser's series", () => {
  const numbers = Array.from({ length: 1100 }, (_, i) => String(i % 256));

  it("is a number a line", () => {
    const series = readSeries(benchOf(`${numbers.join("\r\n")}\n`));
    expect(series).toHaveLength(1100);
    expect([series[1], series[1099]]).toEqual([1, 75]);
  });

  it("says what is wrong", () => {
    expect(() => readSeries(benchOf("1,2,3"))).toThrow(
      "santafe_laser.txt: expected a number a line, 1100 lines or more, got 1 line",
    );
    for (const line of ["1,2,3", "", "NaN", "0x"])
      expect(() => readSeries(benchOf(numbers.map((own, i) => (i === 6 ? line : own)).join("\n")))).toThrow(
        /santafe_laser\.txt, line 7: expected a number a line/,
      );
  });
});
