import { describe, expect, it } from "vitest";
import { frequencyBits } from "../../ts/cli/corpus.js";
import { curvesOf, spread } from "../../ts/cli/curves.js";
import {
  bytes,
  duration,
  grouped,
  oneLine,
  printable,
  short,
  significant,
  table,
  wrap,
} from "../../ts/cli/format.js";
import { drawBar, movingLine, ProgressLine, plainLine, type Status } from "../../ts/cli/progress.js";
import { StepCounter } from "../../ts/cli/steps.js";
import { type Output, showing } from "../../ts/cli/terminal.js";
import { bitsPer } from "../../ts/cli/text-job.js";

describe("numbers and times", () => {
  it.each([
    [0, "0"],
    [7, "7"],
    [999, "999"],
    [61_234, "61.2k"],
    [999_400, "999k"],
    [999_600, "1.00M"],
    [3e6, "3.00M"],
    [Number.NaN, "NaN"],
  ])("short(%d) is %s", (value, text) => expect(short(value)).toBe(text));

  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [80, "1 min 20 s"],
    [7500, "2 h 5 min"],
  ])("duration(%d) is %s", (value, text) => expect(duration(value)).toBe(text));

  it("shows digits that matter", () => {
    expect([0.0123, 1.234, 12.34, 123.4].map(significant)).toEqual(["0.012", "1.23", "12.3", "123"]);
    expect([0, 0.009949, 0.00996, -6.605e-5, 1.2e-7].map(significant)).toEqual([
      "0.00",
      "0.0099",
      "0.010",
      "-0.000066",
      "1.2e-7",
    ]);
    expect([1, 1234, 1_204_997].map(grouped)).toEqual(["1", "1,234", "1,204,997"]);
    expect([412, 1_310_000].map(bytes)).toEqual(["412 B", "1.31 MB"]);
  });
});

describe("texts", () => {
  it("fit on a line", () => {
    expect(oneLine("  a\n\n b\u0007  c ", 10)).toBe("a b c");
    expect(oneLine("𝔸𝔹ℂ𝔻", 3)).toBe("𝔸𝔹…");
    expect(wrap("one two three", 9, "  ")).toBe("  one two\n  three");
    expect(printable("a\u001b[31mb\tc\n\r")).toBe("a·[31mb\tc\n·");
    expect(
      table(
        [
          ["a", "1"],
          ["bcd", "22"],
        ],
        "lr",
      ),
    ).toBe("a     1\nbcd  22");
  });
});

describe("progress", () => {
  const status: Status = {
    update: 1234,
    share: 0.5,
    loss: 2.345,
    heldOut: 2.5,
    speed: 61_234,
    norm: 1.234,
    left: 80,
  };
  const measure = bitsPer("character");
  const output = (columns: number, isTTY = true): Output & { text: string } => {
    const out = {
      isTTY,
      columns,
      text: "",
      write: (text: string) => {
        out.text += text;
      },
      style: (_: unknown, text: string) => text,
    };
    return out;
  };

  it("says on a terminal what takes its time before the first line, and takes that away even if it fails", async () => {
    const [terminal, file] = [output(80), output(80, false)];
    const work = () => {
      expect(terminal.text).toBe("reading big.txt …");
      return 7;
    };
    expect(await showing("reading big.txt …", work, terminal)).toBe(7);
    expect(terminal.text).toBe("reading big.txt …\r\u001b[2K");
    const fail = () => Promise.reject(new Error("no"));
    await expect(showing("again …", fail, terminal)).rejects.toThrow("no");
    expect(terminal.text.endsWith("again …\r\u001b[2K")).toBe(true);
    await showing("reading big.txt …", () => 7, file);
    expect(file.text).toBe("");
  });

  it.each([10, 20, 30, 50, 80, 100, 120, 300])("fits %i columns, the loss always in sight", (columns) => {
    const line = movingLine(status, measure, output(columns));
    if (columns >= 30) expect(line.length).toBeLessThan(columns);
    expect(line).toContain("2.35 bits/char");
  });

  it("draws a bar of one width", () => {
    for (let share = 0; share <= 1; share += 1 / 64) expect(Array.from(drawBar(share, 10))).toHaveLength(10);
    expect(drawBar(0.5, 4)).toBe("██░░");
    expect(drawBar(2, 4)).toBe("████");
  });

  it("moves on terminals only, and speaks every five seconds elsewhere", () => {
    let time = 0;
    const plain = output(80, false);
    const line = new ProgressLine(plain, measure, () => time);
    for (; time <= 11_000; time += 100) line.show(status);
    line.clear();
    expect(plain.text).toBe(`${plainLine(status, measure)}\n`.repeat(2));
    const moving = output(80);
    const bar = new ProgressLine(moving, measure, () => time);
    bar.show(status);
    bar.print("a line that stays");
    const clear = "\r\u001b[2K";
    expect(moving.text).toBe(`${clear}${movingLine(status, measure, moving)}${clear}a line that stays\n`);
  });
});

describe("curves", () => {
  it("count steps as the lanes have them", () => {
    // Lanes of 4, 3 and 3 steps, 2 at a time: 6 + 4 steps, then again.
    const counter = new StepCounter(10, 3, 2);
    expect(counter.updatesPerEpoch).toBe(2);
    expect([0, 1, 2, 3, 4, 5].map((update) => counter.after(update))).toEqual([0, 6, 10, 16, 20, 26]);
    expect(new StepCounter(2, 8, 32).after(3)).toBe(6);
  });

  it("are thinned to means, and end at the last update", () => {
    const losses = Float32Array.from({ length: 5000 }, (_, i) => i);
    const { points, heldOut } = curvesOf(
      { losses, gradientNorms: losses, validation: [{ update: 5000, loss: Math.LN2, count: 1 }] },
      { measure: bitsPer("character"), steps: new StepCounter(100_000, 1, 1) },
    );
    expect(points.length).toBeLessThanOrEqual(600);
    expect(points.at(-1)?.update).toBe(5000);
    expect(points[0]?.norm).toBe(4);
    expect(heldOut).toEqual([{ update: 5000, steps: 5000, loss: expect.closeTo(1, 12) }]);
  });

  it("spread over a list with both ends", () => {
    expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
    expect(
      spread(
        Array.from({ length: 101 }, (_, i) => i),
        5,
      ),
    ).toEqual([0, 25, 50, 75, 100]);
  });
});

describe("the baseline", () => {
  it("is the cross-entropy of the training part's frequencies, add-one", () => {
    // p = 4/6 and 2/6; scored are the symbols after the first: 0, 1.
    const bits = frequencyBits(Int32Array.of(1, 0, 1), [3, 1]);
    expect(bits).toBeCloseTo(-(Math.log2(4 / 6) + Math.log2(2 / 6)) / 2, 12);
  });
});
