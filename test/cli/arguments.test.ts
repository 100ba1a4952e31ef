import { describe, expect, it } from "vitest";
import { type Command, type Invocation, parseCommand, UsageError } from "../../ts/cli/arguments.js";
import { commandHelp, overview } from "../../ts/cli/help.js";
import { nearest } from "../../ts/cli/nearest.js";
import type { Output } from "../../ts/cli/terminal.js";

const command: Command = {
  name: "learn",
  summary: "learns",
  operands: "FILE",
  minOperands: 1,
  maxOperands: 1,
  about: "It learns.",
  groups: [
    {
      title: "Flags",
      flags: [
        { name: "hidden-size", kind: "integer", min: 1, max: 1000, default: 32, value: "N", help: "units" },
        { name: "learning-rate", kind: "number", min: 0, above: true, value: "RATE", help: "size" },
        { name: "optimizer", kind: "choice", choices: ["adam", "sgd"], default: "adam", help: "how" },
        { name: "out", kind: "text", value: "FOLDER", help: "where" },
        { name: "json", kind: "switch", help: "for scripts" },
      ],
    },
  ],
  examples: [{ command: "learn book.txt", does: "learns a book" }],
  run: async () => 0,
};

function parse(...args: string[]): Invocation {
  const parsed = parseCommand(command, args);
  if (parsed === "help") throw new Error("expected an invocation, got help");
  return parsed;
}

describe("arguments", () => {
  it("gives values and defaults", () => {
    const invocation = parse("book.txt", "--hidden-size", "64", "--learning-rate=1e-3", "--json");
    expect(invocation.operands).toEqual(["book.txt"]);
    expect(invocation.number("hidden-size")).toBe(64);
    expect(invocation.number("learning-rate")).toBe(0.001);
    expect(invocation.text("optimizer")).toBe("adam");
    expect(invocation.has("optimizer")).toBe(false);
    expect(invocation.has("json")).toBe(true);
    expect(invocation.text("out")).toBeUndefined();
    expect(parse("book.txt").number("hidden-size")).toBe(32);
    expect(invocation.which("json", "out", "hidden-size")).toEqual(["--json", "--hidden-size"]);
  });

  it("takes what follows -- as it is", () => {
    expect(parse("--", "--json").operands).toEqual(["--json"]);
  });

  it("asks for help wherever it stands", () => {
    expect(parseCommand(command, ["--help"])).toBe("help");
    expect(parseCommand(command, ["book.txt", "-h"])).toBe("help");
  });

  it.each([
    [["book.txt", "--hiden-size", "3"], "unknown flag --hiden-size; did you mean --hidden-size?"],
    [["book.txt", "--hidden", "3"], "unknown flag --hidden; did you mean --hidden-size?"],
    [["book.txt", "--quux"], "unknown flag --quux"],
    [["book.txt", "-x"], "unknown flag -x"],
    [["book.txt", "--hidden-size"], "--hidden-size needs a value: --hidden-size N"],
    [["book.txt", "--out", "--json"], "--out needs a value: --out FOLDER"],
    [["book.txt", "--out="], "--out needs a value: --out FOLDER"],
    [["book.txt", "--json=yes"], '--json takes no value, got "yes"'],
    [["book.txt", "--json", "--json"], "--json is given twice"],
    [["book.txt", "--optimizer", "adm"], '--optimizer: expected adam or sgd, got "adm"; did you mean adam?'],
    [[], "FILE is missing"],
    [["a", "b"], 'expected FILE, got also "b"'],
  ])("refuses %j", (args, message) => {
    expect(() => parse(...args)).toThrow(new UsageError(message, command));
  });

  it.each(["0", "-1", "1.5", "1001", "NaN", "Infinity", "1e400", "0x10", "9007199254740993", "ten", " 5"])(
    "refuses --hidden-size %j, naming the range",
    (value) => {
      const message = `--hidden-size: expected a whole number from 1 to 1000, got ${JSON.stringify(value)}`;
      expect(() => parse("book.txt", "--hidden-size", value)).toThrow(message);
    },
  );

  it.each(["0", "-0.1", "NaN", "Infinity", "-"])("refuses --learning-rate %j", (value) => {
    const message = `--learning-rate: expected a number above 0, got ${JSON.stringify(value)}`;
    expect(() => parse("book.txt", "--learning-rate", value)).toThrow(message);
  });
});

describe("help", () => {
  const out = (columns: number): Output => ({
    isTTY: false,
    columns,
    write: () => {},
    style: (_, text) => text,
  });

  it.each([40, 80, 200])("names every flag and default, within %i columns", (columns) => {
    const text = commandHelp(command, out(columns));
    for (const flag of command.groups[0]?.flags ?? []) expect(text).toContain(`--${flag.name}`);
    expect(text).toContain("(default 32)");
    expect(text).toContain("recurra learn FILE [flags]");
    const longest = Math.max(...text.split("\n").map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(Math.min(100, Math.max(48, columns)));
  });

  it("lists the commands", () => {
    expect(overview([command], out(80))).toContain("learn FILE  ");
  });
});

describe("nearest", () => {
  const words = ["train", "generate", "eval", "inspect", "bench"];
  it.each([
    ["trian", "train"],
    ["gen", "generate"],
    ["evaluate", undefined],
    ["evla", "eval"],
    ["insepct", "inspect"],
    ["benhc", "bench"],
    ["x", undefined],
    ["", undefined],
    ["something", undefined],
  ])("%j: %j", (word, expected) => {
    expect(nearest(word, words)).toBe(expected);
  });
});
