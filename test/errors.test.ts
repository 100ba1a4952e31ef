import { describe, expect, test } from "vitest";
import {
  checkNames,
  formatError,
  nearest,
  optionError,
  RecurraError,
  shapeError,
  show,
  suggestion,
} from "../ts/errors.js";

describe("RecurraError", () => {
  test("has a code and only the details that were given", () => {
    const cause = new TypeError("inner");
    const error = new RecurraError({ code: "out-of-memory", message: "m", requested: 5, limit: 4, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "RecurraError",
      code: "out-of-memory",
      message: "m",
      requested: 5,
      limit: 4,
      cause,
    });
    expect("offset" in error).toBe(false);
    expect("cause" in new RecurraError({ code: "option", message: "m" })).toBe(false);
  });

  test("messages say what, expected and got", () => {
    expect(optionError("hiddenSize", "an integer", "12").message).toBe(
      'hiddenSize: expected an integer, got "12"',
    );
    expect(shapeError("inputs", "length 3", 4).message).toBe("inputs: expected length 3, got 4");
    expect(formatError("header: expected {", 8)).toMatchObject({ code: "format", offset: 8 });
  });
});

test("show puts any value into a few words", () => {
  const shown: [unknown, string][] = [
    [undefined, "undefined"],
    [null, "null"],
    [Number.NaN, "NaN"],
    [-0, "-0"],
    [12n, "12n"],
    [Symbol("s"), "Symbol(s)"],
    [[1, 2], "an array of 2"],
    [new Float32Array(3), "Float32Array of length 3"],
    [new DataView(new ArrayBuffer(1)), "DataView"],
    [new Map(), "an object (Map)"],
    [() => 1, "a function"],
    ["x".repeat(99), `"${"x".repeat(37)}…"`],
  ];
  for (const [value, text] of shown) expect(show(value)).toBe(text);
});

describe("the nearest name", () => {
  const names = ["inputSize", "hiddenSize", "outputSize", "seed"];
  test.each([
    ["hidden_size", "hiddenSize"],
    ["hiddensize", "hiddenSize"],
    ["hiddneSize", "hiddenSize"],
    ["sed", "seed"],
    ["input-size", "inputSize"],
  ])("%s is %s", (word, expected) => expect(nearest(word, names)).toBe(expected));

  test("of something far away is nothing", () => {
    expect(nearest("batchNormalisation", names)).toBeUndefined();
    expect(nearest("x".repeat(1e6), names)).toBeUndefined();
    expect(suggestion("learning", names)).toBe("");
  });

  test("is suggested with an unknown option", () => {
    expect(() => checkNames("options", { hiddenSise: 1 }, names)).toThrow(
      /got "hiddenSise"\. Did you mean "hiddenSize"\?/,
    );
    for (const wrong of [null, 1, "a", [], new Float32Array(1)]) {
      expect(() => checkNames("options", wrong, names)).toThrow(RecurraError);
    }
    expect(() => checkNames("options", {}, names)).not.toThrow();
  });
});
