import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Vocabulary } from "../../ts/data/vocabulary.js";

describe("characters", () => {
  test("are the distinct code points in ascending order", () => {
    const vocabulary = Vocabulary.fromText("banana 🙂é\n🙂");
    expect(vocabulary.size).toBe(7);
    expect(vocabulary.decode([0, 1, 2, 3, 4, 5, 6])).toBe("\n abné🙂");
    expect([...vocabulary.encode("ban🙂")]).toEqual([3, 2, 4, 6]);
  });

  test("decode undoes encode, also after JSON, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        const vocabulary = Vocabulary.fromText(text);
        const again = Vocabulary.fromJSON(vocabulary.toJSON());
        expect(again.encode(text)).toEqual(vocabulary.encode(text));
        expect(again.decode(vocabulary.encode(text))).toBe(text);
        expect(vocabulary.size).toBe(new Set(text).size);
      }),
      { seed: 1 },
    );
  });

  test("halves of surrogate pairs are symbols of their own and stay apart in JSON", () => {
    const text = "\udc00a\ud800";
    const vocabulary = Vocabulary.fromJSON(Vocabulary.fromText(text).toJSON());
    expect(vocabulary.size).toBe(3);
    expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
  });

  test("an unknown symbol is named with its position and line", () => {
    const vocabulary = Vocabulary.fromText("abc\n");
    expect(() => vocabulary.encode("ab\nc🙂a")).toThrow(
      expect.objectContaining({
        code: "option",
        message: expect.stringMatching(/"🙂" \(U\+1F642\) at position 4, line 2/),
      }),
    );
  });
});

describe("bytes", () => {
  const vocabulary = Vocabulary.bytes();

  test("are UTF-8", () => {
    expect(vocabulary.size).toBe(256);
    expect([...vocabulary.encode("aé")]).toEqual([97, 0xc3, 0xa9]);
    expect(Vocabulary.fromJSON(vocabulary.toJSON()).size).toBe(256);
  });

  test("decode undoes encode for any well-formed text, a byte order mark included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const marked = `\ufeff${text}`;
        expect(vocabulary.decode(vocabulary.encode(marked))).toBe(marked);
      }),
      { seed: 2 },
    );
  });

  test("bytes that are no UTF-8 become U+FFFD, half a surrogate pair is refused", () => {
    expect(vocabulary.decode([0xff, 97])).toBe("\ufffda");
    expect(() => vocabulary.encode("ab\ud83dc")).toThrow(
      expect.objectContaining({ code: "option", message: expect.stringContaining("U+D83D) at position 2") }),
    );
  });
});

describe("what is refused", () => {
  const code = (run: () => unknown): unknown => {
    try {
      run();
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
    return "nothing thrown";
  };

  test.each([1, undefined, null, "", ["a"]])("fromText(%j)", (text) => {
    expect(code(() => Vocabulary.fromText(text as string))).toBe("option");
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    '{"kind":"words","symbols":["a"]}',
    '{"kind":"characters"}',
    '{"kind":"characters","symbols":[]}',
    '{"kind":"characters","symbols":["ab"]}',
    '{"kind":"characters","symbols":[""]}',
    '{"kind":"characters","symbols":["a","b","a"]}',
    '{"kind":"characters","symbols":["a",1]}',
  ])("fromJSON(%j)", (json) => {
    expect(code(() => Vocabulary.fromJSON(json))).toBe("format");
  });

  test.each([[[2]], [[-1]], [[0.5]], [[Number.NaN]], [["0"]], [1], [undefined]])("decode(%j)", (indices) => {
    expect(code(() => Vocabulary.fromText("ab").decode(indices as number[]))).toBe("option");
  });
});
